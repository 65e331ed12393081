"""What is behind an IRI of the graph: entities by way of 303, all others where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import cast
from urllib.parse import urlencode

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from kg.web.data import access
from kg.web.data.choices import choices_of
from kg.web.data.questions import GRAPH_FORMS, ROW_FORMS, questions, successor
from kg.web.data.resources import Resource
from kg.web.data.turtle import to_turtle
from kg.web.documents.document import (
    NTRIPLES,
    TURTLE,
    Document,
    choose,
    document_links,
    document_path,
    lead_on,
    make_response,
    refuse,
    respond,
    set_links,
    split_suffix,
)
from kg.web.documents.nanopublications import TRIG, nanopublication
from kg.web.http.negotiate import HTML, SUFFIXES
from kg.web.http.policy import PAGE, Routes
from kg.web.lists.asking import count
from kg.web.lists.issue_lists import one_issue
from kg.web.lists.linked import MOST, Linked, leading_to, linked_with, linked_with_issue
from kg.web.lists.listing import EVENT, ISSUE, PERIOD, STATEMENT, take_page

blueprint = Routes("things", PAGE)

MOST_COUNTED = 10_000
"""Passages of a kind up to which they are counted."""
MOST_AROUND, MOST_MEMBERS = 100, 1000
"""Things that act for another, are part of it or narrower, and codes of a list, that are asked for; where so many came,
all are counted."""
PASSAGES = 120
"""Passages that the page of an article shows at once."""
ROLE_CLASSES = ("att:Entity", "att:Event", "att:Observation", "att:Period", "att:ArticleVoice")
"""Classes of things of which a page tells what they say, want, and what is said about them."""


@dataclass(frozen=True, slots=True)
class Role:
    """How statements have to do with a thing: ``says``, ``wants``, ``about``; some of them, and how many there are."""

    name: str
    statements: list[Resource]
    total: int


@blueprint.before_request
def refuse_other_iris() -> None:
    """Raise NotFound for an escaped # or ?: it stands for itself in a path, and is no fragment of what is there."""
    if "#" in request.path or "?" in request.path:
        refuse(request.path.lstrip("/"))


@blueprint.route("/id/<name>")
def thing(name: str) -> BaseResponse:
    """Lead from an entity to its document (303, as httpRange-14 asks), whatever form the client likes."""
    path = f"id/{name}"
    iri = access.iris().base + path
    resource = access.ask_thing(iri)
    if not resource.is_described:
        refuse(path)
    if replaced_by := lead_on(resource, path):
        return redirect(access.in_release(f"/{access.quote(replaced_by)}"), 301)
    document = access.in_release(document_path(access.quote(path)))
    response = redirect(document, 303)
    links = [f'<{document}>; rel="describedby"', *document_links(path)[3:]]
    set_links(response, links)
    return response


@blueprint.route("/doc/<name>")
def document(name: str) -> BaseResponse:
    """Say what is said about an entity, in the form that the client likes best."""
    stem, media_type = split_suffix(name)
    view, path = access.catalogue(), f"id/{stem}"
    found = (linked_with_issue if (view.record(path) or 0) in view.set(ISSUE, "", "") else linked_with)(view, path)
    return respond(Document("entity", path, "entity.html", partial(_extras, found), linked=found.iris), media_type)


@blueprint.route("/code/<name>")
def code(name: str) -> BaseResponse:
    """Say what a code means."""
    stem, media_type = split_suffix(name)
    path = f"code/{stem}"
    return respond(Document("code", path, "code.html", lambda code: _code_extras(code, path)), media_type)


@blueprint.route("/query/<name>")
def query(name: str) -> BaseResponse:
    """Show one stored query: its question, its text, and the way to run it; lead from one that it replaced."""
    found = None if access.stored_query(name) else successor(name)
    if found is not None:
        return redirect(f"/query/{access.quote(found[0].name)}", 301)
    stem, media_type = split_suffix(name)
    return respond(Document("code", f"query/{stem}", "stored-query.html", _try), media_type)


