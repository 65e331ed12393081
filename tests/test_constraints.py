"""Guarantees of SHACL-SPARQL constraints: each begins at its focus node, and finds what its query says."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.corpus.report import VIOLATION
from kg.corpus.validation.constraints import Constraint

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
