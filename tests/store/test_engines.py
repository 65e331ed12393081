"""A service behind the pages: it answers as the embedded engine does, and holds one release at a time."""

from __future__ import annotations

import json
import shutil
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from conformance.engines.alike import Likeness, likenesses
from conformance.engines.services import Oxigraph
from helpers.endpoints import endpoint
from helpers.releasing import EX, OBJECTS, G, publish
from helpers.serving import BASE, HOME, Server
from helpers.writing import WritingServer
from kg import errors
from kg.release.content import content_of, to_triples
from kg.release.publish import Releases
from kg.settings import Settings
from kg.store import Engine, Query
from kg.store.engines import open_engine
from kg.store.remote import service as services_of
from kg.store.remote.bindings import bind
from kg.store.remote.contained import require_contained
from kg.store.remote.service import Held, Service

SECOND = f"<{EX}a> <{EX}p> <{EX}b> <{G}one> .\n<{EX}a> <{EX}p> <{EX}d> <{G}two> .\n<{EX}y> <{EX}p> <{EX}z> <{G}new> .\n"


@pytest.fixture(scope="module")
def shared() -> Iterator[Oxigraph]:
    running = Oxigraph()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def remote(releases: Path, shared: Oxigraph) -> Iterator[Server]:
    """A server of the real data that evaluates nothing itself."""
    running = Server(releases, **shared.environment)
    yield running
    running.stop()


# ── The same answers ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("asked", likenesses(), ids=lambda asked: asked.name)
def test_a_service_answers_as_the_embedded_engine_does(server: Server, remote: Server, asked: Likeness) -> None:
    asked.compare(server, remote)


def test_a_mistake_is_told_in_the_words_of_the_service(remote: Server) -> None:
    answer = remote.query("SELECT ?s { ?s ?p ?o ", "text/csv")
    assert answer.status == 400
    assert "answered with status 400" in answer.text


def test_the_limits_of_queries_hold_before_anything_is_sent(releases: Path, shared: Oxigraph) -> None:
    settings = Settings(home=HOME, releases=releases).with_(**shared.settings, query_rows=3, query_bytes=200)
    with opened(settings) as engine:
        with pytest.raises(errors.QueryTooLarge, match="3 rows"):
            engine.query(Query("SELECT ?s { ?s a ?c }"))
        with pytest.raises(errors.QueryTooLarge, match="3 rows"):
            engine.query(Query("CONSTRUCT { ?s a ?c } { ?s a ?c }", graph_type="application/n-triples"))
        with pytest.raises(errors.QueryTooLarge, match="200"):
            engine.query(Query("ASK {}" + " " * 200))
        with pytest.raises(errors.QueryTooLarge, match="brackets"):
            engine.query(Query("ASK " + "{" * 101 + "}" * 50))
        assert engine.query(Query("SELECT ?s { ?s a ?c }", internal=True)).kind == "solutions"


def test_a_query_that_passes_its_deadline_is_given_up(releases: Path, service: Oxigraph) -> None:
    settings = Settings(home=HOME, releases=releases).with_(**service.settings)
    with opened(settings):
        pass  # which fills the service
    with opened(settings.with_(query_seconds=0.3)) as engine:
        product = " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(9))
        with pytest.raises(errors.QueryTimeout, match="seconds"):
            engine.query(Query(f"SELECT (COUNT(*) AS ?n) {{ {product} }}"))


