"""SERVICE out of this server: off unless listed, guarded where listed, and joined as the specification says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import rdflib

from helpers.endpoints import ROWS_JSON, Canary, Endpoint, endpoint, engine, serving
from helpers.processor import processor_seconds
from helpers.serving import Server
from helpers.waiting import wait_until
from kg import errors
from kg.settings import Settings, read_settings
from kg.store import Answer, Query
from kg.store.federation.federate import MOST_CALLS, find_calls
from kg.store.federation.outbound import check_address
from kg.store.pool.embedded import Pool

EX = "http://example.org/"
FAR = f"{EX}far"
HERE = f'<{EX}a> <{EX}name> "A" <{EX}g> .\n<{EX}b> <{EX}name> "B" <{EX}g> .\n'.encode()
THERE = f"""\
<{EX}a> <{EX}knows> <{EX}b> <{EX}g> .
<{EX}a> <{EX}says> "a \\"quote\\", a \\\\ and\\na line"@en-GB <{EX}g> .
<{EX}b> <{EX}age> "7"^^<http://www.w3.org/2001/XMLSchema#integer> <{EX}g> .
<{EX}b> <{EX}says> "\\\\u0041 \\u00E9 {{ }} SERVICE" <{EX}g> .
_:x <{EX}knows> <{EX}a> <{EX}g> .
_:x <{EX}age> "9"^^<http://www.w3.org/2001/XMLSchema#integer> <{EX}g> .
""".encode()


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Somebody else's endpoint, which answers with real data."""
    with serving(THERE, tmp_path_factory.mktemp("far") / "store") as running:
        yield running


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory, far: Endpoint) -> Iterator[Pool]:
    """Our engine, which may call that endpoint under another name."""
    listed = f"{FAR}={far.url}"
    folder = tmp_path_factory.mktemp("ours") / "store"
    with engine(HERE, folder, service_endpoints=listed, service_private=True) as pool:
        yield pool


@pytest.fixture
def canary() -> Iterator[Canary]:
    listener = Canary()
    yield listener
    listener.close()


def rows(pool: Pool, text: str, **given: Any) -> list[dict[str, str]]:
    body = pool.query(Query(text, **given)).body
    return [{name: term["value"] for name, term in row.items()} for row in json.loads(body)["results"]["bindings"]]


def ask_fixed(tmp_path: Path, other: Endpoint, text: str = "", **limits: Any) -> Answer:
    """Ask a query with one SERVICE of an engine that may call ``other``."""
    given = {"service_endpoints": other.url, "service_private": True} | limits
    with engine(HERE, tmp_path / "store", **given) as pool:
        return pool.query(Query(text or f"SELECT * {{ SERVICE <{other.url}> {{ ?s ?p ?o }} }}"))


