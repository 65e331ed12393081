"""Nodes and graphs of a dataset in a store → what is wrong with them, window by window."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, islice
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, Store
from rdflib import Literal, URIRef
from rdflib.term import Node

from kg.corpus.checks import all as checks
from kg.corpus.checks import labels
from kg.corpus.checks.classes import superclasses
from kg.corpus.evidence import check as evidence
from kg.corpus.rdf.convert import Term, to_triple
from kg.corpus.rdf.derive import Subject
from kg.corpus.rdf.graphs import graph_of
from kg.corpus.report import Result
from kg.corpus.sources.load import Corpus
from kg.corpus.text import Texts, read_texts
from kg.corpus.validation.changes import Pair
from kg.corpus.validation.constraints import Constraint, find_constraints, find_targets, is_target
from kg.corpus.validation.shacl import Core
from kg.corpus.validation.window import LEFT_OUT, Rules, Window
from kg.terms import PREFIXES, Iris

BATCH = 1_000
"""Focus nodes of one window, unless an article has more."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is wrong, and a line on each article whose evidence was and was not checked against its text."""

    results: tuple[Result, ...] = ()
    checked: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """Things that share a name with another, and all the things whose names were looked at."""

    results: tuple[Result, ...]
    seen: frozenset[Node]


class Prepared:
    """What the rules of a dataset are read into, once however many changes are validated by them."""

    def __init__(self, iris: Iris, rules: Rules) -> None:
        """Read the rules; raises DataError where the shapes are at fault."""
        self.iris, self.rules = iris, rules
        self.core = Core(rules.shapes, iris)

    @cached_property
    def constraints(self) -> list[Constraint]:
        """The SHACL-SPARQL constraints."""
        return find_constraints(self.rules.shapes, self.iris)

    @cached_property
    def corpus(self) -> Corpus:
        """The ontology and the shapes."""
        corpus = Corpus(self.iris)
        for name, graph in (("ontology", self.rules.ontology), ("shapes", self.rules.shapes)):
            corpus.graphs[URIRef(self.iris.graph(name))] = graph
        return corpus

    @cached_property
    def below(self) -> dict[Node, set[Node]]:
        """Class → the classes below it."""
        found: dict[Node, set[Node]] = {}
        for cls, above in superclasses(self.corpus).items():
            for higher in above:
                found.setdefault(higher, set()).add(cls)
        return found


@lru_cache(maxsize=2)
def prepare(iris: Iris, ontology: bytes, shapes: bytes) -> Prepared:
    """Return the rules that an ontology and shapes, in sorted N-Triples, make; raises DataError for faulty ones."""
    store = Store()
    for name, triples in (("ontology", ontology), ("shapes", shapes)):
        store.load(triples, format=RdfFormat.N_TRIPLES, to_graph=NamedNode(iris.graph(name)))
    return Prepared(iris, Rules.of(store, iris))


def _triples(store: Store, graph: str) -> bytes:
    triples = store.dump(format=RdfFormat.N_TRIPLES, from_graph=NamedNode(graph)) or b""
    return b"".join(sorted(triples.splitlines(keepends=True)))


