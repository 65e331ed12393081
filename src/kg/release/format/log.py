"""The log of changes: for each release, what it took away from the one before it and what it added, graph by graph.

::

    log/00000042.gz          a change that was published
    log/00000042.accepted    one that is being published: what a crash leaves is published next, once
    log/00000042.set-aside   one that was accepted and cannot be published; a person is to look at it
    log/00000042.withdrawn   one that was taken back: its number is not given again

    change ─▶ validated ─▶ its objects, fsync ─▶ log, fsync ─▶ accepted ─▶ release, pointer, fsync ─▶ renamed ─▶ answer

A record is a line of JSON, from which the release can be made whatever else happens, and the lines of N-Quads, each
behind ``-`` or ``+``. So the log protects what was accepted, and gives ``kg diff``, feeds and mirrors what changed. Its
numbers give the order of releases, whatever the clock said. A record gets its name when it is whole on the disk.
"""

from __future__ import annotations

import faulthandler
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from kg.durable import sync, telling_of_the_disk, write_bytes
from kg.errors import LogDamaged, StorageFailed, StorageFull
from kg.release.format.delta import Delta, from_bytes

FOLDER = "log"
_MAGIC = b"kg-log-1"
_NAME = re.compile(r"(\d{8})\.(.+)")
_ASIDE = "set-aside"
_FAILED, _CRASHED = "Failed", "Fatal Python error"
"""What a line about a try that failed begins with: by an exception, or by a signal (faulthandler's own words)."""


@dataclass(frozen=True, slots=True)
class Record:
    """A change: its release's number, what its manifest will say, the release before, and what changed.

    ``graphs`` gives each changed graph's digest before and after, None where there was or is none. ``delta`` leaves out
    graphs that are new or gone: their objects hold all of them.
    """

    sequence: int
    base: str | None
    manifest: dict[str, Any]
    graphs: dict[str, tuple[str | None, str | None]]
    report: str
    delta: Delta

    def validated(self, validation: dict[str, Any], report: str) -> Record:
        """Return the record with how the dataset was validated."""
        return replace(self, manifest=self.manifest | {"validation": validation}, report=report)

    @property
    def id(self) -> str:
        """The identifier of the release."""
        identifier: str = self.manifest["id"]
        return identifier