# Joining


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (f"?s <{EX}name> ?n . SERVICE <{FAR}> {{ ?s <{EX}knows> ?o }}", [{"s": "a", "n": "A", "o": "b"}]),
        (f"?s <{EX}name> ?n SERVICE<{FAR}>{{ ?s <{EX}knows> ?o }}", [{"s": "a", "n": "A", "o": "b"}]),
        (
            f"?s <{EX}name> ?n OPTIONAL {{ SERVICE <{FAR}> {{ ?s <{EX}knows> ?o }} }}",
            [{"s": "a", "n": "A", "o": "b"}, {"s": "b", "n": "B"}],
        ),
        (f"?s <{EX}name> ?n FILTER NOT EXISTS {{ SERVICE <{FAR}> {{ ?s <{EX}knows> ?o }} }}", [{"s": "b", "n": "B"}]),
        (f"?s <{EX}name> ?n MINUS {{ SERVICE <{FAR}> {{ ?s <{EX}age> 7 }} }}", [{"s": "a", "n": "A"}]),
        (f"{{ SERVICE <{FAR}> {{ <{EX}a> <{EX}knows> <{EX}b> }} }} ?s <{EX}name> 'A'", [{"s": "a"}]),
        (f"SERVICE <{FAR}> {{ <{EX}b> <{EX}knows> <{EX}a> }} ?s <{EX}name> 'A'", []),
        (
            f"SERVICE <{FAR}> {{ ?s <{EX}knows> ?o }} SERVICE <{FAR}> {{ ?o <{EX}age> ?age }}",
            [{"s": "a", "o": "b", "age": "7"}],
        ),
        (f"{{ SELECT ?s {{ SERVICE <{FAR}> {{ SELECT ?s {{ ?s <{EX}age> 7 }} LIMIT 1 }} }} }}", [{"s": "b"}]),
    ],
)
def test_solutions_join_as_the_specification_says(ours: Pool, pattern: str, expected: list[dict[str, str]]) -> None:
    found = [{k: v.removeprefix(EX) for k, v in row.items()} for row in rows(ours, f"SELECT * {{ {pattern} }}")]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_every_kind_of_term_comes_through_unchanged(ours: Pool) -> None:
    text = f"SELECT ?s ?o {{ SERVICE <{FAR}> {{ ?s <{EX}says>|<{EX}age> ?o FILTER isIRI(?s) }} }}"
    found = json.loads(ours.query(Query(text)).body)["results"]["bindings"]
    values = {(row["o"]["value"], row["o"].get("xml:lang"), row["o"].get("datatype")) for row in found}
    assert values == {  # a language tag compares in lower case, which the engine writes (RDF 1.1 Concepts §3.3)
        ('a "quote", a \\ and\na line', "en-gb", None),
        ("\\u0041 é { } SERVICE", None, None),
        ("7", None, "http://www.w3.org/2001/XMLSchema#integer"),
    }


def test_a_blank_node_is_one_node_within_a_call_and_joins_nothing_of_another(ours: Pool) -> None:
    within = f"SERVICE <{FAR}> {{ ?x <{EX}knows> ?o ; <{EX}age> ?age }}"
    [row] = json.loads(ours.query(Query(f"SELECT * {{ {within} FILTER isBlank(?x) }}")).body)["results"]["bindings"]
    assert (row["x"]["type"], row["age"]["value"]) == ("bnode", "9")
    several = f"SELECT DISTINCT ?x {{ SERVICE <{FAR}> {{ ?x ?p ?o }} FILTER isBlank(?x) }}"
    assert len(rows(ours, several)) == 1
    across = f"SERVICE <{FAR}> {{ ?x <{EX}knows> ?o }} SERVICE <{FAR}> {{ ?x <{EX}age> ?age }}"
    assert rows(ours, f"SELECT ?x {{ {across} FILTER isBlank(?x) }}") == []


def test_unbound_variables_stay_unbound(ours: Pool) -> None:
    text = f"SELECT ?s ?o {{ SERVICE <{FAR}> {{ ?s <{EX}age> ?a OPTIONAL {{ ?s <{EX}none> ?o }} }} }}"
    assert {frozenset(row) for row in rows(ours, text)} == {frozenset({"s"})}


def test_prefixes_and_base_go_along(ours: Pool, far: Endpoint) -> None:
    text = "PREFIX e: <> SELECT ?o { SERVICE e:far { e:a <knows> ?o } }"
    assert rows(ours, text, base_iri=EX) == [{"o": EX + "b"}]
    assert far.queries[-1] == f"BASE <{EX}>\nPREFIX e: <>\nSELECT * WHERE {{ e:a <knows> ?o }}"
    assert rows(ours, f"BASE <{EX}> {text}") == [{"o": EX + "b"}]


