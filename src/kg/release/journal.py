"""The journal: an accepted write, on disk before it is published, so that a crash at any point cannot lose it.

::

    write ──▶ validated ──▶ journal, fsync ──▶ release, fsync ──▶ pointer, fsync ──▶ journal emptied ──▶ answer

It holds one write at most, since writes are made one after the other and each ends in a release that holds all before
it. What is recorded is the difference that the write makes, line by line, and the digest of what it leads to, so it is
applied once and to the release that it was accepted for, whatever the update would say if it were run again (``NOW()``,
``UUID()``). A record that was not written whole was never accepted, and is dropped. kg.release.recover publishes what
a crash left here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from kg.errors import JournalDamaged, StorageFull
from kg.release.durable import sync, telling_of_a_full_disk

FILE_NAME = "journal"
SET_ASIDE = "journal.set-aside"
_MAGIC = b"kg-journal-1"


@dataclass(frozen=True, slots=True)
class Record:
    """A write that was accepted: on which release, to which digest, and the lines that it takes away and adds."""

    base: str
    digest: str
    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]

    def apply(self, before: bytes) -> bytes:
        """Return the canonical N-Quads after the write; raises JournalDamaged where they have another digest."""
        lines = set(before.splitlines(keepends=True)).difference(self.removed).union(self.added)
        after = b"".join(sorted(lines))
        if hashlib.sha256(after).hexdigest() != self.digest:
            raise JournalDamaged(f"The write in the journal does not lead from {self.base} to what was accepted.")
        return after


def to_record(base: str, before: bytes, after: bytes) -> Record:
    """Return the record of what leads from one dataset in canonical N-Quads to another."""
    old, new = set(before.splitlines(keepends=True)), set(after.splitlines(keepends=True))
    return Record(base, hashlib.sha256(after).hexdigest(), tuple(sorted(old - new)), tuple(sorted(new - old)))


class Journal:
    """The journal of a folder of releases. Whoever writes to it holds the folder's lock."""

    def __init__(self, folder: Path) -> None:
        """Take the journal as it is; it need not exist."""
        self.path = folder / FILE_NAME

    @property
    def is_empty(self) -> bool:
        """True where no write waits."""
        try:
            return self.path.stat().st_size == 0
        except FileNotFoundError:
            return True

    @contextmanager
    def hold(self, record: Record) -> Iterator[None]:
        """Keep a write on disk until the block has published it; if the block fails, the write was not accepted."""
        try:
            self._append(record)
            yield
        finally:
            self.clear()

    def read(self) -> Record | None:
        """Return the write that waits, None where none does; one not written whole is dropped.

        Raises JournalDamaged where it was changed after it was written.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        head, _, rest = content.partition(b"\n")
        parts = head.split(b" ")
        if len(parts) != 3 or parts[0] != _MAGIC or not parts[1].isdigit():
            if _MAGIC.startswith(head[: len(_MAGIC)]) or not rest:
                return None
            raise self._damaged()
        body = rest[: int(parts[1])]
        if len(body) < int(parts[1]):
            return None
        if hashlib.sha256(body).hexdigest().encode() != parts[2] or rest[len(body) :].strip(b"\n"):
            raise self._damaged()
        return _from_body(body)

    def require_whole(self) -> None:
        """Raise JournalDamaged where the journal holds anything but one whole write."""
        if not self.is_empty and self.read() is None:
            raise JournalDamaged(f"{self.path} was cut off: its write was not accepted, and the next one replaces it.")

    @contextmanager
    def trying(self) -> Iterator[int]:
        """Note, on disk, that the block publishes the waiting write; give how often that was tried before.

        What a full disk ends is not counted: it says nothing of the write, and is over once there is room.
        """
        size = self.path.stat().st_size
        try:
            with telling_of_a_full_disk(self.path.parent):
                tries = self._count_try()
            yield tries
        except StorageFull:
            self._cut(size)
            raise

    def _count_try(self) -> int:
        content = self.path.read_bytes()
        head, _, rest = content.partition(b"\n")
        with self.path.open("ab") as file:
            file.write(b"\n")
            file.flush()
            _flush(file.fileno())
        return len(rest) - int(head.split(b" ")[1])

    def set_aside(self) -> Path:
        """Take the journal out of the way, for a person to look at, and return where it is now."""
        names = (SET_ASIDE if number == 1 else f"{SET_ASIDE}-{number}" for number in count(1))
        target = next(path for path in map(self.path.with_name, names) if not path.exists())
        self.path.replace(target)
        sync(target.parent)
        return target

    def clear(self) -> None:
        """Empty the journal. This needs no room on the disk."""
        if not self.is_empty:
            self._cut(0)

    def _cut(self, size: int) -> None:
        with self.path.open("r+b") as file:
            file.truncate(size)
            _flush(file.fileno())

    def _append(self, record: Record) -> None:
        body = _to_body(record)
        is_new = not self.path.exists()
        with self.path.open("wb") as file:
            file.write(b" ".join((_MAGIC, str(len(body)).encode(), hashlib.sha256(body).hexdigest().encode())) + b"\n")
            file.write(body)
            file.flush()
            _flush(file.fileno())
        if is_new:
            sync(self.path.parent)

    def _damaged(self) -> JournalDamaged:
        return JournalDamaged(
            f"{self.path} is damaged, so the write in it cannot be made. At the next write"
            f" the file is set aside as {SET_ASIDE}. Look at the disk, and have whoever wrote last look what was made."
        )


def _flush(descriptor: int) -> None:
    os.fsync(descriptor)


def _to_body(record: Record) -> bytes:
    head = json.dumps({"base": record.base, "digest": record.digest}).encode() + b"\n"
    lines = [b"-" + line for line in record.removed] + [b"+" + line for line in record.added]
    return head + b"".join(lines)


def _from_body(body: bytes) -> Record:
    head, *lines = body.splitlines(keepends=True)
    told = json.loads(head)
    removed = tuple(line[1:] for line in lines if line.startswith(b"-"))
    added = tuple(line[1:] for line in lines if line.startswith(b"+"))
    return Record(told["base"], told["digest"], removed, added)
