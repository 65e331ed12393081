"""The map from graph IRI to content that a release is, as a two-level tree of objects.

The graphs are spread over shards by the SHA-256 of their IRI. A shard is an object, a JSON document that names the
objects of its graphs, and the manifest names the shards. A write stores one graph, one shard, and a manifest whose
size does not depend on the number of articles.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from kg.release.format.objects import Objects

SHARDS = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """A graph: the digest of its canonical N-Quads, its number of triples, and the digest of its facts.

    ``key`` is that of the files that it was made of (kg.corpus.sources.read), "" where a write changed it since.
    """

    digest: str
    triples: int
    facts: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of a map: graph IRI → Entry. Of one digest there is one content."""

    digest: str
    entries: Mapping[str, Entry] = field(compare=False)


class GraphMap:
    """Graph IRI → Entry; the default graph, which only scratch releases fill, has the IRI "". Never changes."""

    def __init__(self, objects: Objects, shards: Mapping[str, str]) -> None:
        """Take the digest of each shard that is not empty, by the shard's name."""
        self._objects = objects
        self.shards = dict(shards)

    def get(self, iri: str) -> Entry | None:
        """Return a graph's entry, None where there is no such graph."""
        return self._shard(_shard_of(iri)).get(iri)

    def items(self) -> list[tuple[str, Entry]]:
        """Return all graphs in the order of their IRIs."""
        return sorted(item for name in self.shards for item in self._shard(name).items())

    def parts(self) -> list[Shard]:
        """Return the shards that are not empty."""
        return [Shard(digest, self._shard(name)) for name, digest in self.shards.items()]

    def __len__(self) -> int:
        """Return the number of graphs."""
        return sum(len(self._shard(name)) for name in self.shards)

    def replaced(self, changes: Mapping[str, Entry | None]) -> GraphMap:
        """Return the map after some graphs were set, or with None taken away; its new shards are on the disk."""
        touched = {_shard_of(iri) for iri in changes}
        shards = {name: digest for name, digest in self.shards.items() if name not in touched}
        for name in sorted(touched):
            shard = dict(self._shard(name))
            for iri, entry in changes.items():
                if _shard_of(iri) == name:
                    shard.pop(iri, None)
                    if entry is not None:
                        shard[iri] = entry
            if shard:
                shards[name] = self._objects.put(_to_json(shard))
        return GraphMap(self._objects, shards)

    def changed(self, other: GraphMap) -> list[str]:
        """Return the IRIs of the graphs that are others, or only in one of the maps; equal shards are not read."""
        found = set()
        for name in self.shards.keys() | other.shards.keys():
            if self.shards.get(name) != other.shards.get(name):
                mine, theirs = self._shard(name), other._shard(name)
                found |= {iri for iri in mine.keys() | theirs.keys() if mine.get(iri) != theirs.get(iri)}
        return sorted(found)

    def digest(self) -> str:
        """Return the SHA-256 of the lines ``<digest>  <graph IRI>``, sorted by IRI: the digest of a release."""
        lines = "".join(f"{entry.digest}  {iri}\n" for iri, entry in self.items())
        return hashlib.sha256(lines.encode()).hexdigest()

    def references(self) -> Iterator[str]:
        """Yield the digests of all objects that the map is made of, the shards included."""
        for name, shard in self.shards.items():
            yield shard
            for entry in self._shard(name).values():
                yield from (entry.digest, entry.facts)

    def _shard(self, name: str) -> dict[str, Entry]:
        digest = self.shards.get(name)
        return {} if digest is None else _read_shard(self._objects.folder, digest)


@lru_cache(maxsize=16 * SHARDS)
def _read_shard(folder: Path, digest: str) -> dict[str, Entry]:
    found = json.loads(Objects(folder.parent).get(digest))
    return {iri: Entry(*entry) for iri, entry in found.items()}


def _to_json(shard: Mapping[str, Entry]) -> bytes:
    lines = (
        f"{json.dumps(iri)}: {json.dumps([e.digest, e.triples, e.facts, e.key])}" for iri, e in sorted(shard.items())
    )
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _shard_of(iri: str) -> str:
    return f"{hashlib.sha256(iri.encode()).digest()[0] % SHARDS:02x}"
