"""References to queries: ``/cite.bib?query=…`` and the like, for what has no address of its own but the query's.

Every other thing has its reference beside it, as in ``/doc/X.bib`` (kg.web.documents).
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, NotFound

from kg import cite
from kg.web import access
from kg.web.citations import cite_query
from kg.web.documents import choose, make_response
from kg.web.query_page import DATASET
from kg.web.sparql import require_utf8

blueprint = Blueprint("cite", __name__)


@blueprint.route("/cite", defaults={"suffix": None})
@blueprint.route("/cite.<suffix>")
def query(suffix: str | None) -> Response:
    """Give the reference to a query as asked of this release; the query itself is neither read nor run."""
    if suffix is not None and suffix not in cite.FORMS:
        raise NotFound(f"A reference comes as {', '.join(f'/cite.{known}' for known in cite.FORMS)}.")
    require_utf8()
    texts = request.args.getlist("query")
    if len(texts) != 1 or not texts[0].strip():
        raise BadRequest("Name one query to cite, in the parameter query. A thing's reference is beside it: /doc/X.bib")
    most = access.settings().query_bytes
    if len(texts[0].encode()) > most:
        raise BadRequest(f"The query is longer than the {most:,} bytes that can be asked here.")
    graphs = [(name, iri) for name in DATASET for iri in request.args.getlist(name)]
    media_type = choose(cite.FORMS[suffix] if suffix else None, tuple(cite.FORMS.values()))
    return make_response(cite.write(cite_query(texts[0], graphs), media_type), media_type, [])
