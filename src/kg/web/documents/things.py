"""What is behind an IRI of the graph: entities by way of 303, all others at their own address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast
from urllib.parse import quote, urlencode

from flask import Response, redirect
from werkzeug.wrappers import Response as BaseResponse

from kg.errors import DataError
from kg.reading import Lookup, bare_query, read_bare, within
from kg.store import Query
from kg.web.data.choices import choices_of
from kg.web.data.context import Context
from kg.web.data.page_queries import iri_term_or_404
from kg.web.data.questions import GRAPH_FORMS, ROW_FORMS, questions, successor
from kg.web.data.resources import Resource, Resources
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
from kg.web.parts.arrange import linked

blueprint = Routes("things", PAGE)

MOST_COUNTED = 10_000
"""Passages of a kind up to which they are counted."""
MOST_AROUND, MOST_MEMBERS = 100, 1000
"""Things that act for another, are part of it or narrower, and codes of a list, that are asked for; where so many came,
all are counted."""
PASSAGES = 120
"""Passages that the page of an article shows at once."""
ROLE_CLASSES = ("att:Entity", "att:Event", "att:Observation", "att:Period", "att:ArticleVoice")
"""Classes of things whose page shows what they say, want, and what is said about them."""


@dataclass(frozen=True, slots=True)
class Role:
    """How statements have to do with a thing: ``says``, ``wants``, ``about``; some of them, and how many there are."""

    name: str
    statements: list[Resource]
    total: int


@blueprint.before
def refuse_other_iris(context: Context) -> None:
    """Raise NotFound for an escaped # or ?: it stands for itself in a path, and is no fragment of what is there."""
    if "#" in context.path or "?" in context.path:
        refuse(context, context.path.lstrip("/"))


@blueprint.route("/id/<name>")
def thing(context: Context, name: str) -> BaseResponse:
    """Lead from an entity to its document (303, as httpRange-14 asks), whatever form the client likes."""
    path = f"id/{name}"
    iri = context.iris.base + path
    resource = context.ask_thing(iri)
    if not resource.is_described:
        refuse(context, path)
    if replaced_by := lead_on(resource, path):
        return redirect(context.in_release(f"/{quote(replaced_by)}"), 301)
    document = context.in_release(document_path(quote(path)))
    response = redirect(document, 303)
    links = [f'<{document}>; rel="describedby"', *document_links(context, path)[3:]]
    set_links(response, links)
    return response


@blueprint.route("/doc/<name>")
def document(context: Context, name: str) -> BaseResponse:
    """Say what is said about an entity, in the form that the client likes best."""
    stem, media_type = split_suffix(name)
    view, path = context.catalogue, f"id/{stem}"
    found = (linked_with_issue if (view.record(path) or 0) in view.set(ISSUE, "", "") else linked_with)(context, path)
    return respond(
        Document(context, "entity", path, "entity.html", partial(_extras, found), linked=found.iris), media_type
    )


@blueprint.route("/code/<name>")
def code(context: Context, name: str) -> BaseResponse:
    """Say what a code means."""
    stem, media_type = split_suffix(name)
    path = f"code/{stem}"
    return respond(Document(context, "code", path, "code.html", lambda code: _code_extras(code, path)), media_type)


@blueprint.route("/query/<name>")
def query(context: Context, name: str) -> BaseResponse:
    """Show one stored query: its question, its text, and the way to run it; lead from one that it replaced."""
    found = None if context.stored_query(name) else successor(context, name)
    if found is not None:
        return redirect(f"/query/{quote(found[0].name)}", 301)
    stem, media_type = split_suffix(name)
    return respond(Document(context, "code", f"query/{stem}", "stored-query.html", _try), media_type)


def _try(resource: Resource) -> dict[str, object]:
    """Return what the page of a stored query needs to have it tried: its parameters, their choices, and an address."""
    context = resource.resources.context
    question = questions(context).get(resource.key)
    if question is None:
        return _shown(resource)
    example = {each.name: each.example for each in question.parameters}
    asked = urlencode(example | context.asked_release)
    address = f"{context.root}api/{question.name}" + (f"?{asked}" if asked else "")
    suffixes = ROW_FORMS if question.gives_rows else GRAPH_FORMS
    choices = choices_of(context, question)
    return _shown(resource) | {"question": question, "choices": choices, "suffixes": suffixes, "api_address": address}


