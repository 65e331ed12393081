"""What a job may take until its release is accepted. From then on the release is made, whatever that takes."""

from __future__ import annotations

import gc
import signal
import time

from kg.release.steps import ACCEPTED, RECOVERED, RECOVERING
from kg.store.pool.sandbox import lift_memory, limit_memory

RARELY = 20_000
"""Objects by which those in memory grow before cycles of garbage are looked for: Python's own number is 700."""


def collect_rarely() -> None:
    """Have Python look for garbage rarely, and never again among what is in memory by now.

    Few of the millions of small objects of a check lie in cycles; to look for them took a quarter of its time.
    """
    gc.freeze()
    gc.set_threshold(RARELY, 50, 50)


class Bounds:
    """Holds its process to a time, past which SIGALRM ends it, and to an address space; it is called at each step.

    A write that a crash interrupted was accepted long ago, so neither holds while it is recovered.
    """

    def __init__(self, seconds: float, memory: int) -> None:
        """Begin to hold the process; ``memory`` is in bytes."""
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        self._seconds, self._memory = seconds, memory
        self._until = time.monotonic() + seconds
        self._recovering = False
        self.memory_limited = self._hold()

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self._until - time.monotonic()

    def rest(self) -> None:
        """Let time pass while the process waits for its next job."""
        signal.setitimer(signal.ITIMER_REAL, 0)

    def again(self) -> None:
        """Begin the time anew, for the next job."""
        self._until = time.monotonic() + self._seconds
        self._hold()

    def __call__(self, step: str) -> None:
        """Let go where the release is bound to be made, and hold again after a recovery."""
        if step == RECOVERED:
            self._recovering = False
            self._hold()
        elif not self._recovering and step in (RECOVERING, ACCEPTED):
            self._recovering = step == RECOVERING
            signal.setitimer(signal.ITIMER_REAL, 0)
            lift_memory()

    def _hold(self) -> bool:
        signal.setitimer(signal.ITIMER_REAL, max(0.001, self.left))
        return limit_memory(self._memory, liftable=True)
