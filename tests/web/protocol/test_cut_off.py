"""A write of which half arrived, since the connection broke off, is never taken for the whole."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from helpers.waiting import PATIENCE
from helpers.writing import TOKEN, Scratch

GRAPH = "/graphs?graph=urn:g"
UPDATE = "/update"
NT = "application/n-triples"
LINE = '<urn:a> <urn:p> "{}" .\n'
FORM = "application/x-www-form-urlencoded"
PART = '--b\r\nContent-Disposition: form-data; name="f"\r\nContent-Type: application/n-triples\r\n\r\n{}\r\n--b{}\r\n'
INSERT = 'INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> "%s" } }'


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """A server of a release with one graph."""
    folder = tmp_path_factory.mktemp("cut") / "releases"
    running = Scratch(folder, b'<urn:a> <urn:p> "kept" <urn:g> .\n')
    yield running
    running.stop()


def send(server: Scratch, method: str, path: str, media_type: str, headers: str, body: str, *, cut: bool) -> str:
    """Send a request, perhaps one that is cut off after this body, and return the answer."""
    told = f"Authorization: Bearer {TOKEN}\r\nContent-Type: {media_type}\r\n{headers}"
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{told}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall((head + body).encode())
        if cut:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def chunk(text: str) -> str:
    return f"{len(text):x}\r\n{text}\r\n"


@pytest.mark.parametrize(
    ("method", "path", "media_type", "body"),
    [
        ("PUT", GRAPH, NT, LINE.format("half")),
        ("PUT", GRAPH, NT, "".join(LINE.format(n) for n in range(60_000))),
        ("POST", GRAPH, "multipart/form-data; boundary=b", PART.format(LINE.format("half"), "")),
        ("POST", UPDATE, "application/sparql-update", INSERT % "half" + " ;"),
        ("POST", UPDATE, FORM, "update=" + INSERT.replace(" ", "+") % "half"),
    ],
    ids=["a graph", "a long graph", "a form", "an update", "an update in a form"],
)
def test_what_is_shorter_than_was_told_changes_nothing(
    scratch: Scratch, method: str, path: str, media_type: str, body: str
) -> None:
    before = scratch.state()
    answer = send(scratch, method, path, media_type, f"Content-Length: {len(body) + 20}", body, cut=True)
    assert answer.startswith("HTTP/1.1 400"), answer
    assert "send it again" in answer
    assert scratch.state() == before


@pytest.mark.parametrize("end", ["", "zz\r\n", "5\r\n<urn"], ids=["between chunks", "no chunk", "in a chunk"])
def test_a_write_in_chunks_that_breaks_off_changes_nothing(scratch: Scratch, end: str) -> None:
    before = scratch.state()
    sent = chunk(LINE.format("half")) + end
    answer = send(scratch, "PUT", GRAPH, NT, "Transfer-Encoding: chunked", sent, cut=True)
    assert answer.startswith("HTTP/1.1 400"), answer
    assert "send it again" in answer
    assert scratch.state() == before


def test_a_query_in_chunks_that_breaks_off_is_not_answered(scratch: Scratch) -> None:
    asked = chunk("ASK { <urn:a> ?p 'kept' }") + "9\r\n#"
    answer = send(scratch, "POST", "/sparql", "application/sparql-query", "Transfer-Encoding: chunked", asked, cut=True)
    assert answer.startswith("HTTP/1.1 400"), answer


def test_a_query_may_come_in_chunks(scratch: Scratch) -> None:
    asked = chunk("ASK { <urn:a> ?p ") + chunk("'kept' }") + "0\r\n\r\n"
    answer = send(
        scratch, "POST", "/sparql", "application/sparql-query", "Transfer-Encoding: chunked", asked, cut=False
    )
    assert '"boolean":true' in answer


def test_a_whole_write_is_made(scratch: Scratch) -> None:
    body = LINE.format("whole")
    answer = send(scratch, "PUT", GRAPH, NT, f"Content-Length: {len(body)}", body, cut=False)
    assert answer.startswith("HTTP/1.1 204"), answer


def test_a_whole_write_in_chunks_is_made(scratch: Scratch) -> None:
    sent = chunk(LINE.format("in ")[:10]) + chunk(LINE.format("in ")[10:]) + "0\r\n\r\n"
    answer = send(scratch, "PUT", GRAPH, NT, "Transfer-Encoding: chunked", sent, cut=False)
    assert answer.startswith("HTTP/1.1 204"), answer
    kept = send(scratch, "GET", GRAPH, NT, "", "", cut=False)
    assert LINE.format("in ").strip() in kept