# ── What may not be sent ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { SERVICESILENT<http://127.0.0.1/> { ?s ?p ?o } }",
        "PREFIX a: <urn:a> SELECT * { SERVICEa:b { ?s ?p ?o } }",
        "SELECT * { SERV\\u0049CE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { ?s <http://x/\\u0041#b> ?o SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { ?s ?p trueSERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * FROM <http://127.0.0.1/data.ttl> { ?s ?p ?o }",
        "SELECT * FROM NAMED <http://127.0.0.1/data.ttl> { ?s ?p ?o }",
        "SELECT * FROMNAMED<http://127.0.0.1/data.ttl> { ?s ?p ?o }",
        "PREFIX x: <http://127.0.0.1/> SELECT * FROM x:data { ?s ?p ?o }",
        "SELECT * FR\\u004FM <http://127.0.0.1/data.ttl> { ?s ?p ?o }",
        "SELECT (<bif:file_to_string>('/etc/passwd') AS ?x) {}",
        "PREFIX f: <JAVA:a.b.> SELECT (f:c() AS ?x) {}",
    ],
)
def test_what_reaches_beyond_the_dataset_is_refused_before_it_is_sent(text: str) -> None:
    with pytest.raises(errors.QueryRefused):
        require_contained(Query(text, base_iri=BASE), {f"{BASE}graph/codes"})


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://127.0.0.1/data.ttl>",
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "define get:soft 'replace' SELECT * FROM <graph/codes> { ?s ?p ?o }",
        "PREFIX a: <urn:a> DROP ALL",
        "SELECT * {} ; DROP ALL",
        "SELECT * {} INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "SELECT (bif:file_to_string('/etc/passwd') AS ?x) {}",
        'SELECT * { ?s ?p "a\n" }',
        "",
    ],
)
def test_what_is_no_single_query_is_a_syntax_error_before_it_is_sent(text: str) -> None:
    with pytest.raises(errors.QuerySyntaxError):
        require_contained(Query(text, base_iri=BASE), {f"{BASE}graph/codes"})


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM <graph/codes> FROM NAMED <graph/codes> { GRAPH ?g { ?s ?p ?o } }",
        "PREFIX g: <graph/> SELECT * FROM g:codes { ?s ?p 'security service' ; a <id/intelligence-service> }",
        "SELECT ?service { ?service ?insert _:b . _:b ?p 'load' }",
        "PREFIX : <ns#> ASK { ?s :p ?o ; :q 'a\\u0041' } # a comment",
        "SELECT ?s WHERE { ?s ?p ?o } GROUP BY ?s HAVING (COUNT(*) > 1) ORDER BY DESC(?s) LIMIT 1 OFFSET 2",
        "DESCRIBE <id/russia>",
    ],
)
def test_what_stays_within_the_dataset_is_let_through(text: str) -> None:
    require_contained(Query(text, base_iri=BASE), {f"{BASE}graph/codes"})


def test_a_dataset_in_the_parameters_is_held_to_the_graphs_there_are(remote: Server) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    known = remote.query(text, "text/csv", **{"default-graph-uri": f"{BASE}graph/codes"})
    assert known.status == 200
    assert int(known.text.split()[1]) > 1000
    answer = remote.query(text, "text/csv", **{"default-graph-uri": "http://127.0.0.1/data.ttl"})
    assert answer.status == 400
    assert "There is no graph <http://127.0.0.1/data.ttl>" in answer.text


# ── Bindings ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("term", "written"),
    [
        ("<urn:x>", "<urn:x>"),
        ('"a \\"b\\" \\\\ \\u00e9"@en-GB', '"a \\"b\\" \\\\ é"@en-GB'),
        ('"1"^^<urn:int>', '"1"^^<urn:int>'),
        ('"two\\nlines"', '"two\\nlines"'),
    ],
)
def test_a_binding_is_written_as_the_term_it_is(term: str, written: str) -> None:
    assert bind("SELECT ?x { ?x ?p ?o }", {"x": term}) == f"SELECT ?x {{ VALUES (?x) {{ ({written}) }}  ?x ?p ?o }}"


@pytest.mark.parametrize(
    "term",
    [
        "<urn:x\\u003E> } DROP ALL #",
        "<urn:x\\u003E ?s ?p>",
        "<relative>",
        "<urn:x> <urn:y>",
        '"a" } #',
        '"a"^^<urn:\\u0020>',
        '"\\ud800"',
        '"a\\x"',
        "_:b",
        "?y",
    ],
)
def test_a_binding_can_be_nothing_but_a_term(term: str) -> None:
    with pytest.raises(errors.QuerySyntaxError, match=r"^\?x cannot be"):
        bind("SELECT ?x { ?x ?p ?o }", {"x": term})


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ASK { ?x a ?c }", "ASK { VALUES (?x) { (<urn:x>) }  ?x a ?c }"),
        (
            "SELECT ?x { SELECT ?x { ?x a ?c } }",
            "SELECT ?x { VALUES (?x) { (<urn:x>) } { SELECT ?x { VALUES (?x) { (<urn:x>) }  ?x a ?c } }}",
        ),
        (
            "CONSTRUCT { ?x a ?c } FROM <urn:g> WHERE { ?x a ?c }",
            "CONSTRUCT { ?x a ?c } FROM <urn:g> WHERE { VALUES (?x) { (<urn:x>) }  ?x a ?c }",
        ),
        (
            "PREFIX a: <urn:{> SELECT (EXISTS { ?x a ?d } AS ?e) # {\n{ ?x a '{' }",
            "PREFIX a: <urn:{> SELECT (EXISTS { ?x a ?d } AS ?e) # {\n{ VALUES (?x) { (<urn:x>) }  ?x a '{' }",
        ),
    ],
)
def test_bindings_stand_at_the_beginning_of_where(text: str, written: str) -> None:
    assert bind(text.replace("urn:{", "urn:b"), {"x": "<urn:x>"}) == written.replace("urn:{", "urn:b")


