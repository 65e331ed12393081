"""How codes and numbers read on a page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from kg.corpus.text import coverage_state
from kg.web.plain import as_sent
from kg.web.resources import Resource

MODALITY_WORDS = {
    "flat": "said outright",
    "likely": "said to be likely",
    "possible": "said to be possible",
    "should": "said to be required",
    "scheduled": "said to be scheduled",
    "supposed": "supposed only: asserted by nobody",
    "asked": "asked",
    "no-sign": "said to show no sign",
}
CLASS_WORDS = {
    "Assertion": "Assertion",
    "Position": "Position",
    "Figure": "Figure",
    "Conditional": "Conditional",
    "OpenQuestion": "Open question",
    "Criterion": "Criterion",
    "Evaluation": "Evaluation",
    "State": "State",
    "Organisation": "Organisation",
    "Person": "Person",
    "Group": "Group",
    "ArticleVoice": "Article's own voice",
    "Place": "Place",
    "Document": "Document",
    "Arrangement": "Arrangement",
    "Topic": "Topic",
    "Population": "Population",
    "Event": "Event",
    "Period": "Period",
    "Issue": "Issue",
    "Relation": "Relation",
    "Indicator": "Indicator",
    "Article": "Article",
    "Passage": "Passage",
    "Encoding": "Encoding",
}
"""Leaf classes of the ontology in the order in which a page tries them."""


def modality_words(statement: Resource) -> str:
    """Return how surely a statement is made, in words."""
    code = statement.link("att:modality")
    words = MODALITY_WORDS.get(code.key, code.label) if code else "not said how surely"
    return f"{words}, as a denial" if statement.text("att:negated") == "true" else words


def class_words(resource: Resource) -> str:
    """Return the most specific class of a resource, in words."""
    for name, words in CLASS_WORDS.items():
        if resource.has_type(f"att:{name}"):
            return words
    if resource.has_type("skos:ConceptScheme"):
        return "Code list"
    return "Code" if resource.has_type("skos:Concept") else "Thing"


def place_words(passage: Resource) -> str:
    """Return where a passage stands, in words: its number and kind."""
    kind = passage.link("att:kind")
    number = passage.number("att:number")
    name = f"passage {number}" if number is not None else passage.label
    return f"{name} ({kind.label})" if kind else name


def slug_of(resource: Resource) -> str:
    """Return the short name of the article that a passage or statement belongs to."""
    match = re.search(r"/article/([^/#]+)", resource.iri)
    return match.group(1) if match else ""


def digits(value: int | str) -> str:
    """Return a whole number with its thousands set apart; other text as it is."""
    text = str(value)
    return f"{int(text):,}" if re.fullmatch(r"-?\d+", text) else text


def size_words(size: int) -> str:
    """Return a size in bytes in words, to three digits."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}" if size < 1_000 * unit else f"{size // unit:,} {name}"
    return f"{size} bytes"


def duration(seconds: float) -> str:
    """Return a time in words that tell its size, such as ``12 ms`` or ``1.3 s``."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def is_web_link(iri: str) -> bool:
    """Return True for an IRI that may stand in a link: never javascript: and the like."""
    return re.match(r"(?:https?|mailto):", iri, re.IGNORECASE) is not None


def claimed_by(claimant: Resource, statements: list[Resource]) -> list[str]:
    """Return the IRIs of those statements that the claimant makes."""
    return [s.iri for s in statements if claimant in s.links("att:claimant")]


def linking(target: Resource, statements: list[Resource], name: str) -> list[Resource]:
    """Return those statements that link to the target by the property."""
    return [s for s in statements if target in s.links(name)]


def by_passage(statements: list[Resource]) -> dict[str, list[Resource]]:
    """Return the statements that rest on each passage, by the passage's IRI."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for statement in statements:
        for passage in statement.links("att:evidence"):
            found[passage.iri].append(statement)
    return found


def passage_state(passage: Resource, said: list[Resource]) -> str:
    """Return whether a passage is encoded, structural, not encoded for a reason, or open."""
    kind = passage.link("att:kind")
    return coverage_state(kind.key if kind else "", bool(said), passage.text("skos:editorialNote") is not None)


def by_section(passages: list[Resource]) -> list[tuple[Resource | None, list[Resource]]]:
    """Return the passages under each heading, in order, those before the first heading under None."""
    sections: list[tuple[Resource | None, list[Resource]]] = []
    for passage in passages:
        heading = passage.link("att:section")
        if heading is None and passage.links("att:kind") and passage.links("att:kind")[0].key == "heading":
            sections.append((passage, []))
        elif sections and sections[-1][0] == heading:
            sections[-1][1].append(passage)
        else:
            sections.append((heading, [passage]))
    return sections


GLOBALS: dict[str, Callable[..., Any]] = {
    "statements_by": claimed_by,
    "linking": linking,
    "by_passage": by_passage,
    "by_section": by_section,
    "passage_state": passage_state,
}
FILTERS: dict[str, Callable[..., Any]] = {
    "as_sent": as_sent,
    "modality_words": modality_words,
    "class_words": class_words,
    "place_words": place_words,
    "slug_of": slug_of,
    "digits": digits,
    "duration": duration,
    "is_web_link": is_web_link,
    "size_words": size_words,
}
