"""The classes of the ontology: what each is called, and its superclasses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kg.catalogue.lines import Node, Nodes, Term
from kg.terms import Iris


def read_classes(nodes: Nodes, iris: Iris) -> dict[str, dict[str, Any]]:
    """Return the classes of an ontology by their names: English label and definition, and the classes above each."""
    prefixes, att = iris.prefixes(), iris.term("")
    a_class = Term(prefixes["owl"] + "Class", None, True)
    above_of = prefixes["rdfs"] + "subClassOf"
    direct = {
        iri.removeprefix(att): {t.text.removeprefix(att) for t in node.get(above_of, ()) if t.text.startswith(att)}
        for iri, node in nodes.items()
        if iri.startswith(att) and a_class in node.get(prefixes["rdf"] + "type", ())
    }
    return {
        name: {
            "label": _english(nodes[att + name], prefixes["rdfs"] + "label") or name,
            "definition": _english(nodes[att + name], prefixes["skos"] + "definition"),
            "above": sorted(_above(name, direct)),
            "depth": depth(name, direct),
        }
        for name in sorted(direct)
    }


def _english(node: Node, name: str) -> str:
    found = sorted(node.get(name, ()), key=lambda t: ((t.language or "").split("-")[0] != "en", t.text))
    return found[0].text if found else ""


def _above(name: str, direct: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = direct.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found - {name}


def depth(name: str, direct: Mapping[str, set[str]], below: frozenset[str] = frozenset()) -> int:
    """Return how many superclasses a class has, of those in a circle each once."""
    below |= {name}
    above = direct.get(name, set()) - below
    return 1 + max(depth(each, direct, below) for each in above) if above else 0