class Log:
    """The log of a folder of releases. To write to it, hold the folder's lock."""

    def __init__(self, releases: Path) -> None:
        """Take the log as it is; it need not exist."""
        self.folder = releases / FOLDER

    def next_number(self) -> int:
        """Return the number of the next record."""
        return max((number for number, _ in self._names()), default=0) + 1

    @property
    def waits(self) -> bool:
        """True where a change was accepted and is not published yet."""
        return self._accepted() is not None

    def accept(self, record: Record) -> None:
        """Keep a change that is going to be published; it is on the disk once this returns."""
        with telling_of_the_disk(self.folder.parent):
            if not self.folder.is_dir():
                self.folder.mkdir(parents=True)
                sync(self.folder.parent)
            write_bytes(self._path(record.sequence, "accepted"), _to_bytes(record), self.folder.parent)

    def add(self, record: Record) -> None:
        """Keep a change that is published already, as an upgrade finds it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        write_bytes(self._path(record.sequence, "gz"), _to_bytes(record), self.folder.parent)

    def waiting(self) -> Record | None:
        """Return the change that waits to be published; None where none does. Raises LogDamaged."""
        while (path := self._accepted()) is not None:
            with suppress(FileNotFoundError):  # it was published since: look again
                return _read(path)
        return None

    def published(self, sequence: int) -> None:
        """Note that a change is published. This needs no room on the disk."""
        path = self._path(sequence, "accepted")
        path.rename(path.with_suffix(".gz"))
        self._tries(sequence).unlink(missing_ok=True)

    def withdraw(self, sequence: int) -> None:
        """Take a change back that was not published, because it cannot be. Its number is not given again.

        Where that cannot be on the disk, it waits as before, and OSError is raised.
        """
        accepted, withdrawn = self._path(sequence, "accepted"), self._path(sequence, "withdrawn")
        accepted.rename(withdrawn)
        try:
            sync(self.folder)
        except OSError:
            withdrawn.rename(accepted)
            raise
        self._tries(sequence).unlink(missing_ok=True)

    def sync(self) -> None:
        """Have what is noted to be published on the disk."""
        if self.folder.is_dir():
            sync(self.folder)

    @contextmanager
    def trying(self, sequence: int) -> Iterator[None]:
        """Take note of a try to publish a change where that fails or crashes.

        A try that is killed, or ends for want of memory or by the fault of the disk, says nothing of the change. So the
        note is written once it is known how a try ends: of a crash, by the handler of its signal.
        """
        was_enabled = faulthandler.is_enabled()
        with self._tries(sequence).open("ab", buffering=0) as file:
            faulthandler.enable(file, all_threads=False)
            try:
                yield
            except (StorageFull, StorageFailed, MemoryError, KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # such as a panic of the engine
                with suppress(OSError):
                    file.write(f"{_FAILED}: {error!r}\n".encode())
                raise
            finally:
                faulthandler.enable(2) if was_enabled else faulthandler.disable()

    def failures(self, sequence: int) -> list[str]:
        """Return how tries to publish a change have failed so far, a line for each."""
        try:
            lines = self._tries(sequence).read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        return [line for line in lines if line.startswith((_FAILED, _CRASHED))]

    def set_aside(self) -> Path:
        """Take the change that waits out of the way, for a person to look at, and return where it is now."""
        path = self._accepted()
        assert path is not None  # noqa: S101 - asked only where one waits
        names = (f"{path.stem}.{_ASIDE}" if n == 1 else f"{path.stem}.{_ASIDE}-{n}" for n in count(1))
        target = next(found for found in map(path.with_name, names) if not found.exists())
        path.rename(target)
        self._tries(int(path.stem)).unlink(missing_ok=True)
        sync(self.folder)
        return target

    def files_aside(self) -> list[Path]:
        """Return the files of the changes that are set aside, the oldest first."""
        return sorted(self.folder.glob(f"*.{_ASIDE}*"))

    def aside(self) -> Iterator[tuple[Path, Record | None]]:
        """Yield the file and the record of each change that is set aside, the oldest first; None for a damaged one."""
        for path in self.files_aside():
            with suppress(FileNotFoundError):  # somebody has looked after it
                try:
                    record = _read(path)
                except LogDamaged:
                    record = None
                yield path, record

    def read(self, sequence: int) -> Record:
        """Return a record that was published; raises LogDamaged."""
        path = self._path(sequence, "gz")
        try:
            return _read(path)
        except FileNotFoundError:
            raise LogDamaged(f"{path} is missing. Put it back from a backup.") from None

    def records(self) -> Iterator[Record]:
        """Yield all that was published, in the order of their numbers; raises LogDamaged."""
        for number, kind in self._held():
            if kind == "gz":
                yield self.read(number)

    def paths(self) -> list[Path]:
        """Return the files of the log, the oldest first: what was published, what waits and what is set aside."""
        return [self._path(number, kind) for number, kind in self._held()]

    def _names(self) -> Iterator[tuple[int, str]]:
        for path in self.folder.glob("*"):
            match = _NAME.fullmatch(path.name)
            if match:
                yield int(match[1]), match[2]

    def _held(self) -> list[tuple[int, str]]:
        return sorted(name for name in self._names() if name[1] in ("gz", "accepted") or name[1].startswith(_ASIDE))

    def _accepted(self) -> Path | None:
        return next(iter(sorted(self.folder.glob("*.accepted"))), None)

    def _path(self, number: int, kind: str) -> Path:
        return self.folder / f"{number:08d}.{kind}"

    def _tries(self, number: int) -> Path:
        return self.folder / f"{number:08d}.tries"


def _to_bytes(record: Record) -> bytes:
    head = {name: getattr(record, name) for name in ("sequence", "base", "manifest", "graphs", "report")}
    body = gzip.compress(json.dumps(head, ensure_ascii=False).encode() + b"\n" + record.delta.to_bytes(), mtime=0)
    return b" ".join((_MAGIC, hashlib.sha256(body).hexdigest().encode())) + b"\n" + body


def _read(path: Path) -> Record:
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        if head != b" ".join((_MAGIC, hashlib.sha256(body).hexdigest().encode())):
            raise ValueError("it has another digest than it says")
        said, _, lines = gzip.decompress(body).partition(b"\n")
        told = json.loads(said)
        told["graphs"] = {iri: tuple(digests) for iri, digests in told["graphs"].items()}
        return Record(**told, delta=from_bytes(lines))
    except FileNotFoundError:
        raise
    except (OSError, EOFError, zlib.error, ValueError, TypeError, KeyError) as error:
        raise LogDamaged(
            f"{path} is damaged ({error}), so the change in it cannot be read. Look at the disk, and put the file back"
            " from a backup."
        ) from None
