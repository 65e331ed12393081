"""Equality of query results: of terms by value, of blank nodes by a one-to-one mapping, of rows as a multiset.

Literals of one datatype and value are equal, however they are written: ``2.0`` and ``2.00``, ``Z`` and ``+00:00``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

_ZERO_ZONE = re.compile(r"[+-]00:00\Z")
RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
XSD = "http://www.w3.org/2001/XMLSchema#"
DERIVED = frozenset(
    "long int short byte nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger"
    " unsignedLong unsignedInt unsignedShort unsignedByte".split()
)
"""Types derived from xsd:integer: their values are integers."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Solutions:
    """The solutions of a SELECT; ``ordered`` where the expected result says in which order."""

    variables: frozenset[str]
    rows: Sequence[Row]
    ordered: bool = False


Result = bool | Solutions | Dataset
"""The result of a query, or a dataset that an update leaves."""


def read_result(body: bytes, name: str, base_iri: str | None = None) -> Result:
    """Return what is in a result file, by its suffix: srx, srj, csv, tsv, or RDF with or without a result set."""
    suffix = PurePosixPath(name).suffix.lstrip(".")
    if suffix == "csv":
        return read_csv(body)
    if suffix in ("srx", "srj", "tsv"):
        found = parse_query_results(body, format=QueryResultsFormat.from_extension(suffix))
        if isinstance(found, QueryBoolean):
            return bool(found)
        names = [v.value for v in found.variables]
        rows = [{n: row[n] for n in names if row[n] is not None} for row in found]
        return Solutions(frozenset(names), rows)
    dataset = Dataset(parse(body, format=RdfFormat.from_extension(suffix), base_iri=base_iri))
    return _from_result_set(dataset)


def read_csv(body: bytes) -> Solutions:
    """Return the solutions of a CSV result, each value a plain literal, blank nodes as such (§3.2 there)."""
    header, *lines = list(csv.reader(io.StringIO(body.decode("utf-8"), newline="")))
    rows = [{name: _csv_term(value) for name, value in zip(header, line, strict=True) if value != ""} for line in lines]
    return Solutions(frozenset(header), rows)


def _csv_term(value: str) -> BlankNode | Literal:
    if value.startswith("_:"):
        return BlankNode("csv" + "".join(c for c in value[2:] if c.isalnum()))
    try:
        return Literal(format(Decimal(value).normalize(), "f"))
    except InvalidOperation:
        return Literal(value)


def _from_result_set(dataset: Dataset) -> Result:
    """Return the result that a graph in the DAWG result set vocabulary holds, or the graph itself."""
    sets = [q.subject for q in dataset.quads_for_predicate(RDF_TYPE) if q.object == NamedNode(RS + "ResultSet")]
    if not sets:
        return dataset
    values = partial(_values, dataset)
    said = values(sets[0], "boolean")
    if said:
        return bool(said[0].value == "true")
    rows = [(values(s, "index"), _row(dataset, s)) for s in values(sets[0], "solution")]
    ordered = bool(rows) and all(index for index, _ in rows)
    if ordered:
        rows.sort(key=lambda pair: int(pair[0][0].value))
    names = frozenset(v.value for v in values(sets[0], "resultVariable"))
    return Solutions(names, [row for _, row in rows], ordered)


def _values(dataset: Dataset, subject: Any, name: str) -> list[Any]:
    return [q.object for q in dataset.quads_for_subject(subject) if q.predicate.value == RS + name]


def _row(dataset: Dataset, solution: Any) -> Row:
    bindings = _values(dataset, solution, "binding")
    return {_values(dataset, b, "variable")[0].value: _values(dataset, b, "value")[0] for b in bindings}


def distinct(result: Result) -> Result:
    """Return the result with every solution once, for tests that leave open how often it comes."""
    if not isinstance(result, Solutions):
        return result
    return Solutions(result.variables, list({_signature(_normal_row(row, False)): row for row in result.rows}.values()))


def difference(expected: Result, actual: Result, *, derived: bool = False) -> str | None:
    """Return in a few words how two results differ, None where they are equal.

    With ``derived``, the types derived from xsd:integer count as xsd:integer.
    """
    if isinstance(expected, bool) or isinstance(actual, bool):
        return None if expected is actual else f"expected {_show(expected)}, got {_show(actual)}"
    if isinstance(expected, Solutions) and isinstance(actual, Solutions):
        return _solutions_difference(expected, actual, derived)
    if isinstance(expected, Solutions) or isinstance(actual, Solutions):
        return f"expected {_show(expected)}, got {_show(actual)}"
    same = canonical(expected, derived) == canonical(actual, derived)
    return None if same else f"another graph: expected {_show(expected)}, got {_show(actual)}"


