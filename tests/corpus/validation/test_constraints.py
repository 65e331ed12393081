"""Guarantees of SHACL-SPARQL constraints: each begins at its focus node, and finds what its query says."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.corpus.report import VIOLATION
from kg.corpus.sources.load import load_corpus
from kg.corpus.validation.constraints import Constraint, find_constraints
from kg.settings import Settings
from kg.store.sparql.near import reads_near

THIS, OTHER = NamedNode("http://example.org/this"), NamedNode("http://example.org/other")
SIDE = NamedNode("http://example.org/side")
PATTERN = "OPTIONAL { ?one <http://example.org/side> $this }"


def constraint(query: str) -> Constraint:
    return Constraint("Shape", VIOLATION, None, query, frozenset(), is_node_shape=True)


def test_the_focus_node_stands_in_the_pattern_and_is_asked_for_as_before() -> None:
    query = constraint(
        f"SELECT $this (COUNT(?one) AS ?n) WHERE {{ {PATTERN} }} GROUP BY $this HAVING (COUNT(?one) < 2)"
    )
    assert query._query_of(THIS) == (
        "SELECT $this (COUNT(?one) AS ?n) WHERE { OPTIONAL { ?one <http://example.org/side> <http://example.org/this> }"
        " } GROUP BY $this HAVING (COUNT(?one) < 2)"
    )
    store = Store()
    store.extend(Quad(NamedNode(f"http://example.org/{n}"), SIDE, OTHER) for n in (1, 2))
    assert [str(found.focus) for found in query.run(store, "http://example.org/", THIS)] == [THIS.value]
    assert list(query.run(store, "http://example.org/", OTHER)) == []


@pytest.mark.parametrize(
    "pattern",
    [
        "FILTER (BOUND($this))",
        "{ SELECT $this WHERE { ?one <http://example.org/side> $this } }",
        "BIND (1 AS ?this)",
        "VALUES ?this { 1 }",
    ],
)
def test_where_a_variable_must_stand_it_stays(pattern: str) -> None:
    query = f"SELECT $this WHERE {{ {pattern} }}"
    assert constraint(query)._query_of(THIS) == query


def test_a_literal_as_focus_node_is_given_as_a_value_and_not_written_out() -> None:
    query = 'SELECT $this WHERE { FILTER (STR($this) = "a") }'
    assert [str(found.focus) for found in constraint(query).run(Store(), "http://example.org/", Literal("a"))] == ["a"]


NEAR = (
    "?position att:issue $this ; a att:Position ; att:holder ?party",
    "OPTIONAL { ?position att:issue $this ; a att:Position } FILTER (?party != $this)",
    '$this rdfs:label "a. ; {?x ?y ?z}"@en , ?label . # ?far att:other ?thing',
    "{ $this att:holder ?party } UNION { ?party <http://example.org/of> $this . ?party a att:Party. }",
    "$this att:holder ?party FILTER NOT EXISTS { $this att:issue ?issue } BIND(STR(?party) AS ?name)",
    "$this att:holder ?party FILTER isIRI(?party) MINUS { $this a att:Position, att:Statement }",
)
FAR = (
    "$this att:holder ?party . ?party a att:Party",
    "$this ?property ?value",
    "?position ?leads $this",
    "$this att:holder/rdf:type ?kind",
    "$this ^att:holder ?position",
    "$this att:holder [ a att:Party ]",
    "$this att:list (?one ?other)",
    "GRAPH ?g { $this att:holder ?party }",
    "SERVICE <http://example.org/> { $this att:holder ?party }",
    "{ SELECT ?party WHERE { $this att:holder ?party } }",
    "$this att:holder ?party . VALUES ?party { <a> <b> <c> }",
    "$this att:holder ?party FILTER NOT EXISTS { ?party a att:Party }",
    "$this att:holder ?party FILTER (?party = 1 && EXISTS { ?party a att:Party })",
    "$this att:holder _:b . _:b a att:Party",
    "$this (att:holder|att:issue) ?value",
)


@pytest.mark.parametrize("pattern", NEAR)
def test_a_query_of_what_is_said_of_a_node_and_its_users_is_near(pattern: str) -> None:
    assert reads_near(f"PREFIX att: <http://example.org/>\nSELECT (COUNT(?party) AS ?n) WHERE {{ {pattern} }}", "this")


@pytest.mark.parametrize("pattern", FAR)
def test_a_query_that_may_read_further_is_not_near(pattern: str) -> None:
    assert not reads_near(f"SELECT $this WHERE {{ {pattern} }}", "this")


@pytest.mark.parametrize("ending", ["VALUES ?party { <a> }", "HAVING (EXISTS { ?party a att:Party })"])
def test_what_stands_behind_the_pattern_counts_too(ending: str) -> None:
    assert not reads_near(f"SELECT $this WHERE {{ $this att:holder ?party }} GROUP BY $this {ending}", "this")


def test_the_shapes_of_the_ontology_concern_only_what_is_near(settings: Settings) -> None:
    """Else each change would have them run on all their targets."""
    corpus = load_corpus(settings)
    constraints = find_constraints(corpus.graph("shapes"), corpus.iris)
    assert constraints
    assert all(constraint.is_near for constraint in constraints)
