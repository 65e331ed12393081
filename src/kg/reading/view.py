"""What a reading needs to know of the data: the values of one thing's one property, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple, Protocol

from kg.reading.grammar import Forms, read_forms
from kg.reading.phrases import PHRASES, Phrases
from kg.terms import Iris

SOURCE = "en"
"""The language that every label has."""


class Text(NamedTuple):
    """A literal: its text, and the tag of its language if it has one."""

    text: str
    language: str | None = None


class View(Protocol):
    """Data seen from one thing at a time; properties are named with their prefix, as in ``att:subject``."""

    def links(self, iri: str, name: str) -> Sequence[str]:
        """Return the IRIs that a property of a thing leads to, in any order."""

    def texts(self, iri: str, name: str) -> Sequence[Text]:
        """Return the literals of a property of a thing, in any order."""


class TripleView:
    """A view over triples in memory, whatever they were read from."""

    def __init__(self, triples: Iterable[tuple[str, str, str | Text]], iris: Iris) -> None:
        """Take triples of IRIs, with a Text for an object that is a literal."""
        self._prefixes = iris.prefixes()
        self._links: dict[tuple[str, str], list[str]] = {}
        self._texts: dict[tuple[str, str], list[Text]] = {}
        for subject, predicate, value in triples:
            if isinstance(value, Text):
                self._texts.setdefault((subject, predicate), []).append(value)
            else:
                self._links.setdefault((subject, predicate), []).append(value)

    def links(self, iri: str, name: str) -> Sequence[str]:
        """Return the IRIs that a property of a thing leads to."""
        return self._links.get((iri, self._expand(name)), ())

    def texts(self, iri: str, name: str) -> Sequence[Text]:
        """Return the literals of a property of a thing."""
        return self._texts.get((iri, self._expand(name)), ())

    def _expand(self, name: str) -> str:
        prefix, _, local = name.partition(":")
        return self._prefixes[prefix] + local


class Lookup:
    """A view that stays as it is, read in one language, each value once.

    Links come in the order of their IRIs, numbers in them compared as numbers.
    """

    def __init__(self, view: View, language: str) -> None:
        """Read in a language of the pages; raises KeyError for another."""
        self._view = view
        self.language = language
        self.phrases: Phrases = PHRASES[language]
        self._links: dict[tuple[str, str], list[str]] = {}
        self._literals: dict[tuple[str, str], list[Text]] = {}
        self._kinds: dict[str, Set[str]] = {}

    def links(self, iri: str, name: str) -> list[str]:
        """Return the IRIs that a property of a thing leads to, each once."""
        found = self._links.get((iri, name))
        if found is None:
            found = self._links[iri, name] = sorted(set(self._view.links(iri, name)), key=_natural)
        return found

    def _sorted(self, iri: str, name: str) -> list[Text]:
        found = self._literals.get((iri, name))
        if found is None:
            found = self._literals[iri, name] = sorted(self._view.texts(iri, name))
        return found

    def link(self, iri: str, name: str) -> str | None:
        """Return the first IRI that a property leads to, or None."""
        found = self.links(iri, name)
        return found[0] if found else None

    def text(self, iri: str, name: str) -> str | None:
        """Return the literal in the language, or else in English, or else the first one; None where there is none."""
        found = self._sorted(iri, name)
        for language in (self.language, SOURCE):
            for value in found:
                if value.language and value.language.split("-")[0].lower() == language:
                    return value.text
        return found[0].text if found else None

    def own_text(self, iri: str, name: str) -> str | None:
        """Return the literal in the language, never one in another: grammar does not carry over."""
        for value in self._sorted(iri, name):
            if value.language and value.language.split("-")[0].lower() == self.language:
                return value.text
        return None

    def texts(self, iri: str, name: str) -> list[str]:
        """Return the texts of all literals of a property, in order."""
        return sorted(value.text for value in self._sorted(iri, name))

    def label(self, iri: str) -> str:
        """Return the label of a thing, or the last part of its IRI where it has none; all voices have one."""
        if "ArticleVoice" in self.kinds(iri):
            return self.phrases.voice
        return self.text(iri, "rdfs:label") or self.text(iri, "skos:prefLabel") or key(iri)

    def forms(self, iri: str, name: str = "att:forms") -> Forms | None:
        """Return the verb forms of a relation or code in the language, or None where it has none."""
        text = self.own_text(iri, name)
        return read_forms(text) if text else None

    def template(self, iri: str) -> str | None:
        """Return the pattern of a relation or code in the language, or None where it has none."""
        return self.own_text(iri, "att:template")

    def kinds(self, iri: str) -> Set[str]:
        """Return the last parts of the IRIs of a thing's classes, as in ``Assertion``."""
        found = self._kinds.get(iri)
        if found is None:
            found = self._kinds[iri] = {key(cls) for cls in self._view.links(iri, "rdf:type")}
        return found

    def is_true(self, iri: str, name: str) -> bool:
        """Return True where a property is true."""
        return self.text(iri, name) in ("true", "1")

    def is_plural(self, iri: str) -> bool:
        """Return True for a thing whose name takes a verb in the plural, in all languages or in this one."""
        plural = {"plural", f"plural-{self.language}"}
        return any(key(code) in plural for code in self._view.links(iri, "att:grammaticalNumber"))


def key(iri: str) -> str:
    """Return the last part of an IRI."""
    return re.split(r"[/#]", iri)[-1]


def _natural(iri: str) -> list[tuple[int, str]]:
    """Return an order in which 015-2 stands before 015-10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", iri)]
