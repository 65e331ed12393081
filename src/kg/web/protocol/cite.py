"""References to queries: ``/cite.bib?query=…`` and the like, for what has no address of its own but the query's.

Every other thing has its reference next to it, as in ``/doc/X.bib`` (kg.web.documents.document).
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlencode

from flask import Response, redirect
from werkzeug.exceptions import BadRequest, NotAcceptable, NotFound
from werkzeug.wrappers import Response as BaseResponse

from kg import cite
from kg.web.data.context import Context
from kg.web.documents.document import choose, make_response
from kg.web.http.policy import LONG, SEARCH, Routes
from kg.web.protocol.query_page import DATASET
from kg.web.protocol.sparql import require_utf8
from kg.web.words.citations import cite_query

blueprint = Routes("cite", replace(SEARCH, address=LONG))

LONGEST_PATH = 300
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~/-]*")
_UNAPI_SUFFIXES = {"ris": "ris", "bibtex": "bib", "csljson": "csl.json"}


@blueprint.route("/cite", defaults={"suffix": None})
@blueprint.route("/cite.<suffix>")
def query(context: Context, suffix: str | None) -> Response:
    """Give the reference to a query as asked of this release; the query itself is neither read nor run."""
    if suffix is not None and suffix not in cite.FORMS:
        raise NotFound(f"A reference comes as {', '.join(f'/cite.{known}' for known in cite.FORMS)}.")
    require_utf8(context)
    texts = context.args.getlist("query")
    if len(texts) != 1 or not texts[0].strip():
        raise BadRequest("Name one query to cite, in the parameter query. A thing's reference is at /doc/X.bib")
    most = context.settings.query_bytes
    if len(texts[0].encode()) > most:
        raise BadRequest(f"The query is longer than the {most:,} bytes that can be asked here.")
    graphs = [(name, iri) for name in DATASET for iri in context.args.getlist(name)]
    media_type = choose(context, cite.FORMS[suffix] if suffix else None, tuple(cite.FORMS.values()))
    return make_response(context, cite.write(cite_query(context, texts[0], graphs), media_type), media_type, [])


@blueprint.route("/unapi")
def unapi(context: Context) -> BaseResponse:
    """Lead to the reference of a page by its unAPI identifier, its path: Zotero and its like ask here (unAPI 1)."""
    identifier, form = context.args.get("id"), context.args.get("format")
    if identifier is None:
        return _formats(None, 200)
    if len(identifier) > LONGEST_PATH or not _PATH.fullmatch(identifier):
        raise NotFound("An identifier here is the path of a page, as in doc/russia.")
    if form is None:
        return _formats(identifier, 300)
    if form not in _UNAPI_SUFFIXES:
        raise NotAcceptable(f"A reference comes as {', '.join(_UNAPI_SUFFIXES)}.")
    asked = urlencode(context.asked_release)
    return redirect(f"/{identifier}.{_UNAPI_SUFFIXES[form]}" + (f"?{asked}" if asked else ""), 302)


def _formats(identifier: str | None, status: int) -> Response:
    name = f' id="{identifier}"' if identifier else ""
    formats = "".join(
        f'<format name="{form}" type="{cite.FORMS[suffix]}"/>' for form, suffix in _UNAPI_SUFFIXES.items()
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<formats{name}>{formats}</formats>\n'
    return Response(body, status, content_type="application/xml")
