"""The tools for agents, called by the SDK's own client over both transports."""

from __future__ import annotations

import csv
import io
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters

import kg
from helpers.releasing import begin
from helpers.serving import BASE, HOME, UNCOUNTED, Server, free_port
from helpers.waiting import PATIENCE
from kg.client import Connection, StoredQuery
from kg.mcp.current import Current
from kg.release.work.build import build
from kg.settings import Settings

EXPECTED = HOME / "tests" / "expected"
TEXTS = HOME / "tests" / "data" / "texts"
STATEMENT = "article/florida-talks/statement/007-2"
UNCLAIMED = BASE + "article/florida-talks/statement/001-9"
CALLS: dict[str, dict[str, Any]] = {
    "search": {"words": "annexed regions"},
    "entity": {"name": "Russia"},
    "statements": {"claimant": "Russia", "issue": "Territory"},
    "statement": {"iri": STATEMENT},
    "disputes": {"issue": "Territory"},
    "figures": {"indicator": "killed"},
    "stored_queries": {"words": "disputes"},
    "stored_query": {"name": "what-someone-says", "parameters": {"claimant": "Russia"}},
    "sparql": {"query": "PREFIX att: <ns#> SELECT ?s WHERE { ?s a att:Figure } ORDER BY ?s", "limit": 3},
    "ontology": {"words": "claimant"},
    "verify_quote": {"of": "article/florida-talks/statement/003-2", "quote": "public line"},
}
"""A call of every tool."""
STATED = ("search", "statements", "disputes", "figures", "stored_query", "sparql")
"""Tools whose answers hold statements."""


class Agent:
    """The SDK's client, connected once: to a command over stdio, or to an address."""

    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal, self._client = portal, client

    def tools(self) -> list[Any]:
        return list(self._portal.call(self._client.list_tools).tools)

    def call(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return the answer of a tool; its error is ``error``."""
        result = self._portal.call(self._client.call_tool, name, arguments)
        if result.is_error:
            return {"error": " ".join(getattr(part, "text", "") for part in result.content)}
        found: dict[str, Any] = result.structured_content or {}
        return found


@contextmanager
def connected(target: StdioServerParameters | str) -> Iterator[Agent]:
    with start_blocking_portal() as portal:
        client = Client(target, read_timeout_seconds=60)
        with portal.wrap_async_context_manager(client):
            yield Agent(portal, client)


def over_stdio(folder: Path, **environment: str) -> StdioServerParameters:
    command = ["-m", "kg.cli", "mcp", str(folder)]
    return StdioServerParameters(command=sys.executable, args=command, env=os.environ | environment)


def start_http(server: Server, **environment: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start ``kg mcp --http`` before a server; return its process and address once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "kg.cli", "mcp", server.url, "--http", "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL)
    address, end = f"http://127.0.0.1:{port}/mcp", time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, address
        except OSError:
            assert process.poll() is None, "kg mcp ended while starting"
            time.sleep(0.1)
    raise AssertionError("kg mcp did not answer in time")


@pytest.fixture(scope="module", params=["stdio", "http"])
def agent(request: pytest.FixtureRequest, server: Server, releases: Path) -> Iterator[Agent]:
    """The tools over each transport: a folder over stdio, a server over HTTP."""
    if request.param == "stdio":
        with connected(over_stdio(releases)) as agent:
            yield agent
        return
    process, address = start_http(server)
    with connected(address) as agent:
        yield agent
    process.terminate()
    process.wait(PATIENCE)


def statements_in(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every statement of an answer, however deep it is."""
    if isinstance(value, dict):
        if re.search(r"/statement/[^/]+$", str(value.get("iri", ""))) and "evidence" in value:
            yield value
        for each in value.values():
            yield from statements_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from statements_in(each)


def test_every_tool_is_listed_with_what_it_is_for_and_says_that_it_only_reads(agent: Agent) -> None:
    listed = agent.tools()
    assert {tool.name for tool in listed} == CALLS.keys()
    for tool in listed:
        assert len(tool.description) > 40
        assert tool.annotations.read_only_hint
        assert set(CALLS[tool.name]) <= tool.input_schema["properties"].keys()


@pytest.mark.parametrize("name", CALLS)
def test_every_tool_answers_with_its_release(agent: Agent, name: str) -> None:
    answer = agent.call(name, CALLS[name])
    assert "error" not in answer
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}", answer["release"])


@pytest.mark.parametrize("name", STATED)
def test_every_statement_of_an_answer_says_who_how_firmly_and_where(agent: Agent, name: str) -> None:
    found = list(statements_in(agent.call(name, CALLS[name])))
    assert found
    for each in found:
        assert each["iri"].startswith(BASE)
        assert isinstance(each["claimants"], list)  # an empty one where nobody asserts it
        assert each["how_firmly"]["iri"].startswith(BASE + "code/")
        assert re.fullmatch(r"[0-9a-f]{64}", each["evidence"]["sha256"])
        assert each["evidence"]["passage"].startswith(BASE + "article/")


def test_a_statement_is_told_as_the_article_reports_it(agent: Agent) -> None:
    found = agent.call("statement", {"iri": STATEMENT})
    assert found["claimants"] == [{"iri": BASE + "id/russia", "label": "Russia"}]
    assert found["how_firmly"]["iri"] == BASE + "code/flat"
    assert found["in_words"].startswith("Russia says")
    assert (found["evidence"]["start"], found["evidence"]["end"]) == (823, 946)


