"""JSON-LD as the engine writes it (expanded) → JSON-LD as people read it (compacted, each node once)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

Node = dict[str, list[Any]]

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
"""The engine writes classes as values of this, and not of ``@type``."""


def compact(expanded: bytes, vocabulary: str, prefixes: Mapping[str, str]) -> bytes:
    """Return expanded JSON-LD with short names: bare ones for the vocabulary, prefixed ones for other namespaces.

    The context is in the document, so that no client has to fetch one.
    """
    names = _Names(vocabulary, prefixes)
    nodes: dict[str, Node] = defaultdict(dict)
    for found in json.loads(expanded):
        node = nodes[found["@id"]]
        for key, values in found.items():
            if key != "@id":
                known = node.setdefault(key, [])
                known += [value for value in values if value not in known]
    graph = [{"@id": iri} | names.compact_node(node) for iri, node in sorted(nodes.items())]
    context = {"@vocab": vocabulary} | dict(sorted(names.used.items()))
    return (json.dumps({"@context": context, "@graph": graph}, ensure_ascii=False, indent=1) + "\n").encode()


class _Names:
    """Shortens IRIs, and remembers which prefixes that needs."""

    def __init__(self, vocabulary: str, prefixes: Mapping[str, str]) -> None:
        self._vocabulary = vocabulary
        self._prefixes = prefixes
        self.used: dict[str, str] = {}

    def shorten(self, iri: str) -> str:
        """Return the short name of a property, class or datatype."""
        if iri.startswith(self._vocabulary):
            return iri.removeprefix(self._vocabulary)
        for name, namespace in self._prefixes.items():
            if iri.startswith(namespace):
                self.used[name] = namespace
                return f"{name}:{iri.removeprefix(namespace)}"
        return iri

    def compact_node(self, node: Node) -> dict[str, Any]:
        """Return the properties of a node with short names, types first, single values without a list."""
        compacted: dict[str, Any] = {}
        for key, values in sorted(node.items()):
            if key == RDF_TYPE:
                compacted["@type"] = _single([self.shorten(cls["@id"]) for cls in values])
            else:
                compacted[self.shorten(key)] = _single([self._compact_value(value) for value in values])
        return compacted

    def _compact_value(self, value: dict[str, Any]) -> Any:
        if value.keys() == {"@value"}:
            return value["@value"]
        return {k: self.shorten(v) if k == "@type" else v for k, v in value.items()}


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
