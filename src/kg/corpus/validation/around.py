"""What the checks that are no shapes read around a node, so that it is known which nodes a change concerns.

Most look a few steps along some properties. Those that read a statement, or ask what it is about, follow some
properties from node to node as far as they lead.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.corpus.checks.label_check import NAMES, OWN
from kg.corpus.rdf.spoken import LEADS, MEASURED, PLACES, TAKES_PART, WITHIN
from kg.corpus.validation.reads import Sequence, Step
from kg.reading.phrases import LINKS
from kg.terms import PREFIXES, Iris

STEPS = (
    "att:section/att:kind",
    "att:section/rdf:type",
    "att:evidence/att:kind",
    "att:evidence/att:number",
    "att:claimant/rdf:type",
    "att:holder/rdf:type",
    "att:antecedent/att:modality",
    "att:antecedent/rdf:type",
    "att:consequent/att:modality",
    "att:consequent/rdf:type",
    "att:contradicts/att:negated",
    "att:prints/att:value",
    "att:prints/rdf:type",
    "att:prints/att:words/att:printed",
    "^att:prints/att:bound",
    "^att:prints/att:words/att:printed",
    "^att:prints/att:words/rdf:type",
    "^att:prints/att:evidence/oa:hasSource/dcterms:language",
    "^att:words",
    "^att:inference",
    "att:actsFor/rdf:type",
    "skos:broader/rdf:type",
    "skos:related/rdf:type",
)
"""Properties that are followed one after the other, ``^`` from value to subject."""
PARTS = ("words", "inference")
"""Properties whose values are parts of what has them: they are validated with it, and it with them."""


@dataclass(frozen=True)
class Around:
    """What is read, in the terms of the engine."""

    sequences: frozenset[Sequence]
    followed: frozenset[NamedNode]
    """Properties that are followed any number of times from a statement."""
    linked: frozenset[NamedNode]
    """Properties from a statement to one whose words its own label may use, followed once."""
    told: frozenset[NamedNode]
    """Properties whose added or removed triples concern the statements that lead to their subject."""
    parts: tuple[NamedNode, ...]


def around(iris: Iris) -> Around:
    """Return what the checks read under a base IRI."""

    def terms(*names: str) -> frozenset[NamedNode]:
        return frozenset(NamedNode(iris.term(name)) for name in names)

    followed = terms(*OWN, *LEADS, *MEASURED, *PLACES, *TAKES_PART, *WITHIN) | {_node("skos:broader", iris)}
    names = {_node(name, iris) for name in ("rdf:type", "rdfs:label", "skos:prefLabel", "skos:altLabel")}
    return Around(
        frozenset(tuple(_step(name, iris) for name in path.split("/")) for path in STEPS),
        followed,
        terms(*LINKS),
        followed | terms(*NAMES) | names,
        tuple(NamedNode(iris.term(name)) for name in PARTS),
    )


def _step(name: str, iris: Iris) -> Step:
    return Step(_node(name.removeprefix("^"), iris), inverse=name.startswith("^"))


def _node(name: str, iris: Iris) -> NamedNode:
    prefix, _, local = name.partition(":")
    return NamedNode(iris.term(local) if prefix == "att" else PREFIXES[prefix] + local)
