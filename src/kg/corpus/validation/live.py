"""A folder of data validated again and again while somebody works on it: after a change, only what it concerns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import NamedNode, Store

from kg.corpus.evidence.check import held_against_text
from kg.corpus.rdf.derive import Context
from kg.corpus.rdf.graphs import GraphFile, graph_of
from kg.corpus.report import Report, Result
from kg.corpus.sources.places import locate
from kg.corpus.sources.read import Look, look, read_graphs
from kg.corpus.sources.seen import Seen
from kg.corpus.sources.sources import RECORDS, Reading
from kg.corpus.validation.advice import advise
from kg.corpus.validation.changes import Change
from kg.corpus.validation.validate import (
    REST,
    RULES,
    complete,
    make_report,
    require_shapes,
    validate,
    validate_everything,
)
from kg.corpus.validation.validator import Validator
from kg.settings import Settings
from kg.terms import Iris


class Live:
    """The findings on a folder of data as its files are now: those that a check of everything would give.

    With a slug, those on one article and on the shared records. The data are held in memory.
    """

    def __init__(self, settings: Settings, slug: str | None = None) -> None:
        """Take a folder; nothing is read before it is asked for."""
        self._settings, self._iris = settings, Iris(settings.base_iri)
        self._slug = slug
        self._store, self._seen = Store(), Seen()
        self._context: Context | None = None
        self._known: dict[str, str] = {}
        self._nquads: dict[str, bytes] = {}
        self._faulty: dict[str, tuple[Result, ...]] = {}
        self._validated: dict[str, bytes | None] = {}
        """Of each graph that changed since all was validated, its N-Quads as they were validated."""
        self._texts: object = None
        self._standing: frozenset[Result] | None = None

    def refresh(self, reading: Reading = lambda _: None) -> Report:
        """Read what changed, validate what that concerns, and return all findings with file and line.

        Where files cannot be read, only those are reported. ``reading`` gets each file before it is read. Raises
        DataError as ``check`` does; the next call goes on from there.
        """
        self._read(reading)
        faults = [result for results in self._faulty.values() for result in results]
        syntax = [result for result in faults if result.shape == "Syntax"]
        if syntax:
            return make_report(self._iris, syntax, (), (REST,))
        validator = Validator(self._store, self._iris, self._settings.texts)
        self._validate(validator)
        located = locate(self._settings, self._store, {*faults, *(self._standing or ())})
        told = advise(self._settings, self._store, located) if located else []
        return make_report(self._iris, told, *self._held_against_texts(validator))

    # Reading

    def _read(self, reading: Reading) -> None:
        looked = look(self._settings, self._seen)
        known = {graph: key for graph, key in self._known.items() if graph not in self._following(looked)}
        for read in read_graphs(self._settings, known, None, reading, looked):
            name = read.source.graph
            if read.graph is not None:
                self._replace(name, read.graph)
            if read.graph is not None or read.results:
                self._known[name], self._faulty[name] = read.key, read.results
        for name in self._known.keys() - {source.graph for source in looked.sources}:
            self._replace(name, None)
            del self._known[name], self._faulty[name]
        self._context = looked.context

    def _following(self, looked: Look) -> set[str]:
        """Return the graphs in which other things follow, since shared records lead elsewhere than before."""
        if self._context is None:
            return set()
        about = NamedNode(self._iris.term("about"))
        moved = self._context.moved(looked.context)
        return {graph_of(q) for thing in moved for q in self._store.quads_for_pattern(None, about, thing)}

    def _replace(self, name: str, graph: GraphFile | None) -> None:
        self._validated.setdefault(name, self._nquads.pop(name, None))
        self._store.remove_graph(NamedNode(name))
        if graph is not None:
            self._nquads[name] = graph.nquads
            self._store.extend(graph.renamed())

    # Validating

    def _validate(self, validator: Validator) -> None:
        changes = [Change(name, before, self._nquads.get(name)) for name, before in self._validated.items()]
        changes = [change for change in changes if change.before != change.after]
        texts = _state(self._settings.texts)
        has_new_rules = any(change.graph == self._iris.graph(name) for change in changes for name in RULES)
        if self._standing is None or has_new_rules or texts != self._texts:
            require_shapes(self._settings)
            self._standing = frozenset(self._validate_all(validator))
        elif changes:
            found = validate(self._store, self._iris, changes, self._settings.texts)
            self._standing = frozenset((*found.results, *filter(found.leaves, self._standing)))
        self._texts = texts
        self._validated.clear()

    def _validate_all(self, validator: Validator) -> Iterable[Result]:
        if self._slug is None:
            return validate_everything(validator).results
        graphs = [self._iris.graph(name) for name in (f"article/{self._slug}", *RECORDS)]
        found = [result for graph in graphs for result in validator.validate_graph(graph).results]
        found += validator.validate_constraints(None)
        found += validator.validate_names(graphs).results
        return [complete(validator, result) for result in dict.fromkeys(found)]

    def _held_against_texts(self, validator: Validator) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return a line on each article whose evidence was, and on each whose evidence was not, held against a text."""
        slugs = [slug for graph in validator.graphs() if (slug := validator.slug_of(graph))]
        found = [(slug, validator.text_of(slug) is not None) for slug in slugs]
        told = [(is_held, held_against_text(slug, self._settings.texts, is_held=is_held)) for slug, is_held in found]
        return tuple(line for is_held, line in told if is_held), tuple(line for is_held, line in told if not is_held)


def _state(texts: Path | None) -> object:
    """Return what changes where a text does."""
    paths = sorted(texts.glob("*.txt")) if texts else []
    return [(path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