def test_a_service_within_a_service_goes_along_as_it_is(ours: Pool, far: Endpoint) -> None:
    inner = f"{{ ?s <{EX}knows> ?o . SERVICE SILENT <http://elsewhere.example/> {{ ?o ?p ?q }} }}"
    assert rows(ours, f"SELECT ?o {{ SERVICE <{FAR}> {inner} }} ORDER BY ?o") == [{"o": EX + "a"}, {"o": EX + "b"}]
    assert far.queries[-1].endswith(f"SELECT * WHERE {inner}")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"ASK {{ SERVICE <{FAR}> {{ ?s <{EX}age> 7 }} }}", "boolean"),
        (f"CONSTRUCT {{ ?s <{EX}p> ?o }} {{ SERVICE <{FAR}> {{ ?s <{EX}age> ?o }} }}", "graph"),
        (f"DESCRIBE ?s {{ SERVICE <{FAR}> {{ ?s <{EX}age> 7 }} }}", "graph"),
    ],
)
def test_every_query_form_may_call(ours: Pool, text: str, kind: str) -> None:
    answer = ours.query(Query(text, graph_type="application/n-triples"))
    assert answer.kind == kind
    assert b"true" in answer.body or EX.encode() in answer.body


# What is not called


def test_without_a_list_nothing_is_called(tmp_path: Path, canary: Canary) -> None:
    with engine(HERE, tmp_path / "store") as pool:
        with pytest.raises(errors.QueryRefused, match=r"SERVICE.* not allowed"):
            pool.query(Query(f"ASK {{ SERVICE <{canary.url}> {{}} }}"))
        assert rows(pool, f"SELECT * {{ SERVICE SILENT <{canary.url}> {{ ?s ?p ?o }} }}") == [{}]
    assert not canary.was_called()


BYPASSES = [
    "SERVICE <{canary}> {{ ?s ?p ?o }}",
    "SERVICE SILENT <{canary}> {{ ?s ?p ?o }}",
    "SeRvIcE<{canary}>{{}}",
    "SERVICEex:sparql{{}}",
    "SERVICEex:sparql{{ ?s ?p ?o }} SERVICE <{far}> {{ ?s ?p ?o }}",
    "SERVICESILENT<{canary}>{{}}",
    "SERVICESILENT<{canary}>{{}} SERVICE <{far}> {{}}",
    "SERVICE SILENTex:sparql{{}}",
    "SERVICE # <{far}> {{\n <{canary}> {{}}",
    "SERVICE # <{far}> {{\n SILENT # \n <{canary}> {{}}",
    "SERVICE <{escaped}> {{}}",
    "SERVICE SILENT <{escaped}> {{}}",
    "\\u0053ERVICE <{canary}> {{}}",
    "SERVIC\\u0045 <{canary}> {{}} SERVICE <{far}> {{}}",
    "SERVICE \\u003C{canary}> {{}}",
    "SERVICE ex:\\u0073parql {{}}",
    "SERVICE ?x {{}} BIND(<{canary}> AS ?x)",
    "BIND(<{canary}> AS ?x) SERVICE SILENT ?x {{}}",
    "VALUES ?x {{ <{canary}> }} SERVICE $x {{}}",
    "?s ?p 1SERVICE<{canary}>{{}}",
    "?s ?p 1e0SERVICE<{canary}>{{}}",
    "?s ?p trueSERVICE<{canary}>{{}}",
    "?s ?p <x:y>SERVICE<{canary}>{{}}",
    "?s ?p 'x'@en-SERVICE <{canary}> {{}}",
    '?s ?p "x"SERVICE<{canary}>{{}}',
    "{{}}SERVICE<{canary}>{{}}",
    "FILTER(?s<?p) SERVICE<{canary}>{{}} FILTER(?p>?s)",
    "FILTER(?s<?p||'>'!=?s)SERVICE<{canary}>{{}}",
    "FILTER EXISTS {{ SERVICE <{canary}> {{}} }}",
    "{{ SELECT * {{ GRAPH ?g {{ OPTIONAL {{ SERVICE <{canary}> {{}} }} }} }} }}",
    "SERVICE <{far}#> {{}}",
    "SERVICE <{far}/../{canary}> {{}}",
    "SERVICE <{far}@{canary}> {{}}",
]


