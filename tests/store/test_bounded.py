"""An answer has at most so many rows, counted exactly in each format, whatever its terms hold."""

from __future__ import annotations

import pytest
from pyoxigraph import Store

from kg.errors import QueryTooLarge
from kg.store import GRAPH_TYPES, ROW_TYPES, Query
from kg.store.evaluation.evaluate import evaluate

TEXTS = [
    *["", "plain", 'quote "', "\\\\", '\\\\"', "},{", "[{", '"},{"a":{', "<result>"],
    *["line\\nline", "\\r\\n", "é" * 40, ",{" * 30],
]
ROWS = 300


def ask(text: str, rows: int, row_type: str = ROW_TYPES[0], graph_type: str = GRAPH_TYPES[0]) -> bytes:
    return evaluate(Store(), Query(text, row_type, graph_type), 10**7, rows, network_denied=True).body


def values(count: int, *, empty: bool = False) -> str:
    """Return a query with so many solutions, of which the terms look like the marks of each format."""
    if empty:
        return "SELECT ?x { VALUES ?y { " + "1 " * count + "} }"
    quoted = ['"' + text.replace('"', '\\"') + '"' for text in TEXTS]
    rows = " ".join(f"({quoted[n % len(quoted)]} {n})" for n in range(count))
    return "SELECT ?x ?n { VALUES (?x ?n) { " + rows + "} }"


@pytest.mark.parametrize("empty", [False, True], ids=["terms", "nothing bound"])
@pytest.mark.parametrize("row_type", ROW_TYPES)
def test_as_many_rows_as_may_be_are_given_and_not_one_more(row_type: str, empty: bool) -> None:
    whole = ask(values(ROWS, empty=empty), ROWS, row_type)
    assert whole == ask(values(ROWS, empty=empty), 10**6, row_type)
    with pytest.raises(QueryTooLarge, match="more than 299 rows") as caught:
        ask(values(ROWS, empty=empty), ROWS - 1, row_type)
    assert caught.value.limit == "rows"


@pytest.mark.parametrize("graph_type", GRAPH_TYPES)
def test_triples_are_counted_too(graph_type: str) -> None:
    text = (
        "CONSTRUCT { ?n <p:p> ?n } { VALUES ?i { "
        + " ".join(map(str, range(ROWS)))
        + " } BIND(IRI(CONCAT('x:', STR(?i))) AS ?n) }"
    )
    assert ask(text, ROWS, graph_type=graph_type)
    with pytest.raises(QueryTooLarge, match="more than 299 rows"):
        ask(text, ROWS - 1, graph_type=graph_type)


def test_a_boolean_has_no_rows() -> None:
    for row_type in ROW_TYPES:
        assert ask("ASK {}", 1, row_type)
