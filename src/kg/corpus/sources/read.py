"""Sources → graphs as they are published, one at a time; what is known is not read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, parse

from kg.corpus.crew import Crew
from kg.corpus.rdf.convert import to_rdflib
from kg.corpus.rdf.derive import SHARED, Context
from kg.corpus.rdf.graphs import GraphFile, make_graph
from kg.corpus.rdf.turtle import NotTurtle, read_turtle
from kg.corpus.report import VIOLATION, Place, Result
from kg.corpus.sources.literals import check_literals
from kg.corpus.sources.sources import QUERIES, Reading, Source, find_sources, read_source
from kg.corpus.sources.stored import check_queries, describe_queries
from kg.settings import Settings
from kg.terms import Iris

MANY = 16
"""Articles from which several processes read and judge them."""

_FORM = "2"
"""Changes where the same files would be published as other triples than before."""


@dataclass(frozen=True, slots=True)
class Read:
    """What came of a source. ``graph`` is None where it is as known, or where a file of it cannot be read.

    ``key`` stays while nothing that the graph depends on changes; ``results`` are faults of its files and literals.
    """

    source: Source
    key: str
    graph: GraphFile | None
    results: tuple[Result, ...] = ()


def read_graphs(
    settings: Settings,
    known: Mapping[str, str] | None = None,
    crew: Crew | None = None,
    reading: Reading = lambda _: None,
) -> Iterator[Read]:
    """Give what each source holds, in the order of kg.corpus.sources.sources.find_sources, shared out among a crew.

    ``known`` maps a graph to the key with which it was read before; where that is the same, nothing is parsed.
    ``reading`` is told of the files of a source before they are read, the largest last: if they are too much for the
    reader, it is the likeliest cause. Raises DataError as find_sources does, and
    for a file that kg.corpus.sources.files refuses.
    """
    sources = find_sources(settings)
    context = read_context(settings, sources)
    work = partial(_read, settings, context, dict(known or {}))
    yield from (crew or Crew()).map(work, _telling(sources, reading))


def count_workers(settings: Settings) -> int:
    """Return how many processes are worth their while for a folder of data: none for a few articles."""
    articles = sum(path.is_dir() for path in (settings.data_dir / "articles").glob("*"))
    return (os.cpu_count() or 1) if articles >= MANY else 0


def _telling(sources: Iterable[Source], reading: Reading) -> Iterator[Source]:
    for source in sources:
        for path in sorted(source.files, key=lambda path: path.lstat().st_size):
            reading(path)
        yield source


def read_context(settings: Settings, sources: Iterable[Source]) -> Context:
    """Return what the files of shared graphs give for deriving; where they are not Turtle, what can be read of it."""
    iris = Iris(settings.base_iri)
    shared = {iris.graph(name) for name in SHARED}
    quads: list[Quad] = []
    for path in (path for source in sources if source.graph in shared for path in source.files):
        try:
            quads += read_turtle(read_source(path, settings), iris.base)
        except NotTurtle:
            continue
    return Context.of(iris, quads)


def _read(settings: Settings, context: Context, known: dict[str, str], source: Source) -> Read:
    parts = (_FORM, settings.base_iri, context.order, source.digest(settings))
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    if known.get(source.graph) == key:
        return Read(source, key, None)
    is_queries = source.graph == Iris(settings.base_iri).graph(QUERIES)
    quads, results = _read_queries(settings) if is_queries else _read_files(settings, source)
    if results:
        return Read(source, key, None, tuple(results))
    graph = make_graph(source.graph, quads, context)
    return Read(source, key, graph, (*check_literals(quads), *_stated_by_hand(quads, context)))


_BARE = "Not to be stated outright. Make it a statement that says who claims it and where, or correct its spelling."
"""Message of the check BareTriple, which no report of a graph that is not stored yet could look up."""


def _stated_by_hand(quads: Iterable[Quad], context: Context) -> Iterator[Result]:
    """Find triples of files that only the build states: what it derives replaces them, so nobody would miss them."""
    for quad in quads:
        if quad.predicate in context.owned:
            focus, path, value = (to_rdflib(term) for term in (quad.subject, quad.predicate, quad.object))
            yield Result(VIOLATION, "BareTriple", focus, path, value, _BARE, None)


def _read_files(settings: Settings, source: Source) -> tuple[list[Quad], list[Result]]:
    quads: list[Quad] = []
    results = []
    for path in source.files:
        try:
            quads += read_turtle(read_source(path, settings), settings.base_iri)
        except NotTurtle as error:
            results.append(syntax_result(path, error))
    return quads, results


def syntax_result(path: Path, error: NotTurtle) -> Result:
    """Return the finding that a file is not Turtle."""
    message = f"This is not Turtle: {error.why}"
    return Result(VIOLATION, "Syntax", None, None, None, message, Place(path, error.line))


def _read_queries(settings: Settings) -> tuple[list[Quad], list[Result]]:
    described = describe_queries(settings.queries_dir, Iris(settings.base_iri))
    triples = described.serialize(format="nt", encoding="utf-8")
    results = list(check_queries(settings.queries_dir, settings.base_iri))
    return list(parse(triples, format=RdfFormat.N_TRIPLES)), results
