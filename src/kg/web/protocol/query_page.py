"""The query page: a form that needs no script, stored queries as examples, and the answer or error in its place."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request

from kg.errors import QueryError, QuerySyntaxError
from kg.store import Answer, Query
from kg.web.data import access
from kg.web.data.resources import Resource
from kg.web.data.turtle import read_nquads, reading_order, to_turtle
from kg.web.http.negotiate import GRAPH_NAMES, HTML, ROW_NAMES
from kg.web.http.status import status_of
from kg.web.protocol.programs import write_programs
from kg.web.protocol.unknown import find_unknown
from kg.web.text.language import gettext, mark
from kg.web.words.cells import Table, Term, make_table, own_iris, read_term
from kg.web.words.citations import cite_query

MOST_ROWS = 500
"""Rows or triples that the page shows at most; the downloads have them all."""
MOST_LABELS = 20_000
"""Characters of IRIs of which one query asks the labels: some 400 of them."""
LINES_AROUND = 5
"""Lines shown before and after the one in which a mistake is."""
OTHER = mark("other")
"""Group of the examples that share no keyword."""
DATASET = ("default-graph-uri", "named-graph-uri")

LABELS = """\
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
CONSTRUCT {{ ?thing rdfs:label ?label }} WHERE {{
  VALUES ?thing {{ {things} }}
  ?thing rdfs:label|skos:prefLabel|dcterms:title ?label
}}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as it was sent: its text, and the graphs of its dataset by the protocol's parameter."""

    text: str
    graphs: tuple[tuple[str, str], ...] = ()

    def address(self, **more: str) -> str:
        """Return the path that asks it again."""
        release = access.asked_release()
        return "/sparql?" + urlencode([("query", self.text), *self.graphs, *release.items(), *more.items()])


def show_form(text: str, example: str | None = None) -> Response:
    """Return the page with a query in its form, or the stored query of that name."""
    return _page(Asked(text), example=example)


def show_error(asked: Asked, error: QueryError) -> Response:
    """Return the page with what is wrong, under the status of the error."""
    response = _page(asked, error=error, offence=_offence(asked.text, error))
    response.status_code = status_of(error)
    if response.status_code == 503:
        response.headers["Retry-After"] = "5"
    return response


def show_answer(asked: Asked, answer: Answer, seconds: float) -> Response:
    """Return the page with the answer: the first MOST_ROWS of its rows in JSON, or of a graph in N-Triples."""
    shown = _graph(answer) if answer.kind == "graph" else _rows(answer)
    names = GRAPH_NAMES if answer.kind == "graph" else ROW_NAMES
    downloads = [(words, asked.address(accept=name)) for name, words in names.items()]
    share = request.host_url.rstrip("/") + asked.address()
    cited = cite_query(asked.text, asked.graphs)
    lasting = "/cited?" + urlencode([("query", asked.text), *asked.graphs, ("release", access.release().manifest.id)])
    programs = write_programs(share, answer.kind == "graph", asked.text, access.release().manifest.id)
    shown |= {"programs": programs, "downloads": downloads, "share": share, "citation": cited, "cited": lasting}
    is_empty = (answer.kind != "boolean" and not shown["table"].total) or shown.get("truth") is False
    shown["unknown"] = find_unknown(asked.text) if is_empty else []
    return _page(asked, kind=answer.kind, seconds=seconds, **shown)


def _page(asked: Asked, example: str | None = None, **shown: Any) -> Response:
    stored = access.ask_resources("catalogue").of_type("sh:SPARQLExecutable")
    chosen = next((query for query in stored if query.key == example), None)
    text = asked.text or _text_of(chosen)
    iris = access.iris()
    prefixes = [f"PREFIX {name}: <{iri}>" for name, iri in iris.prefixes().items()]
    page = render_template(
        "query.html",
        text=text,
        graphs=asked.graphs,
        example=chosen,
        groups=group_examples(stored),
        prefixes=prefixes,
        **shown,
    )
    return Response(page, mimetype=HTML)


def _text_of(stored: Resource | None) -> str:
    return (stored.text("sh:select") or stored.text("sh:construct") or "") if stored else ""


def _rows(answer: Answer) -> dict[str, Any]:
    result = json.loads(answer.body)
    if "boolean" in result:
        return {"truth": result["boolean"]}
    names, bindings = result["head"]["vars"], result["results"]["bindings"]
    rows = [[binding.get(name) for name in names] for binding in bindings]
    return {"table": _table(names, rows, answer.total or 0)}


def _graph(answer: Answer) -> dict[str, Any]:
    triples = sorted((triple for triple, _ in read_nquads(answer.body)), key=reading_order)
    rows: list[list[Term | None]] = [[read_term(term) for term in triple] for triple in triples]
    turtle = to_turtle(answer.body, access.iris().prefixes()).decode()
    return {"table": _table(("subject", "predicate", "object"), rows, answer.total or 0), "turtle": turtle}


def _table(names: list[str] | tuple[str, ...], rows: list[list[Term | None]], total: int) -> Table:
    iris = access.iris()
    return make_table(names, rows, total, iris, find_labels(own_iris(rows, iris)))


def find_labels(iris: list[str]) -> dict[str, str]:
    """Return the labels of those of our IRIs that have one, for as many as one query of bounded length can ask."""
    things, length = [], 0
    for iri in iris:
        things.append(access.iri_term(iri))
        length += len(things[-1]) + 1
        if length > MOST_LABELS:
            break
    if not things:
        return {}
    query = Query(LABELS.format(things=" ".join(things)), None, "application/n-triples")
    try:
        found = access.read_resources(access.ask_own(query))
    except QueryError:  # the answer stands without them
        return {}
    return {iri: found.get(iri).label for iri in iris if found.get(iri).is_described}


def group_examples(stored: list[Resource]) -> list[tuple[str, list[Resource]]]:
    """Return the stored queries under keywords that two or more share, each query once, the largest group first."""
    keywords = {query.iri: {value.text for value in query.values("schema:keywords")} for query in stored}
    groups: list[tuple[str, list[Resource]]] = []
    left = list(stored)
    while left:
        counts = Counter(word for query in left for word in keywords[query.iri])
        word, count = min(counts.items(), key=lambda item: (-item[1], item[0]), default=("", 0))
        if count < 2:
            groups.append((gettext(OTHER), left))
            break
        groups.append((word, [query for query in left if word in keywords[query.iri]]))
        left = [query for query in left if word not in keywords[query.iri]]
    return [(word, sorted(queries, key=lambda query: query.sort_key)) for word, queries in groups]


def _offence(text: str, error: QueryError) -> dict[str, Any] | None:
    """Return the lines about a mistake, with their numbers, and the blanks that lead to its column."""
    if not isinstance(error, QuerySyntaxError) or error.line is None or error.column is None:
        return None
    lines = [line.rstrip("\r") for line in text.split("\n")]
    first = max(0, error.line - 1 - LINES_AROUND)
    shown = list(enumerate(lines, 1))[first : error.line + LINES_AROUND]
    before = lines[error.line - 1][: error.column - 1]
    # A tab stays one, so that the caret stands under its character
    return {"lines": shown, "line": error.line, "blanks": "".join("\t" if c == "\t" else " " for c in before)}
