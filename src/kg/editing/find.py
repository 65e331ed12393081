"""What there is already: records and codes by any of their names, before any release."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest

from rapidfuzz import fuzz
from rdflib import RDF, RDFS, Graph, Literal, URIRef
from rdflib.namespace import SKOS
from rdflib.term import Node

from kg.corpus.checks.classes import superclasses
from kg.corpus.sources.load import Corpus
from kg.errors import DataError
from kg.names import fold, plain

KINDS = ("Entity", "Event", "Period", "Observation", "Issue")
"""Classes of what can be found besides codes, those below them included."""
EXAMPLES = 3
MOST = 10
SIGNIFICANT = 4
"""Letters of a word that is sought alone, where no name has all of several words."""
NEAR = 80
"""Likeness from which a name is shown, 100 for the same."""
_OTHER_NAMES = ("subjectRole", "objectRole", "inverseLabel", "forms")


@dataclass(frozen=True, slots=True)
class Record:
    """Something with a record: its short IRI, kind, names with their languages, definition, and where it is used."""

    name: str
    iri: str
    kind: str
    labels: dict[str, str]
    also: tuple[str, ...]
    definition: str | None
    uses: int
    examples: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return a line with the names, one with the definition, and one with the number of uses."""
        lines = [f"{self.name}  [{self.kind}]  {' · '.join(dict.fromkeys(self.labels.values()))}"]
        lines[0] += f"  (also {', '.join(self.also)})" if self.also else ""
        lines += [f"    {self.definition}"] if self.definition else []
        lines.append(f"    used {self.uses} times" + (f": {'; '.join(self.examples)}" if self.examples else ""))
        return lines

    @property
    def all_names(self) -> tuple[str, ...]:
        """Labels in all languages, and other names."""
        return (*self.labels.values(), *self.also)


def to_json(records: Sequence[Record]) -> str:
    """Return records as a JSON array."""
    return json.dumps([asdict(record) for record in records], indent=2, ensure_ascii=False)


def find(corpus: Corpus, words: str, kind: str | None = None, most: int | None = None) -> list[Record]:
    """Return the records that a name leads to, the nearest first, then the most used; ten, if not otherwise said.

    Where none has all of several words, those that one of them leads to are returned; without words, all of a kind.
    ``kind`` is the name of a class or code list, as in ``topic`` or ``relation``. Raises DataError for an unknown one.
    """
    catalogue = Catalogue(corpus)
    found = [(catalogue.likeness(node, words), node) for node in catalogue.of_kind(kind)]
    records = [(score, catalogue.record(node)) for score, node in found if score >= NEAR or not words.strip()]
    single = [word for word in words.split() if len(word) >= SIGNIFICANT]
    if not records and len(single) > 1:
        by_word = zip_longest(*(find(corpus, word, kind, most) for word in single))
        each = {record.iri: record for row in by_word for record in row if record is not None}
        return list(each.values())[: most or MOST]
    records.sort(key=lambda pair: (-pair[0], -pair[1].uses, pair[1].iri))
    return [record for _, record in records[: most or (MOST if words.strip() else None)]]


