"""How much of what stubs hold is right, and how much of what an encoding holds is in stubs: by kind, on an article."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import RDF, Graph, URIRef
from rdflib.namespace import Namespace
from rdflib.term import Node

from kg.corpus.checks.classes import superclasses
from kg.corpus.checks.figures import number_of
from kg.editing.drafting.stubs import Stub, Stubs

SILENT = {"flat", "supposed", "asked", "as-printed"}
WITHIN = ("subject", "object", "recipient", "respect", "purpose", "means", "exchange", "comparedWith", "place")
HOLDERS = ("claimant", "holder", "via", "names", "quotedFrom", "askedBy")


@dataclass(slots=True)
class Score:
    """Of one kind: how many stubs have, how many the encoding has, and how many both have."""

    found: int = 0
    wanted: int = 0
    both: int = 0

    @property
    def precision(self) -> float | None:
        """Share of what stubs have that the encoding has too; None where stubs have none."""
        return self.both / self.found if self.found else None

    @property
    def recall(self) -> float | None:
        """Share of what the encoding has that stubs have too; None where it has none."""
        return self.both / self.wanted if self.wanted else None


def measure(stubs: Stubs) -> dict[str, Score]:
    """Compare the stubs of all passages on which statements rest with what is encoded of them."""
    scores: dict[str, Score] = {}
    encoded = _Encoded(stubs)
    for stub in stubs.all():
        if encoded.statements(stub):
            had, wanted = dict(_held(stub)), dict(encoded.holds(stub))
            for kind in had:
                score = scores.setdefault(kind, Score())
                score.found += len(had[kind])
                score.wanted += len(wanted[kind])
                score.both += len(had[kind] & wanted[kind])
            encoded.count_choices(stub, scores.setdefault("choice", Score()))
    return scores


def to_lines(scores: dict[str, Score]) -> list[str]:
    """Return a table of the scores."""
    lines = ["kind          in stubs  encoded  both  precision  recall"]
    for kind, s in scores.items():
        lines.append(f"{kind:<13}{s.found:9}{s.wanted:9}{s.both:6}{_share(s.precision):>11}{_share(s.recall):>8}")
    return lines


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _held(stub: Stub) -> Iterator[tuple[str, set[object]]]:
    yield "thing", {m.iri for m in stub.mentions}
    yield "claimant", {stub.claimant} if stub.claimant and stub.is_cited else set()
    yield "period", {(str(s.first), str(s.last), s.precision) for s in stub.found.spans}
    yield "number", {a.value for a in stub.found.amounts}
    yield "unit", {(a.value, a.unit) for a in stub.found.amounts if a.unit}
    yield "bound", {(a.value, a.bound) for a in stub.found.amounts if a.bound != "as-printed"}
    yield "cell", {(cell, a.value) for cell, a in stub.cells}
    yield "quotation", {_few(words) for words in stub.found.quotations}
    for kind in ("modality", "attribution", "frequency"):
        yield kind, set(stub.found.codes(kind))
    yield "condition", set(stub.found.codes("condition"))
    yield "negation", {True} if stub.found.codes("negation") else set()


def _few(words: str) -> str:
    return " ".join(words.strip(" ,.").lower().split()[:7])


class _Encoded:
    def __init__(self, stubs: Stubs) -> None:
        corpus = stubs.corpus
        self._graph: Graph = corpus.graph(f"article/{stubs.slug}")
        self._data, self._term = corpus.data, Namespace(corpus.iris.term(""))
        above = superclasses(corpus)
        entity = self._term.Entity
        classes = {entity, *(cls for cls, higher in above.items() if entity in higher)} - {self._term.ArticleVoice}
        self._entities = {node for cls in classes for node in self._data.subjects(RDF.type, cls)}
        self._stubs = stubs

    def statements(self, stub: Stub) -> list[Node]:
        """Return the statements that rest on a passage."""
        return list(self._graph.subjects(self._term.evidence, URIRef(self._stubs.passage(stub.name))))

    def holds(self, stub: Stub) -> Iterator[tuple[str, set[object]]]:
        """Give what is encoded of a passage, by kind."""
        own = self.statements(stub)
        words = [node for s in own for node in self._graph.objects(s, self._term.words)]
        observations = [(s, o) for s in own for o in self._graph.objects(s, self._term.prints)]
        named = self._values([*own, *words], *WITHIN, *HOLDERS)
        named |= self._values([o for _, o in observations], "population")
        yield "thing", {str(node) for node in named & self._entities}
        yield "claimant", {str(node) for node in self._values(own, "claimant") & self._entities}
        periods = self._values([*own, *(o for _, o in observations)], "period")
        yield "period", {self._period(node) for node in periods if self._period(node)[2] != "undated"}
        values = [(s, o, number_of(self._data.value(o, self._term.value))) for s, o in observations]
        yield "number", {value for _, _, value in values if value is not None}
        units = {(value, _last(self._data.value(o, self._term.unit))) for _, o, value in values if value is not None}
        yield "unit", {pair for pair in units if pair[1] != "items"}
        bounds = {(value, _last(self._data.value(s, self._term.bound))) for s, _, value in values if value is not None}
        yield "bound", {pair for pair in bounds if pair[1] not in SILENT}
        cells = {(str(cell), value) for s, _, value in values for cell in self._data.objects(s, self._term.cell)}
        yield "cell", {(int(cell), value) for cell, value in cells if cell.isdecimal() and value is not None}
        quoted = [n for n in words if (n, RDF.type, self._term.Quotation) in self._graph]
        yield "quotation", {_few(str(self._graph.value(node, self._term.printed))) for node in quoted}
        for kind in ("modality", "attribution", "frequency"):
            yield kind, {name for code in self._values(own, kind) if (name := _last(code)) not in SILENT}
        yield "condition", {_last(code) for code in self._values(own, "conditionKind")}
        yield "negation", {True} if self._values(own, "negated") else set()

    def count_choices(self, stub: Stub, score: Score) -> None:
        """Count passages with a choice, those where somebody speaks or acts unnamed, and those where both agree.

        A choice is right where one of those who are offered speaks or acts in the encoding.
        """
        told = {str(node) for node in self._values(self.statements(stub), "claimant", "holder", "subject")}
        unnamed = {iri for iri in told - {m.iri for m in stub.mentions} if self._stubs.is_actor(iri)}
        score.found += bool(stub.choices)
        score.wanted += bool(unnamed)
        score.both += any(not told.isdisjoint(choice.actors) for choice in stub.choices)

    def _values(self, nodes: list[Node], *names: str) -> set[Node]:
        return {v for node in nodes for name in names for v in self._data.objects(node, self._term[name])}

    def _period(self, node: Node) -> tuple[str, str, str]:
        first, last, precision = (self._data.value(node, self._term[n]) for n in ("firstDay", "lastDay", "precision"))
        return str(first), str(last), _last(precision)


def _last(node: Node | None) -> str:
    return str(node).rpartition("/")[2]
