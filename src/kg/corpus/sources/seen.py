"""What files held when they were last read: one that is as it was need not be read again to know that it is unchanged.

A file is known by its number, size and times, the one of its last change of any kind among them, which nobody can set.
One that changed within MOMENT before it was read is read again next time: a later change may have the same time. What
is remembered is in a file that may be lost or deleted at any time; then everything is read once more.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kg.corpus.sources.sources import Source

MOMENT = 2_000_000_000
"""Nanoseconds in which a file may change twice and have the same time: file systems count in up to two seconds."""
_FORM = 1

Status = list[int]
"""Of each file of a source: device, number, size, and when it was written and changed, in nanoseconds."""


class Seen:
    """What is remembered of sources, by the IRIs of their graphs."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what a file remembers; nothing where there is none, or it cannot be read."""
        self._path = path
        self._known: dict[str, tuple[str, Status]] = {}
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            told = json.loads(path.read_text("utf-8")) if path else {}
            if told.get("form") == _FORM:
                self._known = {graph: (digest, status) for graph, (digest, status) in told["sources"].items()}
        self._before = dict(self._known)

    def digest(self, source: Source) -> str | None:
        """Return the digest of a source whose files are as they were; None where they have to be read."""
        known = self._known.get(source.graph)
        return known[0] if known and known[1] == status_of(source) else None

    def note(self, source: Source, digest: str, status: Status | None) -> None:
        """Remember the digest of a source whose files had that status before they were read."""
        self._known.pop(source.graph, None)
        if status is not None:
            self._known[source.graph] = (digest, status)

    def keep(self, sources: Iterable[Source]) -> None:
        """Write down what is remembered of some sources, and forget others; where that fails, nothing is lost."""
        kept = {source.graph: self._known[source.graph] for source in sources if source.graph in self._known}
        if self._path is None or kept == self._before:
            return
        draft = self._path.with_name(f"{self._path.name}-{os.getpid()}")
        with suppress(OSError):
            draft.write_text(json.dumps({"form": _FORM, "sources": kept}), "utf-8")
            draft.replace(self._path)
        draft.unlink(missing_ok=True)


def status_of(source: Source) -> Status | None:
    """Return the status of the files of a source, to be taken before they are read.

    It is None where one cannot be looked at, or changed so recently that its times say nothing.
    """
    found: Status = []
    latest = time.time_ns() - MOMENT
    for path in source.paths:
        try:
            one = os.stat(path)  # noqa: PTH116 - of thousands of files
        except OSError:
            return None
        if max(one.st_mtime_ns, one.st_ctime_ns) > latest:
            return None
        found += (one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns, one.st_ctime_ns)
    return found