class Catalogue:
    """All that has a record in a corpus, and where it is used."""

    def __init__(self, corpus: Corpus) -> None:
        """Look through a corpus, which does not change meanwhile."""
        self._corpus, self._iris = corpus, corpus.iris
        above = superclasses(corpus)
        tops = {URIRef(self._iris.term(name)) for name in KINDS}
        self._classes = tops | {cls for cls, higher in above.items() if tops & higher}
        self._above = above
        self._kinds: dict[Node, set[str]] = defaultdict(set)
        self._graph: dict[Node, Graph] = {}
        for graph in corpus.graphs.values():
            for node, cls in graph.subject_objects(RDF.type):
                if cls in self._classes:
                    self._note(node, graph, (cls, *above.get(URIRef(str(cls)), ())))
        codes = corpus.graph("codes")
        for node, scheme in codes.subject_objects(SKOS.inScheme):
            self._note(node, codes, (scheme,))
        self._uses: dict[Node, set[str]] = defaultdict(set)
        for name in corpus.slugs:
            for subject, value in corpus.graph(f"article/{name}").subject_objects():
                if value in self._kinds:
                    self._uses[value].add(str(subject).partition("#")[0])

    def _note(self, node: Node, graph: Graph, kinds: Sequence[Node]) -> None:
        self._kinds[node] |= {_plain_kind(kind) for kind in kinds}
        self._graph[node] = graph

    @property
    def kinds(self) -> list[str]:
        """Names of all kinds that have a record."""
        return sorted(set().union(*self._kinds.values()))

    def of_kind(self, kind: str | None) -> list[Node]:
        """Return all of a kind, or all; raises DataError for a kind that nothing is of."""
        if kind is not None and kind.lower() not in self.kinds:
            raise DataError(f"There is no kind {kind!r}. There is {', '.join(self.kinds)}.")
        return [node for node, kinds in self._kinds.items() if kind is None or kind.lower() in kinds]

    def likeness(self, node: Node, words: str) -> float:
        """Return how near a name of a node, or failing that its definition, is to some words, of 100."""
        sought = fold(words)
        if not sought:
            return 0
        names = {fold(name) for name in self._names(node)} | {plain(_last(node))}
        best = max((_likeness(sought, name) for name in names), default=0)
        told = plain(self._definition(node) or "").split()
        return max(best, NEAR if set(sought.split()) <= set(told) else 0)

    def record(self, node: Node) -> Record:
        """Return what there is to show of a node."""
        graph = self._graph[node]
        labels = {
            str(text.language): str(text) for text in graph.objects(node, RDFS.label) if isinstance(text, Literal)
        }
        uses = sorted(self._uses.get(node, ()))
        kind = Counter({kind: len(self._kinds[node]) for kind in self._kinds[node]})
        return Record(
            name=self.short(node),
            iri=str(node),
            kind=self._own_kind(node) or next(iter(kind)),
            labels=dict(sorted(labels.items(), key=lambda item: item[0] != "en")),
            also=tuple(sorted({str(text) for text in graph.objects(node, SKOS.altLabel)})),
            definition=self._definition(node),
            uses=len(uses),
            examples=tuple(self._example(iri) for iri in uses[:EXAMPLES]),
        )

    def records(self) -> Iterator[Record]:
        """Give all records."""
        return (self.record(node) for node in self._kinds)

    def short(self, node: Node) -> str:
        """Return an IRI as it is written in data: ``code:seeks``, ``id:kremlin``, or by article for its own things."""
        rest = str(node).removeprefix(self._iris.base)
        first, _, local = rest.partition("/")
        return f"{first}:{local}" if first in ("code", "id") else rest

    def _own_kind(self, node: Node) -> str | None:
        graph = self._graph[node]
        scheme = graph.value(node, SKOS.inScheme)
        if scheme is not None:
            return _plain_kind(scheme)
        kinds = [cls for cls in graph.objects(node, RDF.type) if cls in self._classes]
        return _plain_kind(kinds[0]) if kinds else None

    def _names(self, node: Node) -> Iterator[str]:
        graph = self._graph[node]
        for predicate in (RDFS.label, SKOS.altLabel):
            yield from map(str, graph.objects(node, predicate))
        for name in _OTHER_NAMES:
            for text in graph.objects(node, URIRef(self._iris.term(name))):
                yield from (part.strip() for part in str(text).split(","))

    def _definition(self, node: Node) -> str | None:
        graph = self._graph[node]
        texts = [t for p in (SKOS.definition, RDFS.comment) for t in graph.objects(node, p) if isinstance(t, Literal)]
        return next((str(t) for t in sorted(texts, key=lambda t: t.language != "en")), None)

    def _example(self, iri: str) -> str:
        label = self._corpus.data.value(URIRef(iri), RDFS.label)
        return f"{iri.removeprefix(self._iris.base)}" + (f" “{label}”" if label is not None else "")


def _likeness(sought: str, name: str) -> float:
    if sought == name:
        return 100
    if name.startswith(sought):
        return 97
    words = name.split()
    if set(sought.split()) <= set(words):
        return 94
    if all(any(word.startswith(part) for word in words) for part in sought.split()):
        return 93
    return min(92, fuzz.ratio(sought, name))


def _plain_kind(kind: Node) -> str:
    return str(kind).replace("#", "/").rpartition("/")[2].lower()


def _last(node: Node) -> str:
    return str(node).rpartition("/")[2]
