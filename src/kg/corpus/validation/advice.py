"""Findings → one finding for each cause, with what to do and the name that may be meant."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pyoxigraph import NamedNode, Store
from rdflib import URIRef
from rdflib.namespace import SKOS
from rdflib.term import Node

from kg.corpus.rdf.convert import to_triple
from kg.corpus.report import Result
from kg.corpus.validation.causes import base, without_consequences
from kg.corpus.validation.nearest import Names
from kg.settings import Settings
from kg.terms import Iris

_LIST = re.compile(r"data/codes/([\w-]+)\.ttl")
_OF_WORDS = {"CodeInWords", "ExpressedCode"}
"""Checks that say less about a misspelt code than the shape of its property."""


def advise(settings: Settings, store: Store, results: Iterable[Result]) -> list[Result]:
    """Return of findings with places those that no other explains, each with what may be meant.

    Data that do not conform do not conform afterwards either.
    """
    iris = Iris(settings.base_iri)
    advice = _Advice(store, iris)
    found = advice.of_names(sorted(results, key=lambda result: result.sort_key))
    return [advice.with_names(result) for result in without_consequences(settings, store, found)]


class _Advice:
    def __init__(self, store: Store, iris: Iris) -> None:
        self._store, self._iris, self._names = store, iris, Names(store, iris)

    # Nothing else can be said yet about a statement with a misspelt name

    def of_names(self, results: list[Result]) -> list[Result]:
        """Return the findings; of a thing that has a misspelt name in it, one for each such name, and no other yet."""
        by_thing: dict[str, list[Result]] = defaultdict(list)
        for result in results:
            by_thing[base(result.focus)].append(result)
        alone = {r.focus for r in results if isinstance(r.focus, URIRef) and self._names.is_unknown(r.focus)}
        kept: list[Result] = []
        for thing, own in by_thing.items():
            used = set() if URIRef(thing) in alone else self._unknown_in(thing, own)
            kept += _one_each(own, used, used & alone) if used else own
        return kept

    def _unknown_in(self, thing: str, results: list[Result]) -> set[Node]:
        nodes = {thing, *(str(r.focus) for r in results if isinstance(r.focus, URIRef))}
        return {n for node in nodes for pair in self._values(node) for n in pair if self._names.is_unknown(n)}

    def _values(self, node: str) -> Iterator[tuple[Node, Node]]:
        if "://" in node:
            for quad in self._store.quads_for_pattern(NamedNode(node), None, None):
                _, predicate, value = to_triple(quad)
                yield predicate, value

    # What a message says of the names in question

    def with_names(self, result: Result) -> Result:
        """Return a finding with the name that nothing describes, if there is one, and the one that may be meant."""
        wrong = next((n for n in (result.value, result.focus, result.path) if self._names.is_unknown(n)), None)
        message = result.message or ""
        if wrong is None:
            elsewhere = self._of_another_list(result.value, message)
            return replace(result, message=f"{elsewhere} {message}") if elsewhere else result
        nearest = self._names.nearest(str(wrong))
        if wrong != result.focus and not str(wrong).startswith(self._iris.term("")):
            message = f"{self._iris.short(str(wrong))} is not recorded. {message}"
        return replace(result, message=f"{message} Is {nearest} meant?" if nearest else message)

    def _of_another_list(self, value: Node | None, message: str) -> str | None:
        """Return a sentence on a code that is not of the list that a message names."""
        asked = _LIST.search(message)
        if asked is None or not isinstance(value, URIRef):
            return None
        schemes = self._store.quads_for_pattern(NamedNode(str(value)), NamedNode(str(SKOS.inScheme)), None)
        lists = [str(to_triple(quad)[2]).rpartition("/")[2] for quad in schemes]
        is_other = lists and asked[1] not in lists
        return f"{self._iris.short(str(value))} is of data/codes/{lists[0]}.ttl." if is_other else None


def _one_each(results: list[Result], used: set[Node], told: set[Node]) -> Iterable[Result]:
    """Return a finding for each misspelt name that no finding of its own reports; all findings where there is none."""
    found: dict[Node, Result] = {}
    for result in sorted(results, key=lambda r: (r.shape in _OF_WORDS, r.sort_key)):
        for name in (result.value, result.path):
            if name in used and name is not None:
                found.setdefault(name, result)
    shown = {name: result for name, result in found.items() if name not in told}
    return shown.values() if found or told else results
