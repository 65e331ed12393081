"""What is behind an IRI of the graph: entities by way of 303, all others where they stand."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.exceptions import NotAcceptable, NotFound
from werkzeug.wrappers import Response as BaseResponse

from kg.web import access, pages
from kg.web.negotiate import HTML, SUFFIXES, best, read_accept
from kg.web.resources import Resource, Resources

blueprint = Blueprint("things", __name__)

Named = tuple[str, str | None]
"""A name without its suffix, and the media type that the suffix stood for."""


@blueprint.route("/id/<name>")
def thing(name: str) -> BaseResponse:
    """Lead from an entity to its document (303, as httpRange-14 asks), whatever form the client likes."""
    iri = access.iris().base + f"id/{name}"
    if not access.ask_resources("code", {"thing": access.iri_term(iri)}).get(iri).is_described:
        raise NotFound(f"There is no record called {name}. Browse the entities, or search the statements.")
    return redirect(f"/doc/{access.quote(name)}", 303)


@blueprint.route("/doc/<name>")
def document(name: str) -> Response:
    """Say what is said about an entity, in the form that the client likes best."""
    return _document("thing", "id/{}", name, "entity.html")


@blueprint.route("/code/<name>")
def code(name: str) -> Response:
    """Say what a code means."""
    return _document("code", "code/{}", name, "code.html")


@blueprint.route("/article/<slug>")
def article(slug: str) -> Response:
    """Show an article as its passages, each with what it says."""
    return _document("article", "article/{}", slug, "article.html")


@blueprint.route("/article/<slug>/passage/<name>")
def passage(slug: str, name: str) -> Response:
    """Show where a passage stands and what it says."""
    return _document("passage", f"article/{slug}/passage/{{}}", name, "passage.html")


@blueprint.route("/article/<slug>/statement/<name>")
def statement(slug: str, name: str) -> Response:
    """Show a statement with its evidence."""
    return _document("statement", f"article/{slug}/statement/{{}}", name, "statement.html")


@blueprint.route("/article/<slug>/<any(event,period):kind>/<name>")
def part(slug: str, kind: str, name: str) -> Response:
    """Show an event or a period of an article."""
    return _document("thing", f"article/{slug}/{kind}/{{}}", name, "entity.html")


@blueprint.route("/article/<slug>/<any(voice,encoding):name>")
@blueprint.route("/article/<slug>/<any(voice,encoding):name>.<suffix>")
def agent(slug: str, name: str, suffix: str | None = None) -> Response:
    """Show an article's own voice, or its encoding."""
    whole = f"{name}.{suffix}" if suffix else name
    return _document("thing", f"article/{slug}/{{}}", whole, "entity.html")


@blueprint.route("/ns", defaults={"suffix": None})
@blueprint.route("/ns.<suffix>")
def ontology(suffix: str | None) -> Response:
    """Show the ontology."""
    name = f"ns.{suffix}" if suffix else "ns"
    return _document("ontology", "{}", name, "ontology.html")


def split_suffix(name: str) -> Named:
    """Return a name without its suffix and the media type of the suffix, if it has one that is known."""
    stem, dot, suffix = name.rpartition(".")
    return (stem, SUFFIXES[suffix]) if dot and suffix in SUFFIXES else (name, None)


def _document(query: str, pattern: str, name: str, template: str) -> Response:
    stem, media_type = split_suffix(name)
    path = pattern.format(stem)
    iri = access.iris().base + path
    bindings = {} if query == "ontology" else {"thing": access.iri_term(iri)}
    resource = _described(access.ask_resources(query, bindings), iri, path)
    if media_type is None:
        media_type = best(read_accept(request.headers.get("Accept")), tuple(SUFFIXES.values()))
    if media_type is None:
        raise NotAcceptable(f"This comes as {', '.join(SUFFIXES.values())}.")
    if media_type == HTML:
        body: str | bytes = render_template(template, thing=resource, **_extras(resource))
    else:
        body = access.ask(query, media_type, bindings).body
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    response = Response(body, content_type=media_type + charset)
    response.headers["Vary"] = "Accept"
    response.headers["Link"] = _links(iri, _document_path(path))
    return response


def _described(found: Resources, iri: str, path: str) -> Resource:
    resource = found.get(iri)
    if not resource.is_described:
        raise NotFound(f"There is nothing called {path} in this release.")
    return resource


def _document_path(path: str) -> str:
    return "/doc/" + path.removeprefix("id/") if path.startswith("id/") else "/" + path


def _links(iri: str, document: str) -> str:
    """Return the Link header: the thing described, and the other forms of its document (RFC 8288)."""
    quoted = access.quote(document)
    alternates = [f'<{quoted}.{suffix}>; rel="alternate"; type="{media}"' for suffix, media in SUFFIXES.items()]
    return ", ".join([f'<{access.quote(iri, safe=":/#%")}>; rel="describes"', *alternates])


def _extras(resource: Resource) -> dict[str, object]:
    """Return what a page shows besides the resource: what links to it, and the words of passages at hand."""
    found = resource.resources
    statements = [s for s in found.of_type("att:Statement") if s is not resource]
    extras: dict[str, object] = {
        "resources": found,
        "statements": statements,
        "events": [e for e in found.of_type("att:Event") if e is not resource],
        "passages": sorted(found.of_type("att:Passage"), key=lambda p: p.number("att:number") or 0),
        "words": {p.iri: _words(p) for p in found.of_type("att:Passage")},
        "document": _document_path((resource.path or "/").lstrip("/")),
    }
    if resource.has_type("att:Issue"):
        extras["view"] = pages.issue_view(access.ask_resources("issues"), resource)
    return extras


def _words(passage: Resource) -> str | None:
    source = passage.link("oa:hasSource")
    if source is None:
        return None
    return access.texts().passage(source.key, source.text("att:digest"), passage)
