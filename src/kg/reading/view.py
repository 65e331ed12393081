"""What a reading needs to know of the data: the values of one thing's one property, and the queries that fetch them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from typing import NamedTuple, Protocol

from kg.reading.grammar import Forms, read_forms
from kg.reading.phrases import ADJUNCTS, KINDS, LINKS, PHRASES, Phrases
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
    """Return an order in which 015-2 comes before 015-10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]+)", iri)]


STEPS = ("subject", "object", "antecedent", "consequent", *ADJUNCTS)
"""Properties by which one statement is within another, to any depth."""
MOST = 1000
"""Statements, and things that they lead to, that are fetched: an engine that knows so can do better than to read all
properties of all things to join them."""
READ = (
    *("subject", "relation", "object", "quality", "negated", "verb", "order", "words", "inference"),
    *(f"{name}Combination" for name in ("subject", "object", "antecedent", "consequent")),
    *("subjectQuantity", "objectQuantity", "modality", "frequency", "aspect", "quantity", "degree"),
    *("claimant", "holder", "attribution", "via", "askedBy", "answerStatus", "asks", "asksFor"),
    *("conditionKind", "antecedent", "consequent", "evidence", "context", "issue", *ADJUNCTS, "asOf", *LINKS),
    *("prints", "indicator", "population", "populationQuantity", "value", "unit", "bound"),
    *("status", "participant", "partOf", "printed", "expresses", "quotedFrom", "names", "infers"),
    *("forms", "passiveForms", "template", "grammaticalNumber"),
)
"""Properties that a reading looks at, of a statement and of what it leads to."""


OF_OTHERS = (
    *("rdf:type", "rdfs:label", "skos:prefLabel"),
    *("att:forms", "att:passiveForms", "att:template", "att:grammaticalNumber"),
    *("att:printed", "att:expresses", "att:quotedFrom", "att:names"),
    *("att:indicator", "att:population", "att:populationQuantity", "att:value", "att:unit", "att:bound"),
    *(f"att:{name}" for name in ADJUNCTS),
)
"""Properties that frame and sentence of a reading look at, of what a statement leads to."""
_PREFIXES = """PREFIX att: <{base}ns#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""


def bare_query(base: str, statements: Iterable[str]) -> str:
    """Return a CONSTRUCT for statements, IRIs in N-Triples syntax: what the frame and sentence of each need.

    Where its answer has a statement within one of them (``within``), that one is to be asked for, too.
    """
    asked = f"VALUES ?s {{ {' '.join(statements)} }}"
    inner = "|".join(f"att:{name}" for name in ("words", "prints", *STEPS))
    read = f"?node ?p ?o . FILTER(?p IN ({', '.join(OF_OTHERS)}))"
    return f"""{_PREFIXES.format(base=base)}CONSTRUCT {{ ?node ?p ?o }} WHERE {{
  {{
    {asked} BIND(?s AS ?node) ?s ?p ?o
  }} UNION {{
    {{ SELECT DISTINCT ?node WHERE {{ {asked} ?s ?step ?node . FILTER(isIRI(?node)) }} }}
    {read}
  }} UNION {{
    {{ SELECT DISTINCT ?node WHERE {{ {asked} ?s {inner} ?next . ?next ?further ?node . FILTER(isIRI(?node)) }} }}
    {read}
  }}
}}
"""


def within(view: View, statement: str) -> set[str]:
    """Return the IRIs of the statements within one, as far as the view says that they are statements."""
    found = {iri for name in STEPS for iri in view.links(statement, f"att:{name}")}
    return {iri for iri in found if not set(KINDS).isdisjoint(map(key, view.links(iri, "rdf:type")))}


def closure_query(base: str, thing: str) -> str:
    """Return a CONSTRUCT for a statement, an IRI in N-Triples syntax: the triples that its reading needs, few others.

    The statement and those it links to, with the statements within them; the things, codes, words, observations and
    events that these lead to; and what the words, observations and events lead to in turn.
    """
    nested = "|".join(f"att:{name}" for name in STEPS)
    links = "|".join(f"att:{name}" for name in LINKS)
    statements = f"{{ SELECT DISTINCT ?s WHERE {{ {thing} ({links})?/({nested})* ?s }} LIMIT {MOST} }}"
    inner = "|".join(f"att:{name}" for name in ("words", "inference", "prints", *STEPS))
    names = ", ".join(("rdf:type", "rdfs:label", "rdfs:comment", "skos:prefLabel", *(f"att:{name}" for name in READ)))
    read = f"FILTER(?p IN ({names}))"
    return f"""{_PREFIXES.format(base=base)}CONSTRUCT {{ ?node ?p ?o }} WHERE {{
  {{
    {statements} BIND(?s AS ?node)
    ?node ?p ?o . {read}
  }} UNION {{
    {{ SELECT DISTINCT ?node WHERE {{
      {statements} ?s ?step ?node . FILTER(isIRI(?node))
    }} LIMIT {MOST} }}
    ?node ?p ?o . {read}
  }} UNION {{
    {{ SELECT DISTINCT ?node WHERE {{
      {statements} ?s {inner} ?next . ?next ?further ?node . FILTER(isIRI(?node))
    }} LIMIT {MOST} }}
    ?node ?p ?o . {read}
  }}
}}
"""
