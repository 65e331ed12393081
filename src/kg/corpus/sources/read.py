"""Sources → graphs as they are published, one at a time; what is known is not read again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from kg.corpus.crew import Crew
from kg.corpus.rdf.convert import to_rdflib
from kg.corpus.rdf.derive import SHARED, TYPE, Context, Subject
from kg.corpus.rdf.graphs import GraphFile, make_graph
from kg.corpus.rdf.turtle import NotTurtle, read_lines, read_turtle
from kg.corpus.report import VIOLATION, Place, Result
from kg.corpus.sources.literals import check_literals
from kg.corpus.sources.seen import Seen, Status, status_of
from kg.corpus.sources.sources import QUERIES, RECORDS, Reading, Source, find_sources, read_source
from kg.corpus.sources.stored import check_queries, describe_queries
from kg.settings import Settings
from kg.terms import Iris

MANY = 16
"""Articles from which several processes read and validate them."""

_FORM = "2"
"""Changes where the same files would be published as other triples than before."""


@dataclass(frozen=True, slots=True)
class Read:
    """The result of reading a source. ``graph`` is None where it is as known, or where a file of it cannot be read.

    ``key`` stays while nothing that the graph depends on changes; ``results`` are faults of its files and literals.
    ``digest`` is that of the files, and ``status`` theirs before they were read.
    """

    source: Source
    key: str
    graph: GraphFile | None
    results: tuple[Result, ...] = ()
    digest: str = ""
    status: Status | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A first look at a folder of data: its sources, what graphs are derived with, and the keys of those seen before.

    A source has a key here where its files are as they were when they were last read.
    """

    sources: list[Source]
    context: Context
    keys: Mapping[str, str]
    seen: Seen


def look(settings: Settings, seen: Seen | None = None) -> Look:
    """Look at the sources; raises DataError as find_sources does, and for a file that cannot be read."""
    sources, seen = find_sources(settings), seen or Seen()
    context = read_context(settings, sources)
    digests = ((source.graph, seen.digest(source)) for source in sources)
    keys = {graph: _key(settings, context, digest) for graph, digest in digests if digest}
    return Look(sources, context, keys, seen)


def read_graphs(
    settings: Settings,
    known: Mapping[str, str] | None = None,
    crew: Crew | None = None,
    reading: Reading = lambda _: None,
    looked: Look | None = None,
) -> Iterator[Read]:
    """Give what each source holds, in the order of kg.corpus.sources.sources.find_sources, shared out among a crew.

    ``known`` maps a graph to the key with which it was read before; where that is the same, nothing is parsed, and
    where a look at the files has shown so, they are not even read. ``reading`` gets the files of a source before
    they are read, the largest last: if they are too much for the reader, it is the likeliest cause. Raises DataError as
    find_sources does, and for a file that kg.corpus.sources.files refuses.
    """
    looked, known = looked or look(settings), known or {}
    keys = looked.keys
    left = {s.graph for s in looked.sources if s.graph not in keys or keys[s.graph] != known.get(s.graph)}
    others = (source for source in looked.sources if source.graph in left)
    jobs = ((source, known.get(source.graph)) for source in _telling(others, reading))
    answers = (crew or Crew()).map(partial(_read, settings, looked.context), jobs)
    for source in looked.sources:
        if source.graph not in left:
            yield Read(source, keys[source.graph], None)
            continue
        found = next(answers)
        looked.seen.note(source, found.digest, found.status)
        yield found
    looked.seen.keep(looked.sources)


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


def _key(settings: Settings, context: Context, digest: str) -> str:
    parts = (_FORM, settings.base_iri, context.order, digest)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _read(settings: Settings, context: Context, job: tuple[Source, str | None]) -> Read:
    """Read a source, and parse it unless it gives the key that is known."""
    source, known = job
    status, digest = status_of(source), source.digest(settings)
    key = _key(settings, context, digest)
    if known == key:
        return Read(source, key, None, (), digest, status)
    is_queries = source.graph == Iris(settings.base_iri).graph(QUERIES)
    parts, results = _read_queries(settings) if is_queries else _read_files(settings, source)
    if results:
        return Read(source, key, None, tuple(results))
    quads = [quad for part in parts.values() for quad in part]
    graph = make_graph(source.graph, quads, context)
    found = (*check_literals(quads), *_stated_by_hand(quads, context), *_described_twice(settings, source, parts))
    return Read(source, key, graph, found, digest, status)


_BARE = "Not to be stated outright. Make it a statement that says who claims it and where, or correct its spelling."
"""Message of the check BareTriple, which no report of a graph that is not stored yet could look up."""


_TWICE = "This name is given twice. Give one of both another number, or take out what is a copy."
"""Message of the check DescribedOnce, for the same reason."""


def _stated_by_hand(quads: Iterable[Quad], context: Context) -> Iterator[Result]:
    """Find triples of files that only the build states: what it derives replaces them, so nobody would miss them."""
    for quad in quads:
        if quad.predicate in context.owned:
            focus, path, value = (to_rdflib(term) for term in (quad.subject, quad.predicate, quad.object))
            yield Result(VIOLATION, "BareTriple", focus, path, value, _BARE, None)


def _described_twice(settings: Settings, source: Source, parts: Mapping[Path, list[Quad]]) -> Iterator[Result]:
    """Find records to which two files give a class: one file is a copy, or two things have one name."""
    name = source.graph.removeprefix(Iris(settings.base_iri).graph(""))
    known: set[Subject] = set()
    for path, quads in parts.items() if name in RECORDS or name.startswith("article/") else ():
        own = {q.subject for q in quads if q.predicate == TYPE and isinstance(q.subject, NamedNode)}
        twice: set[Subject] = {subject for subject in own & known if "#" not in str(subject)}
        known |= own
        for quad, line in read_lines(read_source(path, settings), settings.base_iri) if twice else ():
            if quad.predicate == TYPE and quad.subject in twice:
                twice.remove(quad.subject)
                yield Result(VIOLATION, "DescribedOnce", to_rdflib(quad.subject), None, None, _TWICE, Place(path, line))


def _read_files(settings: Settings, source: Source) -> tuple[dict[Path, list[Quad]], list[Result]]:
    parts: dict[Path, list[Quad]] = {}
    results = []
    for path in source.files:
        try:
            parts[path] = list(read_turtle(read_source(path, settings), settings.base_iri))
        except NotTurtle as error:
            results.append(syntax_result(path, error))
    return parts, results


def syntax_result(path: Path, error: NotTurtle) -> Result:
    """Return the finding that a file is not Turtle."""
    message = f"This is not Turtle: {error.why}"
    return Result(VIOLATION, "Syntax", None, None, None, message, Place(path, error.line))


def _read_queries(settings: Settings) -> tuple[dict[Path, list[Quad]], list[Result]]:
    described = describe_queries(settings.queries_dir, Iris(settings.base_iri))
    triples = described.serialize(format="nt", encoding="utf-8")
    results = list(check_queries(settings.queries_dir, settings.base_iri))
    return {settings.queries_dir: list(parse(triples, format=RdfFormat.N_TRIPLES))}, results
