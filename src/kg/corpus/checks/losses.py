"""What a passage says and no statement of it keeps: hedges, bounds, negations, conditions, quoted words, speakers.

A fact is what the words of a passage show (kg.corpus.languages.cues). It is kept where a statement that rests on the
passage has a value for it, or records the words themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rdflib import RDF, RDFS, Graph
from rdflib.namespace import Namespace
from rdflib.term import Node

from kg.corpus.checks.figures import number_of
from kg.corpus.languages.cues import Amount, Found
from kg.corpus.text import normalise

SILENT = {"flat", "supposed", "asked"}
WARNED = ("modality", "bound", "negation", "condition", "quotation", "attribution")
"""Kinds of fact whose loss changes what an article says."""
FILLERS = ("subject", "object", "quality", "recipient", "respect", "purpose", "means", "comparedWith", "place")
"""Properties of a statement whose values have names that may contain a word, as in a promise without a date."""
TOLD = {
    "modality": "a hedge",
    "bound": "a bound",
    "negation": "a negation",
    "condition": "a condition",
    "quotation": "quoted words",
    "attribution": "words that say who speaks",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a passage shows: of what kind, in which words, and whether a statement keeps it."""

    kind: str
    words: str
    is_kept: bool


class Keeper:
    """Finds which facts of a passage the statements of an article keep."""

    def __init__(self, graph: Graph, data: Graph, term: Namespace) -> None:
        """Take the graph of an article, and all data, in which shared observations and codes are."""
        self._graph, self._data, self._term = graph, data, term

    def statements(self, passage: Node) -> list[Node]:
        """Return the statements that rest on a passage and are no drafts."""
        found = self._graph.subjects(self._term.evidence, passage)
        return [s for s in found if (s, self._term.draft, None) not in self._graph]

    def facts(self, passage: Node, found: Found) -> list[Fact]:
        """Return the facts of a passage."""
        own = _Own(self, self.statements(passage))
        return list(own.facts(found))

    def values(self, nodes: Iterable[Node], *names: str) -> set[Node]:
        """Return the values of some properties of nodes."""
        return {v for node in nodes for name in names for v in self._data.objects(node, self._term[name])}

    def labels(self, node: Node) -> Iterator[Node]:
        """Give the names of a thing."""
        return self._data.objects(node, RDFS.label)

    def is_quotation(self, node: Node) -> bool:
        """Return whether words are quoted ones."""
        return (node, RDF.type, self._term.Quotation) in self._graph


class _Own:
    """What the statements of one passage hold."""

    def __init__(self, keeper: Keeper, statements: list[Node]) -> None:
        values = keeper.values
        words = values(statements, "words")
        printed = values([*statements, *words, *values(statements, "period")], "printed", "verb")
        things = values(statements, *FILLERS)
        named = {name for thing in things for name in keeper.labels(thing)}
        self._printed = [_plain(str(text)) for text in (*printed, *named)]
        self._quoted = [_plain(str(t)) for n in words if keeper.is_quotation(n) for t in values([n], "printed")]
        names = [_last(code) for code in values(statements, "modality") if _last(code) not in SILENT]
        relations = {_last(code) for code in values(statements, "relation")}
        quantities = {_last(code) for code in values(statements, "quantity", "subjectQuantity", "objectQuantity")}
        self._values = {number_of(value) for value in values(values(statements, "prints"), "value")}
        self._has = {
            "modality": bool(names),
            "bound": any(_last(code) != "as-printed" for code in values(statements, "bound")),
            "negation": bool(values(statements, "negated", "answerStatus"))
            or bool({"no-sign", "none"} & {*names, *quantities})
            or bool(relations & _NEGATIVE),
            "condition": bool(values(statements, "conditionKind")),
            "attribution": bool(values(statements, "attribution", "holder", "askedBy")) or bool(relations & _SPEAKING),
            "period": bool(values([*statements, *values(statements, "prints")], "period")),
            "frequency": bool(values(statements, "frequency", "aspect")),
            "quantity": bool(quantities) or bool(values(statements, "degree")),
        }

    def facts(self, found: Found) -> Iterator[Fact]:
        for cue in found.cues:
            words = found.words(cue)
            yield Fact(cue.kind, words, self._has.get(cue.kind, False) or self._prints(words))
        for amount in found.amounts:
            yield from self._amount(amount, found)
        for span in found.spans:
            yield Fact("period", found.words(span), self._has["period"] or self._prints(found.words(span)))
        for quoted in found.quotations:
            plain = _plain(quoted).strip(" ,.")
            yield Fact("quotation", quoted, any(q in plain or plain in q for q in (*self._quoted, *self._printed)))

    def _amount(self, amount: Amount, found: Found) -> Iterator[Fact]:
        words = found.words(amount)
        is_counted = amount.value in self._values
        yield Fact("number", words, is_counted or self._prints(words))
        if amount.bound != "as-printed" and is_counted:
            yield Fact("bound", f"{amount.bound} {words}", self._has["bound"])

    def _prints(self, words: str) -> bool:
        pattern = re.compile(rf"(?<!\w){re.escape(_plain(words))}(?!\w)")
        return any(pattern.search(printed) for printed in self._printed)


_NEGATIVE = {"rejects", "opposes", "prevents", "gives-up", "conflicts-with"}
"""Relations that say no by themselves."""
_SPEAKING = {"accuses", "demands", "presents", "claims", "mentions", "emphasises", "responds-with", "commits-to"}
"""Relations that are ways of speaking."""


def _plain(text: str) -> str:
    return normalise(text).lower().replace("’", "'")


def _last(node: Node) -> str:
    return str(node).rpartition("/")[2]