def _show(result: Result) -> str:
    if isinstance(result, bool):
        return str(result).lower()
    return f"{len(result.rows)} solutions" if isinstance(result, Solutions) else f"{len(result)} triples"


def _solutions_difference(expected: Solutions, actual: Solutions, derived: bool) -> str | None:
    if len(expected.rows) != len(actual.rows):
        return f"expected {_show(expected)}, got {_show(actual)}"
    if expected.variables and not expected.variables >= actual.variables:
        return f"other variables: {', '.join(sorted(actual.variables ^ expected.variables))}"
    left, right = ([_normal_row(row, derived) for row in side.rows] for side in (expected, actual))
    if expected.ordered:
        found = _match_in_order(left, right)
    else:
        found = _match(sorted(left, key=_signature), sorted(right, key=_signature), {})
    return None if found else "the solutions have other values or another order"


def _normal_row(row: Row, derived: bool) -> Row:
    return {name: normal(term, derived) for name, term in row.items()}


def _match_in_order(left: list[Row], right: list[Row]) -> bool:
    mapping: dict[str, str] | None = {}
    for a, b in zip(left, right, strict=True):
        mapping = None if mapping is None else _unify_rows(a, b, mapping)
    return mapping is not None


def _match(left: list[Row], right: list[Row], mapping: dict[str, str]) -> bool:
    """Return whether each row on the left has its own on the right under one mapping; by backtracking."""
    if not left:
        return True
    first, rest = left[0], left[1:]
    for index, candidate in enumerate(right):
        if _signature(candidate) != _signature(first):
            continue
        extended = _unify_rows(first, candidate, mapping)
        if extended is not None and _match(rest, right[:index] + right[index + 1 :], extended):
            return True
        if not any(_has_blank(term) for term in first.values()):
            return False  # rows without blank nodes are all alike: another candidate would fail as well
    return False


def _signature(row: Row) -> str:
    return repr(sorted((name, _masked(term)) for name, term in row.items()))


def _masked(term: Any) -> str:
    if isinstance(term, BlankNode):
        return "_:"
    if isinstance(term, Triple):
        return "<<" + " ".join(map(_masked, (term.subject, term.predicate, term.object))) + ">>"
    return str(term)


def _has_blank(term: Any) -> bool:
    return "_:" in _masked(term)


def _unify_rows(a: Row, b: Row, mapping: dict[str, str]) -> dict[str, str] | None:
    if a.keys() != b.keys():
        return None
    extended = dict(mapping)
    return extended if all(_unify(a[name], b[name], extended) for name in a) else None


def _unify(a: Any, b: Any, mapping: dict[str, str]) -> bool:
    """Return whether the terms are equal under the mapping of blank nodes, which is extended as needed."""
    if isinstance(a, BlankNode) and isinstance(b, BlankNode):
        if a.value not in mapping and b.value not in mapping.values():
            mapping[a.value] = b.value
        return mapping.get(a.value) == b.value
    if isinstance(a, Triple) and isinstance(b, Triple):
        pairs = ((a.subject, b.subject), (a.predicate, b.predicate), (a.object, b.object))
        return all(_unify(x, y, mapping) for x, y in pairs)
    return bool(a == b)


def normal(term: Any, derived: bool = False) -> Any:
    """Return the term with one lexical form for each value, so that equal values are equal terms."""
    if isinstance(term, Triple):
        return Triple(normal(term.subject, derived), term.predicate, normal(term.object, derived))
    if not isinstance(term, Literal) or not term.datatype.value.startswith(XSD):
        return term
    kind = term.datatype.value.removeprefix(XSD)
    if kind in ("date", "dateTime", "time"):
        return Literal(_ZERO_ZONE.sub("Z", term.value), datatype=term.datatype)
    if kind == "boolean":
        return Literal({"1": "true", "0": "false"}.get(term.value, term.value), datatype=term.datatype)
    try:
        if kind == "integer" or kind in DERIVED:
            return Literal(str(int(term.value)), datatype=NamedNode(XSD + "integer") if derived else term.datatype)
        if kind == "decimal":
            return Literal(format(Decimal(term.value).normalize(), "f"), datatype=term.datatype)
        if kind in ("double", "float"):
            return Literal(repr(float(term.value)), datatype=term.datatype)
    except (ValueError, InvalidOperation):
        pass  # an ill-typed literal is equal to itself only
    return term


def canonical(dataset: Dataset, derived: bool = False) -> list[str]:
    """Return the sorted quads of a dataset with canonical blank node labels and canonical numbers."""
    copy = Dataset(
        Quad(normal(q.subject, derived), q.predicate, normal(q.object, derived), q.graph_name) for q in dataset
    )
    copy.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, copy))
