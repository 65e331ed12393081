"""One answer at every entry point, and nonsense refused at each: SPARQL, REST, MCP and Python; schemathesis on two."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

import kg
from client.test_mcp import Agent, connected, start_http
from helpers.serving import BASE, HOME, Server
from helpers.waiting import PATIENCE
from kg.client import Connection, Rows
from kg.queries import StoredQuery, read_query
from torture.inputs.fuzz import described

EXPECTED = HOME / "tests" / "expected"
EXAMPLES = ".examples"
FILES = sorted(EXPECTED.glob("*.csv"), key=lambda path: path.stem)
PROTOCOL = "2025-06-18"
TRIED = 6
"""Examples of each kind for each operation here; `make torture` has many times more."""
NOTED = 202
"""Status of what needs no answer, as a call without a number that it could have one by."""
NOT_OURS = -32603
"""Code of JSON-RPC for an internal error."""


@pytest.fixture(scope="module")
def mcp(server: Server) -> Iterator[tuple[str, Agent]]:
    """``kg mcp --http`` before the server: its address, and the SDK's client at it."""
    process, address = start_http(server)
    with connected(address) as agent:
        yield address, agent
    process.terminate()
    process.wait(PATIENCE)


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[Connection]:
    with kg.connect(server.url) as graph:
        yield graph


def as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def by_sparql(server: Server, query: StoredQuery, wanted: list[list[str]] | None) -> list[list[str]]:
    """The query as it is, or with the values that the columns of its parameters have in the rows that are wanted,
    in the VALUES that SPARQL allows after a query."""
    text = query.text
    if wanted is not None:
        columns = [wanted[0].index(each.name) for each in query.parameters]
        names = " ".join(f"?{each.name}" for each in query.parameters)
        text += f"VALUES ({names}) {{ ({' '.join(f'<{wanted[1][column]}>' for column in columns)}) }}"
    answer = server.query(text, "text/csv")
    assert answer.status == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text)))


def by_rest(server: Server, query: StoredQuery, given: dict[str, str]) -> list[list[str]]:
    answer = server.get(f"/api/{query.name}.csv?{urlencode(given | {'limit': '100000'})}")
    assert answer.status == 200, answer.text
    return list(csv.reader(io.StringIO(answer.text)))


def by_python(graph: Connection, query: StoredQuery, given: dict[str, str]) -> list[list[str]]:
    found = graph.ask(query.name, **given)
    assert isinstance(found, Rows)
    columns = list(found.variables)
    return [columns, *([as_text(row.get(name)) for name in columns] for row in found)]


def by_mcp(agent: Agent, query: StoredQuery, given: dict[str, str]) -> list[list[str]]:
    rows: list[list[str]] = []
    offset: int | None = 0
    while offset is not None:
        asked = {"name": query.name, "parameters": given, "limit": 200, "offset": offset}
        answer = agent.call("stored_query", asked)
        assert "error" not in answer, answer
        columns = answer["columns"]
        rows += [[as_text(row.get(name)) for name in columns] for row in answer["rows"]]
        offset = answer.get("next_offset")
    return [columns, *rows]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stored_query_gives_its_expected_answer_by_every_door(
    server: Server, client: Connection, mcp: tuple[str, Agent], path: Path
) -> None:
    name, is_example = path.stem.removesuffix(EXAMPLES), path.stem.endswith(EXAMPLES)
    query = read_query(HOME / "queries" / f"{name}.rq", BASE)
    given = {each.name: each.example for each in query.parameters} if is_example else {}
    wanted = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    found = {"REST": by_rest(server, query, given), "Python": by_python(client, query, given)}
    found["MCP"] = by_mcp(mcp[1], query, given)
    found["SPARQL"] = by_sparql(server, query, wanted if is_example else None)
    for entry, rows in found.items():
        if "ORDER BY" not in query.text:
            rows, wanted = [rows[0], *sorted(rows[1:])], [wanted[0], *sorted(wanted[1:])]
        assert rows == wanted, entry


def test_schemathesis_finds_nothing_wrong_with_the_api(server: Server) -> None:
    sent, failures = described(server, TRIED // 3)
    assert failures == []
    assert sent > 100


def description_of(agent: Agent) -> dict[str, Any]:
    """The tools as an OpenAPI document: a call of each is one operation with its own body."""
    others = {"202": {"description": "Noted"}, "413": {"description": "Too long"}}
    paths = {
        f"/mcp?{tool.name}": {
            "post": {
                "operationId": tool.name,
                "requestBody": {"required": True, "content": {"application/json": {"schema": call_of(tool)}}},
                "responses": {"200": answer_schema(), "400": answer_schema(), **others},
            }
        }
        for tool in agent.tools()
    }
    return {"openapi": "3.1.0", "info": {"title": "Tools", "version": "1"}, "paths": paths}


def call_of(tool: Any) -> dict[str, Any]:
    arguments = tool.input_schema
    parameters = {"type": "object", "required": ["name", "arguments"], "additionalProperties": False}
    parameters["properties"] = {"name": {"const": tool.name}, "arguments": arguments}
    fixed = {"jsonrpc": {"const": "2.0"}, "id": {"type": "integer"}, "method": {"const": "tools/call"}}
    return {
        "type": "object",
        "required": ["jsonrpc", "id", "method", "params"],
        "additionalProperties": False,
        "properties": {**fixed, "params": parameters},
        "$defs": arguments.get("$defs", {}),
    }


def answer_schema() -> dict[str, Any]:
    schema = {"type": "object", "required": ["jsonrpc"], "properties": {"jsonrpc": {"const": "2.0"}}}
    schema["oneOf"] = [{"required": ["result"]}, {"required": ["error"]}]
    return {"description": "JSON-RPC", "content": {"application/json": {"schema": schema}}}


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
def test_schemathesis_finds_nothing_wrong_with_the_tools_over_http(
    mcp: tuple[str, Agent], mode: GenerationMode
) -> None:
    """JSON-RPC reports errors in its answers; so it is held to these, and to the statuses of HTTP."""
    address, agent = mcp
    schema = schemathesis.openapi.from_dict(description_of(agent))
    schema.config.update(base_url=address.removesuffix("/mcp"))
    sent = 0
    for operation in (found.ok() for found in schema.get_all_operations()):

        @hypothesis.settings(
            max_examples=TRIED, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
        )
        @hypothesis.seed(1)
        @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case) -> None:
            nonlocal sent
            sent += 1
            headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": PROTOCOL}
            response = case.call(headers=headers)
            case.validate_response(response, excluded_checks=[positive_data_acceptance, negative_data_rejection])
            if response.status_code == NOTED:
                return
            told = response.json()
            assert told.get("error", {}).get("code") != NOT_OURS, told
            words = str(told.get("result", {}).get("content"))
            assert "Traceback" not in words
            assert mode is GenerationMode.NEGATIVE or "result" in told

        check()
    assert sent >= len(agent.tools())
