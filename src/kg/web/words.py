"""How codes and numbers read on a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from babel.numbers import get_decimal_symbol, get_group_symbol
from markupsafe import Markup, escape

from kg.web import access
from kg.web.language import SOURCE, current, gettext, mark, ngettext
from kg.web.plain import MOST_WORDS, as_sent, shorten
from kg.web.resources import Resource, Value

MODALITY_WORDS = {
    "flat": mark("said outright"),
    "likely": mark("said to be likely"),
    "possible": mark("said to be possible"),
    "should": mark("said to be required"),
    "scheduled": mark("said to be scheduled"),
    "supposed": mark("supposed only: asserted by nobody"),
    "asked": mark("asked"),
    "no-sign": mark("said to show no sign"),
}
CLASS_WORDS = {
    "Assertion": mark("Assertion"),
    "Position": mark("Position"),
    "Figure": mark("Figure"),
    "Conditional": mark("Conditional"),
    "OpenQuestion": mark("Open question"),
    "Criterion": mark("Criterion"),
    "Evaluation": mark("Evaluation"),
    "State": mark("State"),
    "Organisation": mark("Organisation"),
    "Person": mark("Person"),
    "Group": mark("Group"),
    "ArticleVoice": mark("Article's own voice"),
    "Place": mark("Place"),
    "Document": mark("Document"),
    "Arrangement": mark("Arrangement"),
    "Topic": mark("Topic"),
    "Population": mark("Population"),
    "Event": mark("Event"),
    "Period": mark("Period"),
    "Issue": mark("Issue"),
    "Relation": mark("Relation"),
    "Indicator": mark("Indicator"),
    "Article": mark("Article"),
    "Passage": mark("Passage"),
    "Encoding": mark("Encoding"),
}
"""Leaf classes of the ontology in the order in which a page tries them."""

COUNT_WORDS = {
    "quads": mark("quads"),
    "articles": mark("articles"),
    "passages": mark("passages"),
    "statements": mark("statements"),
    "figures": mark("figures"),
    "events": mark("events"),
    "entities": mark("entities"),
    "issues": mark("issues"),
    "queries": mark("queries"),
    "violation": mark("violations"),
    "warning": mark("warnings"),
    "info": mark("remarks"),
}
"""Names of counts in a release's manifest."""


def count_words(name: str) -> str:
    """Return what a count of the manifest counts, in words."""
    return gettext(COUNT_WORDS[name]) if name in COUNT_WORDS else name


def modality_words(statement: Resource) -> str:
    """Return how surely a statement is made, in words."""
    code = statement.link("att:modality")
    words = modality_of(code.key, code.label) if code else gettext("not said how surely")
    return gettext("%(words)s, as a denial", words=words) if statement.text("att:negated") == "true" else words


def class_words(resource: Resource) -> str:
    """Return the most specific class of a resource, in words."""
    for name in CLASS_WORDS:
        if resource.has_type(f"att:{name}"):
            return kind_words(name)
    if resource.has_type("skos:ConceptScheme"):
        return gettext("Code list")
    return gettext("Code") if resource.has_type("skos:Concept") else gettext("Thing")


def kind_words(name: str) -> str:
    """Return what a class of the ontology is called, by its local name."""
    return gettext(CLASS_WORDS[name]) if name in CLASS_WORDS else name


def modality_of(key: str, label: str) -> str:
    """Return how surely something is said, by the key of its code; its label for a code that is not known."""
    return gettext(MODALITY_WORDS[key]) if key in MODALITY_WORDS else label


def place_words(passage: Resource, *, named: bool = True) -> Markup:
    """Return where a passage stands, in words: its number, its article unless that is told, and its kind."""
    kind = passage.link("att:kind")
    name = passage_words(passage) if named else _numbered(passage)
    return Markup("{} ({})").format(name, marked(kind)) if kind else escape(name)


def marked(resource: Resource) -> Markup:
    """Return the label of a resource, with its language marked where that is not the page's."""
    language, label = lang_attribute(resource), shorten(resource.label, MOST_WORDS)
    return Markup("<span{}>{}</span>").format(language, label) if language else escape(label)


def passage_words(passage: Resource) -> str:
    """Return a passage's number, and where the release has several articles, of which one it is."""
    name, article = _numbered(passage), slug_of(passage)
    several = access.release().manifest.counts["articles"] > 1
    return gettext("%(passage)s of %(article)s", passage=name, article=article) if several and article else name


def _numbered(passage: Resource) -> str:
    number = passage.number("att:number")
    return gettext("passage %(number)s", number=number) if number is not None else passage.label


def last_passage(statement: Resource) -> Resource | None:
    """Return the passage that makes a statement: the last, where others help to read it."""
    return next(reversed(statement.links("att:evidence")), None)


def slug_of(resource: Resource) -> str:
    """Return the short name of the article that a passage or statement belongs to."""
    match = re.search(r"/article/([^/#]+)", resource.iri)
    return match.group(1) if match else ""


def digits(value: int | str) -> str:
    """Return a number as people of the page's language write it, its thousands set apart; other text as it is."""
    text = str(value)
    return _written(f"{Decimal(text):,f}") if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) else text


def size_words(size: int) -> str:
    """Return a size in bytes in words, to three digits."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return _written(f"{size / unit:.3g} {name}" if size < 1_000 * unit else f"{size // unit:,} {name}")
    return ngettext("%(num)s byte", "%(num)s bytes", size)


def duration(seconds: float) -> str:
    """Return a time in words that tell its size, such as ``12 ms`` or ``1.3 s``."""
    return _written(f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms")


def _written(number: str) -> str:
    """Return a number that is written as in English with the marks that the page's language has."""
    return number.translate({ord(","): get_group_symbol(current()), ord("."): get_decimal_symbol(current())})


def is_web_link(iri: str) -> bool:
    """Return True for an IRI that may stand in a link: never javascript: and the like."""
    return re.match(r"(?:https?|mailto):", iri, re.IGNORECASE) is not None


def lang_attribute(value: Value | Resource | str | None) -> Markup:
    """Return ``lang="…"`` for a literal, a label or a tag of another language than the page's, or else nothing."""
    if isinstance(value, Resource):
        value = value.name
    tag = value.language if isinstance(value, Value) else value or None
    other = tag is not None and tag.split("-")[0].lower() != current()
    return Markup(' lang="{}"').format(tag) if other else Markup("")


def in_english() -> Markup:
    """Return ``lang="en"`` for English words on a page in another language, or else nothing."""
    return lang_attribute(SOURCE)


GLOBALS: dict[str, Callable[..., Any]] = {"in_english": in_english}
FILTERS: dict[str, Callable[..., Any]] = {
    "as_sent": as_sent,
    "modality_words": modality_words,
    "class_words": class_words,
    "place_words": place_words,
    "marked": marked,
    "count_words": count_words,
    "passage_words": passage_words,
    "last_passage": last_passage,
    "slug_of": slug_of,
    "digits": digits,
    "duration": duration,
    "is_web_link": is_web_link,
    "lang": lang_attribute,
    "size_words": size_words,
}
