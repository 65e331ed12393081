"""What leads from one dataset to another, as lines of N-Quads taken away and added; and what several such make."""

from __future__ import annotations

from dataclasses import dataclass

from kg.store.stores.labels import to_store


@dataclass(frozen=True, slots=True)
class Delta:
    """Lines that are taken away and lines that are added; no line is both."""

    removed: frozenset[bytes] = frozenset()
    added: frozenset[bytes] = frozenset()

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.removed) + len(self.added)

    def then(self, later: Delta) -> Delta:
        """Return the delta that is this one and a later one."""
        removed = (self.removed - later.added) | (later.removed - self.added)
        added = (self.added - later.removed) | (later.added - self.removed)
        return Delta(removed, added)

    def to_bytes(self) -> bytes:
        """Return the lines in a fixed order, each behind ``-`` or ``+``."""
        lines = [b"-" + line for line in sorted(self.removed)] + [b"+" + line for line in sorted(self.added)]
        return b"".join(lines)


def from_bytes(content: bytes) -> Delta:
    """Return the delta that ``to_bytes`` wrote."""
    lines = content.split(b"\n")
    return Delta(
        frozenset(line[1:] + b"\n" for line in lines if line.startswith(b"-")),
        frozenset(line[1:] + b"\n" for line in lines if line.startswith(b"+")),
    )


def between(before: bytes, after: bytes) -> Delta:
    """Return what leads from one graph in canonical N-Quads to another, in its own labels."""
    old, new = frozenset(before.splitlines(keepends=True)), frozenset(after.splitlines(keepends=True))
    return Delta(old - new, new - old)


def between_stored(before: bytes, after: bytes, graph: str) -> Delta:
    """Return what leads from one state of a graph to another, with the labels that blank nodes have in a store."""
    return between(to_store(before, graph), to_store(after, graph))
