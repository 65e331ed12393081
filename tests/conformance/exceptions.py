"""Each test that is known not to pass, with its cause, which was looked for until it was found.

A test that fails and is not listed fails the run, and so does one that is listed and passes. All causes but two, APART
and that of service5, are in the query engine, pyoxigraph, and were shown there without our server.
"""

from __future__ import annotations

from collections.abc import Iterable

SCOPE = (
    "The engine takes the variable of GRAPH ?g to be bound inside the group; it is to be joined with the group's"
    " solutions afterwards (SPARQL 1.1 Query §18.5)."
)
ABSENT = (
    "The engine gives no solution for a path of length zero from or to a constant that is nowhere in the data"
    " (SPARQL 1.1 Query §9.1 asks for one)."
)
FORMS = (
    "The store keeps the value of a number, not how it was written: 01 is kept as 1, 1.0e0 as 1.0E0. Queries that tell"
    " equal numbers apart by their form find fewer terms. (kg build refuses data for which that makes a difference.)"
)
TAGGED = (
    "The engine keeps the language tag that all members of a GROUP_CONCAT share; SPARQL 1.1 asks for a plain literal."
)
DATES = (
    "The engine compares dates as XSD 1.1 does: one with a time zone and one without can be unequal, where SPARQL 1.0"
    " has them be incomparable."
)

APART = (
    "The test's dataset has one blank node in two graphs. A release keeps each graph by itself, with blank nodes of its"
    " own, so that a graph is the same bytes whatever else is published."
)


def _all(names: Iterable[str], cause: str) -> dict[str, str]:
    return dict.fromkeys(names, cause)


EXCEPTIONS: dict[str, str] = {
    **_all(
        (
            "sparql11/aggregates/agg-empty-group-count-graph",
            "sparql11/bindings/graph",
            "sparql11/negation/graph-minus",
            "sparql10/graph/graph-variable-scope",
            "sparql10/graph/graph-optional",
        ),
        SCOPE,
    ),
    **_all(("sparql11/aggregates/agg-groupconcat-04", "sparql11/aggregates/agg-groupconcat-06"), TAGGED),
    **_all(
        (f"sparql11/property-path/zero_or_{many}_set_{end}" for many in ("more", "one") for end in ("start", "end")),
        ABSENT,
    ),
    "sparql11/functions/bnode01": (
        "The engine's BNODE(text) gives one blank node for one text in all solutions; it is to be a new one in each"
        " solution (SPARQL 1.1 Query §17.4.2.9)."
    ),
    **_all(
        (
            "sparql10/open-world/open-eq-01",
            "sparql10/expr-builtin/dawg-str-1",
            "sparql10/expr-builtin/dawg-str-2",
            "sparql10/expr-builtin/sameTerm-simple",
            "sparql10/expr-builtin/sameTerm-eq",
            "sparql10/expr-builtin/sameTerm-not-eq",
            "sparql10/expr-equals/eq-graph-1",
            "sparql10/expr-equals/eq-graph-2",
            "sparql10/distinct/distinct-1",
            "sparql10/distinct/distinct-9",
            "sparql12/grouping/group01",
        ),
        FORMS,
    ),
    "sparql10/open-world/date-2": DATES,
    "sparql10/expr-builtin/case-insensitive-booleans": (
        "The engine's parser takes true and false in lower case only; the grammar's keywords have no case."
    ),
    "sparql10/syntax-sparql3/syn-bad-26": (
        "The engine's parser takes ?x<?a&&?b>?y for two comparisons; by the longest token it starts with an IRI."
    ),
    "sparql12/grouping/select-variable-reuse": (
        "The engine does not let an expression of a SELECT with aggregates use a variable that the same SELECT has"
        " given by AS before."
    ),
    **_all(
        (f"sparql12/syntax-triple-terms-negative/tripleterm-subject-{number}" for number in ("03", "06")),
        "The engine's parser takes a triple term or a literal as the subject of a triple term in an expression.",
    ),
    **_all(("sparql12/eval-triple-terms/graphs-2", "sparql12/eval-triple-terms/expr-1"), APART),
    "sparql12/syntax/nested-aggregate-functions": "The engine's parser takes an aggregate inside an aggregate.",
    "sparql11/service/service5": (
        "The endpoint is a variable. Ours asks only endpoints that the query names, because the list of allowed ones is"
        " held against it before it is evaluated."
    ),
}
