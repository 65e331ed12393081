"""The statements in other vocabularies: ``/export/<name>``, the answer of a stored query that is an export.

Where the whole would be longer than an answer may be, it is given article by article: ``?article=SLUG`` gives what one
article's graph makes of the shared ones, and links to the next. Each statement is in the graph of its article, so
the parts together are the whole.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from flask import redirect
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from kg.errors import QueryTimeout, QueryTooLarge
from kg.store import ROW_TYPES, Query
from kg.terms import PREFIXES, SLUG
from kg.web.data.context import Context
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
def export(context: Context, name: str) -> BaseResponse:
    """Give an export in the form of its suffix or that the client likes best; lead a browser to its question."""
    stem, dot, suffix = name.rpartition(".")
    stem, suffix = (stem, suffix) if dot and suffix in FORMS else (name, "")
    query = context.stored_query(stem)
    forms = _forms(query) if query else {}
    if query is None or not forms:
        raise NotFound(f"There is no export called {stem}. The query page lists them among the stored queries.")
    if suffix and suffix not in forms:
        raise NotFound(f"{stem} comes as {', '.join(f'/export/{stem}.{known}' for known in forms)} only.")
    if not suffix and prefers_html(read_accept(context.request.headers.get("Accept")), tuple(forms.values())):
        return redirect(f"/query/{quote(stem)}", 303)
    media_type = choose(context, forms.get(suffix), tuple(forms.values()))
    article = context.args.get("article")
    if article is not None:
        body = write_export(context, query, media_type, _graphs_of(context, article))
        return make_response(
            context, body, media_type, [*_next_of(context, stem, suffix, article), *_links(context, stem, forms)]
        )
    try:
        return make_response(
            context, write_export(context, query, media_type), media_type, _links(context, stem, forms)
        )
    except (QueryTooLarge, QueryTimeout) as error:
        told = (
            "The whole export is more than one answer may be. Get it article by article:"
            f" {_part(context, stem, suffix)} is the first, and each names the next by a link of the header Link,"
            " rel=next. The parts in N-Triples, N-Quads, Turtle and TriG can be put one behind the other. The whole"
            " dataset is at /dataset."
        )
        raise type(error)(told, error.limit) from None


def _part(context: Context, stem: str, suffix: str, after: str = "") -> str:
    """Return the address of the part of the article whose slug comes next in the order of their IRIs."""
    slug = _slug_after(context, after)
    address = f"/export/{stem}{'.' if suffix else ''}{suffix}?article={quote(slug)}"
    return context.in_release(address) if slug else ""


def _next_of(context: Context, stem: str, suffix: str, article: str) -> list[str]:
    following = _part(context, stem, suffix, article)
    return [f'<{following}>; rel="next"'] if following else []


NEXT = "SELECT (MIN(STR(?one)) AS ?next) WHERE {{ ?one a <{cls}> FILTER(STR(?one) > {after}) }}"


def _slug_after(context: Context, slug: str) -> str:
    """Return the slug of the article whose IRI comes after another's; the first where that is "", "" after the last."""
    text = NEXT.format(cls=context.iris.term("Article"), after=json.dumps(context.iris.article(slug)))
    rows = json.loads(context.ask_engine(Query(text, internal=True)).body)["results"]["bindings"]
    following = rows[0]["next"]["value"] if rows and "next" in rows[0] else ""
    return str(following).removeprefix(context.iris.article(""))


SHARED = ("authority", "codes", "ontology", "queries", "shapes", "description")


def _graphs_of(context: Context, slug: str) -> tuple[str, ...]:
    """Return the graphs of which one article's part is made; raises NotFound where there is no such article."""
    iris = context.iris
    asked = Query(f"ASK {{ <{iris.article(slug)}> a <{iris.term('Article')}> }}", internal=True)
    if not SLUG.fullmatch(slug) or not json.loads(context.ask_engine(asked).body)["boolean"]:
        raise NotFound(
            f"There is no article {slug[:80]!r} here. Write its slug, as in its address: /articles lists them."
        )
    return (iris.graph(f"article/{slug}"), *map(iris.graph, SHARED))


def _forms(query: Resource) -> dict[str, str]:
    """Return the suffixes and media types of an export; none for another stored query."""
    offered = {link.iri.rpartition(".")[2] for link in query.links("dcterms:hasFormat")}
    return {suffix: media for suffix, media in FORMS.items() if suffix in offered}


def _links(context: Context, stem: str, forms: dict[str, str]) -> list[str]:
    alternates = [f'</export/{stem}.{suffix}>; rel="alternate"; type="{media}"' for suffix, media in forms.items()]
    return [f'<{context.iris.export(stem)}>; rel="canonical"', f'</query/{stem}>; rel="describedby"', *alternates]


def write_export(context: Context, query: Resource, media_type: str, graphs: tuple[str, ...] = ()) -> bytes:
    """Return the answer of an export as a media type, from some graphs or from all; raises QueryError."""
    prefixes = context.iris.prefixes() | {query.key: context.iris.export(query.key) + "#"}
    base = context.settings.base_iri
    selected = query.text("sh:select")
    if selected is not None:
        found = quads(context.ask_engine(Query(selected, ROW_TYPES[0], None, default_graphs=graphs, base_iri=base)))
        return to_trig(found, prefixes) if media_type == TRIG else found
    asked = NTRIPLES if media_type == TURTLE else media_type
    text = query.text("sh:construct") or ""
    answer = context.ask_engine(Query(text, None, asked, default_graphs=graphs, base_iri=base)).body
    if media_type == TURTLE:
        return to_turtle(answer, prefixes)
    if media_type == NTRIPLES:
        return sort_lines(answer)
    return compact(answer, PREFIXES["schema"], prefixes) if media_type == JSONLD else answer
