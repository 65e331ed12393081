"""The whole dataset as files to take away: written into each release, each with its size and digest.

They hold every named graph but the description, which tells their digests and so cannot be in them.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

from kg.release.manifest import DUMP_STEM, file_digest
from kg.store.bulk import write_nquads_as

GZIP_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Dump:
    """One file: its name, media type and size in bytes, and its SHA-256; ``packed`` where it is a gzip file."""

    name: str
    title: str
    media_type: str
    size: int
    sha256: str
    packed: bool = False

    @property
    def key(self) -> str:
        """The name as a fragment of an IRI, such as ``nq``."""
        return self.name.split(".")[1]


def write_dumps(canonical: bytes, prefixes: dict[str, str], folder: Path) -> list[Dump]:
    """Write the dumps of a dataset in canonical N-Quads to a folder; the same dataset gives the same bytes."""
    # mtime 0, or the time of the build would be in the file
    (folder / f"{DUMP_STEM}.nq.gz").write_bytes(gzip.compress(canonical, GZIP_LEVEL, mtime=0))
    (folder / f"{DUMP_STEM}.trig").write_bytes(write_nquads_as(canonical, "application/trig", prefixes))
    (folder / f"{DUMP_STEM}.jsonld").write_bytes(write_nquads_as(canonical, "application/ld+json", prefixes))
    return [
        _dump(folder / f"{DUMP_STEM}.nq.gz", "Canonical N-Quads, packed", "application/n-quads", packed=True),
        _dump(folder / f"{DUMP_STEM}.trig", "TriG", "application/trig"),
        _dump(folder / f"{DUMP_STEM}.jsonld", "JSON-LD", "application/ld+json"),
    ]


def _dump(path: Path, title: str, media_type: str, *, packed: bool = False) -> Dump:
    return Dump(path.name, title, media_type, path.stat().st_size, file_digest(path), packed)
