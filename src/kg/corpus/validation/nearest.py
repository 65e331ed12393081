"""Names that nothing describes: how an editor writes them, and which name may be meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pyoxigraph import NamedNode, Quad, Store
from rdflib import URIRef
from rdflib.term import Node

from kg.terms import Iris

ALIKE = 0.75
"""Likeness of names from which one may be meant by the other."""


class Names:
    """The names that there are, by the space that they lie in."""

    def __init__(self, store: Store, iris: Iris) -> None:
        """Look at the names of a store."""
        self._store, self._iris = store, iris
        self._known: dict[str, list[str]] = {}

    def is_unknown(self, node: Node | None) -> bool:
        """Return whether a node is a name of ours that nothing describes."""
        if not isinstance(node, URIRef) or not node.startswith(self._iris.base):
            return False
        return not any(self._store.quads_for_pattern(NamedNode(str(node)), None, None))

    def nearest(self, wrong: str) -> str | None:
        """Return the name that may be meant by one that nothing describes, as an editor writes it."""
        space = wrong[: max(wrong.rfind("/"), wrong.rfind("#")) + 1]
        local = wrong[len(space) :]
        if local.replace("-", "").isdigit():
            return None  # of numbers, none is nearer than another
        shared = (self._iris.base + "id/", self._iris.base + "code/")
        other = next((one for one in shared if space in shared and one != space and local in self._in(one)), None)
        if other:
            return self._iris.short(other + local)
        near = get_close_matches(local, self._in(space), 1, ALIKE)
        return self._iris.short(space + near[0]) if near else None

    def _in(self, space: str) -> list[str]:
        if space not in self._known:
            subjects = {q.subject.value for q in self._graph(space) if isinstance(q.subject, NamedNode)}
            known = (s.removeprefix(space) for s in subjects if s.startswith(space))
            self._known[space] = sorted(local for local in known if "/" not in local and "#" not in local)
        return self._known[space]

    def _graph(self, space: str) -> Iterable[Quad]:
        rest = space.removeprefix(self._iris.base)
        slug = rest.split("/")[1] if rest.startswith("article/") and rest.count("/") > 1 else None
        name = {"code/": "codes", "id/": "authority", "ns#": "ontology"}.get(rest, f"article/{slug}")
        return self._store.quads_for_pattern(None, None, None, NamedNode(self._iris.graph(name)))