def test_a_query_without_a_group_takes_no_bindings() -> None:
    for text in ("DESCRIBE ?x", "CONSTRUCT WHERE { ?x a ?c }"):
        with pytest.raises(errors.QueryError):
            bind(text, {"x": "<urn:x>"})


# ── One release at a time ───────────────────────────────────────────────────────────────────────────────────────────


class opened:  # noqa: N801 - used as a function
    """The engine of the settings on the active release, closed at the end."""

    def __init__(self, settings: Settings) -> None:
        folder = Releases(settings.releases)
        self.engine = open_engine(content_of(folder, folder.active_id()), settings)

    def __enter__(self) -> Engine:
        return self.engine

    def __exit__(self, *_: object) -> None:
        self.engine.close()


def objects(engine: Engine) -> list[str]:
    rows = json.loads(engine.query(Query(OBJECTS)).body)["results"]["bindings"]
    return [row["o"]["value"].removeprefix(EX) for row in rows if row["o"]["value"].startswith(EX)]


def sent(monkeypatch: pytest.MonkeyPatch, fail_at: str = "") -> list[str]:
    """Note the graphs that are put or dropped from now on; break off before one that contains ``fail_at``."""
    seen: list[str] = []
    replace: Callable[[Service, str, bytes], None] = services_of.Service._replace

    def note(self: Service, graph: str, ntriples: bytes) -> None:
        if fail_at and fail_at in graph:
            raise errors.EngineUnavailable("broken off")
        seen.append(graph.removeprefix(G))
        replace(self, graph, ntriples)

    monkeypatch.setattr(services_of.Service, "_replace", note)
    return seen