class Validator:
    """Validates a dataset by its own ontology and shapes. It holds no more of it than one window at a time."""

    def __init__(self, store: Store, iris: Iris, folder: Path | None) -> None:
        """Read the rules; ``folder`` is where texts of articles are. Raises DataError where the shapes are at fault."""
        self.store, self.iris, self._folder = store, iris, folder
        self._prepared = prepare(iris, *(_triples(store, iris.graph(name)) for name in ("ontology", "shapes")))
        self.rules, self._core = self._prepared.rules, self._prepared.core

    @cached_property
    def texts(self) -> Texts:
        """The available texts."""
        return read_texts(self._folder)

    @property
    def constraints(self) -> list[Constraint]:
        """The SHACL-SPARQL constraints."""
        return self._prepared.constraints

    @property
    def below(self) -> dict[Node, set[Node]]:
        """Class → the classes below it."""
        return self._prepared.below

    def graphs(self) -> list[str]:
        """Return the IRIs of all graphs that are validated, in their order."""
        names = {name.value for name in self.store.named_graphs()} - {self.iris.graph(LEFT_OUT)}
        return sorted(names)

    def slug_of(self, graph: str) -> str | None:
        """Return the slug of the article whose graph that is, or None."""
        prefix = self.iris.graph("article/")
        return graph.removeprefix(prefix) if graph.startswith(prefix) else None

    def validate_graph(self, graph: str) -> Found:
        """Validate all that a graph describes, and an article as a whole."""
        slug = self.slug_of(graph)
        quads = self.store.quads_for_pattern(None, None, None, NamedNode(graph))
        used, rules = set(), self.rules
        subjects = set()
        for quad in quads:
            subjects.add(quad.subject)
            if quad.predicate in rules.used:
                used.add(quad.object)
        nodes = subjects | {node for node in used if not self._is_described(node)}
        if slug is None:
            return Found(tuple(self.validate_nodes(nodes)))
        window = Window(self.store, rules, nodes, (slug,))
        article = self._validate_article(window.corpus, slug)
        return Found((*self._validate(window), *article.results), article.checked, article.unchecked)

    def _is_described(self, node: Term) -> bool:
        return not hasattr(node, "datatype") and any(self.store.quads_for_pattern(node, None, None))

    def validate_article(self, slug: str, changed: Collection[NamedNode]) -> Found:
        """Validate an article as a whole, and not each node of it, after triples of some properties came or went."""
        if self.text_of(slug) is not None:
            graph = NamedNode(self.iris.graph(f"article/{slug}"))
            subjects = {quad.subject for quad in self.store.quads_for_pattern(None, None, None, graph)}
            return self._validate_article(Window(self.store, self.rules, subjects, (slug,), alone=True).corpus, slug)
        return self._validate_article(self._outline(slug, changed), slug)

    def _outline(self, slug: str, changed: Collection[NamedNode]) -> Corpus:
        """Return of an article what the checks of articles read, or nothing where none of that changed."""
        corpus = Corpus(self.iris, slugs=[slug])
        name, graph = NamedNode(self.iris.graph(f"article/{slug}")), corpus.graph(f"article/{slug}")
        number = NamedNode(self.iris.term("number"))
        if number not in changed and _TYPE not in changed:
            corpus.slugs.clear()
        for quad in self.store.quads_for_pattern(NamedNode(self.iris.article(slug)), None, None, name):
            corpus.add(graph, to_triple(quad))
        for quad in self.store.quads_for_pattern(None, number, None, name) if corpus.slugs else ():
            corpus.add(graph, to_triple(quad))
        return corpus

    def text_of(self, slug: str) -> str | None:
        """Return the text of an article, where it is available."""
        article, digest = NamedNode(self.iris.article(slug)), NamedNode(self.iris.term("digest"))
        recorded = next((str(to_triple(q)[2]) for q in self.store.quads_for_pattern(article, digest, None)), None)
        return self.texts.text_of(slug, recorded)

    def validate_nodes(self, nodes: Iterable[Term]) -> Iterator[Result]:
        """Validate nodes by their triples and those around them."""
        waiting = iter(sorted(nodes, key=str))
        while batch := list(islice(waiting, BATCH)):
            yield from self._validate(Window(self.store, self.rules, batch))

    def _validate(self, window: Window) -> list[Result]:
        corpus, nodes = window.corpus, window.nodes
        corpus.focus = nodes
        found = list(corpus.results)
        found += [result for check in checks.BY_NODE for result in check(corpus)]
        return [result for result in found if result.focus in nodes] + self._core.run(corpus, nodes)

    def _validate_article(self, corpus: Corpus, slug: str) -> Found:
        own = corpus.graph(f"article/{slug}")
        found = [result for check in checks.BY_GRAPH for result in check(corpus)]
        corpus.slugs = [slug]
        texts, checked, unchecked = evidence.find_texts(corpus, self._folder, self.texts)
        found += evidence.check_texts(corpus, texts)
        article = URIRef(self.iris.article(slug))
        kept = (r for r in found if r.focus == article or (r.focus, None, None) in own)
        return Found(tuple(kept), checked, unchecked)

    def validate_constraints(self, near: Iterable[Term] | None) -> Iterator[Result]:
        """Run SHACL-SPARQL on all its targets, or where that is all that a change can concern, on those near it."""
        near = None if near is None else list(near)
        for constraint in self.constraints:
            if near is None or not constraint.is_near:
                targets = find_targets(self.store, constraint, self.below)
            else:
                targets = {node for node in near if is_target(self.store, constraint, node, self.below)}
            for node in targets:
                yield from constraint.run(self.store, self.iris.base, node)

    def concerns_names(self, pairs: Iterable[Pair]) -> bool:
        """Return whether, one of the triples added or removed names a thing or code, or says that something is one."""
        kinds = set(self._entities)
        return any(
            value in kinds if predicate == _TYPE else predicate == _IN_SCHEME or self._is_name(subject, predicate)
            for subject, predicate, value in pairs
        )

    def _is_name(self, subject: Subject, predicate: NamedNode) -> bool:
        return predicate in NAMES and (self._is_entity(subject) or self._is_code(subject))

    def _is_entity(self, node: Subject) -> bool:
        return any(quad.object in self._entities for quad in self.store.quads_for_pattern(node, _TYPE, None))

    def _is_code(self, node: Subject) -> bool:
        codes = NamedNode(self.iris.graph("codes"))
        return any(self.store.quads_for_pattern(node, _IN_SCHEME, None, codes))

    def validate_names(self, graphs: Collection[str] | None) -> Named:
        """Find things that share a name with another, and return them with all the things whose names were looked at.

        Only things named in ``graphs`` or in the shared graphs are looked at; None means all.
        """
        shared = {self.iris.graph(name) for name in labels.SHARED}
        scope = self.graphs() if graphs is None or shared & set(graphs) else sorted({*shared, *graphs})
        names = [
            labels.Name(graph not in shared, graph, subject, predicate, text, is_code)
            for graph in scope
            for name in NAMES
            for quad in self.store.quads_for_pattern(None, name, None, NamedNode(graph))
            if ((is_code := self._is_code(quad.subject)) and name == NAMES[0]) or self._is_entity(quad.subject)
            for subject, predicate, text in [to_triple(quad)]
            if isinstance(text, Literal)
        ]
        return Named(tuple(labels.repeated_names(self.iris, names)), frozenset(name.subject for name in names))

    @cached_property
    def _entities(self) -> frozenset[Term]:
        top = URIRef(self.iris.term("Entity"))
        return frozenset(NamedNode(str(cls)) for cls in (top, *self.below.get(top, ())))

    def validate_rules(self) -> Iterator[Result]:
        """Find shapes that aim at nothing, and examples of terms that show nothing."""
        corpus = self._prepared.corpus
        return chain(checks.known_targets(corpus), checks.idle_examples(corpus))

    def validate_records(self, quads: Iterable[Quad] | None, texts: Iterable[str]) -> Iterator[Result]:
        """Find literals among records, those of ``quads`` or all, that copy from one of the texts."""
        names = {self.iris.graph(name) for name in evidence.RECORDS}
        if quads is None:
            quads = (q for name in names for q in self.store.quads_for_pattern(None, None, None, NamedNode(name)))
        triples = (to_triple(quad) for quad in quads if graph_of(quad) in names)
        return evidence.borrowed(self.iris, triples, texts)


_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_IN_SCHEME = NamedNode(PREFIXES["skos"] + "inScheme")
NAMES = tuple(NamedNode(str(name)) for name in labels.NAMES)
