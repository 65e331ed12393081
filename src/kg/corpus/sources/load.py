"""Turtle files → one dataset in memory, in which each triple remembers its file and line.

For a few articles: what takes part of a release is read graph by graph (kg.corpus.sources.read) and validated in
windows (kg.corpus.validation.window), each of which is a small corpus too.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import cast

from rdflib import BNode, Graph, URIRef
from rdflib.term import Node

from kg.corpus.rdf.convert import to_triple
from kg.corpus.rdf.graphs import APART
from kg.corpus.rdf.triples import Triple, TripleGraph
from kg.corpus.rdf.turtle import NotTurtle, read_lines
from kg.corpus.report import VIOLATION, Place, Result
from kg.corpus.sources.read import syntax_result
from kg.corpus.sources.sources import QUERIES, Reading, find_sources, read_source
from kg.corpus.sources.stored import describe_queries
from kg.settings import Settings
from kg.terms import Iris

# What rdflib warns of, a day that does not exist or an IRI that is none, is reported as a finding with its line.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)


@dataclass(slots=True)
class Corpus:
    """All that was read: the named graphs, the place of each triple, the articles, and the errors in files."""

    iris: Iris
    graphs: dict[URIRef, Graph] = field(default_factory=dict)
    data: Graph = field(default_factory=TripleGraph)
    """The union of all graphs but the shapes and the stored queries: what is validated."""
    slugs: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    places: dict[Triple, Place] = field(default_factory=dict)
    graph_of: dict[Triple, URIRef] = field(default_factory=dict)  # holds every triple, in the order of reading
    focus: Set[Node] | None = None
    """The nodes that are validated, where the others are there only to be looked at; None for all."""
    _nodes: dict[Node, Place] = field(default_factory=dict)
    _apart: frozenset[URIRef] = frozenset()

    def __post_init__(self) -> None:
        """Note which graphs hold no data."""
        self._apart = frozenset(URIRef(self.iris.graph(name)) for name in APART)

    def validates(self, node: Node) -> bool:
        """Return whether a node must be validated; quick checks need not ask."""
        return self.focus is None or node in self.focus

    def place(self, focus: Node | None, path: Node | None = None, value: Node | None = None) -> Place | None:
        """Return the place of a triple, or else of its subject, or else of a use of the node."""
        if focus is not None and path is not None and value is not None:
            found = self.places.get((focus, path, value))
            if found:
                return found
        return self._nodes.get(focus) if focus is not None else None

    def add(self, graph: Graph, triple: Triple, place: Place | None = None) -> None:
        """Add a triple, and report it where another graph holds it already. What no file holds has no place."""
        graph_iri = cast("URIRef", graph.identifier)
        other = self.graph_of.setdefault(triple, graph_iri)
        if other is not graph_iri and other != graph_iri:
            self.results.append(Result(VIOLATION, "TripleInOneGraph", triple[0], triple[1], triple[2], None, place))
            graph.add(triple)
            return
        graph.add(triple)
        if graph_iri not in self._apart:
            self.data.add(triple)
        if place is None:
            return
        self.places.setdefault(triple, place)
        subject, _, value = triple
        if subject not in self._nodes or self._nodes[subject].is_use:
            self._nodes[subject] = place
        if isinstance(value, URIRef | BNode):
            self._nodes.setdefault(value, Place(place.file, place.line, is_use=True))

    def graph(self, name: str) -> Graph:
        """Return the named graph of that short name, a new one where there is none yet."""
        return self.graph_at(URIRef(self.iris.graph(name)))

    def graph_at(self, iri: URIRef) -> Graph:
        """Return the named graph of that IRI, a new one where there is none yet."""
        return self.graphs[iri] if iri in self.graphs else self.graphs.setdefault(iri, TripleGraph(iri))


def load_corpus(
    settings: Settings,
    reading: Reading = lambda _: None,
    only: str | None = None,
    instead: Mapping[Path, bytes] = MappingProxyType({}),
) -> Corpus:
    """Return what the ontology, data and query folders hold; ``reading`` is called with each file before it is read.

    With ``only``, of the articles just the one of that slug is read. ``instead`` has what some files are taken to hold.
    Syntax errors become results of the corpus, one for each file. Raises DataError as kg.corpus.sources.sources does.
    """
    corpus = Corpus(Iris(settings.base_iri))
    prefix = corpus.iris.graph("")
    for source in find_sources(settings, only):
        name = source.graph.removeprefix(prefix)
        graph = corpus.graph(name)
        if name.startswith("article/"):
            corpus.slugs.append(name.removeprefix("article/"))
        if name == QUERIES:
            for triple in describe_queries(settings.queries_dir, corpus.iris):
                corpus.add(graph, triple)
            continue
        for path in source.files:
            reading(path)
            _read(corpus, graph, path, instead[path] if path in instead else read_source(path, settings))
    return corpus


def reload_graph(corpus: Corpus, settings: Settings, name: str) -> None:
    """Read the files of one graph again, of that short name, and put what they hold in place of what they held.

    Raises DataError as load_corpus does.
    """
    iri = URIRef(corpus.iris.graph(name))
    sources = [source for source in find_sources(settings) if source.graph == str(iri)]
    files = {path for source in sources for path in source.files}
    for triple in corpus.graphs.pop(iri, TripleGraph(iri)):
        if corpus.graph_of.get(triple) == iri:
            del corpus.graph_of[triple]
            corpus.places.pop(triple, None)
            corpus.data.remove(triple)
    corpus.results[:] = [r for r in corpus.results if not (r.place and r.place.file in files)]
    graph = corpus.graph(name)
    for path in sorted(files):
        _read(corpus, graph, path, read_source(path, settings))


def _read(corpus: Corpus, graph: Graph, path: Path, content: bytes) -> None:
    try:
        for quad, line in read_lines(content, corpus.iris.base):
            corpus.add(graph, to_triple(quad), Place(path, line))
    except NotTurtle as error:
        corpus.results.append(syntax_result(path, error))
