"""``/explain``: the plan of a query in words, as a page and as JSON."""

from __future__ import annotations

import json

from flask import Response
from werkzeug.exceptions import BadRequest

from kg.errors import QueryError
from kg.store import Query
from kg.web.data.context import Context
from kg.web.explain.words import costs, tell
from kg.web.http.negotiate import HTML, prefers_html, read_accept
from kg.web.http.policy import MEASURED, Routes
from kg.web.protocol import query_page
from kg.web.protocol.sparql import read_operation, require_utf8

blueprint = Routes("explain", MEASURED)
JSON = "application/json"


@blueprint.route("/explain", methods=["GET", "POST"])
def explain(context: Context) -> Response:
    """Explain how a query is answered, with the rows and seconds of each step; it is carried out for that.

    It is sent as one to ``/sparql``, and held to the same limits. Raises BadRequest without one, and QueryError.
    """
    require_utf8(context)
    operation = read_operation(context)
    if operation is None:
        raise BadRequest("The parameter query is missing. Send the query that is to be explained in it.")
    if operation.default_graphs or operation.named_graphs:
        raise BadRequest("A plan is of the whole dataset. Name graphs by FROM and FROM NAMED in the query.")
    as_page = prefers_html(read_accept(context.request.headers.get("Accept")), (JSON,))
    query = Query(operation.text, base_iri=context.settings.base_iri)
    try:
        plan = context.explain(query)
    except QueryError as error:
        if not as_page:
            raise
        return query_page.show_error(context, query_page.Asked(context, operation.text), error)
    told = tell(context, plan)
    said = {"is_complete": plan.is_complete, "costs": costs(told, is_complete=plan.is_complete)}
    response = (
        Response(context.render("explain.html", text=operation.text, told=told, **said), mimetype=HTML)
        if as_page
        else _to_json(context, {"complete": said["is_complete"], "costs": said["costs"], "plan": told.to_json()})
    )
    response.headers["Cache-Control"] = "no-store"  # it is another each time
    response.vary.add("Accept")
    return response


def _to_json(context: Context, said: dict[str, object]) -> Response:
    manifest = context.manifest
    body = {"release": manifest.id, "issued": manifest.issued} | said
    return Response(json.dumps(body, ensure_ascii=False, indent=1) + "\n", content_type=JSON)