def test_a_statement_of_several_parties_is_told_with_each(agent: Agent) -> None:
    """008-1 has two holders, 008-2 two claimants: Ukraine and most of the international community."""
    parties = {"id/ukraine", "id/most-of-international-community"}
    for number, role in (("008-1", "holders"), ("008-2", "claimants")):
        found = agent.call("statement", {"iri": f"article/florida-talks/statement/{number}"})
        assert {each["iri"].removeprefix(BASE) for each in found[role]} == parties
    told = agent.call("disputes", {"issue": "Territory"})["positions"]
    rejecting = [each for each in told if any(s["iri"].endswith("/statement/008-1") for s in each["statements"])]
    assert {each["party"]["iri"].removeprefix(BASE) for each in rejecting} == parties


def test_what_nobody_asserts_has_an_empty_list_of_claimants(agent: Agent) -> None:
    """001-9, that the war is ended, stands within another statement only."""
    assert agent.call("statement", {"iri": UNCLAIMED})["claimants"] == []
    named = agent.call("sparql", {"query": f"SELECT (<{UNCLAIMED}> AS ?s) {{}}"})["statements"]
    assert [each["claimants"] for each in named] == [[]]


def test_the_words_of_an_article_are_never_sent(
    sample_release: Path,
    server: Server,  # noqa: ARG001
) -> None:
    """Not even where its text is available to verify quotations by."""
    with kg.connect(sample_release, texts=TEXTS) as graph:
        said = next(each for each in graph.statements() if each.evidence.words and len(each.evidence.words) > 60)
    words = said.evidence.words or ""
    part = words[10:50]
    with connected(over_stdio(sample_release, KG_TEXTS=str(TEXTS))) as agent:
        assert words not in str(agent.call("statement", {"iri": said.iri}))
        assert agent.call("verify_quote", {"of": said.iri, "quote": part})["holds"] is True
        assert agent.call("verify_quote", {"of": said.iri, "quote": part + " not"})["holds"] is False


@pytest.fixture(scope="module")
def stored_queries(releases: Path) -> dict[str, StoredQuery]:
    """The stored queries of the release, by name."""
    with kg.connect(releases) as graph:
        return dict(graph.stored_queries())


@pytest.mark.parametrize("path", sorted(EXPECTED.glob("*.examples.csv")), ids=lambda path: path.stem)
def test_a_stored_query_gives_its_expected_rows(
    agent: Agent, stored_queries: dict[str, StoredQuery], path: Path
) -> None:
    name = path.stem.removesuffix(".examples")
    stored = stored_queries[name]
    given = {n: told["example"] for n, told in stored.parameters.items()}
    answer = agent.call("stored_query", {"name": name, "parameters": given, "limit": 200})
    wanted = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    found = [{c: _text(row.get(c)) for c in answer["columns"]} for row in answer["rows"]]
    if "ORDER BY" not in stored.text:
        wanted, found = (sorted(rows, key=str) for rows in (wanted, found))
    assert answer["total"] == len(wanted)
    assert found == wanted[:200]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def test_pages_of_an_answer_join_and_the_total_is_told(agent: Agent) -> None:
    query = CALLS["sparql"]["query"]
    first = agent.call("sparql", {"query": query, "limit": 3})
    second = agent.call("sparql", {"query": query, "limit": 3, "offset": first["next_offset"]})
    assert first["rows"] + second["rows"] == agent.call("sparql", {"query": query, "limit": 6})["rows"]
    assert first["total"] == second["total"] > 6


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("sparql", {"query": "SELEC"}, "line 1, column 6"),
        ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"}, "SERVICE"),
        ("sparql", {"query": "DROP ALL"}, "update (DROP)"),
        ("statements", {"claimant": "Nobody Inparticular"}, "Nobody Inparticular"),
        ("statements", {"limit": 100_000}, "200"),
        ("stored_query", {"name": "nothing"}, "no stored query"),
        ("verify_quote", {"of": "id/russia", "quote": "x"}, "no passage or statement"),
        ("verify_quote", {"of": "http://[", "quote": "x"}, "IRI"),
    ],
)
def test_what_cannot_be_answered_is_an_error_that_says_why(
    agent: Agent, name: str, arguments: dict[str, Any], said: str
) -> None:
    assert said in agent.call(name, arguments)["error"]


def test_a_client_over_http_is_held_to_the_servers_limits(releases: Path) -> None:
    """The server counts the agent's address, which kg mcp names, and not that of kg mcp."""
    counted = UNCOUNTED | {"KG_CLIENT_ERRORS": "3", "KG_TRUSTED_PROXIES": "1"}
    server = Server(releases, **counted)
    process, address = start_http(server)
    try:
        with connected(address) as agent:
            said = [agent.call("sparql", {"query": "SELEC"})["error"] for _ in range(5)]
        assert "line 1" in said[0]
        assert "requests in error" in said[-1]
        assert "line 1" not in said[-1]
        other = {"X_Forwarded_For": "192.0.2.7"}
        assert server.get("/sparql?query=ASK%7B%7D", **other).status == 200
    finally:
        process.terminate()
        process.wait(PATIENCE)
        server.stop()


def test_http_needs_a_server_and_names_its_hosts(releases: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "kg.cli", "mcp", str(releases), "--http"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "name the server to ask" in run.stderr


def test_a_release_that_becomes_active_is_answered_from_at_the_next_call(
    sample: Settings, sample_release: Path
) -> None:
    """And the one before it stays open until its client has done."""
    begin(sample_release, sample)
    current = Current(kg.connect(sample.releases))
    with current.use() as before:
        for path in (sample.data_dir / "authority").glob("*.ttl"):
            path.write_text(path.read_text("utf-8").replace('"Norland"', '"Norlandia"'), "utf-8")
        build(sample, lambda _: None)
        with current.use() as after:
            assert isinstance(after, Connection)
            assert after.release != before.release
        assert before.query("ASK {}") is True
    with pytest.raises(Exception, match="closed"):
        before.query("ASK {}")
    current.close()