@pytest.mark.parametrize("pattern", BYPASSES)
def test_no_spelling_of_service_reaches_an_endpoint_that_is_not_listed(
    ours: Pool, canary: Canary, pattern: str
) -> None:
    written = pattern.format(canary=canary.url, far=FAR, escaped=canary.url.replace("sparql", "\\u0073parql"))
    text = f"PREFIX ex: <http://127.0.0.1:{canary.port}/> SELECT * {{ {written} }}"
    try:
        ours.query(Query(text))
    except errors.QueryError as error:
        assert not isinstance(error, errors.EngineUnavailable)  # noqa: PT017 - no error is right for SILENT
    assert not canary.was_called()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * {{ ?s ?p 'SERVICE <{far}> {{ }}' }}",
        'SELECT * {{ ?s ?p """\n" SERVICE <{far}> {{ }}""" }}',
        "SELECT * {{ ?s ?p ?o }} # SERVICE <{far}> {{ }}",
        "SELECT * {{ ?s <x:#> ?o # ' SERVICE <{far}> {{ }}\n }}",
        "PREFIX service: <x:> SELECT ?SERVICE {{ ?SERVICE service:SERVICE <{far}> {{ }} }}",
        "SELECT * {{ ?s ?p 'x'@en-service , <{far}> {{ }} }}",
        "SELECT * {{ ?s ?p ?o . SERVICE <{far}> {{ ?s ?p }} }}",
        "SELECT * {{ ?s ?p }} # a mistake before it\n SERVICE <{far}> {{ }}",
        "SELECT * {{ SERVICE <{far}> {{ }} SERVICE <x:elsewhere> {{ }} }}",
        "INSERT {{ <x:s> <x:p> ?o }} WHERE {{ SERVICE <{far}> {{ ?s ?p ?o }} }}",
    ],
)
def test_nothing_is_sent_for_words_that_are_no_call_nor_for_a_query_that_is_wrong(
    ours: Pool, far: Endpoint, text: str
) -> None:
    before = len(far.queries)
    with suppress(errors.QuerySyntaxError, errors.QueryRefused):
        ours.query(Query(text.format(far=FAR)))
    assert len(far.queries) == before


def test_an_endpoint_that_is_not_listed_is_refused_by_name_and_leads_to_one_empty_solution_if_silent(
    ours: Pool,
) -> None:
    with pytest.raises(errors.QueryRefused, match=f"<http://x.example/> is not allowed here.*<{FAR}>"):
        ours.query(Query("ASK { SERVICE <http://x.example/> {} }"))
    assert rows(ours, "SELECT * { SERVICE SILENT <http://x.example/> { ?s ?p ?o } }") == [{}]


def test_a_variable_as_endpoint_is_refused_by_name(ours: Pool) -> None:
    with pytest.raises(errors.QueryRefused, match=r"variable \(\?where\)"):
        ours.query(Query(f"ASK {{ VALUES ?where {{ <{FAR}> }} SERVICE ?where {{}} }}"))


def test_a_syntax_error_has_its_place_in_the_query_that_was_sent(ours: Pool) -> None:
    with pytest.raises(errors.QuerySyntaxError) as caught:
        ours.query(Query(f"SELECT * {{\n SERVICE <{FAR}> {{ ?s ?p ?o }}\n ?s ?p }}"))
    assert (caught.value.line, caught.value.column) == (3, 2)


def test_a_query_may_call_only_so_often(ours: Pool, far: Endpoint) -> None:
    before = len(far.queries)
    with pytest.raises(errors.QueryRefused, match=f"{MOST_CALLS + 1} times"):
        ours.query(Query("ASK {" + f"SERVICE <{FAR}> {{}} " * (MOST_CALLS + 1) + "}"))
    assert len(far.queries) == before