@blueprint.route("/article/<slug>")
def article(context: Context, slug: str) -> BaseResponse:
    """Show an article as its passages, each with what it says."""
    return _document(context, "article", "article/", slug, "article.html", _article_extras)


@blueprint.route("/article/<slug>/passage/<name>")
def passage(context: Context, slug: str, name: str) -> BaseResponse:
    """Show where a passage is and what it says."""
    return _document(context, "passage", f"article/{slug}/passage/", name, "passage.html", _shown)


@blueprint.route("/article/<slug>/statement/<name>")
def statement(context: Context, slug: str, name: str) -> BaseResponse:
    """Show a statement with its evidence; as TriG, its nanopublication."""
    folder = f"article/{slug}/statement/"
    if name.endswith(".trig"):
        return nanopublication(context, folder + name.removesuffix(".trig"))
    stem, _ = split_suffix(name)
    forms = {TRIG: f"/{quote(folder + stem)}.trig"}
    return _document(context, "statement", folder, name, "statement.html", _statement_extras, forms)


def _statement_extras(statement: Resource) -> dict[str, object]:
    extras = _shown(statement)
    statements = cast(list[Resource], extras["statements"])
    groups = linked(statement, statements)
    totals: dict[str, int] = {}
    if len(statements) >= MOST_AROUND:  # of those that link to it, some may be left out
        context = statement.resources.context
        path = statement.iri.removeprefix(context.iris.base)
        totals = {how: count(context, "statements", of=path, link=how) for *_, how in groups}
    return extras | {"reading": reading_of(statement), "linked": groups, "totals": totals}


def reading_of(statement: Resource) -> tuple[str, str] | None:
    """Return who says a statement and what is said, in words; None where a pattern in the data cannot be read.

    Its triples are asked for, and those of the statements within it, however deep they are nested. Raises
    QueryError.
    """
    context, answers = statement.resources.context, b""
    base, asked, wanted = context.iris.base, set[str](), {statement.iri}
    while wanted:
        text = bare_query(base, map(iri_term_or_404, sorted(wanted)))
        answers += context.ask_own(Query(text, None, NTRIPLES, base_iri=base)).body
        found = Resources(answers, context.iris, context)
        asked |= wanted
        wanted = {inner for each in asked for inner in within(found, each)} - asked
    try:
        return read_bare(Lookup(found, context.language), statement.iri)
    except DataError:  # kg check reports it; the page has all else
        return None


@blueprint.route("/article/<slug>/<any(event,period,thing,observation):kind>/<name>")
def part(context: Context, slug: str, kind: str, name: str) -> BaseResponse:
    """Show an event, a period, an observation or a thing of one article."""
    return _part(context, f"article/{slug}/{kind}/{name}")


@blueprint.route("/article/<slug>/<any(voice,encoding):name>")
@blueprint.route("/article/<slug>/<any(voice,encoding):name>.<suffix>")
def agent(context: Context, slug: str, name: str, suffix: str | None = None) -> BaseResponse:
    """Show an article's own voice, or its encoding."""
    return _part(context, f"article/{slug}/{name}.{suffix}" if suffix else f"article/{slug}/{name}")


def _part(context: Context, whole: str) -> BaseResponse:
    path, media_type = split_suffix(whole)
    found = linked_with(context, path)
    return respond(
        Document(context, "thing", path, "entity.html", partial(_extras, found), linked=found.iris), media_type
    )


@blueprint.route("/<any(ns,shapes):name>", defaults={"suffix": None})
@blueprint.route("/<any(ns,shapes):name>.<suffix>")
def schema(context: Context, name: str, suffix: str | None) -> BaseResponse:
    """Show the ontology, or the shapes."""
    stem, media_type = split_suffix(f"{name}.{suffix}" if suffix else name)
    kind = {"ns": "ontology", "shapes": "shapes"}.get(stem)
    if kind is None:
        refuse(context, stem)
    return respond(Document(context, kind, stem, f"{kind}.html", bound=False), media_type)


@blueprint.route("/ns/<name>")
def ontology_version(context: Context, name: str) -> BaseResponse:
    """Show the ontology at its version IRI; no other version than the release's is kept here."""
    stem, media_type = split_suffix(name)
    iris = context.iris
    ontology = context.ask_resources("ontology").get(iris.ontology)
    if f"{iris.ontology}/{stem}" not in [version.iri for version in ontology.links("owl:versionIRI")]:
        refuse(context, f"ns/{stem}")
    return respond(Document(context, "ontology", "ns", "ontology.html", bound=False), media_type)


