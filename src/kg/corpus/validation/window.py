"""Windows: small corpora, cut out of a store, in which some nodes can be validated as they would be in the whole.

A window holds all that is said of its focus nodes, what leads to them where a shape looks back, and what is said of the
nodes around them as far as any shape or check looks. It is as large as what is validated, whatever the store holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, QuerySolutions, Store
from rdflib import RDFS, Graph, URIRef
from rdflib.term import Node

from kg.corpus.rdf.convert import Term, to_rdflib, to_triple
from kg.corpus.rdf.derive import TYPE, Context, Subject, asserted, back, is_back, is_derived, is_symmetric
from kg.corpus.rdf.graphs import graph_of
from kg.corpus.rdf.triples import Triple, TripleGraph
from kg.corpus.sources.load import Corpus
from kg.corpus.validation.around import Around, around
from kg.corpus.validation.reads import Sequence, Step, depth_of, find_sequences, find_targets
from kg.terms import PREFIXES, Iris

_SOMEBODY = URIRef("urn:x-attested:somebody")
_USES = "SELECT ?node ?use {{ VALUES ?node {{ {} }} VALUES ?use {{ {} }} FILTER EXISTS {{ ?user ?use ?node }} }}"

LEFT_OUT = "description"
"""Short name of the graph that a release makes of itself, which no rule is about."""


@dataclass(frozen=True)
class Rules:
    """What a dataset is validated by: its ontology and shapes, and what follows from them. It is never changed."""

    iris: Iris
    ontology: Graph
    shapes: Graph
    context: Context
    around: Around
    """What the checks that are no shapes read."""

    @classmethod
    def of(cls, store: Store, iris: Iris) -> Rules:
        """Return the rules of the dataset in a store."""
        ontology = list(store.quads_for_pattern(None, None, None, NamedNode(iris.graph("ontology"))))
        shapes = store.quads_for_pattern(None, None, None, NamedNode(iris.graph("shapes")))
        context = Context.of(iris, ontology)
        known = _graph(iris.graph("ontology"), asserted(ontology, context))
        return cls(iris, known, _graph(iris.graph("shapes"), shapes), context, around(iris))

    @cached_property
    def sequences(self) -> frozenset[Sequence]:
        """All that shapes and checks read, from a node that they validate."""
        return find_sequences(self.shapes) | self.around.sequences

    @cached_property
    def targets(self) -> frozenset[Step]:
        """What makes a node one that a shape validates."""
        return find_targets(self.shapes)

    @cached_property
    def used(self) -> frozenset[NamedNode]:
        """Properties whose values are targets of a shape."""
        return frozenset(step.predicate for step in self.targets if step.inverse)

    @cached_property
    def depth(self) -> int:
        """Steps from a node that is validated within which anything is read."""
        return depth_of(self.sequences)

    @cached_property
    def backward(self) -> dict[int, frozenset[NamedNode]]:
        """Number of steps → properties that are followed next from value to subject."""
        found: dict[int, set[NamedNode]] = defaultdict(set)
        for sequence in self.sequences:
            for place, step in enumerate(sequence):
                if step.inverse:
                    found[place].add(step.predicate)
        return {place: frozenset(predicates) for place, predicates in found.items()}

    @cached_property
    def hierarchy(self) -> list[Triple]:
        """The triples that state which class is below which."""
        return list(self.ontology.triples((None, RDFS.subClassOf, None)))


_IN_SCHEME = NamedNode(PREFIXES["skos"] + "inScheme")


def _graph(iri: str, quads: Iterable[Quad]) -> Graph:
    graph = TripleGraph(URIRef(iri))
    for quad in quads:
        graph.add(to_triple(quad))
    return graph


class Window:
    """Cuts one window out of a store."""

    def __init__(
        self, store: Store, rules: Rules, focus: Iterable[Term], slugs: Iterable[str] = (), *, alone: bool = False
    ) -> None:
        """Add the focus nodes and, unless ``alone``, what is around them.

        ``slugs`` are those of articles all of whose things are focus nodes.
        """
        self._store, self._rules = store, rules
        self._left_out = NamedNode(rules.iris.graph(LEFT_OUT))
        self._described: dict[Term, list[tuple[NamedNode, Term]]] = {}
        self._graphs: dict[object, Graph] = {}
        self.focus: set[Term] = set(focus)
        self.corpus = Corpus(rules.iris, slugs=sorted(slugs))
        self.corpus.graphs[URIRef(str(rules.ontology.identifier))] = rules.ontology
        for triple in rules.hierarchy:
            self.corpus.data.add(triple)
        for code in self._bounds() if self.corpus.slugs else ():
            self._describe(code)
        if alone:
            for node in set(self.focus):
                self._describe(node)
        else:
            self._fill()
            self._follow()

    @property
    def nodes(self) -> set[Node]:
        """The focus nodes, for rdflib."""
        return {to_rdflib(node) for node in self.focus}

    def _fill(self) -> None:
        self._note_uses()
        ahead = set(self.focus)
        for step in range(self._rules.depth):
            reached: set[Term] = set()
            for node in ahead:
                reached |= self._describe(node)
                for predicate in self._rules.backward.get(step, ()):
                    reached |= self._look_back(node, predicate)
            ahead = reached - self._described.keys()

    def _follow(self) -> None:
        """Take in what a statement leads to, and those to which it links, as far as the checks follow."""
        around = self._rules.around
        ahead = list(self.focus)
        ahead += [value for node in self.focus for name, value in self._described[node] if name in around.linked]
        seen = set(ahead)
        while ahead:
            node = ahead.pop()
            if node not in self._described:
                self._describe(node)
            new = {value for name, value in self._described[node] if name in around.followed} - seen
            seen |= new
            ahead.extend(new)

    def _bounds(self) -> list[Term]:
        """Return the codes whose names are the words that bound a number; evidence is compared with them."""
        scheme = NamedNode(self._rules.iris.code("bound"))
        return [quad.subject for quad in self._store.quads_for_pattern(None, _IN_SCHEME, scheme)]

    def _describe(self, node: Term) -> set[Term]:
        """Add the triples of a node and its blank nodes, and return the nodes that it leads to."""
        said = self._described[node] = []
        reached: set[Term] = set()
        if isinstance(node, Literal):
            return reached
        for quad, predicate, value in self._stated(node):
            self._add(quad)
            said.append((predicate, value))
            if isinstance(value, BlankNode) and value not in self._described:
                if node in self.focus:
                    self.focus.add(value)
                reached |= self._describe(value)
            elif isinstance(value, NamedNode) and predicate != TYPE:
                reached.add(value)
        return reached

    def _stated(self, node: Subject) -> Iterator[tuple[Quad, NamedNode, Term]]:
        """Yield the triples of a node that are not derived: quad, property and value."""
        by_graph: dict[object, list[tuple[Quad, NamedNode, Term]]] = defaultdict(list)
        for quad in self._store.quads_for_pattern(node, None, None):
            _, predicate, value, graph = quad
            by_graph[graph].append((quad, predicate, value))
        by_graph.pop(self._left_out, None)
        context = self._rules.context
        for rows in by_graph.values():
            types = {value for _, predicate, value in rows if predicate == TYPE}
            for quad, predicate, value in rows:
                if not is_derived(predicate, value, types, context) and self._is_stated(quad, predicate, value):
                    yield quad, predicate, value

    def _look_back(self, node: Term, predicate: NamedNode) -> set[Term]:
        """Take in the triples by which a node is a value, and return whose value it is."""
        found: set[Term] = set()
        for quad in self._store.quads_for_pattern(None, predicate, node):
            if quad.graph_name != self._left_out and self._is_stated(quad, predicate, node):
                self._add(quad)
                found.add(quad.subject)
        return found

    def _is_stated(self, quad: Quad, predicate: NamedNode, value: Term) -> bool:
        """Return False for the derived direction of a link that holds both ways."""
        if not is_symmetric(predicate, value, self._rules.context) or back(quad) not in self._store:
            return True
        own = {end for end in (quad.subject, value) if self._has_class(end, quad)}
        return not is_back(quad.subject, value, own)

    def _has_class(self, node: Term, quad: Quad) -> bool:
        """Return whether the graph of a quad gives the class of a node."""
        if isinstance(node, Literal):
            return False
        return any(self._store.quads_for_pattern(node, TYPE, None, quad.graph_name))

    def _note_uses(self) -> None:
        """Make each focus node a value of each property that has it as a value in the store.

        That makes it the target of a shape. One invented subject represents all subjects.
        """
        nodes = [str(node) for node in self.focus if not isinstance(node, BlankNode)]
        followed = self._rules.backward.get(0, frozenset())  # of these, every use is taken in
        uses = [str(predicate) for predicate in self._rules.used - followed]
        if nodes and uses:
            query = _USES.format(" ".join(nodes), " ".join(uses))
            rows = self._store.query(query, use_default_graph_as_union=True)
            for row in rows if isinstance(rows, QuerySolutions) else ():
                if self._is_used(row["node"], row["use"]):
                    self.corpus.data.add((_SOMEBODY, to_rdflib(row["use"]), to_rdflib(row["node"])))

    def _is_used(self, node: Term, predicate: NamedNode) -> bool:
        """Return whether somebody states the use: of a link that holds both ways, one direction may be derived."""
        if not is_symmetric(predicate, node, self._rules.context):
            return True
        uses = self._store.quads_for_pattern(None, predicate, node)
        return any(self._is_stated(quad, predicate, node) for quad in uses)

    def _add(self, quad: Quad) -> None:
        subject, predicate, value, name = quad
        graph = self._graphs.get(name)
        if graph is None:
            graph = self._graphs[name] = self.corpus.graph_at(URIRef(graph_of(quad)))
        self.corpus.add(graph, (to_rdflib(subject), to_rdflib(predicate), to_rdflib(value)))
