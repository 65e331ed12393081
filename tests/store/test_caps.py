"""What is too long, too deep or too much in a row is refused before anything parses it, with its place."""

from __future__ import annotations

import pytest

from helpers.processor import processor_seconds
from helpers.serving import HOME
from kg import errors
from kg.settings import Settings
from kg.store.sparql.caps import require_caps
from kg.web.data.page_queries import page_query

SETTINGS = Settings(query_depth=100, query_chain=500)
N = 2_000


def check(text: str, longest: int = 1_000_000) -> None:
    require_caps(text, SETTINGS, longest)


TOO_DEEP = {
    "groups": "SELECT * " + "{" * N,
    "parentheses": "SELECT * { FILTER" + "(" * N,
    "optional": "SELECT * " + "{ OPTIONAL " * N,
    "brackets": "SELECT * { ?s ?p " + "[ ?p " * N,
    "collections": "SELECT * { ?s ?p " + "( " * N,
    "quoted triples": "SELECT * { " + "<<" * N,
    "functions": "SELECT (" + "ABS(" * N,
    "paths": "SELECT * { ?s " + "(" * N + "<p:p>",
    "sub-selects": "SELECT * " + "{ SELECT * " * N,
    "in data": "INSERT DATA { <a:a> <b:b> " + "( " * N,
}
TOO_LONG = {
    "union": "SELECT * { {}" + " UNION {}" * N,
    "optional": "SELECT * { " + "OPTIONAL {} " * N,
    "minus": "SELECT * { " + "MINUS {} " * N,
    "bind": "SELECT * { " + "BIND(1 AS ?x) " * N,
    "plus": "SELECT (1" + " + 1" * N + " AS ?x) {}",
    "minus sign": "SELECT (" + "- " * N + "1 AS ?x) {}",
    "not": "ASK { FILTER(" + "!" * N + "true) }",
    "and": "ASK { FILTER(1" + " && 1" * N + ") }",
    "or": "ASK { FILTER(1" + " || 1" * N + ") }",
    "sequence": "ASK { ?s <p:p>" + "/<p:p>" * N + " ?o }",
    "alternatives": "ASK { ?s <p:p>" + "|<p:p>" * N + " ?o }",
    "triples": "ASK { " + "?s ?p ?o . " * N + "}",
    "predicates": "ASK { ?s ?p ?o" + "; ?p ?o" * N + "}",
    "objects": "ASK { ?s ?p ?o" + ", ?o" * N + "}",
    "in an element of a list": "ASK { FILTER(1 IN ((1" + " + 1" * N + "))) }",
    "order": "SELECT * {} ORDER BY " + "ASC(?x) " * N,
}
FINE = {
    "in": "ASK { FILTER(1 IN (-1" + ", -1" * N + ")) }",
    "values": "SELECT * { VALUES ?x { " + "-1 " * N + "} }",
    "rows of values": "SELECT * { VALUES (?x ?y) { " + "(1 -2) " * N + "} }",
    "data": "INSERT DATA { GRAPH <g:g> { " + "<a:a> <b:b> 1 , 2 ; <c:c> -3 . " * N + "} }",
    "many updates": "INSERT DATA { <a:a> <b:b> 1 } ;\n" * N,
    "a long string": "ASK { FILTER('" + "({[+" * N + "' = '') }",
    "an unfinished string": "ASK { FILTER('" + "({[" * N,
    "a comment": "ASK { # " + "({[+" * N + "\n}",
    "an IRI": "ASK { <x:" + "+!" * N + "> ?p ?o }",
    "side by side": "ASK { " + "FILTER(((1)) = 1) " * 100 + "}",
}


@pytest.mark.parametrize("text", TOO_DEEP.values(), ids=TOO_DEEP)
def test_nesting_of_each_kind_is_refused(text: str) -> None:
    with pytest.raises(errors.QueryTooLarge, match=r"line 1, column \d+ there are more than 100 brackets") as caught:
        check(text)
    assert caught.value.limit == "depth"


@pytest.mark.parametrize("text", TOO_LONG.values(), ids=TOO_LONG)
def test_a_chain_of_each_kind_is_refused(text: str) -> None:
    with pytest.raises(errors.QueryTooLarge, match=r"more than 500 operators or patterns") as caught:
        check(text)
    assert caught.value.limit == "chain"


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_long_data_and_what_only_looks_like_brackets_are_fine(text: str) -> None:
    check(text)


def test_the_place_is_that_of_the_first_token_past_the_cap() -> None:
    with pytest.raises(errors.QueryTooLarge, match="At line 2, column 101 there"):
        check("SELECT *\n" + "{" * 200)


def test_length_is_counted_in_bytes() -> None:
    check("é" * 50, longest=100)
    with pytest.raises(errors.QueryTooLarge, match="102 bytes long; at most 100") as caught:
        check("é" * 51, longest=100)
    assert caught.value.limit == "bytes"


def test_every_stored_query_is_within_the_caps() -> None:
    queries = [path.read_text(encoding="utf-8") for path in HOME.glob("queries/**/*.rq")]
    queries += [page_query(path.stem) for path in HOME.glob("src/kg/web/queries/*.rq")]
    assert len(queries) > 50
    for text in queries:
        require_caps(text, Settings(), Settings().query_bytes)


@pytest.mark.parametrize("unit", ["'", '"""', "<", "a:", "#", "\\", "?", "((", "@a-", "_", "é", "!^"])
def test_reading_grows_with_the_length_and_not_with_its_square(unit: str) -> None:
    size = 300_000  # takes a fraction of a second, and with the square a quarter of an hour
    with processor_seconds(20):
        require_caps((unit * size)[:size], Settings(query_depth=10**9, query_chain=10**9), 10**9)
