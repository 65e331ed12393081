"""Promises of the store: whole answers, marked errors, limits that hold, a front that loads no engine."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree

import pyoxigraph
import pytest
import rdflib

from kg import errors
from kg.settings import Settings
from kg.store import GRAPH_TYPES, ROW_TYPES, Answer, Query
from kg.store.bulk import canonical_nquads, dump_store, load_store
from kg.store.embedded import Pool
from kg.store.evaluate import evaluate
from kg.store.process import Process
from kg.store.remote import RemoteEndpoint
from kg.store.tokens import names_dataset, read_form, read_prefixes

EX = "http://example.org/"
ONE, TWO = f"{EX}graph/1", f"{EX}graph/2"
NQUADS = f"""\
<{EX}a> <{EX}p> "one" <{ONE}> .
<{EX}a> <{EX}q> <{EX}b> <{ONE}> .
<{EX}b> <{EX}p> "två, \\"2\\""@sv <{TWO}> .
_:x <{EX}q> <{EX}a> <{TWO}> .
""".encode()
ALL = "SELECT ?s ?p ?o { ?s ?p ?o }"
PRODUCT = " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(30))
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}"
GREEDY = f"SELECT * {{ {PRODUCT} }} ORDER BY ?o1"
NESTED = "SELECT * " + "{" * 10_000


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "store"
    assert load_store(NQUADS, path) == 4
    return path


@pytest.fixture(scope="module")
def pool(directory: Path) -> Iterator[Pool]:
    """A pool for queries that harm nothing; the store behind it is read-only."""
    with Pool(directory, Settings(workers=2)) as shared:
        yield shared


def start(directory: Path, **limits: object) -> Pool:
    return Pool(directory, Settings().with_(**{"workers": 1, **limits}))


def rows(engine: Pool, text: str, **given: object) -> list[dict[str, str]]:
    answer = engine.query(Query(text, **given))  # type: ignore[arg-type]
    solutions = json.loads(answer.body)["results"]["bindings"]
    return [{name: term["value"] for name, term in solution.items()} for solution in solutions]


def subjects(engine: Pool, text: str = ALL, **given: object) -> list[str]:
    return sorted(row["s"].removeprefix(EX) for row in rows(engine, text + " ", **given) if EX in row["s"])


def is_well(engine: Pool) -> bool:
    return engine.query(Query("ASK { ?s ?p ?o }")).body == b'{"head":{},"boolean":true}'


def child_pids(engine: Pool) -> list[int]:
    return [process._process.pid for process in engine._processes]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or ") Z " not in stat.read_text()


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Return whether the condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


# Answers


@pytest.mark.parametrize("media_type", ROW_TYPES)
def test_solutions_parse_back_from_each_row_type(pool: Pool, media_type: str) -> None:
    answer = pool.query(Query(f"SELECT ?o {{ <{EX}b> <{EX}p> ?o }}", row_type=media_type))
    assert (answer.kind, answer.media_type) == ("solutions", media_type)
    if media_type == "text/csv":
        assert list(csv.reader(io.StringIO(answer.body.decode()))) == [["o"], ['två, "2"']]
    else:
        parser = {"json": "json", "xml": "xml"}.get(media_type.rpartition("+")[2], "tsv")
        [solution] = rdflib.query.Result.parse(io.BytesIO(answer.body), format=parser)
        assert solution.o == rdflib.Literal('två, "2"', lang="sv")


@pytest.mark.parametrize("media_type", ROW_TYPES)
@pytest.mark.parametrize(("pattern", "truth"), [("?s ?p ?o", "true"), (f"?s <{EX}none> ?o", "false")])
def test_ask_answers_in_each_row_type(pool: Pool, media_type: str, pattern: str, truth: str) -> None:
    answer = pool.query(Query(f"ASK {{ {pattern} }}", row_type=media_type))
    assert (answer.kind, answer.media_type) == ("boolean", media_type)
    if media_type.endswith("json"):
        assert json.loads(answer.body)["boolean"] is (truth == "true")
    elif media_type.endswith("xml"):
        assert ElementTree.fromstring(answer.body)[1].text == truth  # noqa: S314 - our own answer
    else:
        assert answer.body.decode() == truth


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own JSON-LD parser uses it
@pytest.mark.parametrize("media_type", GRAPH_TYPES)
@pytest.mark.parametrize("text", ["CONSTRUCT WHERE { ?s ?p ?o }", f"DESCRIBE <{EX}a> <{EX}b> ?x {{ ?x <{EX}q> ?y }}"])
def test_a_graph_parses_back_from_each_graph_type(pool: Pool, media_type: str, text: str) -> None:
    answer = pool.query(Query(text, graph_type=media_type))
    assert (answer.kind, answer.media_type) == ("graph", media_type)
    # a graph in TriG or N-Quads is all in the default graph, so it is Turtle or N-Triples too
    parser = {"application/trig": "turtle", "application/n-quads": "nt"}.get(media_type, media_type)
    parsed = rdflib.Graph().parse(data=answer.body, format=parser)
    assert len(parsed) == 4
    assert (rdflib.URIRef(f"{EX}b"), rdflib.URIRef(f"{EX}p"), rdflib.Literal('två, "2"', lang="sv")) in parsed


def test_turtle_uses_the_prefixes_that_the_query_declares(pool: Pool) -> None:
    prologue = f"PREFIX ex: <{EX}> PREFIX skos: <{EX}other/> BASE <{EX}> PREFIX r: <rel/>"
    turtle = pool.query(Query(prologue + "CONSTRUCT WHERE { ?s ex:p 'one' }")).body.decode()
    assert 'ex:a ex:p "one"' in turtle
    assert f"@prefix skos: <{EX}other/>" in turtle


def test_turtle_uses_prefixes_that_are_declared_by_relative_iris(pool: Pool) -> None:
    text = "PREFIX g: <graph/> PREFIX n: <ns#> CONSTRUCT { g:1 n:term <id/x> } {}"
    turtle = pool.query(Query(text, base_iri=EX)).body.decode()
    assert f"@prefix n: <{EX}ns#> ." in turtle
    assert "\ng:1 n:term id:x ." in turtle


@pytest.mark.parametrize(
    ("text", "types"),
    [
        (ALL, {"row_type": None}),
        ("ASK {}", {"row_type": "text/html"}),
        ("DESCRIBE <x:x>", {"graph_type": None}),
    ],
)
def test_a_kind_of_answer_without_an_accepted_type_is_not_acceptable(
    pool: Pool, text: str, types: dict[str, str | None]
) -> None:
    with pytest.raises(errors.QueryNotAcceptable, match="Accept one of: "):
        pool.query(Query(text, **types))


# The dataset


def test_the_default_graph_is_the_union_of_all_graphs(pool: Pool) -> None:
    assert subjects(pool) == ["a", "a", "b"]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [(f"FROM <{ONE}>", ["a", "a"]), (f"FROM NAMED <{ONE}>", []), (f"FROM <{TWO}> FROM NAMED <{ONE}>", ["b"])],
)
def test_a_query_s_own_dataset_is_honoured(pool: Pool, clause: str, expected: list[str]) -> None:
    assert subjects(pool, f"SELECT ?s {clause} {{ ?s ?p ?o }}") == expected


def test_the_request_s_graphs_replace_the_query_s_own(pool: Pool) -> None:
    text = f"SELECT ?s FROM <{ONE}> {{ ?s ?p ?o }}"  # noqa: S608 - it is SPARQL, and of constants
    assert subjects(pool, text, default_graphs=(TWO,)) == ["b"]


def test_a_default_graph_named_twice_is_merged(pool: Pool) -> None:
    assert subjects(pool, default_graphs=(ONE, ONE)) == ["a", "a"]


def test_named_graphs_alone_leave_the_default_graph_empty(pool: Pool) -> None:
    assert subjects(pool, named_graphs=(ONE,)) == []
    in_graphs = "SELECT ?s ?g { GRAPH ?g { ?s ?p ?o } }"
    assert subjects(pool, in_graphs, named_graphs=(ONE,)) == ["a", "a"]
    assert subjects(pool, in_graphs, default_graphs=(ONE,)) == []


def test_a_graph_that_is_no_iri_is_refused_by_name(pool: Pool) -> None:
    with pytest.raises(errors.QuerySyntaxError, match="'graph 1' is not an absolute IRI"):
        pool.query(Query(ALL, default_graphs=("graph 1",)))


def test_relative_iris_resolve_against_the_base(pool: Pool) -> None:
    assert rows(pool, "SELECT ?o { <a> <p> ?o }", base_iri=EX) == [{"o": "one"}]


# Bindings


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("SELECT ?s ?v { ?s ?p ?v }", f"<{EX}b>", ["a"]),
        ("SELECT ?s ?v { ?s ?p ?o FILTER(?o = ?v) }", '"one"', ["a"]),
        ("SELECT ?s ?v { ?s ?p ?v }", '"tv\\u00E5, \\"2\\""@sv', ["b"]),
        ("SELECT ?s ?v { ?s ?p ?v }", '"one" } UNION { ?s ?p ?o', None),
        ("SELECT ?s ?v { ?s ?p ?v }", '"one" .\n<x:> <x:> "two"', None),
        ("SELECT ?s ?v { ?s ?p ?v }", "", None),
    ],
)
def test_bindings_bind_and_nothing_else(pool: Pool, text: str, term: str, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(errors.QuerySyntaxError, match=r"\?v cannot be"):
            subjects(pool, text, bindings={"v": term})
    else:
        assert subjects(pool, text, bindings={"v": term}) == expected


def test_a_binding_that_the_select_does_not_name_is_an_error(pool: Pool) -> None:
    with pytest.raises(errors.QueryError, match=r"\?v in its SELECT projection.*Name it after SELECT"):
        pool.query(Query("SELECT ?s { ?s ?p ?v }", bindings={"v": '"one"'}))


# Errors of the query


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("SELECT ?s WHERE ?s ?p ?o }", 1, 17, "expected “{” before “?s ?p ?o }”"),
        ("SELECT ?s\nWHERE { ?s ?p ?o OPTIONL { } }", 2, 18, "cannot be read on from “OPTIONL { } }”"),
        ("SELECT ?s\nWHERE {\n  ?s foo:bar ?o }", 3, 6, "the prefix foo: is not declared"),
        ("SELECT ?s { ?s ?p <rel> }", 1, 19, "relative where the query has no BASE"),
        ("SELECT ?s { ?s ?p 'é😀 }", 1, 24, "a string is not closed"),
        ("SELEKT ?s { ?s ?p ?o }", 1, 1, "starts with SELECT, ASK, CONSTRUCT or DESCRIBE, not with SELEKT"),
        ("SELECT ?s { ?s ?p ?o } }", 1, 25, "cannot be read to its end"),
        ("SELECT (?s AS ?o) { ?s ?p ?o }", 1, 31, "overrides an existing variable"),
        ("PREFIX a: <x:>\nINSERT DATA { a:b a:b a:b }", None, None, "This is an update (INSERT)"),
        (" # nothing\n", None, None, "There is no query"),
    ],
)
def test_a_syntax_error_says_where_and_what(
    pool: Pool, text: str, line: int | None, column: int | None, said: str
) -> None:
    with pytest.raises(errors.QuerySyntaxError) as caught:
        pool.query(Query(text))
    assert (caught.value.line, caught.value.column) == (line, column)
    assert said in str(caught.value)


def test_a_failed_evaluation_is_an_error_and_not_an_empty_answer(pool: Pool) -> None:
    with pytest.raises(errors.QueryError, match=r"custom function <x:f> is not supported"):
        pool.query(Query("SELECT ?s { ?s ?p ?o FILTER(<x:f>(?o)) }"))


def test_tokens_tell_form_prefixes_and_dataset() -> None:
    text = """# ASK FROM <x:x>
        BASE <x:> PREFIX from: <#from>
        SELECT ('FROM' AS ?from) { ?from from:a ''' ' FROM <x:x> ''' }"""
    assert (read_form(text), names_dataset(text)) == ("SELECT", False)
    assert read_prefixes(text) == {"from": "#from"}
    assert names_dataset("DESCRIBE from:x\nfrom<x:x>{}")
    assert not names_dataset("ASK { { SELECT * FROM <x:x> {} } }")


# Limits


def test_the_deadline_kills_and_the_next_query_is_answered(directory: Path) -> None:
    with start(directory, query_seconds=0.4) as pool:
        pids = child_pids(pool)
        began = time.monotonic()
        with pytest.raises(errors.QueryTimeout, match=r"within 0\.4 seconds"):
            pool.query(Query(ENDLESS))
        assert time.monotonic() - began < 1.0
        assert sum(map(is_running, pids)) == len(pids) - 1
        assert is_well(pool)


def test_the_query_after_a_kill_waits_for_no_replacement(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with start(directory, query_seconds=0.4) as pool:
        monkeypatch.setattr(pool, "_start", lambda _: None)
        with pytest.raises(errors.QueryTimeout):
            pool.query(Query(ENDLESS))
        assert is_well(pool)


def test_several_kills_at_once_are_all_replaced(directory: Path) -> None:
    with start(directory, workers=3, query_seconds=0.4) as pool, ThreadPoolExecutor(3) as threads:
        for future in [threads.submit(pool.query, Query(ENDLESS, client=str(n))) for n in range(3)]:
            with pytest.raises(errors.QueryTimeout):
                future.result()
        assert is_well(pool)
        assert wait_until(lambda: pool._idle.qsize() == 5)


@pytest.mark.parametrize("failure", [OSError(errno.EMFILE, "Too many open files"), RuntimeError("no room")])
def test_a_worker_is_replaced_once_the_system_lets_it(
    directory: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr("kg.store.embedded.RETRY_SECONDS", 0.1)
    tried = threading.Event()

    def fail(*_: object, **__: object) -> object:
        tried.set()
        raise failure

    with start(directory, query_seconds=0.4) as pool:
        wanted = pool.figures().wanted
        with monkeypatch.context() as patch:
            patch.setattr("kg.store.process.socket.socketpair", fail)
            with pytest.raises(errors.QueryTimeout):
                pool.query(Query(ENDLESS))
            assert tried.wait(5)
            time.sleep(0.2)
        assert wait_until(lambda: pool.figures().alive == wanted)


def test_a_query_that_takes_too_much_memory_is_a_marked_error(directory: Path) -> None:
    with start(directory, worker_memory=1_000_000_000, query_seconds=20.0) as pool:
        with pytest.raises(errors.QueryTooLarge, match="more than 1 GB of memory or crashed"):
            pool.query(Query(GREEDY))
        assert is_well(pool)


def test_a_crash_of_the_parser_leaves_the_pool_answering(directory: Path) -> None:
    with start(directory, query_depth=20_000, query_chain=20_000) as pool:
        for _ in range(3):
            with pytest.raises(errors.QueryTooLarge, match="crashed the engine, as deep nesting does"):
                pool.query(Query(NESTED))
            assert is_well(pool)


def test_a_worker_killed_from_outside_is_not_the_query_s_fault(directory: Path) -> None:
    with start(directory) as pool, ThreadPoolExecutor(1) as threads:
        endless = threads.submit(pool.query, Query(ENDLESS))
        assert wait_until(lambda: pool._idle.qsize() == 2)
        for pid in child_pids(pool):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(errors.EngineUnavailable, match="The system ended"):
            endless.result()


def test_a_worker_killed_while_idle_costs_no_query(directory: Path) -> None:
    with start(directory) as pool:
        for pid in child_pids(pool):
            os.kill(pid, signal.SIGKILL)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # until it has ended, and leaves it to the pool
        assert is_well(pool)


def test_an_answer_is_whole_or_an_error(directory: Path) -> None:
    with start(directory) as pool:
        body = pool.query(Query(ALL)).body
    with start(directory, answer_bytes=len(body)) as pool:
        assert pool.query(Query(ALL)).body == body
    with start(directory, answer_bytes=len(body) - 1) as pool:
        with pytest.raises(errors.QueryTooLarge, match=f"longer than {len(body) - 1} bytes"):
            pool.query(Query(ALL))
        with pytest.raises(errors.QueryTooLarge):
            pool.query(Query("CONSTRUCT WHERE { ?s ?p ?o }", graph_type="text/turtle"))
        assert is_well(pool)


def test_a_query_text_is_measured_in_bytes(directory: Path) -> None:
    with start(directory, query_bytes=10) as pool:
        assert pool.query(Query("ASK {} # a")).kind == "boolean"
        with pytest.raises(errors.QueryTooLarge, match="11 bytes long; at most 10"):
            pool.query(Query("ASK {} # å"))


def test_more_graphs_than_a_request_can_carry_are_too_large(pool: Pool) -> None:
    with pytest.raises(errors.QueryTooLarge, match="graphs and bindings"):
        pool.query(Query(ALL, default_graphs=tuple(f"{EX}{n:0100}" for n in range(10_000))))


def test_text_that_is_not_unicode_is_a_syntax_error(pool: Pool) -> None:
    with pytest.raises(errors.QuerySyntaxError, match="not valid Unicode"):
        pool.query(Query("ASK { ?s ?p '\ud800' }"))


def test_strangers_queries_leave_a_turn_to_the_site_s_own(directory: Path) -> None:
    with start(directory, query_seconds=1.5) as pool, ThreadPoolExecutor(2) as threads:
        endless = [threads.submit(pool.query, Query(ENDLESS)) for _ in range(2)]
        assert wait_until(lambda: pool._idle.qsize() == 2)
        began = time.monotonic()
        assert pool.query(Query("ASK {}", own=True)).kind == "boolean"
        assert time.monotonic() - began < 1.0
        for future in endless:
            with pytest.raises((errors.QueryTimeout, errors.EngineUnavailable)):
                future.result()


def test_a_turn_is_waited_for_no_longer_than_the_deadline(directory: Path) -> None:
    with start(directory, query_seconds=0.2) as pool:
        with (
            pool._turns.turn("somebody", time.monotonic()),
            pytest.raises(errors.EngineUnavailable, match="All 1 query workers are busy"),
        ):
            pool.query(Query("ASK {}"))
        assert is_well(pool)


def test_sixteen_threads_each_get_their_own_answer(pool: Pool) -> None:
    def ask(number: int) -> bool:
        return rows(pool, f"SELECT (({number} + COUNT(*)) AS ?n) {{ ?s ?p ?o }}") == [{"n": str(number + 4)}]

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(ask, range(400)))


# The network


@pytest.mark.parametrize("silent", ["", "SILENT "])
@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}/sparql", "http://localhost:{port}/"])
def test_service_makes_no_connection(pool: Pool, silent: str, address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        iri = address.format(port=listener.getsockname()[1])
        text = f"SELECT ?s {{ SERVICE {silent}<{iri}> {{ ?s ?p ?o }} }}"
        if silent:
            assert rows(pool, text) == [{}]  # SPARQL 1.1 Federated Query §2.2: as if it were one empty solution
        else:
            with pytest.raises(errors.QueryRefused, match=r"other endpoints .* not allowed"):
                pool.query(Query(text))
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_service_is_refused_by_its_name_where_the_platform_has_no_sandbox(directory: Path) -> None:
    store = pyoxigraph.Store.read_only(str(directory))
    with pytest.raises(errors.QueryRefused):
        evaluate(store, Query("ASK { SeRviCe SILENT<x:x>{} }"), 1000, 1000, network_denied=False)
    assert evaluate(store, Query("ASK {}"), 1000, 1000, network_denied=False).kind == "boolean"


# Processes


def run_script(script: str, *arguments: object) -> str:
    """Return what the script prints, run in a process of its own with warnings as errors."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.stdout


