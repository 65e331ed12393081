"""SPARQL 1.1 Protocol, update operation (https://www.w3.org/TR/sparql11-protocol/#update-operation)."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, MethodNotAllowed, UnsupportedMediaType

from kg.corpus.report import REPORT_TYPES
from kg.errors import NotConforming
from kg.store.sparql.tokens import BYTE_ORDER_MARK
from kg.store.stores.writes import Update, Write, Written
from kg.web.data.context import Context
from kg.web.http.negotiate import best, read_accept
from kg.web.http.policy import WRITE, Routes
from kg.web.protocol.bearer import bearer_required
from kg.web.protocol.sparql import FORM, content_type, decode, require_utf8

blueprint = Routes("update", WRITE)

DIRECT = "application/sparql-update"
UNSERVED = "It cannot be served at this moment, and will be shortly. Do not send the write again."


@blueprint.route("/update", methods=["GET", "POST"], strict_slashes=False)
@blueprint.route("/update/", methods=["GET", "POST"])
def update(context: Context) -> Response:
    """Make an update, or say why it was not made. A query is answered at /sparql."""
    if context.request.method != "POST":
        raise MethodNotAllowed(["POST"], "Updates are sent by POST.")
    return _update(context)


@bearer_required
def _update(context: Context) -> Response:
    return answer(
        context, read_update(context), lambda done: Response(_say(done), 200, content_type="text/plain; charset=utf-8")
    )


def _say(done: Written) -> str:
    if not done.is_served:
        return f"Release {done.identifier} is published. {UNSERVED}\n"
    said = "is served now" if done.is_new else "is served still: the update changed nothing"
    return f"Release {done.identifier} {said}.\n"


def read_update(context: Context) -> Update:
    """Return the update of this request.

    Raises BadRequest for none, more than one, or a query besides, UnsupportedMediaType for a body of another type.
    """
    require_utf8(context)
    if context.request.mimetype == DIRECT:
        values: MultiDict[str, str] = context.args
        texts = [decode(context.request.get_data(), "update")]
    elif context.request.mimetype == FORM:
        values = context.request.form
        texts = values.getlist("update")
    else:
        raise UnsupportedMediaType(f"POST an update as {FORM} (parameter update) or as {DIRECT} (the update itself).")
    if "query" in values or "query" in context.args:
        raise BadRequest("Send either a query, to /sparql, or an update; there is a parameter query here.")
    if len(texts) > 1:
        raise BadRequest("Send exactly one update; there are several parameters of that name.")
    if not texts:
        raise BadRequest("The parameter update is missing. Send the update in it.")
    text = texts[0].removeprefix(BYTE_ORDER_MARK)
    return Update(text, tuple(values.getlist("using-graph-uri")), tuple(values.getlist("using-named-graph-uri")))


def answer(context: Context, write: Write, on_success: Callable[[Written], Response]) -> Response:
    """Return the answer to a write: the one for its success, or 422 with the validation report, negotiated."""
    report_type = best(read_accept(context.request.headers.get("Accept")), REPORT_TYPES) or "text/plain"
    try:
        done = context.submit(write, report_type)
    except NotConforming as error:
        response = Response(error.report, 422, content_type=content_type(error.media_type))
        response.headers["Vary"] = "Accept"
        return response
    response = on_success(done)
    if not done.is_served:
        response.headers["Warning"] = f'199 - "{UNSERVED}"'
    return response
