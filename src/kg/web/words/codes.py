"""How codes and numbers read on a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import format_compact_decimal, get_decimal_symbol, get_group_symbol
from markupsafe import Markup, escape

from kg.web.data.resources import Resource, Value
from kg.web.text.language import SOURCE, current, gettext, mark, ngettext
from kg.web.text.plain import MOST_WORDS, as_sent, shorten

MODALITY_WORDS = {
    "flat": mark("stated outright"),
    "likely": mark("said to be likely"),
    "possible": mark("said to be possible"),
    "required": mark("demanded, or “must”"),
    "scheduled": mark("said to be scheduled"),
    "supposed": mark("hypothetical (nobody asserts it)"),
    "asked": mark("asked (nobody asserts it)"),
    "no-sign": mark("said to show no sign"),
}
"""Code of a modality → what a page says of it; another code is named by its label."""
CLASS_WORDS = {
    "Assertion": mark("Assertion"),
    "Position": mark("Position"),
    "Figure": mark("Figure"),
    "Conditional": mark("Conditional"),
    "Question": mark("Question"),
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
    "Observation": mark("Observation"),
    "Issue": mark("Issue"),
    "Relation": mark("Relation"),
    "Indicator": mark("Indicator"),
    "Unit": mark("Unit"),
    "Bound": mark("Bound"),
    "Article": mark("Article"),
    "Passage": mark("Passage"),
    "Encoding": mark("Encoding"),
    "Actor": mark("Actor"),
}
"""Classes of the ontology in the order in which a page tries them, the most special first."""

SECTIONS = {
    **dict.fromkeys(("doc", "code", "statements"), "/browse"),
    "article": "/articles",
    **dict.fromkeys(("query", "sparql", "api"), "/query"),
}
"""First part of a path → the path in the main menu under which it is."""

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
    """Return how firmly a statement is made, in words."""
    code = statement.link("att:modality")
    if statement.text("att:negated") != "true":
        return modality_of(code.key, code.label) if code else gettext("not said how firmly")
    if code is None or code.key == "flat":
        return gettext("stated as a denial")
    return gettext("%(words)s, as a denial", words=modality_of(code.key, code.label))


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
    """Return how firmly something is said, by the key of its code; its label for a code that is not known."""
    return gettext(MODALITY_WORDS[key]) if key in MODALITY_WORDS else label


def place_words(passage: Resource, *, named: bool = True) -> Markup:
    """Return where a passage is, in words: its number, its article unless that is clear, and its kind."""
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
    return (
        gettext("%(passage)s of %(article)s", passage=name, article=article)
        if article and are_several(passage)
        else name
    )


def are_several(passage: Resource) -> bool:
    """Return whether the release of a passage has several articles, so that a page must say which one is meant."""
    return passage.resources.context.manifest.counts["articles"] > 1


def _numbered(passage: Resource) -> str:
    number = passage.number("att:number")
    return gettext("passage %(number)s", number=number) if number is not None else passage.label


def slug_of(resource: Resource) -> str:
    """Return the short name of the article that a passage or statement belongs to."""
    match = re.search(r"/article/([^/#]+)", resource.iri)
    return match.group(1) if match else ""


def amount_words(value: Decimal) -> str:
    """Return a number in words where that says all of it, as in 66 billion; else its digits, thousands set apart."""
    power = 3 * (abs(value).adjusted() // 3) if value else 0
    if power < 6 or value % (Decimal(10) ** (power - 2)):
        return digits(f"{value:f}")
    places = next(n for n in range(3) if not value % (Decimal(10) ** (power - n)))
    return format_compact_decimal(value, format_type="long", locale=current(), fraction_digits=places)


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
    """Return a time in words in a unit of its size, such as ``12 ms`` or ``1.3 s``."""
    return _written(f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms")


def _written(number: str) -> str:
    """Return a number that is written as in English with the marks that the page's language has."""
    return number.translate(_marks(current()))


@cache
def _marks(language: str) -> dict[int, str]:
    return {ord(","): get_group_symbol(language), ord("."): get_decimal_symbol(language)}


def language_words(tag: str) -> str:
    """Return what a language is called, by its tag; the tag itself where it is none that is known."""
    try:
        return Locale.parse(tag, sep="-").get_display_name(current()) or tag
    except (ValueError, UnknownLocaleError):
        return tag


def section(path: str) -> str:
    """Return the path in the main menu below which the page of a path is, or nothing."""
    parts = path.split("/")
    return SECTIONS.get(parts[1] if len(parts) > 1 else "", "")


def is_web_link(iri: str) -> bool:
    """Return True for an IRI that may be put in a link: never javascript: and the like."""
    return re.match(r"(?:https?|mailto):", iri, re.IGNORECASE) is not None


def lang_attribute(value: Value | Resource | str | None) -> Markup:
    """Return ``lang="…"`` for a literal, a label or a tag of another language than the page's, or else nothing."""
    if isinstance(value, Resource):
        value = value.name
    tag = value.language if isinstance(value, Value) else value or None
    return _lang_attribute(tag, current())


@lru_cache(maxsize=1024)
def _lang_attribute(tag: str | None, page: str) -> Markup:
    other = tag is not None and tag.split("-")[0].lower() != page
    return Markup(' lang="{}"').format(tag) if other else Markup("")


def in_english() -> Markup:
    """Return ``lang="en"`` for English words on a page in another language, or else nothing."""
    return lang_attribute(SOURCE)


GLOBALS: dict[str, Callable[..., Any]] = {"in_english": in_english, "section": section}
FILTERS: dict[str, Callable[..., Any]] = {
    "as_sent": as_sent,
    "modality_words": modality_words,
    "class_words": class_words,
    "place_words": place_words,
    "marked": marked,
    "count_words": count_words,
    "passage_words": passage_words,
    "amount": amount_words,
    "slug_of": slug_of,
    "digits": digits,
    "duration": duration,
    "is_web_link": is_web_link,
    "language_words": language_words,
    "lang": lang_attribute,
    "size_words": size_words,
}
