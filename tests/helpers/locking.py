"""The lock of a data folder, held by a test as by a command that writes, and who waits for it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def holding(folder: Path) -> Iterator[Callable[[], None]]:
    """Hold the lock of a data folder; give what lets it go."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def is_waiting(process: int) -> bool:
    """Return whether a process waits for a lock."""
    return f" -> FLOCK  ADVISORY  WRITE {process} " in Path("/proc/locks").read_text()