def test_the_front_loads_no_engine_and_close_leaves_no_child(directory: Path) -> None:
    script = """
        import os, sys
        from pathlib import Path
        from kg.settings import Settings
        from kg.store import Query
        from kg.store.embedded import Pool
        with Pool(Path(sys.argv[1]), Settings(workers=2, query_seconds=0.2)) as pool:
            for text in ("ASK {}", sys.argv[2]):
                try:
                    print(pool.query(Query(text)).kind)
                except Exception as error:
                    print(type(error).__name__)
        assert not {"pyoxigraph", "SPARQLWrapper"} & set(sys.modules)
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print("no child")
    """
    assert run_script(script, directory, ENDLESS).split() == ["boolean", "QueryTimeout", "no", "child"]


def test_children_end_when_their_parent_is_killed(directory: Path) -> None:
    script = """
        import os, signal, sys, threading, time
        from pathlib import Path
        from kg.settings import Settings
        from kg.store import Query
        from kg.store.embedded import Pool
        pool = Pool(Path(sys.argv[1]), Settings(workers=2, query_seconds=0.7))
        threading.Thread(target=pool.query, args=(Query(sys.argv[2]),), daemon=True).start()
        time.sleep(0.2)
        print(*(process._process.pid for process in pool._processes), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    pids = [int(word) for word in run_script(script, directory, ENDLESS).split()]
    assert len(pids) == 4  # two turns, the one of the site itself, and the spare
    # the busy one cannot see that its parent is gone, and ends itself a second after the deadline
    assert wait_until(lambda: sum(map(is_running, pids)) <= 1, 1.0)
    assert wait_until(lambda: not any(map(is_running, pids)), 3.0)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_worker_holds_no_other_worker_s_connection(directory: Path) -> None:
    with start(directory, workers=3) as pool:
        for pid in child_pids(pool):
            links = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]
            assert sum(str(link).startswith("socket:") for link in links) == 1


def test_a_closed_pool_says_so_also_to_a_query_in_progress(directory: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        pool = start(directory)
        endless = threads.submit(pool.query, Query(ENDLESS))
        assert wait_until(lambda: pool._idle.qsize() == 2)
        pool.close()
        pool.close()
        for call in (endless.result, lambda: pool.query(Query("ASK {}"))):
            with pytest.raises(errors.EngineUnavailable, match="has been closed"):
                call()


def test_a_missing_or_damaged_store_is_told_in_the_worker_s_words(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.EngineUnavailable, match=r"none cannot be opened: .*No such file"):
        start(tmp_path / "none")
    damaged = shutil.copytree(directory, tmp_path / "damaged")
    for manifest in damaged.glob("MANIFEST-*"):
        manifest.write_bytes(b"junk")
    with pytest.raises(errors.EngineUnavailable, match=r"cannot be opened: .*[Cc]orrupt"):
        start(damaged)


def test_too_little_memory_to_start_is_told(directory: Path) -> None:
    with pytest.raises(errors.EngineUnavailable, match="KG_WORKER_MEMORY"):
        start(directory, worker_memory=30_000_000)


def test_a_platform_without_limits_is_refused(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = Process.wait_ready
    monkeypatch.setattr(Process, "wait_ready", lambda self: {**ready(self), "network_denied": False})
    with pytest.raises(errors.EngineUnavailable, match=r"network_denied.*KG_UNSANDBOXED=1"):
        start(directory)


def test_a_platform_without_limits_is_warned_of_once_where_the_keeper_goes_on(
    directory: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ready = Process.wait_ready
    monkeypatch.setattr(Process, "wait_ready", lambda self: {**ready(self), "network_denied": False})
    with start(directory, workers=2, unsandboxed=True):
        assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
            ("CRITICAL", "KG_UNSANDBOXED is set: query workers are NOT held to network_denied.")
        ]


# Bulk


def test_canonical_nquads_depend_on_the_dataset_alone() -> None:
    one = b'_:a <x:p> _:b <x:g> .\n_:b <x:p> "\\u00e9" <x:g> .\n'
    two = '_:z <x:p> "é" <x:g> .\n_:z <x:p> "é" <x:g> .\n\n# so it is\n_:a <x:p> _:z <x:g> .'.encode()
    assert canonical_nquads(one) == canonical_nquads(two)
    assert canonical_nquads(one) != canonical_nquads(one.replace(b"_:b <x:p> ", b"_:c <x:p> "))
    assert canonical_nquads(one) == '_:c14n0 <x:p> "é" <x:g> .\n_:c14n1 <x:p> _:c14n0 <x:g> .\n'.encode()
    assert canonical_nquads(b"") == b""


def test_a_dump_equals_what_was_loaded(directory: Path) -> None:
    assert dump_store(directory) == canonical_nquads(NQUADS)


def test_a_dump_shows_what_the_store_rewrote(tmp_path: Path) -> None:
    nquads = b'<x:s> <x:p> "007"^^<http://www.w3.org/2001/XMLSchema#int> <x:g> .\n'
    load_store(nquads, tmp_path / "store")
    assert dump_store(tmp_path / "store") != canonical_nquads(nquads)


def test_bulk_refuses_what_it_cannot_do_right(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.ReleaseError, match="is there already"):
        load_store(NQUADS, directory)
    with pytest.raises(errors.DataError, match="line 1"):
        load_store(b"<x:s> <x:p> <not an iri> <x:g> .\n", tmp_path / "store")
    with pytest.raises(errors.DataError, match="line 1"):
        canonical_nquads(b"nonsense")
    with pytest.raises(errors.ReleaseError, match="cannot be read"):
        dump_store(tmp_path / "none")


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
    with pytest.raises(errors.QueryRefused, match="bindings"):
        ask_remote(base, bindings={"s": "<x:x>"})
    with pytest.raises(errors.QueryNotAcceptable):
        ask_remote(base, row_type=None, graph_type=None)
    with pytest.raises(errors.SettingsError, match="http or https"):
        ask_remote("file:///etc/passwd")
