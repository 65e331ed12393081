"""Mistakes of queries named with the fix: what is not grouped, functions that there are not, what is never bound."""

from __future__ import annotations

import pytest

from kg.errors import QueryError, QuerySyntaxError
from kg.store import Query
from kg.store.evaluation.evaluate import evaluate
from kg.store.sparql.mistakes import find_unused, name_function


def fail(text: str) -> QueryError:
    """Return the error by which the engine's answer to a query is reported."""
    from pyoxigraph import Store

    with pytest.raises(QueryError) as raised:
        evaluate(Store(), Query(text, base_iri="https://attested.example/"), 10_000, 100, network_denied=True)
    return raised.value


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("SELECT ?s (COUNT(?p) AS ?n) { ?s ?p ?o }", "?s", "GROUP BY ?s."),
        ("SELECT ?s ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s", "?p (", "GROUP BY ?s ?p."),
        (
            "SELECT (STR(?p) AS ?x) { ?s ?p ?o } GROUP BY (STR(?s) AS ?y) HAVING (MAX(?o) > 1)",
            "?p)",
            "GROUP BY ?y ?p.",
        ),
        ("SELECT * { SELECT ?s (MAX(?o) AS ?n) { ?s ?p ?o } }", "?s (MAX", "(SAMPLE(?s) AS ?s1)"),
        ("SELECT ?s { ?s ?p ?o } HAVING (COUNT(?p) > 3)", "?s {", "GROUP BY ?s."),
        ("SELECT ?a ?s { ?a ?b ?c { SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o } } }", "?s (COUNT", "GROUP BY ?s."),
    ],
)
def test_a_variable_that_is_not_grouped_is_named_at_its_place_with_the_fix(text: str, place: str, advice: str) -> None:
    error = fail(text)
    assert isinstance(error, QuerySyntaxError)
    assert (error.line, error.column) == (1, text.index(place) + 1)
    assert "is selected, but the rows are grouped without it" in str(error)
    assert advice in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s (COUNT(?p) AS ?n) (STR(?s) AS ?m) { ?s ?p ?o } GROUP BY ?s",
        "SELECT (GROUP_CONCAT(STR(?o); SEPARATOR=', ') AS ?all) { ?s ?p ?o }",
        "SELECT ?y (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY (STR(?s) AS ?y)",
    ],
)
def test_what_is_grouped_well_is_answered(text: str) -> None:
    from pyoxigraph import Store

    assert evaluate(Store(), Query(text), 10_000, 100, network_denied=True).kind == "solutions"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('SELECT ?s { ?s ?p ?o FILTER(STRSTART(STR(?s), "a")) }', "no function STRSTART. Is STRSTARTS meant?"),
        ("SELECT (GROUPCONCAT(?s) AS ?x) { ?s ?p ?o }", "no function GROUPCONCAT. Is GROUP_CONCAT meant?"),
        ("SELECT ?s { BIND(frobnicate(?s) AS ?x) }", "no function frobnicate."),
        ("SELECT (<urn:f>(1) AS ?x) {}", "no function <urn:f> here"),
        (
            'PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT (xsd:intger("1") AS ?x) {}',
            "Is xsd:integer meant?",
        ),
    ],
)
def test_an_unknown_function_is_named_with_the_nearest(text: str, said: str) -> None:
    assert said in str(fail(text))


def test_what_is_no_call_or_a_known_function_is_not_called_unknown() -> None:
    assert name_function("?s (foo)") is None
    assert name_function("STRLEN()") is None
    assert name_function("strlen(1, 2)") is None


@pytest.mark.parametrize(
    ("text", "unused"),
    [
        ("SELECT ?statment ?claimant { ?statement ?p ?claimant }", ["?statment"]),
        ("SELECT ?s (COUNT(?x) AS ?n) ?n { ?s ?p ?o } GROUP BY ?s", []),
        ("SELECT ?y { ?s ?p ?o } GROUP BY (STR(?s) AS ?y)", []),
        ("SELECT (?a AS ?b) { ?s ?p ?o }", ["?a"]),
        ("SELECT ?s { $s ?p ?o } # ?s", []),
        ("ASK { ?s ?p ?o }", []),
    ],
)
def test_a_variable_that_nothing_binds_is_found(text: str, unused: list[str]) -> None:
    assert find_unused(text) == unused
