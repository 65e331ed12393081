"""Content-addressed files: the bytes of an object have the SHA-256 that is its name, so an object never changes.

::

    objects/3f/3f9a….gz     gzip of the bytes; `zcat FILE | sha256sum` gives the name

Graphs in canonical N-Quads are objects, and so are the small JSON documents that lead to them. Releases share them.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from kg.durable import sweep_drafts, sync, telling_of_the_disk, write_bytes
from kg.errors import ReleaseError

FOLDER = "objects"
LEVEL = 6
"""Of gzip: 9 takes four times as long for a graph that is 8 % smaller."""
HEADERS = tuple(b"\x1f\x8b\x08\0\0\0\0\0\0" + system for system in (b"\x03", b"\xff"))
"""What an object begins with (RFC 1952 §2.3.1): no name, no time, and Unix or an unknown system. Nothing else would
notice that one of these bytes changed."""
NAME = re.compile(r"[0-9a-f]{64}\.gz")


def sha256(content: bytes) -> str:
    """Return the hexadecimal SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


class Objects:
    """The objects of a folder of releases."""

    def __init__(self, releases: Path) -> None:
        """Take the objects as they are; the folder need not exist."""
        self.folder = releases / FOLDER

    def path(self, digest: str) -> Path:
        """Return where an object is, or would be."""
        return self.folder / digest[:2] / f"{digest}.gz"

    def put(self, content: bytes) -> str:
        """Keep some bytes, on the disk once this returns; return their digest. What is there already is left as it is.

        Raises StorageFull or StorageFailed where the disk takes no more.
        """
        digest = sha256(content)
        path = self.path(digest)
        if path.exists():
            return digest
        with telling_of_the_disk(self.folder.parent):
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                sync(self.folder)
            write_bytes(path, gzip.compress(content, LEVEL, mtime=0), self.folder.parent)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes of an object; raises ReleaseError where it is missing or is not what its name says."""
        path = self.path(digest)
        try:
            packed = path.read_bytes()
            content = gzip.decompress(packed)
        except FileNotFoundError:
            raise ReleaseError(f"{path} is missing. Put it back from a backup; see kg verify.") from None
        except (OSError, EOFError, zlib.error) as error:
            raise ReleaseError(f"{path} cannot be read ({error}). Put it back from a backup; see kg verify.") from None
        if sha256(content) != digest:
            raise ReleaseError(f"{path} is damaged: its content has another digest. Put it back from a backup.")
        if not packed.startswith(HEADERS):
            raise ReleaseError(
                f"{path} is damaged: its first bytes are others than were written. Put it back from a backup."
            )
        return content

    def digests(self) -> Iterator[str]:
        """Yield the digests of all objects, by their names alone."""
        for path in self.folder.glob("??/*.gz"):
            if NAME.fullmatch(path.name):
                yield path.name.removesuffix(".gz")

    def remove(self, digest: str) -> int:
        """Delete an object; return how many bytes of disk that frees."""
        path = self.path(digest)
        size = path.stat().st_blocks * 512
        path.unlink()
        return size

    def sweep(self) -> int:
        """Delete drafts that lie among the objects, as earlier versions of kg left them; return the bytes freed."""
        return sum(sweep_drafts(folder) for folder in self.folder.glob("??"))