def test_calls_are_found_without_recursion() -> None:
    deep = "SELECT * { SERVICE <x:y> " + "{" * 20_000 + "}" * 20_000 + "}"
    [call] = find_calls(deep)
    assert len(call.group) == 40_000
    with processor_seconds(20):
        find_calls("SELECT * {" + "SERVICE <x:y> {} " * 3_000 + "}")


# Where a connection may go


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),
        ("127.0.0.1", False),
        ("127.9.9.9", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.0.2.1", False),
        ("224.0.0.1", False),
        ("239.1.2.3", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("ff0e::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
    ],
)
def test_only_public_addresses_are_called(address: str, allowed: bool) -> None:
    assert check_address(address, private=False) is allowed
    assert check_address(address, private=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_a_listed_endpoint_at_a_private_address_is_not_called(tmp_path: Path, canary: Canary, host: str) -> None:
    listed = f"http://far.example/={f'http://{host}:{canary.port}/'}"
    with engine(HERE, tmp_path / "store", service_endpoints=listed) as pool:
        with pytest.raises(errors.ServiceFailed, match=r"<http://far\.example/> is at an address that is not public"):
            pool.query(Query("ASK { SERVICE <http://far.example/> {} }"))
        assert rows(pool, "SELECT * { SERVICE SILENT <http://far.example/> {} }") == [{}]
    assert not canary.was_called()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(tmp_path: Path, canary: Canary, status: int) -> None:
    with (
        endpoint(status=status, extra={"Location": canary.url}) as other,
        pytest.raises(errors.ServiceFailed, match=f"{other.url}> redirects .status {status}"),
    ):
        ask_fixed(tmp_path, other)
    assert not canary.was_called()


def test_a_request_carries_no_more_than_it_must(ours: Pool, far: Endpoint) -> None:
    ours.query(Query(f"ASK {{ SERVICE <{FAR}> {{}} }}"))
    assert set(far.headers[-1]) == {
        "Host",
        "Accept",
        "Accept-Encoding",
        "Content-Type",
        "Content-Length",
        "User-Agent",
    }


# What an endpoint may answer


def results(variables: list[str], *bindings: dict[str, Any]) -> bytes:
    return json.dumps({"head": {"vars": variables}, "results": {"bindings": bindings}}).encode()


def literal(value: str, **more: str) -> dict[str, Any]:
    return {"o": {"type": "literal", "value": value, **more}}


@pytest.fixture(scope="module")
def unusable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Endpoint, Pool]]:
    """An endpoint whose answer each test sets, and an engine that may call it."""
    folder = tmp_path_factory.mktemp("unusable") / "store"
    with endpoint() as other, engine(HERE, folder, service_endpoints=other.url, service_private=True) as pool:
        yield other, pool


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500, "media_type": "text/plain", "body": b"no more memory"},
        {"status": 400},
        {"status": 204, "body": b""},
        {"media_type": "text/html", "body": b"<p>Welcome"},
        {"media_type": "application/sparql-results+xml", "body": b"<sparql/>"},
        {"extra": {"Content-Encoding": "gzip"}},
        {"extra": {"Content-Length": "1000"}},
        {"body": b""},
        {"body": b"[]"},
        {"body": b'{"boolean": true}'},
        {"body": b"\xff\xfe"},
        {"body": b"[" * 100_000},
        {"body": b'{"head":{"vars":"s"},"results":{"bindings":[[]]}}'},
        {"body": results(["x"])},
        {"body": results(["s", "o) { (1) } #"])},
        {"body": results(["o"], {"x": {"type": "uri", "value": "x:y"}})},
        {"body": results(["o"], {"o": {"type": "uri", "value": "x:y> <x:z"}})},
        {"body": results(["o"], {"o": {"type": "uri", "value": "relative"}})},
        {"body": results(["o"], {"o": {"type": "uri", "value": "http://[x"}})},
        {"body": results(["o"], {"o": {"type": "uri"}})},
        {"body": results(["o"], {"o": {"type": "uri", "value": 7}})},
        {"body": results(["o"], {"o": {"type": "triple", "value": {}}})},
        {"body": results(["o"], {"o": None})},
        {"body": results(["o"], literal("x", datatype="x:y> UNDEF"))},
        {"body": results(["o"], literal("x", **{"xml:lang": "en) }"}))},
        {"body": results(["o"], literal("\ud800"))},
        {"body": results(["o"], {"o": {"type": "uri", "value": "http://x/\ud800"}})},
        {"body": results(["o"], literal("x", datatype="http://x/\udfff"))},
    ],
    ids=lambda answer: str(answer)[:60],
)
def test_an_answer_that_cannot_be_used_is_an_error_that_names_the_endpoint(
    unusable: tuple[Endpoint, Pool], answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    other, pool = unusable
    for name, value in answer.items():
        monkeypatch.setattr(other, name, value)
    with pytest.raises(errors.ServiceFailed) as caught:
        pool.query(Query(f"SELECT * {{ SERVICE <{other.url}> {{ ?s ?p ?o }} }}"))
    assert other.url in str(caught.value) or "http://[x" in str(answer)
    assert len(str(caught.value)) < 600


def test_hostile_text_is_but_a_literal(tmp_path: Path) -> None:
    texts = ['") } SERVICE <x:y> { #', "\\", '\\"', "'''", '"""', "\r\n\t\x00\x0b", "\\u0022 )", "\u2028", "😀"]
    with endpoint(body=results(["o"], *map(literal, texts))) as other:
        found = json.loads(ask_fixed(tmp_path, other).body)["results"]["bindings"]
    assert [row["o"]["value"] for row in found] == texts


def test_a_silent_failure_is_one_empty_solution(tmp_path: Path) -> None:
    with endpoint(status=500) as other:
        text = f"SELECT * {{ ?s <{EX}name> 'A' SERVICE SILENT <{other.url}> {{ ?s ?p ?o }} }}"
        assert len(json.loads(ask_fixed(tmp_path, other, text).body)["results"]["bindings"]) == 1


def test_more_rows_or_bytes_than_allowed_are_an_error_and_never_cut_short(tmp_path: Path) -> None:
    with endpoint(body=results(["o"], *[literal(str(n)) for n in range(11)])) as other:
        assert ask_fixed(tmp_path / "1", other, service_rows=11).kind == "solutions"
        with pytest.raises(errors.QueryTooLarge, match=f"{other.url}> has 11 solutions; at most 10"):
            ask_fixed(tmp_path / "2", other, service_rows=10)
        with pytest.raises(errors.QueryTooLarge, match=f"{other.url}> answered with more than 100 bytes"):
            ask_fixed(tmp_path / "3", other, service_bytes=100)


def test_an_endless_answer_is_read_no_further_than_allowed(tmp_path: Path) -> None:
    with (
        endpoint(body=b" " * 5_000_000, extra={"Content-Length": "99999999999"}) as other,
        pytest.raises(errors.QueryTooLarge, match="more than 1,000,000 bytes"),
    ):
        ask_fixed(tmp_path, other, service_bytes=1_000_000)


def test_an_endpoint_that_sends_a_byte_at_a_time_is_left_at_its_deadline(tmp_path: Path) -> None:
    with endpoint(pause_between_bytes=0.05) as other:
        with pytest.raises(errors.ServiceFailed, match=f"{other.url}> gave no whole answer within 0.5 seconds"):
            ask_fixed(tmp_path, other, service_seconds=0.5)
        assert wait_until(lambda: not any(thread.name == "kg-service" for thread in threading.enumerate()))


def test_calls_end_with_the_query_s_own_deadline(tmp_path: Path) -> None:
    with endpoint(pause_between_bytes=0.05) as other:
        text = "SELECT * {" + f"SERVICE SILENT <{other.url}> {{}} " * 4 + "}"
        limits = {"service_endpoints": other.url, "service_private": True, "service_seconds": 0.4}
        with engine(HERE, tmp_path / "store", query_seconds=1.0, **limits) as pool:
            with pytest.raises(errors.QueryTimeout) as caught:
                pool.query(Query(text))
            assert caught.value.limit == "seconds"


def test_nobody_at_the_address_is_told_so(tmp_path: Path, canary: Canary) -> None:
    canary.close()
    limits = {"service_endpoints": canary.url, "service_private": True}
    with (
        engine(HERE, tmp_path / "store", **limits) as pool,
        pytest.raises(errors.ServiceFailed, match=f"{canary.url}> cannot be asked"),
    ):
        pool.query(Query(f"ASK {{ SERVICE <{canary.url}> {{}} }}"))


# Settings, and the server


def test_endpoints_are_listed_by_address_or_by_iri_and_address() -> None:
    listed = "https://a.example/sparql\n x:b=http://127.0.0.1:7878/query?a=b  "
    settings = read_settings({"KG_SERVICE_ENDPOINTS": listed, "KG_SERVICE_PRIVATE": "true"})
    assert settings.endpoints == {
        "https://a.example/sparql": "https://a.example/sparql",
        "x:b": "http://127.0.0.1:7878/query?a=b",
    }
    assert settings.service_private is True
    assert Settings().endpoints == {}


@pytest.mark.parametrize(
    "entry", ["a.example", "ftp://a.example/", "http://", "http://u:p@a.example/", "x:a=", "http://a/#b", "http://a:b/"]
)
def test_an_entry_that_is_no_endpoint_is_refused_by_name(entry: str) -> None:
    with pytest.raises(errors.SettingsError, match="KG_SERVICE_ENDPOINTS"):
        Settings(service_endpoints=entry)


def test_a_switch_is_on_or_off() -> None:
    with pytest.raises(errors.SettingsError, match="KG_SERVICE_PRIVATE is 'maybe': give 1 or 0"):
        read_settings({"KG_SERVICE_PRIVATE": "maybe"})


def test_the_server_calls_what_its_settings_list_and_says_so_in_its_description(
    releases: Path, far: Endpoint, canary: Canary
) -> None:
    listed = f"{FAR}={far.url}"
    running = Server(releases, KG_SERVICE_ENDPOINTS=listed, KG_SERVICE_PRIVATE="1")
    try:
        label = f'<id/crimea> <{rdflib.RDFS.label}> ?label FILTER(LANG(?label) = "en")'
        text = f"SELECT ?label ?o {{ {label} SERVICE <{FAR}> {{ ?s <{EX}knows> ?o }} }}"
        found = json.loads(running.query(text, ROWS_JSON).body)["results"]["bindings"]
        assert [row["label"]["value"] for row in found] == ["Crimea", "Crimea"]
        assert running.query(f"ASK {{ SERVICE <{canary.url}> {{}} }}").status == 400
        assert running.query(f"ASK {{ SERVICE <{FAR}> {{ ?s <{EX}p> 'x'@@ }} }}").status == 400
        described = rdflib.Graph().parse(data=running.get("/sparql", "text/turtle").body, format="turtle")
        assert (
            None,
            None,
            rdflib.URIRef("http://www.w3.org/ns/sparql-service-description#BasicFederatedQuery"),
        ) in described
        with endpoint(status=500) as broken:
            far_url, far.pool, kept = far.url, None, far.pool
            far.status = broken.status
            answer = running.query(f"ASK {{ SERVICE <{FAR}> {{}} }}")
            far.pool = kept
        assert (answer.status, FAR in answer.text, far_url in answer.text) == (502, True, False)
    finally:
        running.stop()
    assert not canary.was_called()
