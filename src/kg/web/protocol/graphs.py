"""SPARQL 1.1 Graph Store HTTP Protocol (https://www.w3.org/TR/sparql11-http-rdf-update/).

A graph is named indirectly, by ``?graph=IRI`` or ``?default`` (§4.2), or directly, by the address of the request below
``/graphs/`` (§4.1). Reading is open; writing takes the token.
"""

from __future__ import annotations

import re
import uuid
from urllib.parse import quote

from flask import Response
from werkzeug.exceptions import BadRequest, NotAcceptable, NotFound, UnsupportedMediaType
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from kg.store import GRAPH_TYPES, Query
from kg.store.stores.writes import SUFFIX_TYPES, Document, GraphWrite, Verb, Written
from kg.web.data.context import Context
from kg.web.http.negotiate import best, read_accept
from kg.web.http.policy import WRITE, Routes
from kg.web.protocol.bearer import bearer_required
from kg.web.protocol.sparql import content_type, require_utf8
from kg.web.protocol.update import answer

blueprint = Routes("graphs", WRITE)

METHODS = ["GET", "PUT", "POST", "DELETE"]
MULTIPART = "multipart/form-data"
UNTYPED = ("", "application/octet-stream", "text/plain")
"""Types of a form's part that say nothing of it; its file's name does."""
ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
"""How an absolute IRI starts (RFC 3987 §2.2)."""
PATH_CHARACTERS = "/!$&'()*+,;=:@~"
"""Characters that are unescaped in a path (RFC 3986 §3.3)."""
WHOLE_GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


@blueprint.route("/graphs", methods=METHODS, strict_slashes=False)
@blueprint.route("/graphs/", methods=METHODS)
@blueprint.route("/graphs/<path:_>", methods=METHODS)
def graph(context: Context, _: str | None = None) -> Response:
    """Read, replace, extend or delete one graph."""
    if context.request.method in ("GET", "HEAD"):
        return read(context, named_graph(context))
    return write(context)


def named_graph(context: Context) -> str | None:
    """Return the IRI of the graph that the request names, None for the default graph; raises BadRequest for neither."""
    if context.path.rstrip("/") != "/graphs":
        if context.args:
            raise BadRequest("An address below /graphs/ names a graph itself, so send no parameters with it.")
        return context.root + quote(context.path[1:], safe=PATH_CHARACTERS)
    require_utf8(context)
    graphs, default = context.args.getlist("graph"), "default" in context.args
    if len(graphs) + default != 1:
        raise BadRequest("Name one graph: /graphs?graph=IRI, or /graphs?default for the default graph.")
    if default:
        return None
    if not ABSOLUTE.match(graphs[0]):
        raise BadRequest(f"{graphs[0]!r} is no absolute IRI. Name the graph by its whole IRI.")
    return graphs[0]


def read(context: Context, name: str | None) -> Response:
    """Return the triples of a graph in the form that the client likes best; raises NotFound, NotAcceptable."""
    media_type = best(read_accept(context.request.headers.get("Accept")), GRAPH_TYPES)
    if media_type is None:
        raise NotAcceptable(f"A graph comes as {', '.join(GRAPH_TYPES)}.")
    manifest = context.manifest
    if name is not None and context.graph_size(name) is None:
        raise NotFound(f"There is no graph <{name}> in release {manifest.id}.")
    graphs = () if name is None else (name,)
    answered = context.ask_engine(Query(WHOLE_GRAPH, None, media_type, default_graphs=graphs, union=False))
    return Response(answered.body, content_type=content_type(media_type), headers={"Vary": "Accept"})


@bearer_required
def write(context: Context) -> Response:
    """Make the write and answer with its result (§5.3 to §5.5)."""
    verb: Verb = context.request.method  # type: ignore[assignment]  # the route lets no other through
    is_new = verb == "POST" and context.path.rstrip("/") == "/graphs" and not context.args
    name = f"{context.root}graphs/{uuid.uuid4()}" if is_new else named_graph(context)
    documents = () if verb == "DELETE" else tuple(read_documents(context))

    def respond(done: Written) -> Response:
        response = Response(status=201 if done.created else 204)
        response.headers.pop("Content-Type")  # of nothing
        if done.created and name is not None:
            response.headers["Location"] = name
        return response

    return answer(context, GraphWrite(verb, name, documents), respond)


def read_documents(context: Context) -> list[Document]:
    """Return what the request sends: its body, or the parts of a form (§5.5).

    Raises UnsupportedMediaType for what is no graph, BadRequest for a form without parts or not well formed.
    """
    body = context.request.get_data(parse_form_data=False)
    if context.request.mimetype != MULTIPART:
        return [Document(_graph_type(context.request.mimetype), body)]
    boundary = context.request.mimetype_params.get("boundary", "")
    if not boundary:
        raise BadRequest("The Content-Type names no boundary, so the form cannot be divided into its parts.")
    try:
        documents = _read_parts(boundary.encode(), body)
    except ValueError as error:
        raise BadRequest(f"The form is not {MULTIPART}: {error}.") from None
    if not documents:
        raise BadRequest("The form holds no part. Send each file as one.")
    return documents


def _read_parts(boundary: bytes, body: bytes) -> list[Document]:
    decoder = MultipartDecoder(boundary)
    decoder.receive_data(body)
    decoder.receive_data(None)
    documents: list[Document] = []
    media_type, content = "", bytearray()
    while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
        if isinstance(event, Field | File):
            sent = event.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            name = event.filename if isinstance(event, File) else event.name
            media_type, content = _part_type(sent, name or ""), bytearray()
        elif isinstance(event, Data):
            content += event.data
            if not event.more_data:
                documents.append(Document(media_type, bytes(content)))
    return documents


def _part_type(sent: str, file_name: str) -> str:
    if sent in UNTYPED:
        sent = next((kind for suffix, kind in SUFFIX_TYPES.items() if file_name.endswith(suffix)), sent)
    return _graph_type(sent)


def _graph_type(sent: str) -> str:
    if sent not in GRAPH_TYPES:
        raise UnsupportedMediaType(
            f"Send a graph as {', '.join(GRAPH_TYPES)}, not as {sent or 'nothing in particular'}."
        )
    return sent