def _try(resource: Resource) -> dict[str, object]:
    """Return what the page of a stored query needs to have it tried: its parameters, their choices, and an address."""
    question = questions().get(resource.key)
    if question is None:
        return _shown(resource)
    example = {each.name: each.example for each in question.parameters}
    asked = urlencode(example | access.asked_release())
    address = f"{access.root()}api/{question.name}" + (f"?{asked}" if asked else "")
    suffixes = ROW_FORMS if question.gives_rows else GRAPH_FORMS
    choices = choices_of(question)
    return _shown(resource) | {"question": question, "choices": choices, "suffixes": suffixes, "api_address": address}


@blueprint.route("/article/<slug>")
def article(slug: str) -> BaseResponse:
    """Show an article as its passages, each with what it says."""
    stem, media_type = split_suffix(slug)
    return respond(Document("article", f"article/{stem}", "article.html", _article_extras), media_type)


@blueprint.route("/article/<slug>/passage/<name>")
def passage(slug: str, name: str) -> BaseResponse:
    """Show where a passage stands and what it says."""
    return _document("passage", f"article/{slug}/passage/", name, "passage.html")


@blueprint.route("/article/<slug>/statement/<name>")
def statement(slug: str, name: str) -> BaseResponse:
    """Show a statement with its evidence; as TriG, its nanopublication."""
    folder = f"article/{slug}/statement/"
    if name.endswith(".trig"):
        return nanopublication(folder + name.removesuffix(".trig"))
    stem, _ = split_suffix(name)
    forms = {TRIG: f"/{access.quote(folder + stem)}.trig"}
    return _document("statement", folder, name, "statement.html", forms)


@blueprint.route("/article/<slug>/<any(event,period,thing,observation):kind>/<name>")
def part(slug: str, kind: str, name: str) -> BaseResponse:
    """Show an event, a period, an observation or a thing of one article."""
    return _part(f"article/{slug}/{kind}/{name}")


@blueprint.route("/article/<slug>/<any(voice,encoding):name>")
@blueprint.route("/article/<slug>/<any(voice,encoding):name>.<suffix>")
def agent(slug: str, name: str, suffix: str | None = None) -> BaseResponse:
    """Show an article's own voice, or its encoding."""
    return _part(f"article/{slug}/{name}.{suffix}" if suffix else f"article/{slug}/{name}")


def _part(whole: str) -> BaseResponse:
    path, media_type = split_suffix(whole)
    found = linked_with(access.catalogue(), path)
    return respond(Document("thing", path, "entity.html", partial(_extras, found), linked=found.iris), media_type)


@blueprint.route("/<any(ns,shapes):name>", defaults={"suffix": None})
@blueprint.route("/<any(ns,shapes):name>.<suffix>")
def schema(name: str, suffix: str | None) -> BaseResponse:
    """Show the ontology, or the shapes."""
    stem, media_type = split_suffix(f"{name}.{suffix}" if suffix else name)
    kind = {"ns": "ontology", "shapes": "shapes"}.get(stem)
    if kind is None:
        refuse(stem)
    return respond(Document(kind, stem, f"{kind}.html", bound=False), media_type)


@blueprint.route("/ns/<name>")
def ontology_version(name: str) -> BaseResponse:
    """Show the ontology at its version IRI; no other version than the release's is kept here."""
    stem, media_type = split_suffix(name)
    iris = access.iris()
    ontology = access.ask_resources("ontology").get(iris.ontology)
    if f"{iris.ontology}/{stem}" not in [version.iri for version in ontology.links("owl:versionIRI")]:
        refuse(f"ns/{stem}")
    return respond(Document("ontology", "ns", "ontology.html", bound=False), media_type)


@blueprint.route("/graph/<path:name>")
def graph(name: str) -> Response:
    """Give all triples of a named graph; a browser gets the numbers, and the way to the triples."""
    stem, media_type = split_suffix(name, SUFFIXES)
    path = f"graph/{stem}"
    iri = access.iris().base + path
    size = access.graph_size(iri)
    if size is None:
        refuse(path)
    chosen = choose(media_type)
    if chosen == HTML:
        body: str | bytes = render_template("graph.html", iri=iri, triples=size, document=f"/{path}")
    else:
        asked = NTRIPLES if chosen == TURTLE else chosen
        body = access.ask("graph", asked, {"thing": [iri]}).body
        body = to_turtle(body, access.iris().prefixes()) if chosen == TURTLE else body
    return make_response(body, chosen, document_links(path, SUFFIXES))


