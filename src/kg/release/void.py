"""What a release holds, in numbers: VoID statistics of the whole and of each named graph (https://www.w3.org/TR/void/)."""

from __future__ import annotations

from rdflib import RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, Namespace
from rdflib.term import Node

from kg.release.statistics import Statistics, count
from kg.terms import PREFIXES, Iris

SD = Namespace(PREFIXES["sd"])
VOID = Namespace(PREFIXES["void"])
GRAPH_TITLES = {
    "authority": "Authority records",
    "codes": "Code lists",
    "description": "Description of the release",
    "ontology": "Ontology",
    "queries": "Stored queries",
    "shapes": "Shapes",
}
EXAMPLES = ("Article", "Statement", "Issue", "State", "Figure", "Event")
"""Classes of which the first thing is given as an example."""


def describe_contents(graph: Graph, release: Node, named: list[Graph], own: URIRef, iris: Iris) -> None:
    """Add the statistics of the named graphs, of their union, and the place of the description's own graph.

    The number of the description's own triples is left to whoever completes it.
    """
    whole = count(named)
    _add_counts(graph, release, whole, iris)
    for cls, things in sorted(whole.classes.items()):
        _add_partition(graph, release, VOID.classPartition, (VOID["class"], cls), (VOID.entities, len(things)))
    for name, triples in sorted(whole.properties.items()):
        _add_partition(graph, release, VOID.propertyPartition, (VOID.property, name), (VOID.triples, triples))
    for namespace in _vocabularies(whole):
        graph.add((release, VOID.vocabulary, URIRef(namespace)))
    for example in _examples(whole, iris):
        graph.add((release, VOID.exampleResource, example))
    for part in named:
        node = URIRef(str(part.identifier))
        graph.add((release, VOID.subset, node))
        _add_graph(graph, node, iris)
        _add_counts(graph, node, count([part]), iris)
    graph.add((release, VOID.subset, own))
    _add_graph(graph, own, iris)


def _add_graph(graph: Graph, node: URIRef, iris: Iris) -> None:
    name = str(node).removeprefix(iris.graph(""))
    title = Literal(GRAPH_TITLES.get(name, f"What is encoded of {name.removeprefix('article/')}"), lang="en")
    for predicate, value in ((RDF.type, VOID.Dataset), (RDF.type, SD.Graph), (DCTERMS.title, title)):
        graph.add((node, predicate, value))
    graph.add((node, RDFS.label, title))


def _add_counts(graph: Graph, node: Node, counted: Statistics, iris: Iris) -> None:
    for name, number in (
        ("triples", counted.triples),
        ("entities", counted.entities(iris.base)),
        ("distinctSubjects", len(counted.subjects)),
        ("distinctObjects", len(counted.objects)),
        ("classes", len(counted.classes)),
        ("properties", len(counted.properties)),
    ):
        graph.add((node, VOID[name], Literal(number)))


def _add_partition(
    graph: Graph, release: Node, kind: URIRef, what: tuple[URIRef, URIRef], size: tuple[URIRef, int]
) -> None:
    partition = BNode()
    graph.add((release, kind, partition))
    graph.add((partition, *what))
    graph.add((partition, size[0], Literal(size[1])))


def _vocabularies(whole: Statistics) -> list[str]:
    """Return the namespaces of the properties and classes in use, each up to its last ``#`` or ``/``."""
    terms = [*whole.properties, *whole.classes]
    return sorted({term[: max(term.rfind("#"), term.rfind("/")) + 1] for term in terms})


def _examples(whole: Statistics, iris: Iris) -> list[Node]:
    found = (whole.classes.get(URIRef(iris.term(name)), set()) for name in EXAMPLES)
    return [min(things, key=str) for things in found if things]
