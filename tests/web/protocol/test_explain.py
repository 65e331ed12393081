"""The plan of a query in words: the engine's own, measured, under the limits of any query, and nothing made up."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from helpers.serving import BASE, Server
from helpers.storing import NESTED, is_well, start
from helpers.waiting import PATIENCE
from kg import errors
from kg.errors import NotExplained
from kg.settings import Settings
from kg.store import MOST_COUNTED, Query, Step
from kg.store.cancel import Cancellation
from kg.store.pool import plan as plans
from kg.store.remote.endpoint import RemoteEndpoint
from web.pages.test_html import Checked

HTML = "text/html"
ENDLESS = "SELECT * WHERE { " + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(14)) + " } ORDER BY ?s0"
TWO = "SELECT ?a ?c WHERE { ?a a att:Issue . ?s att:issue ?a ; att:claimant ?c } ORDER BY ?a LIMIT 3"
PREFIXES = f"PREFIX att: <{BASE}ns#>\n"


def all_of(step: Step) -> Iterator[Step]:
    yield step
    for below in step.steps:
        yield from all_of(below)


def explained(server: Server, text: str, **headers: str) -> dict[str, object]:
    answer = server.get(f"/explain?query={quote(text)}", "application/json", **headers)
    assert answer.status == 200, answer.text
    found: dict[str, object] = json.loads(answer.body)
    return found


def steps_of(step: dict[str, object]) -> Iterator[dict[str, object]]:
    yield step
    for below in step["steps"]:  # type: ignore[attr-defined]
        yield from steps_of(below)


def test_the_rows_of_a_plan_are_those_that_the_query_has(server: Server) -> None:
    said = explained(server, PREFIXES + TWO)
    steps = {str(step["step"]): step for step in steps_of(said["plan"])}  # type: ignore[arg-type]
    issues = server.query(PREFIXES + "SELECT (COUNT(*) AS ?n) { ?a a att:Issue }", "text/csv").text.split()[1]
    assert steps["Look up ?a a att:Issue"]["rows"] == int(issues)
    assert steps["Give 3 rows at most (LIMIT)"]["rows"] == 3
    assert said["complete"] is True
    assert any("of the time goes to: " in cost for cost in said["costs"])  # type: ignore[attr-defined]


def test_the_seconds_of_a_step_are_its_own_and_those_of_the_steps_below(server: Server) -> None:
    for step in steps_of(explained(server, PREFIXES + TWO)["plan"]):  # type: ignore[arg-type]
        below = sum(each["seconds"] for each in step["steps"])  # type: ignore[attr-defined]
        assert step["own_seconds"] == pytest.approx(max(0.0, step["seconds"] - below))  # type: ignore[operator]


def test_a_query_that_takes_too_long_has_its_plan_with_each_pattern_counted(directory: Path) -> None:
    with start(directory, query_seconds=1) as pool:
        plan = pool.explain(Query(ENDLESS))
        counted = [step.rows for step in all_of(plan.root) if step.name.startswith("QuadPattern")]
        alone = json.loads(pool.query(Query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")).body)
        number = int(alone["results"]["bindings"][0]["n"]["value"])
        assert counted == [min(number, MOST_COUNTED)] * 14
        assert not plan.is_complete
        assert {step.seconds for step in all_of(plan.root)} == {None}
        assert {step.rows for step in all_of(plan.root) if not step.name.startswith("QuadPattern")} == {None}
        assert is_well(pool)


def test_rows_that_are_multiplied_are_named_as_what_costs(server: Server) -> None:
    said = explained(server, PREFIXES + "SELECT * { ?a a att:Statement . ?b a att:Passage }")
    assert any(cost.startswith("Two parts share no variable") for cost in said["costs"])  # type: ignore[attr-defined]
    apart = explained(server, PREFIXES + "SELECT * { ?a a att:Statement ; att:evidence ?b . ?b a att:Passage }")
    assert not any("share no variable" in cost for cost in apart["costs"])  # type: ignore[attr-defined]


def test_a_filter_that_keeps_next_to_nothing_is_named_as_what_costs(server: Server) -> None:
    said = explained(server, f'SELECT * {{ ?a ?b ?c FILTER(STR(?a) = "{BASE}id/russia" && STR(?b) = "x") }}')
    assert any(cost.startswith("A FILTER keeps 0 of ") for cost in said["costs"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT * { ?s att:issue ?i OPTIONAL { ?s att:holder ?h } }", "(OPTIONAL)"),
        ("SELECT * { ?s att:issue ?i MINUS { ?s a att:Position } }", "(MINUS)"),
        ("SELECT DISTINCT ?i { { ?s att:issue ?i } UNION { ?s att:about ?i } }", "(UNION)"),
        ("SELECT ?i (COUNT(*) AS ?n) { ?s att:issue ?i } GROUP BY ?i", "Group and count: ?i, COUNT(*) as ?_1"),
        ("SELECT * { ?s att:partOf+ ?i }", "Follow the path ?s (att:partOf)+ ?i"),
        ("SELECT * { VALUES ?i { 1 2 } ?s att:issue ?i }", "Take the rows that the query itself lists"),
        ("ASK { GRAPH ?g { ?s att:issue ?i } }", "Look up ?s att:issue ?i ?g"),
        ("CONSTRUCT { ?s ?p ?o } WHERE { ?s att:issue ?o ; ?p ?o }", "Look up ?s att:issue ?o"),
        ("SELECT * { ?s att:issue ?i } OFFSET 4", "Leave out the first 4 rows (OFFSET)"),
    ],
)
def test_each_kind_of_step_is_told_in_words(server: Server, text: str, words: str) -> None:
    said = [str(step["step"]) for step in steps_of(explained(server, PREFIXES + text)["plan"])]  # type: ignore[arg-type]
    assert any(words in step for step in said), said


def test_a_plan_is_of_the_dataset_that_the_query_names(server: Server) -> None:
    codes = f"<{BASE}graph/codes>"
    one = explained(server, f"ASK FROM {codes} {{ ?s ?p ?o }}".replace("ASK", "SELECT *"))["plan"]
    number = server.query(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{BASE}graph/codes> {{ ?s ?p ?o }} }}", "text/csv")
    assert one["rows"] == int(number.text.split()[1])  # type: ignore[index]


def test_a_page_tells_the_plan_without_script_and_in_german(server: Server) -> None:
    address = f"/explain?query={quote(PREFIXES + TWO)}"
    page = server.get(address, HTML)
    assert page.status == 200
    Checked(page.text)
    assert "Look up ?a a att:Issue" in page.text
    assert 'lang="de"' in server.get(address + "&lang=de", HTML).text
    assert "Nachschlagen: ?a a att:Issue" in server.get(address + "&lang=de", HTML).text
    assert 'formaction="/explain"' in server.get("/query", HTML).text


def test_markup_of_a_query_stays_text(server: Server) -> None:
    hostile = 'SELECT * { ?s ?p "<script>alert(1)</script>" FILTER(?p != "<img src=x>") }'
    page = server.get(f"/explain?query={quote(hostile)}", HTML).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_mistake_is_shown_at_its_place(server: Server) -> None:
    told = server.get(f"/explain?query={quote('SELECT * { ?a ?b ')}", "application/json")
    assert told.status == 400
    assert "line 1, column 18" in json.loads(told.body)["detail"]
    page = server.get(f"/explain?query={quote('SELECT * { ?a ?b ')}", HTML)
    assert page.status == 400
    assert 'class="offence"' in page.text


@pytest.mark.parametrize(
    ("parameters", "status", "said"),
    [
        ({}, 400, "The parameter query is missing"),
        ({"query": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?a ?b ?c } }"}, 501, "A query with SERVICE is not"),
        ({"query": "ASK {}", "default-graph-uri": BASE + "graph/codes"}, 400, "A plan is of the whole dataset"),
        ({"query": "ASK {}", "release": "2000-01-01-000000000000"}, 404, "2000-01-01-000000000000"),
    ],
)
def test_what_cannot_be_explained_says_why(server: Server, parameters: dict[str, str], status: int, said: str) -> None:
    answer = server.get("/explain?" + urlencode(parameters), "application/json")
    assert answer.status == status
    assert said in json.loads(answer.body)["detail"]


def test_the_limits_of_a_query_hold_for_its_plan(server: Server) -> None:
    long = server.request(
        "POST", "/explain", b"query=" + b"#" * 70_000, Content_Type="application/x-www-form-urlencoded"
    )
    assert long.status == 413
    answer = server.get("/explain?query=ASK%7B%7D")
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_crashes_the_engine_crashes_only_what_explains(directory: Path) -> None:
    with start(directory, query_depth=100_000) as pool:
        with pytest.raises(errors.QueryError):
            pool.explain(Query(NESTED))
        assert is_well(pool)


def test_what_explains_reaches_no_network_and_writes_no_file(directory: Path, tmp_path: Path) -> None:
    """By the kernel's filter: the command itself would follow SERVICE, and write its plan to a file."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.setblocking(False)
        address = f"http://127.0.0.1:{other.getsockname()[1]}/"
        query = Query(f"SELECT * {{ SERVICE <{address}> {{ ?a ?b ?c }} }}")
        command = plans.Explainer(directory, Settings())._command(query, plans.program() or Path(), directory, 5)
        to_file = ["--explain-file", str(tmp_path / "made.json")]
        for each in (command, [*(word for word in command if word != "--explain"), *to_file]):
            done = subprocess.run(each, input=query.text.encode(), capture_output=True, timeout=PATIENCE)
            assert b"Operation not permitted" in done.stderr
        with pytest.raises(BlockingIOError):
            other.accept()
    assert list(tmp_path.iterdir()) == []


