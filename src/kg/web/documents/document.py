"""A document about one IRI: its forms, its links, its dates, and the answer where there is none.

::

    IRI ──query──▶ N-Triples ──▶ HTML by a template, Turtle by kg.web.data.turtle, N-Triples as they are
        ──query──▶ RDF/XML, JSON-LD by the engine
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NoReturn
from urllib.parse import quote

from flask import Response, redirect
from werkzeug.exceptions import Gone, NotAcceptable, NotFound
from werkzeug.wrappers import Response as BaseResponse

from kg import cite
from kg.errors import EngineUnavailable
from kg.web.data.context import Context
from kg.web.data.page_queries import Values
from kg.web.data.resources import Resource, Resources
from kg.web.data.turtle import sort_lines, to_turtle
from kg.web.http.negotiate import HTML, SUFFIXES, best, read_accept
from kg.web.words.citations import cite_thing

TURTLE = "text/turtle"
NTRIPLES = "application/n-triples"
CITED = SUFFIXES | cite.FORMS
"""Suffix → media type of all that a document comes as, its reference among them."""
SHOWN_TYPES = ("att", "schema")
"""Prefixes of the vocabularies whose classes are named in the Link header."""

LINKS_BYTES = 6_000
"""Bytes of a Link header at most: a page of ours has some 1,000, and clients and proxies refuse some 8,000."""


class Withdrawn(Gone):
    """An earlier release had it and the active one has not; ``release`` is the last one that had it."""

    def __init__(self, path: str, release: str) -> None:
        """Say so."""
        super().__init__(f"{path} is not in the active release. The last release that had it is {release}.")
        self.release = release


class Replaced(Gone):
    """What the IRI named was given up, for several others or for none; ``others`` are where to look."""

    def __init__(self, path: str, why: str, others: list[str]) -> None:
        """Say so."""
        where = f" See {', '.join(others)}." if others else ""
        super().__init__(f"{path} names nothing any more. {why}{where}")
        self.others = others


@dataclass(frozen=True, slots=True)
class Document:
    """What answers at one address: which query describes the IRI, and which template shows it.

    ``path`` is that of the IRI below the base IRI. ``forms`` are other addresses with the same in another form, by
    media type; ``extras`` gives the template what it needs besides the resource; ``linked`` are the IRIs of other
    things that the document describes.
    """

    context: Context
    query: str
    path: str
    template: str
    extras: Callable[[Resource], dict[str, object]] = lambda _: {}
    bound: bool = True
    forms: dict[str, str] = field(default_factory=dict)
    linked: list[str] = field(default_factory=list)

    @property
    def iri(self) -> str:
        """The IRI that the document is about."""
        return self.context.iris.base + self.path

    @property
    def values(self) -> Values:
        """What the query is asked with."""
        return {"thing": [self.iri], "linked": self.linked} if self.bound else {}


def split_suffix(name: str, suffixes: Mapping[str, str] = CITED) -> tuple[str, str | None]:
    """Return a name without its suffix and the media type of the suffix, if it has one that is known."""
    found = next((suffix for suffix in suffixes if name.endswith(f".{suffix}")), None)
    return (name.removesuffix(f".{found}"), suffixes[found]) if found else (name, None)


def choose(context: Context, media_type: str | None, offers: tuple[str, ...] = tuple(SUFFIXES.values())) -> str:
    """Return the media type of the suffix, or else what the client likes best; raises NotAcceptable."""
    chosen = media_type or best(read_accept(context.request.headers.get("Accept")), offers)
    if chosen is None:
        raise NotAcceptable(f"This comes as {', '.join(offers)}.")
    return chosen


def respond(document: Document, media_type: str | None) -> BaseResponse:
    """Return the document in a form, None for the one that the client likes best.

    What was given up for another leads there, unless a form of it is asked for by its suffix. Raises NotFound,
    Withdrawn or Replaced where the release does not describe the IRI, or says only that it was given up.
    """
    context = document.context
    ntriples = context.ask(document.query, NTRIPLES, document.values).body
    resource = Resources(ntriples, context.iris, context).get(document.iri)
    if not resource.is_described:
        refuse(context, document.path)
    if media_type is None and (successor := lead_on(resource, document.path)):
        return redirect(context.in_release(document_path(quote(successor))), 301)
    chosen = choose(context, media_type, tuple(CITED.values()))
    path = document_path(document.path)
    if chosen in cite.FORMS.values():
        body: str | bytes = cite.write(cite_thing(resource, path), chosen)
    elif chosen == HTML:
        shown = document.extras(resource)
        page = {"thing": resource, "document": path, "resources": resource.resources}
        page["citation"] = cite_thing(resource, path)
        body = context.render(document.template, **page, **shown)
    elif chosen == TURTLE:
        body = to_turtle(ntriples, context.iris.prefixes(), document.iri)
    elif chosen == NTRIPLES:
        body = sort_lines(ntriples)
    else:
        body = context.ask(document.query, chosen, document.values).body
    links = [*document_links(context, document.path), *_form_links(document), *_type_links(resource)]
    return make_response(context, body, chosen, links)


def lead_on(resource: Resource, path: str) -> str | None:
    """Return the path of the one record that replaced a former one; None for what is no former record.

    Raises Replaced where none or several replaced it.
    """
    iris = resource.resources.iris
    if iris.term("FormerRecord") not in resource.types:
        return None
    base = iris.base
    others = [other.iri.removeprefix(base) for other in resource.links("dcterms:isReplacedBy")]
    if len(others) == 1:
        return others[0]
    raise Replaced(path, resource.text("rdfs:comment") or "", others)


def make_response(context: Context, body: str | bytes, media_type: str, links: list[str]) -> Response:
    """Return an answer that was negotiated, with its links and the date of the release."""
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    response = Response(body, content_type=media_type + charset)
    response.headers["Vary"] = "Accept"
    set_links(response, links)
    response.last_modified = context.release_date
    return response


def set_links(response: BaseResponse, links: list[str]) -> None:
    """Give the answer its links, the first of them as far as a header has room that proxies and clients take."""
    ends = accumulate(len(link) + 2 for link in links)
    response.headers["Link"] = ", ".join(link for link, end in zip(links, ends, strict=True) if end <= LINKS_BYTES)


def refuse(context: Context, path: str) -> NoReturn:
    """Raise Withdrawn where an earlier release had the IRI of this path, else NotFound."""
    try:
        found = context.catalogue.withdrawn(path)
    except EngineUnavailable:  # it is not there either way
        found = None
    if found is not None:
        raise Withdrawn(path, found)
    raise NotFound(f"There is no record “{path}” in this release, nor in any earlier one. Is it spelt right?")


def document_path(path: str) -> str:
    """Return the path of the document about an IRI, whose own path is given without the first slash."""
    return "/doc/" + path.removeprefix("id/") if path.startswith("id/") else "/" + path


def document_links(context: Context, path: str, forms: Mapping[str, str] = CITED) -> list[str]:
    """Return the links of the document about an IRI (RFC 8288, RFC 6596, RFC 6892)."""
    base = context.iris.base
    document = quote(document_path(path))

    def form(suffix: str) -> str:
        return context.in_release(f"{document}.{suffix}")

    alternates = [f'<{form(suffix)}>; rel="alternate"; type="{media}"' for suffix, media in forms.items()]
    return [
        f'<{base}{document[1:]}>; rel="canonical"',
        f'<{quote(base + path, safe=":/#%")}>; rel="describes"',
        f'<{form("ttl")}>; rel="describedby"; type="{TURTLE}"',
        f'<{context.in_release("/.well-known/void")}>; rel="describedby"',
        *alternates,
    ]


def _form_links(document: Document) -> list[str]:
    context = document.context
    return [f'<{context.in_release(path)}>; rel="alternate"; type="{media}"' for media, path in document.forms.items()]


def _type_links(resource: Resource) -> list[str]:
    """Return a link to each class of the resource in our ontology and schema.org (RFC 6903 §6)."""
    prefixes = resource.resources.iris.prefixes()
    shown = tuple(prefixes[name] for name in SHOWN_TYPES)
    return [f'<{quote(cls, safe=":/#%")}>; rel="type"' for cls in resource.types if cls.startswith(shown)]
