"""A folder of data judged again and again while somebody works on it: after a change, only what it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pyoxigraph import NamedNode, Quad, Store

from kg.corpus.judging.advice import advise
from kg.corpus.judging.changes import Change
from kg.corpus.judging.judge import Judge
from kg.corpus.judging.validate import complete, make_report, validate
from kg.corpus.rdf.graphs import GraphFile
from kg.corpus.report import Report, Result
from kg.corpus.sources.places import locate
from kg.corpus.sources.read import read_graphs
from kg.corpus.sources.sources import RECORDS
from kg.settings import Settings
from kg.terms import Iris


class Live:
    """The findings on one article, and on the shared records, as the files are now; the rules are those of a check."""

    def __init__(self, settings: Settings, slug: str) -> None:
        """Read the folder and judge the article; raises DataError where there is nothing to check."""
        self._settings, self._iris = settings, Iris(settings.base_iri)
        self._graph = self._iris.graph(f"article/{slug}")
        self._store = Store()
        self._known: dict[str, str] = {}
        self._files: dict[str, GraphFile] = {}
        self._faulty: dict[str, tuple[Result, ...]] = {}
        self._standing: tuple[Result, ...] = ()
        self._read()
        judge = Judge(self._store, self._iris, settings.texts)
        shared = [self._iris.graph(name) for name in RECORDS]
        found = [result for graph in (self._graph, *shared) for result in judge.judge_graph(graph).results]
        found += judge.judge_constraints(None)
        found += judge.judge_names([self._graph, *shared]).results
        self._standing = tuple(complete(judge, result) for result in dict.fromkeys(found))

    def _read(self) -> list[Change]:
        changes = []
        for read in read_graphs(self._settings, self._known):
            name = read.source.graph
            if read.graph is not None:
                before = self._files.get(name)
                self._replace(name, read.graph)
                changes.append(Change(name, before.nquads if before else None, read.graph.nquads))
            if read.graph is not None or read.results or name not in self._known:
                self._faulty[name] = read.results
                self._known[name] = read.key
        return changes

    def _replace(self, name: str, graph: GraphFile) -> None:
        self._files[name] = graph
        self._store.remove_graph(NamedNode(name))
        quads: Iterable[Quad] = graph.renamed()
        self._store.extend(quads)

    def refresh(self) -> Report:
        """Read what changed, judge what that concerns, and return all findings with file and line."""
        changes = [change for change in self._read() if change.before != change.after]
        if changes:
            found = validate(self._store, self._iris, changes, self._settings.texts)
            self._standing = found.report(self._iris, self._standing).results
        return self.report()

    def report(self) -> Report:
        """Return the findings of the last check; where files cannot be read, only those are reported."""
        faults = [result for results in self._faulty.values() for result in results]
        syntax = [result for result in faults if result.shape == "Syntax"]
        if syntax:
            return make_report(self._iris, syntax)
        own = [replace(result, place=None) for result in self._standing]
        told = advise(self._settings, self._store, locate(self._settings, self._store, {*faults, *own}))
        return make_report(self._iris, told)