def test_a_plan_that_nobody_waits_for_is_ended(directory: Path) -> None:
    with start(directory, query_seconds=60) as pool:
        cancellation = Cancellation()
        ended: list[Exception] = []

        def ask() -> None:
            try:
                pool.explain(Query(ENDLESS, cancellation=cancellation))
            except errors.QueryError as error:
                ended.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        while not cancellation._actions and asking.is_alive():
            time.sleep(0.01)
        cancellation.cancel()
        asking.join(PATIENCE)
        assert [type(error) for error in ended] == [errors.QueryCancelled]


def test_where_the_command_is_not_installed_that_is_said(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "program", lambda: None)
    with start(directory) as pool, pytest.raises(NotExplained, match="pip install oxigraph"):
        pool.explain(Query("ASK {}"))


def test_a_service_that_answers_in_place_of_the_engine_says_that_it_tells_of_no_plan() -> None:
    endpoint = RemoteEndpoint("http://127.0.0.1:1/sparql", Settings())
    with pytest.raises(NotExplained, match="the protocol has no way"):
        endpoint.explain(Query("ASK {}"))


def test_names_of_steps_are_read_as_the_command_escapes_them() -> None:
    text = 'QueryExplanation {\n    tree: Node {\n        name: "Filter(\\"a\\\\n\\" = \\u{202e})",\n    },\n}'
    assert plans.read_plan(text) == Step('Filter("a\\n" = \u202e)')


def test_the_command_is_of_the_engine_s_version() -> None:
    assert version("oxigraph") == version("pyoxigraph")
