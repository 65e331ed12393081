"""SPARQL 1.1 Protocol, query operation (https://www.w3.org/TR/sparql11-protocol/): parse, evaluate, negotiate."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from flask import Response
from werkzeug.exceptions import BadRequest, NotAcceptable, UnsupportedMediaType
from werkzeug.wsgi import FileWrapper

from kg.errors import QueryError
from kg.store import GRAPH_TYPES, ROW_TYPES, Answer, Query
from kg.store.sparql.tokens import BYTE_ORDER_MARK
from kg.web.data.context import Context
from kg.web.documents import description
from kg.web.http.limits import LIMITS_HEADER, to_header
from kg.web.http.negotiate import ACCEPT_NAMES, Accept, best, prefers_html, read_accept
from kg.web.http.policy import ASKED_PAGE, ENDPOINT, Routes
from kg.web.lists.asking import LIST, list_query
from kg.web.protocol import query_page

blueprint = Routes("sparql", ENDPOINT)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
_BEYOND_ASCII = re.compile(rb"%[89a-fA-F]|[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Operation:
    """A request of the query operation (§2.1), not yet evaluated."""

    text: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
@blueprint.route("/sparql/", methods=["GET", "POST"])
def query(context: Context) -> Response:
    """Answer a query; without one, describe the service or show the query page."""
    require_utf8(context)
    form = read_form_name(context)
    accept = read_accept(ACCEPT_NAMES[form] if form else context.request.headers.get("Accept"))
    as_page = prefers_html(accept, ROW_TYPES + GRAPH_TYPES)
    operation = read_operation(context)
    if operation is None:
        response = query_page.show_form(context, "") if as_page else description.answer(context, accept)
    elif as_page:
        response = answer_page(context, operation)
    else:
        response = answer(context, operation, accept, spreadsheet=form is not None)
    if form and operation is not None:
        response.headers["Content-Disposition"] = f'attachment; filename="{file_name(context, operation.text, form)}"'
    response.headers["Vary"] = "Accept"
    return response


@blueprint.after
def tell_limits(context: Context, response: Response) -> Response:
    """Say by which limits the answer was made, also where it is an error."""
    response.headers[LIMITS_HEADER] = to_header(context.settings)
    return response


def read_form_name(context: Context) -> str | None:
    """Return the parameter ``accept``, which names a media type and overrides the header; None without one.

    Raises BadRequest for a name of none.
    """
    name = context.request.values.get("accept")
    if name is not None and name not in ACCEPT_NAMES:
        raise BadRequest(f"The parameter accept is one of {', '.join(ACCEPT_NAMES)}.")
    return name


def file_name(context: Context, text: str, suffix: str) -> str:
    """Return the name of a download: of the release and a digest of the query, and of nothing that a client wrote."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return re.sub(r"[^A-Za-z0-9.-]", "-", f"attested-{context.manifest.id}-{digest}.{suffix}")


def read_operation(context: Context) -> Operation | None:
    """Return the query operation of this request, None where it has no query at all.

    Unknown parameters are ignored. Raises BadRequest for more than one query or an update, UnsupportedMediaType for a
    body of another type.
    """
    if context.request.method == "POST" and context.request.mimetype == DIRECT:
        values = context.args
        texts = [decode(context.request.get_data(), "query")]
    elif context.request.method == "POST":
        if context.request.mimetype != FORM:
            raise UnsupportedMediaType(f"POST a query as {FORM} (parameter query) or as {DIRECT} (the query itself).")
        values = context.request.form
        texts = values.getlist("query")
    else:
        values = context.args
        texts = values.getlist("query")
    if "update" in values:
        raise BadRequest("This is the query endpoint and takes no update. Send a query in the parameter query.")
    if len(texts) > 1:
        raise BadRequest("Send exactly one query; there are several parameters of that name.")
    if not texts and context.request.method == "POST":
        raise BadRequest("The parameter query is missing. Send the query in it.")
    if not texts:
        return None
    graphs = (tuple(values.getlist(name)) for name in ("default-graph-uri", "named-graph-uri"))
    return Operation(texts[0].removeprefix(BYTE_ORDER_MARK), *graphs)


