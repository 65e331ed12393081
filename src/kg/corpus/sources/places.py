"""Findings → findings with file and line: a second reading, of those files only that can hold what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from pyoxigraph import Literal as StoredLiteral
from pyoxigraph import NamedNode, Store
from rdflib import BNode, Literal
from rdflib.namespace import SH
from rdflib.term import Node

from kg.corpus.rdf.convert import Term, to_engine, to_rdflib, to_triple
from kg.corpus.rdf.graphs import graph_of
from kg.corpus.rdf.turtle import NotTurtle, read_lines
from kg.corpus.report import Place, Result
from kg.corpus.sources.sources import Source, find_sources, read_source
from kg.settings import Settings
from kg.terms import Iris

Key = tuple[Node | None, Node | None, Node | None]
"""A triple; None is a blank node, whose label differs at each reading."""


def locate(settings: Settings, store: Store, results: Iterable[Result]) -> list[Result]:
    """Return the findings; one without a place gets that of its triple, or else of its node.

    The store holds what the files hold. Raises DataError as kg.corpus.sources.sources does.
    """
    results = list(results)
    lost = [result for result in results if result.place is None]
    if not lost:
        return results
    iris = Iris(settings.base_iri)
    sources = {source.graph: source for source in find_sources(settings)}
    used = set(_used(store, iris))
    wanted: dict[str, _Wanted] = defaultdict(_Wanted)
    for result in lost:
        for graph in _graphs_of(store, iris, result):
            wanted[graph].add(result)
    for graph, looked_for in wanted.items():
        if graph in sources:
            looked_for.find(settings, sources[graph], used)
    return [result if result.place else _placed(store, iris, result, wanted) for result in results]


def _used(store: Store, iris: Iris) -> Iterator[Node]:
    shapes = NamedNode(iris.graph("shapes"))
    for quad in store.quads_for_pattern(None, NamedNode(str(SH.targetObjectsOf)), None, shapes):
        yield to_rdflib(quad.object)


def _graphs_of(store: Store, iris: Iris, result: Result) -> list[str]:
    """Return the graphs that can contain what was found, in order: the triple's, the node's, then its uses'."""
    focus = _term(result.focus)
    if focus is None:
        return []
    path, value = _term(result.path), _term(result.value)
    exact = _names(store, focus, path, value) if path is not None and value is not None else []
    exact += _names(store, focus, None, None)
    article = str(result.focus).removeprefix(iris.article(""))
    return list(dict.fromkeys([*exact, *_names(store, None, None, focus), iris.graph(f"article/{article}")]))


def _names(store: Store, subject: Term | None, predicate: Term | None, value: Term | None) -> list[str]:
    if isinstance(subject, StoredLiteral) or not isinstance(predicate, NamedNode | None):
        return []
    return sorted({graph_of(quad) for quad in store.quads_for_pattern(subject, predicate, value)})


def _term(node: Node | None) -> Term | None:
    return None if node is None else to_engine(node)


def _key(focus: Node | None, path: Node | None, value: Node | None) -> Key:
    return tuple(None if isinstance(node, BNode) else node for node in (focus, path, value))  # type: ignore[return-value]


@dataclass(slots=True)
class _Wanted:
    """What is looked for in one graph, and where it was found."""

    triples: set[Key] = field(default_factory=set)
    nodes: set[Node] = field(default_factory=set)
    uses: set[tuple[Node | None, Node | None]] = field(default_factory=set)
    """Things with those properties whose every value is looked for."""
    at_triple: dict[Key, Place] = field(default_factory=dict)
    at_node: dict[Node, Place] = field(default_factory=dict)
    first: Place | None = None

    def add(self, result: Result) -> None:
        self.triples.add(_key(result.focus, result.path, result.value))
        if result.path is not None and result.value is None:
            self.uses.add((result.focus, result.path))
        if result.focus is not None:
            self.nodes.add(result.focus)

    def find(self, settings: Settings, source: Source, used: set[Node]) -> None:
        for path in source.files:
            try:
                for quad, line in read_lines(read_source(path, settings), settings.base_iri):
                    self._look_at(to_triple(quad), Place(path, line), used)
            except NotTurtle:
                continue

    def _look_at(self, triple: tuple[Node, Node, Node], place: Place, used: set[Node]) -> None:
        subject, predicate, value = triple
        self.first = self.first or place
        if _key(*triple) in self.triples:
            self.at_triple.setdefault(_key(*triple), place)
        if (subject, predicate) in self.uses:
            self.at_triple.setdefault((subject, predicate, None), place)
        if subject in self.nodes and (subject not in self.at_node or self.at_node[subject].is_use):
            self.at_node[subject] = place
        if value in self.nodes and (not isinstance(value, Literal) or predicate in used):
            self.at_node.setdefault(value, replace(place, is_use=True))


def _placed(store: Store, iris: Iris, result: Result, wanted: dict[str, _Wanted]) -> Result:
    looked_in = [wanted[graph] for graph in _graphs_of(store, iris, result)]
    key = _key(result.focus, result.path, result.value)
    candidates = [one.at_triple[key] for one in looked_in if key in one.at_triple]
    described = [one.at_node[result.focus] for one in looked_in if result.focus in one.at_node]
    candidates += sorted(described, key=lambda place: place.is_use)
    candidates += [one.first for one in looked_in if one.first is not None]
    return replace(result, place=candidates[0]) if candidates else result
