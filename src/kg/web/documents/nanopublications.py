"""Statements as nanopublications: the rows of a stored query, which are quads, in a syntax for named graphs.

SPARQL's CONSTRUCT makes triples only, so the query selects graph, subject, predicate and object, and the rows are
written as N-Quads or TriG here.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator

from flask import Response

from kg.store import ROW_TYPES, Answer, Query
from kg.web.data.context import Context
from kg.web.data.page_queries import iri_term_or_404
from kg.web.data.turtle import to_trig
from kg.web.documents.document import document_links, make_response, refuse

TRIG = "application/trig"
NQUADS = "application/n-quads"
NAME = "nanopublications"
"""Name of the stored query."""

_ESCAPED = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}
_BINDINGS = re.compile(r'"bindings"\s*:\s*\[\s*')
_BETWEEN = re.compile(r"\s*,\s*")
_DECODER = json.JSONDecoder()
_TO_ESCAPE = re.compile(r'[\\"\n\r\t\b\f]')


def nanopublication(context: Context, path: str) -> Response:
    """Return the nanopublication of one statement as TriG; raises NotFound or Withdrawn where there is none."""
    query = context.stored_query(NAME)
    iri = context.iris.base + path
    text = query.text("sh:select") if query else None
    if not text:
        refuse(context, path)
    bindings = {"statement": iri_term_or_404(iri)}
    body = quads(context.ask_own(Query(text, ROW_TYPES[0], None, bindings, base_iri=context.settings.base_iri)))
    if not body:
        refuse(context, path)
    return make_response(context, to_trig(body, context.iris.prefixes()), TRIG, document_links(context, path))


def quads(answer: Answer) -> bytes:
    """Return rows of ``?subject ?predicate ?object ?graph`` in JSON as N-Quads, in the order of the graphs.

    Ordering takes the engine five times as long as the query itself. Nothing is done for all rows in one call: until
    such a call returns, no other request of this process goes on.
    """
    names = ("subject", "predicate", "object", "graph")
    graphs: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in _rows(answer.body.decode()):
        quad = tuple(_term(row[name]) for name in names)
        graphs[quad[3]].append(quad)
    return "".join(" ".join(quad) + " .\n" for graph in sorted(graphs) for quad in sorted(graphs[graph])).encode()


def _rows(answer: str) -> Iterator[dict[str, dict[str, str]]]:
    """Yield the solutions of an answer in JSON (SPARQL 1.1 Query Results JSON §3.2), read one at a time."""
    found = _BINDINGS.search(answer)
    while found and answer.startswith("{", found.end()):
        row, end = _DECODER.raw_decode(answer, found.end())
        yield row
        found = _BETWEEN.match(answer, end)


def _term(value: dict[str, str]) -> str:
    """Return a term of a JSON result in N-Quads syntax."""
    if value["type"] == "uri":
        return f"<{value['value']}>"
    if value["type"] == "bnode":
        return f"_:{value['value']}"
    text = '"' + _TO_ESCAPE.sub(lambda match: _ESCAPED[match.group()], value["value"]) + '"'
    if "xml:lang" in value:
        return f"{text}@{value['xml:lang']}"
    return f"{text}^^<{value['datatype']}>" if "datatype" in value else text