def test_only_what_differs_is_sent_and_the_description_last(
    folder: Releases, service: Oxigraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(releases=folder.folder).with_(**service.settings)
    with opened(settings) as engine:
        assert objects(engine) == ["b", "c"]
    publish(folder, SECOND)
    seen = sent(monkeypatch)
    with opened(settings) as engine:
        assert objects(engine) == ["b", "d", "z"]
    assert seen[-1] == "description"
    assert sorted(seen[:-1]) == ["new", "old", "two"]
    seen.clear()
    with opened(settings):
        assert seen == []


def test_a_replacement_that_was_broken_off_is_noticed_and_finished(
    folder: Releases, service: Oxigraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(releases=folder.folder).with_(**service.settings)
    with opened(settings) as before:
        first = folder.active_id()
        second = publish(folder, SECOND)
        with monkeypatch.context() as patch:
            sent(patch, fail_at="two")
            with pytest.raises(errors.EngineUnavailable, match="broken off"):
                opened(settings)
        with pytest.raises(errors.EngineUnavailable, match="no longer holds"):
            objects(before)  # neither the one release nor the other
    with closing(Service(settings)) as asked:
        held = asked.held(content_of(folder, second))
    assert held == Held(None, f"{BASE}release/{first}", f"{BASE}release/{second}")
    seen = sent(monkeypatch)
    with opened(settings) as engine:
        assert objects(engine) == ["b", "d", "z"]
    assert "one" not in seen  # what was the same in both need not be sent


def test_an_engine_of_a_release_that_was_replaced_gives_no_answer_of_another(
    folder: Releases, service: Oxigraph
) -> None:
    settings = Settings(releases=folder.folder).with_(**service.settings)
    with opened(settings) as before:
        publish(folder, SECOND)
        with opened(settings), pytest.raises(errors.EngineUnavailable, match="no longer holds"):
            objects(before)


def test_a_service_that_was_emptied_is_filled_anew(folder: Releases, service: Oxigraph) -> None:
    settings = Settings(releases=folder.folder).with_(**service.settings)
    with opened(settings) as engine:
        service.update("DROP ALL")
        with pytest.raises(errors.EngineUnavailable):
            objects(engine)
    with opened(settings) as engine:
        assert objects(engine) == ["b", "c"]


def test_a_graph_that_arrives_otherwise_than_it_was_sent_is_noticed(
    folder: Releases, service: Oxigraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(releases=folder.folder).with_(**service.settings)
    monkeypatch.setattr(services_of, "NTRIPLES", "text/turtle")
    service.update(f"INSERT DATA {{ GRAPH <{G}two> {{ <urn:a> <urn:b> <urn:c> }} }}")
    monkeypatch.setattr(services_of.Service, "_send", skip_put(services_of.Service._send))
    with pytest.raises(errors.EngineUnavailable, match=r"was sent \d+ triples"):
        opened(settings)


def skip_put(send: Callable[..., object]) -> Callable[..., object]:
    """Let every request through but a graph's content, in whose place another is sent."""

    def sending(self: Service, address: object, method: str, body: bytes, *rest: object) -> object:
        return send(
            self, address, method, b"<urn:a> <urn:b> <urn:c>, <urn:d>, <urn:e> ." if method == "PUT" else body, *rest
        )

    return sending


def test_a_service_whose_default_graph_is_no_union_is_refused_with_what_to_do(folder: Releases) -> None:
    separate = Oxigraph(union=False)
    try:
        with pytest.raises(errors.EngineUnavailable, match="--union-default-graph"):
            opened(Settings(releases=folder.folder).with_(**separate.settings))
    finally:
        separate.stop()


def test_graphs_of_others_are_kept_and_told_of(folder: Releases, service: Oxigraph) -> None:
    service.update("INSERT DATA { GRAPH <urn:theirs> { <urn:a> <urn:b> <urn:c> } }")
    with opened(Settings(releases=folder.folder).with_(**service.settings)) as engine:
        assert "<urn:theirs>" in engine.stats().troubles[0]
        assert json.loads(engine.query(Query("ASK { GRAPH <urn:theirs> { ?s ?p ?o } }")).body)["boolean"] is True


def test_a_graph_is_given_to_a_service_in_ntriples() -> None:
    lines = '<urn:a> <urn:b> "x <urn:g> ."^^<urn:t> <urn:g> .\n_:b <urn:b> "é y"@en <urn:g> .\n'
    assert to_triples(lines.encode(), "urn:g").decode() == (
        '<urn:a> <urn:b> "x <urn:g> ."^^<urn:t> .\n_:b <urn:b> "é y"@en .\n'
    )


# ── A server on it ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_health_metrics_and_the_service_description_say_what_the_engine_is_and_cannot_do(remote: Server) -> None:
    health = json.loads(remote.get("/health").body)
    assert (health["status"], health["engine"], health["degraded"]) == ("ok", "remote", [])
    assert any("may run on" in sentence for sentence in health["cannot"])
    assert 'kg_query_workers{state="alive"} 2.0' in remote.get("/metrics").text
    described = remote.get("/sparql", "text/turtle").text
    assert "may run on in the service" in described
    assert "BasicFederatedQuery" not in described


def test_an_earlier_release_is_told_to_be_out_of_reach(releases: Path, shared: Oxigraph, tmp_path: Path) -> None:
    copy = shutil.copytree(releases, tmp_path / "releases", symlinks=True)
    active = Releases(copy).active_id()
    other = active[:-12] + "0" * 12
    shutil.copytree(copy / active, copy / other)
    server = Server(copy, **shared.environment)
    try:
        answer = server.get(f"/doc/russia?release={other}")
        assert answer.status == 501
        assert "holds one release" in answer.text
        assert server.get(f"/doc/russia?release={active}").status == 200
        assert server.get("/doc/russia?release=2020-01-01-000000000000").status == 404
    finally:
        server.stop()


def test_a_write_passes_the_gate_and_is_read_from_the_service(folder: Releases, service: Oxigraph) -> None:
    server = WritingServer(folder.folder, **service.environment)
    try:
        answer = server.update(f"INSERT DATA {{ GRAPH <{G}two> {{ <{EX}a> <{EX}p> <{EX}new> }} }}")
        assert answer.status == 200, answer.text
        assert "new" in server.query(OBJECTS, "text/csv").text
        refused = server.update("LOAD <http://127.0.0.1/data.ttl>")
        assert refused.status == 403
        assert server.query("INSERT DATA { <urn:a> <urn:b> <urn:c> }").status == 400
        assert server.query("ASK { <urn:a> <urn:b> <urn:c> }").text.count("false") == 1
        assert json.loads(server.get("/health").body)["release"] == folder.active_id()
    finally:
        server.stop()


def test_a_service_that_goes_away_is_told_and_gets_its_release_again(folder: Releases, service: Oxigraph) -> None:
    server = Server(folder.folder, **service.environment)
    try:
        service.stop()
        answer = server.query("ASK {}")
        assert answer.status == 503
        assert "cannot be asked" in answer.text
        assert server.get("/health").status == 503
        service.start()  # empty: it holds no release now, which the server notices at the next query
        assert server.query("ASK {}").status == 503
        end = time.monotonic() + 30
        while (answer := server.query(OBJECTS, "text/csv")).status == 503:
            assert time.monotonic() < end, answer.text
        assert answer.text.split() == ["o", EX + "b", EX + "c"]
        assert server.get("/health").status == 200
    finally:
        server.stop()


# ── Settings ────────────────────────────────────────────────────────────────────────────────────────────────────────

ADDRESSES = {"engine_query": "http://h/q", "engine_update": "http://h/u", "engine_graphs": "http://h/g"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"engine": "other"}, "embedded or remote"),
        ({"engine": "remote", **ADDRESSES, "engine_update": ""}, "KG_ENGINE_UPDATE is not set"),
        ({"engine_query": "ftp://h/q"}, "KG_ENGINE_QUERY is 'ftp://h/q'"),
        ({"engine_query": "http://me:secret@h/q"}, "KG_ENGINE_CREDENTIALS"),
        ({"engine_credentials": "secret"}, "basic NAME:PASSWORD"),
        ({"engine_credentials": "bearer secret", "engine_credentials_file": Path("x")}, "give one of them"),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_without_its_secrets(given: dict[str, object], said: str) -> None:
    with pytest.raises(errors.SettingsError) as caught:
        Settings().with_(**given)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)


def test_credentials_come_from_a_setting_or_a_file_and_are_kept_from_children_and_logs(tmp_path: Path) -> None:
    basic = Settings(engine_credentials="basic me:open sesame".replace(" sesame", "-sesame"))
    assert basic.engine_authorization == "Basic bWU6b3Blbi1zZXNhbWU="
    file = tmp_path / "credentials"
    file.write_text("Bearer abc.def\n")
    assert Settings(engine_credentials_file=file).engine_authorization == "Bearer abc.def"
    assert Settings().engine_authorization is None
    assert "sesame" not in repr(basic)
    assert basic.to_environment()["KG_ENGINE_CREDENTIALS"] == ""
    for wrong in (tmp_path / "none", tmp_path / "empty"):
        (tmp_path / "empty").write_text("")
        with pytest.raises(errors.SettingsError, match=str(wrong)):
            _ = Settings(engine_credentials_file=wrong).engine_authorization


def test_credentials_go_along_with_each_request(folder: Releases) -> None:
    with endpoint(status=401, media_type="text/plain", body=b"who are you?") as there:
        addresses = dict.fromkeys(ADDRESSES, there.url)
        settings = Settings(releases=folder.folder, engine="remote", engine_credentials="bearer abc", **addresses)
        with pytest.raises(errors.EngineUnavailable, match=r"status 401\. who are you\?") as caught:
            opened(settings)
        assert "abc" not in str(caught.value)
        assert there.headers[-1]["Authorization"] == "Bearer abc"


def test_the_query_page_shows_an_answer_from_a_service(remote: Server) -> None:
    asked = urllib.parse.urlencode({"query": "SELECT ?c { <id/russia> a ?c }"})
    page = remote.get(f"/sparql?{asked}", "text/html")
    assert page.status == 200
    assert "State" in page.text
