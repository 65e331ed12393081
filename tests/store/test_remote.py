"""Guarantees of a remote endpoint: asked as the protocol says, and a failure is a marked error that names it."""

from __future__ import annotations

import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from helpers.storing import (
    ALL,
    ONE,
    TWO,
)
from kg import errors
from kg.settings import Settings
from kg.store import Answer, Query
from kg.store.remote import RemoteEndpoint

# A remote endpoint


class FakeEndpoint(BaseHTTPRequestHandler):
    """Answers as its path says, and keeps what it was asked."""

    asked: ClassVar[list[tuple[dict[str, list[str]], Message]]] = []
    replies: ClassVar[dict[str, tuple[int, str, bytes]]] = {
        "/rows": (
            200,
            "application/sparql-results+json; charset=utf-8",
            b'{"head":{},"results":{"bindings":[]}}',
        ),
        "/graph": (200, "text/turtle", b"<x:s> <x:p> <x:o> ."),
        "/html": (200, "text/html", b"<p>Welcome</p>"),
        "/bad": (400, "text/plain", "Parse error: Lexical error at line 3, column 14. é".encode()),
        "/down": (503, "text/plain", b"Back soon"),
        "/broken": (500, "text/plain", b"Oops"),
        "/long": (413, "text/plain", b""),
    }

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((urllib.parse.parse_qs(body.decode()), self.headers))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/graph")
            self.end_headers()
            return
        status, media_type, reply = self.replies.get(self.path, self.replies["/rows"])
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(reply) + (self.path == "/short")))
        self.end_headers()
        if self.path == "/slow":
            with suppress(ConnectionError):
                for byte in reply:  # each read is in time, the whole is not
                    time.sleep(0.05)
                    self.wfile.write(bytes([byte]))
        else:
            self.wfile.write(reply)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeEndpoint) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def ask_remote(url: str, text: str = ALL, **given: object) -> Answer:
    engine = RemoteEndpoint(url, Settings(query_seconds=0.5))
    try:
        return engine.query(Query(text, **given))  # type: ignore[arg-type]
    finally:
        engine.close()


def test_a_remote_query_is_posted_with_its_graphs_and_the_types_asked_for(base: str) -> None:
    answer = ask_remote(f"{base}/rows", default_graphs=(ONE, TWO), named_graphs=(TWO,))
    assert (answer.kind, answer.media_type) == ("solutions", "application/sparql-results+json")
    fields, headers = FakeEndpoint.asked[-1]
    assert fields == {"query": [ALL], "default-graph-uri": [ONE, TWO], "named-graph-uri": [TWO]}
    assert headers["Accept"] == "application/sparql-results+json, text/turtle;q=0.9"


def test_the_answer_s_kind_is_told_by_what_comes_back(base: str) -> None:
    assert ask_remote(f"{base}/graph", "CONSTRUCT WHERE { ?s ?p ?o }").kind == "graph"
    assert ask_remote(f"{base}/rows", "# INSERT\nASK { }").kind == "boolean"


def test_an_update_is_never_sent_as_one(base: str) -> None:
    ask_remote(f"{base}/rows", "DELETE WHERE { ?s ?p ?o }")
    assert set(FakeEndpoint.asked[-1][0]) == {"query"}


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        ("bad", errors.QuerySyntaxError, "Lexical error at line 3, column 14. é"),
        ("down", errors.EngineUnavailable, "status 503. Back soon"),
        ("broken", errors.EngineUnavailable, "status 500. Oops"),
        ("long", errors.QueryTooLarge, "status 413"),
        ("html", errors.QueryNotAcceptable, "answered in text/html"),
        ("short", errors.EngineUnavailable, "1 more expected"),
        ("slow", errors.QueryTimeout, "within 0.5 seconds"),
        ("moved", errors.EngineUnavailable, "give that address instead"),
    ],
)
def test_a_remote_failure_is_a_marked_error_that_names_the_endpoint(
    base: str, path: str, kind: type[errors.QueryError], said: str
) -> None:
    with pytest.raises(kind) as caught:
        ask_remote(f"{base}/{path}", "CONSTRUCT WHERE { ?s ?p ?o }" if path == "moved" else ALL)
    assert said in str(caught.value)
    assert f"{base}/{path}" in str(caught.value)
    if isinstance(caught.value, errors.QuerySyntaxError):
        assert (caught.value.line, caught.value.column) == (3, 14)


def test_an_endpoint_that_nobody_serves_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(errors.EngineUnavailable, match=f"{url} cannot be asked: .*refused"):
        ask_remote(url)


def test_a_remote_endpoint_refuses_what_it_cannot_send(base: str) -> None:
    with pytest.raises(errors.QuerySyntaxError, match="N-Triples"):
        ask_remote(base, bindings={"s": "_:blank"})
    with pytest.raises(errors.QueryNotAcceptable):
        ask_remote(base, row_type=None, graph_type=None)
    with pytest.raises(errors.SettingsError, match="http or https"):
        ask_remote("file:///etc/passwd")