def require_utf8(context: Context) -> None:
    """Raise BadRequest, by the parameter's name, where the address or a form escapes bytes that are not UTF-8.

    werkzeug would put U+FFFD in their place, and another query than the one sent would be answered.
    """
    given = [context.request.query_string]
    if context.request.method == "POST" and context.request.mimetype == FORM:
        given.append(context.request.get_data())  # kept, so that the form can still be read
    if not any(map(_BEYOND_ASCII.search, given)):
        return
    for part in b"&".join(given).split(b"&"):
        name, _, value = (unquote_to_bytes(half.replace(b"+", b" ")) for half in part.partition(b"="))
        decode(name, "name of a parameter")
        decode(value, f"parameter {name.decode()}")


def decode(body: bytes, what: str) -> str:
    """Return a body as text; raises BadRequest where it is not UTF-8."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The {what} is not UTF-8 at byte {error.start}.") from None


def answer(context: Context, operation: Operation, accept: Accept, *, spreadsheet: bool = False) -> Response:
    """Return the engine's answer in the form that the client likes best; raises QueryError, NotAcceptable."""
    row_type, graph_type = best(accept, ROW_TYPES), best(accept, GRAPH_TYPES)
    if row_type is None and graph_type is None:
        raise NotAcceptable(f"Accept one of {', '.join(ROW_TYPES + GRAPH_TYPES)}.")
    answered = evaluate(context, operation, row_type, graph_type, spreadsheet=spreadsheet, spooled=True)
    if answered.file is None:
        response = Response(answered.body, content_type=content_type(answered.media_type))
    else:
        wrap = context.request.environ.get("wsgi.file_wrapper", FileWrapper)
        response = Response(
            wrap(answered.file), content_type=content_type(answered.media_type), direct_passthrough=True
        )
        response.content_length = answered.file.tell()
        answered.file.seek(0)
    if answered.digest and context.request.method in ("GET", "HEAD"):
        response.set_etag(answered.digest)
        response.headers["Cache-Control"] = "no-cache"
    return response


def content_type(media_type: str) -> str:
    """Return a media type, with its charset where it is a kind of text."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def evaluate(
    context: Context,
    operation: Operation,
    row_type: str | None,
    graph_type: str | None,
    *,
    spreadsheet: bool = False,
    spooled: bool = False,
    first: int | None = None,
    skip: int = 0,
) -> Answer:
    """Return the active release's answer; raises QueryError."""
    asked = Query(
        operation.text,
        row_type,
        graph_type,
        default_graphs=operation.default_graphs,
        named_graphs=operation.named_graphs,
        base_iri=context.settings.base_iri,
        spreadsheet=spreadsheet,
        spooled=spooled,
        first=first,
        skip=skip,
    )
    context.share.query = operation.text
    return context.ask_engine(asked)


def answer_page(context: Context, operation: Operation) -> Response:
    """Return the query page with the answer, or with what is wrong in its place."""
    graphs = zip(query_page.DATASET, (operation.default_graphs, operation.named_graphs), strict=True)
    asked = query_page.Asked(context, operation.text, tuple((name, iri) for name, iris in graphs for iri in iris))
    skip, most = query_page.read_skip(context), query_page.MOST_ROWS
    began = time.perf_counter()
    try:
        answered = evaluate(context, operation, ROW_TYPES[0], "application/n-triples", first=most, skip=skip)
        return query_page.show_answer(context, asked, answered, time.perf_counter() - began, skip)
    except QueryError as error:
        return query_page.show_error(context, asked, error)


@blueprint.route("/query", policy=ASKED_PAGE)
def form(context: Context) -> Response:
    """Show the query page, with the query of the address, a stored one, or that of a list of a page, in its form."""
    text = list_query(context, context.args) if LIST in context.args else context.args.get("query", "")
    return query_page.show_form(context, text, context.args.get("example"))
