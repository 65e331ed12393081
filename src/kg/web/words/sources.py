"""The article that something belongs to: what it is called, and what it gives of itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kg.web.data.resources import Resource
from kg.web.text.language import gettext, mark
from kg.web.words.codes import slug_of

REFERENCE = {
    "schema:headline": mark("Title as printed"),
    "schema:publisher": mark("Publisher"),
    "schema:author": mark("Author"),
    "schema:datePublished": mark("Date"),
    "schema:url": mark("Address"),
}
"""Property of an article → what a page calls it."""


def article_of(resource: Resource) -> Resource | None:
    """Return the article below whose IRI a thing is, with what the release says of it; None for any other thing."""
    slug = slug_of(resource)
    if not slug:
        return None
    context = resource.resources.context
    iri = context.iris.article(slug)
    known = resource.resources.get(iri)  # an answer that has its class has all of it
    return known if known.has_type("att:Article") else context.ask_thing(iri)


def is_voice(resource: Resource) -> bool:
    """Return True for an article's own voice."""
    return resource.key == "voice" and slug_of(resource) != ""


def voice_words(actor: Resource, *, titled: bool = False) -> str:
    """Return what an article's own voice is called, if ``titled`` by the article's label; "" for any other actor."""
    if not is_voice(actor):
        return ""
    article = actor.resources.get(actor.resources.iris.article(slug_of(actor)))
    if titled and article.values("rdfs:label"):
        return gettext("the article “%(title)s”", title=article.label)
    return gettext("the article itself")


def named(actors: list[Resource]) -> list[Resource]:
    """Return those of the actors that are not an article's own voice."""
    return [actor for actor in actors if not is_voice(actor)]


def given(article: Resource) -> list[tuple[str, list[str]]]:
    """Return what a page calls each property of an article's own reference, with what the article gives of it."""
    return [(gettext(words), given_texts(article, name)) for name, words in REFERENCE.items()]


def given_texts(article: Resource, name: str) -> list[str]:
    """Return what an article gives of a property, as texts."""
    return [value.text for value in article.values(name)] + [link.label for link in article.links(name)]


GLOBALS: dict[str, Callable[..., Any]] = {
    "article_of": article_of,
    "is_voice": is_voice,
    "named": named,
    "voice_words": voice_words,
    "given": given,
}
