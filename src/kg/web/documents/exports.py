"""The statements in other vocabularies: ``/export/<name>``, the answer of a stored query that is an export."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from kg.store import ROW_TYPES, Query
from kg.terms import PREFIXES
from kg.web.data import access
from kg.web.data.jsonld import compact
from kg.web.data.resources import Resource
from kg.web.data.turtle import sort_lines, to_trig, to_turtle
from kg.web.documents.document import NTRIPLES, TURTLE, choose, make_response
from kg.web.documents.nanopublications import NQUADS, TRIG, quads
from kg.web.http.negotiate import prefers_html, read_accept
from kg.web.http.policy import QUERY, Routes

blueprint = Routes("exports", QUERY)

JSONLD = "application/ld+json"
FORMS = {
    "ttl": TURTLE,
    "trig": TRIG,
    "jsonld": JSONLD,
    "nt": NTRIPLES,
    "nq": NQUADS,
    "rdf": "application/rdf+xml",
}
"""Suffix → media type of all forms that an export may have, the preferred first."""


@blueprint.route("/export/<name>")
def export(name: str) -> BaseResponse:
    """Give an export in the form of its suffix or that the client likes best; lead a browser to its question."""
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, suffix) if dot and suffix in FORMS else (name, "")
    query = access.stored_query(stem)
    forms = _forms(query) if query else {}
    if query is None or not forms:
        raise NotFound(f"There is no export called {stem}. The query page lists them among the stored queries.")
    if suffix and suffix not in forms:
        raise NotFound(f"{stem} comes as {', '.join(f'/export/{stem}.{known}' for known in forms)} only.")
    if not suffix and prefers_html(read_accept(request.headers.get("Accept")), tuple(forms.values())):
        return redirect(f"/query/{access.quote(stem)}", 303)
    media_type = choose(forms.get(suffix), tuple(forms.values()))
    return make_response(write_export(query, media_type), media_type, _links(stem, forms))


def _forms(query: Resource) -> dict[str, str]:
    """Return the suffixes and media types of an export; none for another stored query."""
    offered = {link.iri.rpartition(".")[2] for link in query.links("dcterms:hasFormat")}
    return {suffix: media for suffix, media in FORMS.items() if suffix in offered}


def _links(stem: str, forms: dict[str, str]) -> list[str]:
    alternates = [f'</export/{stem}.{suffix}>; rel="alternate"; type="{media}"' for suffix, media in forms.items()]
    return [f'<{access.iris().export(stem)}>; rel="canonical"', f'</query/{stem}>; rel="describedby"', *alternates]


def write_export(query: Resource, media_type: str) -> bytes:
    """Return the answer of an export as a media type; raises QueryError."""
    prefixes = access.iris().prefixes() | {query.key: access.iris().export(query.key) + "#"}
    base = access.settings().base_iri
    selected = query.text("sh:select")
    if selected is not None:
        found = quads(access.ask_engine(Query(selected, ROW_TYPES[0], None, base_iri=base)))
        return to_trig(found, prefixes) if media_type == TRIG else found
    asked = NTRIPLES if media_type == TURTLE else media_type
    text = query.text("sh:construct") or ""
    answer = access.ask_engine(Query(text, None, asked, base_iri=base)).body
    if media_type == TURTLE:
        return to_turtle(answer, prefixes)
    if media_type == NTRIPLES:
        return sort_lines(answer)
    return compact(answer, PREFIXES["schema"], prefixes) if media_type == JSONLD else answer
