"""SPARQL 1.1 Protocol, query operation (https://www.w3.org/TR/sparql11-protocol/): parse, evaluate, negotiate."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import BadRequest, NotAcceptable, UnsupportedMediaType

from kg.errors import QueryError, QuerySyntaxError
from kg.store import GRAPH_TYPES, ROW_TYPES, Answer, Query
from kg.web import access, description
from kg.web.negotiate import HTML, best, prefers_html, read_accept
from kg.web.status import status_of

blueprint = Blueprint("sparql", __name__)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
BROWSER_ROWS = 500
"""Rows that the page shows; the downloads have them all."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A request of the query operation (§2.1), not yet evaluated."""

    text: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
@blueprint.route("/sparql/", methods=["GET", "POST"])
def query() -> Response:
    """Answer a query; without one, describe the service or show the query page."""
    accept = read_accept(request.headers.get("Accept"))
    as_page = prefers_html(accept, ROW_TYPES + GRAPH_TYPES)
    operation = read_operation()
    if operation is None:
        response = query_page("") if as_page else description.answer(accept)
    elif as_page:
        response = answer_page(operation)
    else:
        response = answer(operation, accept)
    response.headers["Vary"] = "Accept"
    return response


def read_operation() -> Operation | None:
    """Return the query operation of this request, None where it has no query at all.

    Unknown parameters are ignored. Raises BadRequest for more than one query or an update, UnsupportedMediaType for a
    body of another type.
    """
    if request.method == "POST" and request.mimetype == DIRECT:
        values = request.args
        texts = [decode(request.get_data(), "query")]
    elif request.method == "POST":
        if request.mimetype != FORM:
            raise UnsupportedMediaType(f"POST a query as {FORM} (parameter query) or as {DIRECT} (the query itself).")
        values = request.form
        texts = values.getlist("query")
    else:
        values = request.args
        texts = values.getlist("query")
    if "update" in values:
        raise BadRequest("This is the query endpoint and takes no update. Send a query in the parameter query.")
    if len(texts) > 1:
        raise BadRequest("Send exactly one query; there are several parameters of that name.")
    if not texts and request.method == "POST":
        raise BadRequest("The parameter query is missing. Send the query in it.")
    if not texts:
        return None
    graphs = (tuple(values.getlist(name)) for name in ("default-graph-uri", "named-graph-uri"))
    return Operation(texts[0], *graphs)


def decode(body: bytes, what: str) -> str:
    """Return a body as text; raises BadRequest where it is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The {what} is not UTF-8 at byte {error.start}.") from None


def answer(operation: Operation, accept: MIMEAccept) -> Response:
    """Return the engine's answer in the form that the client likes best; raises QueryError, NotAcceptable."""
    row_type, graph_type = best(accept, ROW_TYPES), best(accept, GRAPH_TYPES)
    if row_type is None and graph_type is None:
        raise NotAcceptable(f"Accept one of {', '.join(ROW_TYPES + GRAPH_TYPES)}.")
    answered = evaluate(operation, row_type, graph_type)
    return Response(answered.body, content_type=content_type(answered.media_type))


def content_type(media_type: str) -> str:
    """Return a media type, with its charset where it is a kind of text."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def evaluate(operation: Operation, row_type: str | None, graph_type: str | None) -> Answer:
    """Return the active release's answer; raises QueryError."""
    asked = Query(
        operation.text,
        row_type,
        graph_type,
        default_graphs=operation.default_graphs,
        named_graphs=operation.named_graphs,
        base_iri=access.settings().base_iri,
    )
    return access.release().query(asked)


def answer_page(operation: Operation) -> Response:
    """Return the query page with the answer, or with what is wrong in its place."""
    try:
        answered = evaluate(operation, ROW_TYPES[0], GRAPH_TYPES[0])
    except QueryError as error:
        response = query_page(operation.text, error=error)
        response.status_code = status_of(error)
        return response
    if answered.kind == "graph":
        return query_page(operation.text, turtle=answered.body.decode("utf-8"))
    return query_page(operation.text, table=read_table(answered.body))


def read_table(body: bytes) -> dict[str, Any]:
    """Return the columns and rows of a JSON result for the page, and how many rows there are in all."""
    result = json.loads(body)
    if "boolean" in result:
        return {
            "columns": ["answer"],
            "rows": [[{"type": "literal", "value": str(result["boolean"]).lower()}]],
            "total": 1,
        }
    columns, bindings = result["head"]["vars"], result["results"]["bindings"]
    rows = [[binding.get(column) for column in columns] for binding in bindings[:BROWSER_ROWS]]
    return {"columns": columns, "rows": rows, "total": len(bindings)}


def query_page(text: str, **shown: Any) -> Response:
    """Return the page with the query form, the stored queries, and what else is to be shown."""
    stored = access.ask_resources("catalogue").of_type("sh:SPARQLExecutable")
    error = shown.get("error")
    line = error.line if isinstance(error, QuerySyntaxError) else None
    return Response(render_template("query.html", text=text, stored=stored, line=line, **shown), mimetype=HTML)


@blueprint.route("/query")
def form() -> Response:
    """Show the query page, with the query of the address in its form."""
    return query_page(request.args.get("query", ""))
