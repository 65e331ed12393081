"""What is stated of a graph besides what its files say, so that no query needs inference; and how to take it away.

- every class above a thing's own, and every property above one that is used (``rdfs:subClassOf``,
  ``rdfs:subPropertyOf``, the alignments with other vocabularies included)
- ``att:about``: all that a statement is about, but for what its encoders only inferred
- the other direction of a link that has none, such as ``att:contradicts`` (``owl:SymmetricProperty``)
- ``skos:prefLabel`` of things and events, from their labels
- the instants at which dated periods begin and end (OWL-Time)
- of an article's graph, and of what its encoders inferred, the encoding that made it (PROV)

A graph's part depends on its own quads and on a context, which is made of the ontology, the code lists and the
authority records. Imports the engine's parser only.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.corpus.rdf.spoken import LEADS, MEASURED, PLACES, TAKES_PART, WITHIN, fillers, reach
from kg.terms import PREFIXES, Iris

Subject = NamedNode | BlankNode | Triple
Term = Subject | Literal
Links = Mapping[NamedNode, frozenset[NamedNode]]

_NOTHING: dict[NamedNode, list[Term]] = {}
_NO_TYPES: frozenset[Term] = frozenset()

SHARED = ("ontology", "codes", "authority")
"""Short names of the graphs that make the context."""


def _iri(name: str) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


INFERRED = ("inference", "infers")
"""Property that leads to what the encoders inferred, and from there to the property of which they did."""
TYPE, LABEL, PREF_LABEL, BROADER = map(_iri, ("rdf:type", "rdfs:label", "skos:prefLabel", "skos:broader"))
SYMMETRIC = _iri("owl:SymmetricProperty")
SUBCLASS_OF, SUBPROPERTY_OF = _iri("rdfs:subClassOf"), _iri("rdfs:subPropertyOf")
INSTANT, HAS_BEGINNING, HAS_END, IN_DATE = map(
    _iri, ("time:Instant", "time:hasBeginning", "time:hasEnd", "time:inXSDDate")
)
GENERATED_BY = _iri("prov:wasGeneratedBy")


@dataclass(frozen=True)
class Context:
    """What derived triples depend on besides their own graph."""

    base: str
    above: Links
    """Class → the classes above it."""
    over: Links
    """Property → the properties above it."""
    leads: Links
    """Shared thing → what one speaks of in speaking of it, one step away."""
    symmetric: frozenset[NamedNode]
    """Properties that hold in both directions."""

    @classmethod
    def of(cls, iris: Iris, shared: Iterable[Quad]) -> Context:
        """Return the context that the quads of the SHARED graphs give; those of other graphs do no harm."""
        classes, properties, leads = (defaultdict[NamedNode, set[NamedNode]](set) for _ in range(3))
        symmetric = set[NamedNode]()
        names = {SUBCLASS_OF: classes, SUBPROPERTY_OF: properties, BROADER: leads}
        names |= {NamedNode(iris.term(name)): leads for name in LEADS}
        for quad in shared:
            links = names.get(quad.predicate)
            if links is not None and isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
                links[quad.subject].add(quad.object)
            elif quad.object == SYMMETRIC and isinstance(quad.subject, NamedNode):
                symmetric.add(quad.subject)
        return cls(iris.base, _closed(classes), _closed(properties), _frozen(leads), frozenset(symmetric))

    @cached_property
    def order(self) -> str:
        """SHA-256 of the hierarchies of classes and properties: where it changes, every graph is derived again."""
        lines = sorted(
            f"{number} {one.value} {other.value}\n"
            for number, links in enumerate((self.above, self.over))
            for one, others in links.items()
            for other in others
        )
        both_ways = sorted(f"{name.value}\n" for name in self.symmetric)
        return hashlib.sha256("".join((self.base, "\n", *lines, *both_ways)).encode()).hexdigest()

    def moved(self, other: Context) -> set[NamedNode]:
        """Return the things that lead elsewhere in another context.

        A graph is derived anew where one of its statements is about one of them; in other graphs the same follows.
        """
        things = self.leads.keys() | other.leads.keys()
        return {thing for thing in things if self.leads.get(thing) != other.leads.get(thing)}

    def term(self, name: str) -> NamedNode:
        """Return a term of the ontology."""
        return NamedNode(f"{self.base}ns#{name}")

    @cached_property
    def owned(self) -> frozenset[NamedNode]:
        """The properties that only the build states: the gate lets no file state them."""
        above = {higher for others in self.over.values() for higher in others}
        return frozenset({self.term("about"), HAS_BEGINNING, HAS_END, IN_DATE, GENERATED_BY, *above})

    @cached_property
    def told(self) -> frozenset[NamedNode]:
        """The properties of which something follows, or that follow: where none is touched, the same is derived."""
        names = (*PLACES, *WITHIN, *MEASURED, *LEADS, *TAKES_PART, *INFERRED, "firstDay", "lastDay")
        own = {self.term(name) for name in names}
        return frozenset({TYPE, LABEL, PREF_LABEL, BROADER, *own, *self.over, *self.symmetric, *self.owned})

    @cached_property
    def named(self) -> frozenset[NamedNode]:
        """The classes of things whose labels are stated for SKOS clients, too."""
        return self.below("Entity") | self.below("Event")

    def below(self, name: str) -> frozenset[NamedNode]:
        """Return a class of the ontology and all the classes below it."""
        top = self.term(name)
        return frozenset({top, *(cls for cls, higher in self.above.items() if top in higher)})


def derive(graph: NamedNode, quads: Iterable[Quad], context: Context, before: Iterable[Quad] = ()) -> set[Quad]:
    """Return the quads of a graph as it is published: what is asserted in it, and what follows.

    ``before`` is the graph as it was published until now, where ``quads`` were made from it by a write: what only
    followed there, and no longer does, goes. Both were made with classes and properties in the same order.
    """
    quads, before = set(quads), set(before)
    kept = asserted(quads, context)
    if before:
        old = asserted(before, context)
        kept = {quad for quad in kept if not _is_halved(quad, quads, before, context)}
        kept -= implied(graph, old, context) - old
    return kept | implied(graph, kept, context)


def asserted(quads: Iterable[Quad], context: Context) -> set[Quad]:
    """Return the quads of a graph without all that is derived."""
    whole = set(quads)
    rows = [(quad, *quad) for quad in whole]  # each term is taken from the engine once
    types: dict[Subject, set[Term]] = defaultdict(set)
    for _, subject, predicate, value, _ in rows:
        if predicate == TYPE:
            types[subject].add(value)
    return {
        quad
        for quad, subject, predicate, value, _ in rows
        if not is_derived(predicate, value, types.get(subject, _NO_TYPES), context)
        and not (
            is_symmetric(predicate, value, context) and back(quad) in whole and is_back(subject, value, types.keys())
        )
    }


def is_derived(predicate: NamedNode, value: Term, types: Set[Term], context: Context) -> bool:
    """Return whether a quad is derived, whose subject is said in its graph to be of some classes; see is_back, too."""
    if predicate == TYPE and isinstance(value, NamedNode):
        above = context.above
        return value == INSTANT or any(
            isinstance(other, NamedNode) and value in above.get(other, ()) and other not in above.get(value, ())
            for other in types
        )
    if predicate in context.owned:
        return True
    return predicate == PREF_LABEL and not context.named.isdisjoint(types)


def is_symmetric(predicate: NamedNode, value: Term, context: Context) -> bool:
    """Return whether what a quad says holds in the other direction, too."""
    return predicate in context.symmetric and isinstance(value, NamedNode)


def back(quad: Quad) -> Quad:
    """Return the other direction of a quad that holds both ways."""
    return Quad(quad.object, quad.predicate, quad.subject, quad.graph_name)  # type: ignore[arg-type]


def is_back(subject: Term, value: Term, own: Container[object]) -> bool:
    """Return whether a direction is the derived one of two: the one from what is not described in the graph itself.

    ``own`` is what its graph describes. Where it describes both, links are written from the later to the earlier.
    """
    return (subject in own, str(subject)) < (value in own, str(value))


def _is_halved(quad: Quad, quads: set[Quad], before: set[Quad], context: Context) -> bool:
    """Return whether a write took away the other direction of what holds both ways, and so this one, too."""
    is_pair = is_symmetric(quad.predicate, quad.object, context)
    return is_pair and back(quad) not in quads and {quad, back(quad)} <= before


def implied(graph: NamedNode, quads: Iterable[Quad], context: Context) -> set[Quad]:
    """Return what follows from the asserted quads of a graph."""
    found = _Graph(graph, quads, context).implied()
    return {Quad(subject, predicate, value, graph) for subject, predicate, value in found}


Derived = Iterator[tuple[Subject, NamedNode, Subject | Literal]]


class _Graph:
    """One graph's asserted quads, looked up by subject and property."""

    def __init__(self, name: NamedNode, quads: Iterable[Quad], context: Context) -> None:
        self._name, self._context = name, context
        self._article = name.value.replace("/graph/", "/", 1) + "/"
        self._rows = [(subject, predicate, value) for subject, predicate, value, _ in quads]
        self._typed = set[Subject]()
        self._values: dict[Subject, dict[NamedNode, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self._of_class: dict[NamedNode, list[Subject]] = defaultdict(list)
        for subject, predicate, value in self._rows:
            self._values[subject][predicate].append(value)
            if predicate == TYPE and isinstance(value, NamedNode):
                self._typed.add(subject)
                self._of_class[value].append(subject)
        self._leads = [*map(context.term, LEADS), BROADER]
        self._places, self._measured = [*map(context.term, (*PLACES, *WITHIN))], [*map(context.term, MEASURED)]
        self._taking_part = [*map(context.term, TAKES_PART)]
        self._statements = set(self._things("Statement"))
        self._observations = set(self._things("Observation"))
        self._made_of_more = self._statements | self._observations

    def implied(self) -> Derived:
        yield from self._above()
        yield from self._about()
        yield from self._labels()
        yield from self._instants()
        yield from self._generated()

    def _things(self, name: str) -> Iterator[Subject]:
        for cls in self._context.below(name):
            yield from self._of_class.get(cls, ())

    def _nodes(self, subject: Subject, *predicates: NamedNode) -> Iterator[NamedNode]:
        said = self._values.get(subject, _NOTHING)
        for predicate in predicates:
            for value in said.get(predicate, ()):
                if isinstance(value, NamedNode):
                    yield value

    def _above(self) -> Derived:
        above, over = self._context.above, self._context.over
        for subject, predicate, value in self._rows:
            if predicate == TYPE and isinstance(value, NamedNode):
                for higher in above.get(value, ()):
                    yield subject, TYPE, higher
            for higher in over.get(predicate, ()):
                yield subject, higher, value
            if is_symmetric(predicate, value, self._context) and self._may_lead_back(value):
                yield value, predicate, subject

    def _may_lead_back(self, thing: object) -> bool:
        """Return whether there is such a thing: one of this graph, or a statement of another article's."""
        return thing in self._typed or (isinstance(thing, NamedNode) and not thing.value.startswith(self._article))

    def _about(self) -> Derived:
        about = self._context.term("about")
        for statement in self._statements:
            things = fillers(statement, self._filled, self._made_of_more.__contains__)
            taking_part = {one for thing in things for one in self._takes_part(thing)}
            for thing in reach(things | taking_part, self._led_to):
                yield statement, about, thing

    def _filled(self, node: Subject) -> Iterator[Subject]:
        return self._printed(node, self._measured if node in self._observations else self._places)

    def _takes_part(self, thing: Subject) -> Iterator[NamedNode]:
        return self._printed(thing, self._taking_part)

    def _printed(self, node: Subject, predicates: list[NamedNode]) -> Iterator[NamedNode]:
        """Give the values of properties but for those that the encoders only inferred."""
        inference, infers = map(self._context.term, INFERRED)
        inferred = {name for one in self._nodes(node, inference) for name in self._nodes(one, infers)}
        return self._nodes(node, *(name for name in predicates if name not in inferred))

    def _led_to(self, thing: Subject) -> Iterator[Subject]:
        yield from self._nodes(thing, *self._leads)
        if isinstance(thing, NamedNode):
            yield from self._context.leads.get(thing, ())

    def _labels(self) -> Derived:
        for thing in {*self._things("Entity"), *self._things("Event")}:
            for label in self._values.get(thing, _NOTHING).get(LABEL, ()):
                yield thing, PREF_LABEL, label

    def _instants(self) -> Derived:
        ends = (("firstDay", HAS_BEGINNING, "beginning"), ("lastDay", HAS_END, "end"))
        for period in self._of_class.get(self._context.term("Period"), ()):
            for name, has, fragment in ends:
                for day in self._values.get(period, _NOTHING).get(self._context.term(name), ()):
                    if isinstance(period, NamedNode) and isinstance(day, Literal):
                        instant = NamedNode(f"{period.value}#{fragment}")
                        yield period, has, instant
                        yield instant, TYPE, INSTANT
                        yield instant, IN_DATE, day

    def _generated(self) -> Derived:
        for encoding in self._of_class.get(self._context.term("Encoding"), ()):
            for made in (self._name, *self._of_class.get(self._context.term("Inference"), ())):
                yield made, GENERATED_BY, encoding


def _frozen(links: Mapping[NamedNode, set[NamedNode]]) -> Links:
    return {one: frozenset(others) for one, others in links.items()}


def _closed(links: Mapping[NamedNode, set[NamedNode]]) -> Links:
    """Return all that is one or more steps away, the thing itself left out."""
    return {one: frozenset(reach(links[one], lambda other: links.get(other, ())) - {one}) for one in links}
