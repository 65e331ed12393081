"""The query page: a form that needs no script, stored queries as examples, and the answer or error in its place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from flask import Response
from werkzeug.exceptions import BadRequest

from kg.errors import QueryError, QuerySyntaxError
from kg.store import Answer, Query
from kg.store.sparql.mistakes import find_unused
from kg.store.sparql.tokens import scan
from kg.web.data.choices import choices_of
from kg.web.data.context import Context
from kg.web.data.page_queries import iri_term_or_404
from kg.web.data.questions import questions
from kg.web.data.resources import Resource
from kg.web.data.turtle import read_nquads, reading_order, to_turtle
from kg.web.guide import addresses, examples
from kg.web.guide.unknown import find_unknown
from kg.web.http.negotiate import GRAPH_NAMES, HTML, ROW_NAMES
from kg.web.http.status import status_of
from kg.web.protocol.programs import write_programs
from kg.web.text.language import SOURCE
from kg.web.words.cells import Table, Term, make_table, own_iris, read_term
from kg.web.words.citations import cite_query

MOST_ROWS = 500
"""Rows or triples that the page shows at most; the downloads have them all."""
MOST_LABELS = 20_000
"""Characters of IRIs of which one query asks the labels: some 400 of them."""
MOST_HINTS = 10
"""Variables without a value that the page names."""
LINES_AROUND = 5
"""Lines shown before and after the one in which a mistake is."""
SKIP = "from"
"""Parameter of the page: the number of the first row that it shows, from 1."""
DATASET = ("default-graph-uri", "named-graph-uri")
_STAR = re.compile(r"\s*(?:(?:DISTINCT|REDUCED)\b)?\s*\*", re.IGNORECASE)

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

    context: Context
    text: str
    graphs: tuple[tuple[str, str], ...] = ()

    def address(self, **more: str) -> str:
        """Return the path that asks it again."""
        return addresses.answer(self.context, self.text, self.graphs, **more)


def show_form(context: Context, text: str, example: str | None = None) -> Response:
    """Return the page with a query in its form, or the stored query of that name."""
    return _page(context, Asked(context, text), example=example)


def show_error(context: Context, asked: Asked, error: QueryError) -> Response:
    """Return the page with what is wrong, under the status of the error."""
    response = _page(context, asked, error=error, offence=_offence(asked.text, error))
    response.status_code = status_of(error)
    if response.status_code == 503:
        response.headers["Retry-After"] = "5"
    return response


def read_skip(context: Context) -> int:
    """Return how many rows come before those that this request asks the page to show; raises BadRequest."""
    given = context.args.get(SKIP, "1")
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:10]) < 10**9):
        raise BadRequest(f"The parameter {SKIP} is the number of a row, 1 or more.")
    return int(given) - 1


def show_answer(context: Context, asked: Asked, answer: Answer, seconds: float, skip: int) -> Response:
    """Return the page with the answer: at most MOST_ROWS of its rows in JSON, or of a graph in N-Triples."""
    shown = _graph(context, answer) if answer.kind == "graph" else _rows(context, asked.text, answer)
    names = GRAPH_NAMES if answer.kind == "graph" else ROW_NAMES
    downloads = [(words, asked.address(accept=name)) for name, words in names.items()]
    address = context.request.host_url.rstrip("/") + asked.address()
    programs = write_programs(context, address, answer.kind == "graph", asked.text, context.manifest.id)
    shown |= {"programs": programs, "downloads": downloads, "citation": cite_query(context, asked.text, asked.graphs)}
    is_empty = (answer.kind != "boolean" and not shown["table"].total) or shown.get("truth") is False
    shown["unknown"] = find_unknown(context, asked.text) if is_empty else []
    shown["unused"] = find_unused(asked.text)[:MOST_HINTS] if answer.kind == "solutions" else []
    if answer.kind != "boolean":
        shown |= _pages(asked, skip, shown["table"])
    if answer.kind == "solutions":
        shown["json"] = asked.address(accept="json")
    return _page(context, asked, kind=answer.kind, seconds=seconds, **shown)


def _pages(asked: Asked, skip: int, table: Table) -> dict[str, Any]:
    """Return which rows a page shows, and the addresses of those before and after them."""
    last = skip + len(table.rows)
    before = asked.address(**{SKIP: str(max(1, skip + 1 - MOST_ROWS))}) if skip else None
    after = asked.address(**{SKIP: str(last + 1)}) if last < table.total else None
    return {"first": skip + 1, "last": last, "before": before, "after": after}


def _page(context: Context, asked: Asked, example: str | None = None, **shown: Any) -> Response:
    stored = context.ask_resources("catalogue").of_type("sh:SPARQLExecutable")
    chosen = next((query for query in stored if query.key == example), None)
    text = asked.text or examples.to_absolute(context, _text_of(chosen)) or starter_text(context)
    question = questions(context).get(chosen.key) if chosen else None
    page = context.render(
        "query.html",
        text=text,
        graphs=asked.graphs,
        example=chosen,
        parameters=question.parameters if question else (),
        spoken=question.language if question else SOURCE,
        choices=choices_of(context, question) if question else {},
        themes=examples.sort_examples(context, stored),
        starter=examples.starter(stored),
        tour=examples.tour(context),
        prefixes=examples.prefix_lines(context),
        shares=[context.request.host_url.rstrip("/") + path for path in _shares(context, text, asked.graphs)],
        **shown,
    )
    return Response(page, mimetype=HTML)


def _shares(context: Context, text: str, graphs: tuple[tuple[str, str], ...]) -> tuple[str, str, str]:
    """Return the paths by which a query is passed on: its answer, its page, and its answer as it is cited."""
    return (
        addresses.answer(context, text, graphs),
        addresses.form(context, text),
        addresses.lasting(context, text, graphs),
    )


def starter_text(context: Context) -> str:
    """Return the query in the form where none is given."""
    return examples.tour(context)[0].text


def _text_of(stored: Resource | None) -> str:
    return (stored.text("sh:select") or stored.text("sh:construct") or "") if stored else ""


def _rows(context: Context, text: str, answer: Answer) -> dict[str, Any]:
    result = json.loads(answer.body)
    if "boolean" in result:
        return {"truth": result["boolean"]}
    names, bindings = _in_order(text, result["head"]["vars"]), result["results"]["bindings"]
    rows = [[binding.get(name) for name in names] for binding in bindings]
    return {"table": _table(context, names, rows, answer.total or 0)}


def _in_order(text: str, names: list[str]) -> list[str]:
    """Return the variables of SELECT * in the order in which the query writes them; the engine sorts them by name."""
    select = next((token for token in scan(text) if token.value.upper() == "SELECT"), None)
    if select is None or not _STAR.match(text, select.end):
        return names
    written = dict.fromkeys(token.value[1:] for token in scan(text) if token.value[0] in "?$")
    return [name for name in written if name in names]


def _graph(context: Context, answer: Answer) -> dict[str, Any]:
    triples = sorted((triple for triple, _ in read_nquads(answer.body)), key=reading_order)
    rows: list[list[Term | None]] = [[read_term(term) for term in triple] for triple in triples]
    turtle = to_turtle(answer.body, context.iris.prefixes()).decode()
    return {"table": _table(context, ("subject", "predicate", "object"), rows, answer.total or 0), "turtle": turtle}


def _table(context: Context, names: list[str] | tuple[str, ...], rows: list[list[Term | None]], total: int) -> Table:
    iris = context.iris
    return make_table(names, rows, total, iris, find_labels(context, own_iris(rows, iris)))


def find_labels(context: Context, iris: list[str]) -> dict[str, str]:
    """Return the labels of those of our IRIs that have one, for as many as one query of bounded length can ask."""
    things, length = [], 0
    for iri in iris:
        things.append(iri_term_or_404(iri))
        length += len(things[-1]) + 1
        if length > MOST_LABELS:
            break
    if not things:
        return {}
    query = Query(LABELS.format(things=" ".join(things)), None, "application/n-triples")
    try:
        found = context.read_resources(context.ask_own(query))
    except QueryError:  # the answer is given without them
        return {}
    return {iri: found.get(iri).label for iri in iris if found.get(iri).is_described}


def _offence(text: str, error: QueryError) -> dict[str, Any] | None:
    """Return the lines about a mistake, with their numbers, and the blanks that lead to its column."""
    if not isinstance(error, QuerySyntaxError) or error.line is None or error.column is None:
        return None
    lines = [line.rstrip("\r") for line in text.split("\n")]
    first = max(0, error.line - 1 - LINES_AROUND)
    shown = list(enumerate(lines, 1))[first : error.line + LINES_AROUND]
    before = lines[error.line - 1][: error.column - 1]
    # A tab stays one, so that the caret is under its character
    return {"lines": shown, "line": error.line, "blanks": "".join("\t" if c == "\t" else " " for c in before)}
