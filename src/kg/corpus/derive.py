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
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.corpus.spoken import LEADS, MEASURED, PLACES, TAKES_PART, WITHIN, fillers, reach
from kg.terms import PREFIXES, Iris

Subject = NamedNode | BlankNode | Triple
Links = Mapping[NamedNode, frozenset[NamedNode]]

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
    """What derived triples depend on besides the graph in which they stand."""

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
        """SHA-256 of which classes and properties are above which: where it changes, every graph is derived anew."""
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
    old = asserted(before, context)
    kept = {quad for quad in asserted(quads, context) if not _is_halved(quad, quads, before, context)}
    kept -= implied(graph, old, context) - old
    return kept | implied(graph, kept, context)


def asserted(quads: Iterable[Quad], context: Context) -> set[Quad]:
    """Return the quads of a graph without all that is derived."""
    whole = set(quads)
    types = _types(whole)
    return {
        quad
        for quad in whole
        if not _is_derived(quad, types, context)
        and not (is_symmetric(quad, context) and back(quad) in whole and is_back(quad, types.keys()))
    }


def is_symmetric(quad: Quad, context: Context) -> bool:
    """Tell whether what a quad says holds in the other direction, too."""
    return quad.predicate in context.symmetric and isinstance(quad.object, NamedNode)


def back(quad: Quad) -> Quad:
    """Return the other direction of a quad that holds both ways."""
    return Quad(quad.object, quad.predicate, quad.subject, quad.graph_name)  # type: ignore[arg-type]


def is_back(quad: Quad, own: Container[object]) -> bool:
    """Tell which of two directions is the derived one: the one from what is not described in the graph itself.

    ``own`` is what its graph describes. Where it describes both, links are written from the later to the earlier.
    """
    return (quad.subject in own, str(quad.subject)) < (quad.object in own, str(quad.object))


def _is_halved(quad: Quad, quads: set[Quad], before: set[Quad], context: Context) -> bool:
    """Tell whether a write took away the other direction of what holds both ways, and so this one, too."""
    return is_symmetric(quad, context) and back(quad) not in quads and {quad, back(quad)} <= before


def implied(graph: NamedNode, quads: Iterable[Quad], context: Context) -> set[Quad]:
    """Return what follows from the asserted quads of a graph."""
    found = _Graph(graph, list(quads), context).implied()
    return {Quad(subject, predicate, value, graph) for subject, predicate, value in found}


Derived = Iterator[tuple[Subject, NamedNode, Subject | Literal]]


class _Graph:
    """One graph's asserted quads, looked up by subject and property."""

    def __init__(self, name: NamedNode, quads: list[Quad], context: Context) -> None:
        self._name, self._quads, self._context = name, quads, context
        self._article = name.value.replace("/graph/", "/", 1) + "/"
        self._typed = {quad.subject for quad in quads if quad.predicate == TYPE}
        self._values: dict[tuple[Subject, NamedNode], list[Subject | Literal]] = defaultdict(list)
        self._of_class: dict[NamedNode, list[Subject]] = defaultdict(list)
        for quad in quads:
            self._values[quad.subject, quad.predicate].append(quad.object)
            if quad.predicate == TYPE and isinstance(quad.object, NamedNode):
                self._of_class[quad.object].append(quad.subject)
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
        for predicate in predicates:
            for value in self._values.get((subject, predicate), ()):
                if isinstance(value, NamedNode):
                    yield value

    def _above(self) -> Derived:
        for quad in self._quads:
            if quad.predicate == TYPE and isinstance(quad.object, NamedNode):
                for higher in self._context.above.get(quad.object, ()):
                    yield quad.subject, TYPE, higher
            for higher in self._context.over.get(quad.predicate, ()):
                yield quad.subject, higher, quad.object
            if is_symmetric(quad, self._context) and self._may_lead_back(quad.object):
                yield quad.object, quad.predicate, quad.subject  # type: ignore[misc]

    def _may_lead_back(self, thing: object) -> bool:
        """Tell whether there is such a thing: one of this graph, or a statement of another article's."""
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
            for label in self._values.get((thing, LABEL), ()):
                yield thing, PREF_LABEL, label

    def _instants(self) -> Derived:
        ends = (("firstDay", HAS_BEGINNING, "beginning"), ("lastDay", HAS_END, "end"))
        for period in self._of_class.get(self._context.term("Period"), ()):
            for name, has, fragment in ends:
                for day in self._values.get((period, self._context.term(name)), ()):
                    if isinstance(period, NamedNode) and isinstance(day, Literal):
                        instant = NamedNode(f"{period.value}#{fragment}")
                        yield period, has, instant
                        yield instant, TYPE, INSTANT
                        yield instant, IN_DATE, day

    def _generated(self) -> Derived:
        for encoding in self._of_class.get(self._context.term("Encoding"), ()):
            for made in (self._name, *self._of_class.get(self._context.term("Inference"), ())):
                yield made, GENERATED_BY, encoding


def _is_derived(quad: Quad, types: Mapping[Subject, set[NamedNode]], context: Context) -> bool:
    if quad.predicate == TYPE and isinstance(quad.object, NamedNode):
        above = context.above
        return quad.object == INSTANT or any(
            quad.object in above.get(other, ()) and other not in above.get(quad.object, ())
            for other in types.get(quad.subject, ())
        )
    is_name = quad.predicate == PREF_LABEL and not context.named.isdisjoint(types[quad.subject])
    return is_name or quad.predicate in context.owned


def _types(quads: Iterable[Quad]) -> dict[Subject, set[NamedNode]]:
    found: dict[Subject, set[NamedNode]] = defaultdict(set)
    for quad in quads:
        if quad.predicate == TYPE and isinstance(quad.object, NamedNode):
            found[quad.subject].add(quad.object)
    return found


def _frozen(links: Mapping[NamedNode, set[NamedNode]]) -> Links:
    return {one: frozenset(others) for one, others in links.items()}


def _closed(links: Mapping[NamedNode, set[NamedNode]]) -> Links:
    """Return all that is one or more steps away, the thing itself left out."""
    return {one: frozenset(reach(links[one], lambda other: links.get(other, ())) - {one}) for one in links}
