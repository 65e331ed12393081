"""What a process and all that it starts take together: processor time, and memory at its highest."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

PAUSE = 0.1
"""Seconds between two looks, at least."""
SHARE = 20
"""Times as long as a look took that the next is waited for: what is measured is not to be slowed down."""
_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


class Watch:
    """Looks at a process and its descendants until it is left; Linux only.

    Memory is counted in proportional shares (``Pss`` of proc_pid_smaps(5)): what two processes share counts once.
    """

    def __init__(self, process: int) -> None:
        """Begin to look at the process of that number, once entered."""
        self._root = process
        self._spent: dict[int, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self.peak = 0
        """Bytes that all of them held at most at one look."""

    @property
    def seconds(self) -> float:
        """Processor time of all of them as of the last look."""
        return sum(self._spent.values())

    def __enter__(self) -> Self:
        """Return itself, looking."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Look no more."""
        self._stop.set()
        self._thread.join()

    def look(self) -> None:
        """Take note of what they hold and have spent by now."""
        held = 0
        for process in _family(self._root):
            with contextlib.suppress(OSError, ValueError, IndexError):
                held += _held(process)
                self._spent[process] = _spent(process)
        self.peak = max(self.peak, held)

    def _look_on(self) -> None:
        took = 0.0
        while not self._stop.wait(max(PAUSE, SHARE * took)):
            start = time.thread_time()
            self.look()
            took = time.thread_time() - start


def spent(root: int) -> float:
    """Return the processor seconds of a process and its descendants by now, of those included that have ended."""
    found = 0.0
    for process in _family(root):
        with contextlib.suppress(OSError, ValueError, IndexError):
            found += sum(map(int, _stat(process)[11:15])) / _TICKS
    return found


def _family(root: int) -> list[int]:
    """Return a process and its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
    found = [root]
    for process in found:
        found += parents.get(process, [])
    return found


def _stat(process: int) -> list[str]:
    """Return the fields of proc_pid_stat(5) behind the name, which may hold spaces: state, parent, …"""
    return (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()


def _spent(process: int) -> float:
    fields = _stat(process)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _held(process: int) -> int:
    for line in (_PROC / str(process) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