def _document(query: str, folder: str, name: str, template: str, forms: dict[str, str] | None = None) -> BaseResponse:
    stem, media_type = split_suffix(name)
    return respond(Document(query, folder + stem, template, _shown, forms=forms or {}), media_type)


def _shown(resource: Resource) -> dict[str, object]:
    """Return what a page shows besides the resource: statements that have to do with it, and where it is borne out."""
    found = resource.resources
    return {
        "statements": [s for s in found.of_type("att:Statement") if s is not resource],
        "passages": sorted(found.of_type("att:Passage"), key=lambda p: p.number("att:number") or 0),
    }


def _article_extras(resource: Resource) -> dict[str, object]:
    """Return what the page of an article shows: all that is said, and a page of its passages."""
    extras = _shown(resource)
    passages = cast(list[Resource], extras["passages"])
    return extras | {"listed": take_page(lambda limit, offset: passages[offset:][:limit], len(passages), PASSAGES)}


def _extras(linked: Linked, resource: Resource) -> dict[str, object]:
    """Return what the page of an entity, or of a part of an article, shows besides it: all that links to it."""
    found = resource.resources
    path = resource.iri.removeprefix(access.iris().base)
    events = [e for e in found.of_type("att:Event") if e is not resource]
    around = {
        "agents": [a for a in found.of_type("att:Actor") if resource in a.links("att:actsFor")],
        "narrower": [t for t in found if resource in t.links("skos:broader")],
        "parts": [t for t in found if resource in t.links("att:partOf") and not t.has_type("att:Event")],
    }
    extras = (
        _shown(resource)
        | around
        | {
            "totals": _totals(around, path),
            "events": events,
            "others_total": linked.others.total,
            "events_total": linked.events.total or (count("events", of=path) if len(events) >= MOST_AROUND else 0),
        }
    )
    statements = found.of_type("att:Statement")
    if resource.has_type("att:Issue"):
        view, extras["listed"] = one_issue(access.catalogue(), path)
        extras["view"] = view
        shown = {position.iri for _, positions in view.parties for position in positions}
        extras["others"] = [s for s in statements if s.iri not in shown][:MOST]
    elif any(map(resource.has_type, ROLE_CLASSES)):
        extras["roles"], extras["others"] = _roles(resource, statements, linked)
    others = cast(list[Resource], extras.get("others", []))
    if not linked.others.total and len(others) >= MOST:
        extras["others_total"] = count("statements", of=path, role="named")
    return extras


def _totals(around: dict[str, list[Resource]], path: str) -> dict[str, int]:
    """Return how many of each there are around the thing of a path, counted where some of them may be left out."""
    links = {"agents": "^actsFor", "narrower": "^broader", "parts": "^partOf"}
    return {
        name: count("things", of=path, link=links[name]) if len(things) >= MOST_AROUND else len(things)
        for name, things in around.items()
    }


def _roles(resource: Resource, statements: list[Resource], linked: Linked) -> tuple[list[Role], list[Resource]]:
    """Return what a thing says, wants and is said of, each bounded, with the number of all; and other statements."""
    left = [s for s in statements if s not in resource.links("att:attestedBy")]
    roles = []
    for name, some in linked.roles.items():
        wanted = frozenset(some.iris)
        found = [s for s in left if s.iri in wanted]
        left = [s for s in left if s.iri not in wanted]
        if found:
            roles.append(Role(name, found, some.total))
    return roles, left[:MOST]


def _code_extras(code: Resource, path: str) -> dict[str, object]:
    """Return how often a code is used; nothing for a list of codes."""
    uses = _uses(path) if code.links("skos:inScheme") else {}
    members = len(code.resources.of_type("skos:Concept"))
    return {
        "uses": {name: number for name, number in uses.items() if number},
        "most_counted": MOST_COUNTED,
        "members": count("codes", scheme=path) if members >= MOST_MEMBERS else members,
    }


def _uses(path: str) -> dict[str, int]:
    """Return how many statements, events and periods use a code, and how many passages are of that kind."""
    view = access.catalogue()
    groups = {"Statement": STATEMENT, "Event": EVENT, "Period": PERIOD}
    counts = {name: len(leading_to(view, group, path) or ()) for name, group in groups.items()}
    passages = access.ask_rows("passages-of", {"thing": [access.iris().base + path]})
    return counts | {"Passage": int(passages[0]["passages"])}