@blueprint.route("/graph/<path:name>")
def graph(context: Context, name: str) -> Response:
    """Give all triples of a named graph; a browser gets the numbers, and the way to the triples."""
    stem, media_type = split_suffix(name, SUFFIXES)
    path = f"graph/{stem}"
    iri = context.iris.base + path
    size = context.graph_size(iri)
    if size is None:
        refuse(context, path)
    chosen = choose(context, media_type)
    if chosen == HTML:
        body: str | bytes = context.render("graph.html", iri=iri, triples=size, document=f"/{path}")
    else:
        asked = NTRIPLES if chosen == TURTLE else chosen
        body = context.ask("graph", asked, {"thing": [iri]}).body
        body = to_turtle(body, context.iris.prefixes()) if chosen == TURTLE else body
    return make_response(context, body, chosen, document_links(context, path, SUFFIXES))


def _document(
    context: Context,
    query: str,
    folder: str,
    name: str,
    template: str,
    extras: Callable[[Resource], dict[str, object]],
    forms: dict[str, str] | None = None,
) -> BaseResponse:
    stem, media_type = split_suffix(name)
    return respond(Document(context, query, folder + stem, template, extras, forms=forms or {}), media_type)


def _shown(resource: Resource) -> dict[str, object]:
    """Return what a page shows besides the resource: statements that have to do with it, and its evidence."""
    found = resource.resources
    return {
        "statements": [s for s in found.of_type("att:Statement") if s is not resource],
        "passages": sorted(found.of_type("att:Passage"), key=lambda p: p.number("att:number") or 0),
    }


def _article_extras(resource: Resource) -> dict[str, object]:
    """Return what the page of an article shows: all that is said, and a page of its passages."""
    extras = _shown(resource)
    passages = cast(list[Resource], extras["passages"])
    context = resource.resources.context
    listed = take_page(context, lambda limit, offset: passages[offset:][:limit], len(passages), PASSAGES)
    return extras | {"listed": listed}


def _extras(linked: Linked, resource: Resource) -> dict[str, object]:
    """Return what the page of an entity, or of a part of an article, shows besides it: all that links to it."""
    found, context = resource.resources, resource.resources.context
    path = resource.iri.removeprefix(context.iris.base)
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
            "totals": _totals(context, around, path),
            "events": events,
            "others_total": linked.others.total,
            "events_total": linked.events.total
            or (count(context, "events", of=path) if len(events) >= MOST_AROUND else 0),
        }
    )
    statements = found.of_type("att:Statement")
    if resource.has_type("att:Issue"):
        view, extras["listed"] = one_issue(context, path)
        extras["view"] = view
        shown = {position.iri for _, positions in view.parties for position in positions}
        extras["others"] = [s for s in statements if s.iri not in shown][:MOST]
    elif any(map(resource.has_type, ROLE_CLASSES)):
        extras["roles"], extras["others"] = _roles(resource, statements, linked)
    others = cast(list[Resource], extras.get("others", []))
    if not linked.others.total and len(others) >= MOST:
        extras["others_total"] = count(context, "statements", of=path, role="named")
    return extras


def _totals(context: Context, around: dict[str, list[Resource]], path: str) -> dict[str, int]:
    """Return how many of each there are around the thing of a path, counted where some of them may be left out."""
    links = {"agents": "^actsFor", "narrower": "^broader", "parts": "^partOf"}
    return {
        name: count(context, "things", of=path, link=links[name]) if len(things) >= MOST_AROUND else len(things)
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
    uses = _uses(code.resources.context, path) if code.links("skos:inScheme") else {}
    members = len(code.resources.of_type("skos:Concept"))
    return {
        "uses": {name: number for name, number in uses.items() if number},
        "most_counted": MOST_COUNTED,
        "members": count(code.resources.context, "codes", scheme=path) if members >= MOST_MEMBERS else members,
    }


def _uses(context: Context, path: str) -> dict[str, int]:
    """Return how many statements, events and periods use a code, and how many passages are of that kind."""
    view = context.catalogue
    groups = {"Statement": STATEMENT, "Event": EVENT, "Period": PERIOD}
    counts = {name: len(leading_to(view, group, path) or ()) for name, group in groups.items()}
    passages = context.ask_rows("passages-of", {"thing": [context.iris.base + path]})
    return counts | {"Passage": int(passages[0]["passages"])}
