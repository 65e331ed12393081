"""Whose query is next: turns at the query workers, shared fairly between the clients that ask.

A turn goes to the client that holds the fewest, the longest waiting of equals. No client holds all turns where there
are several, so that its slow queries leave room for the quick ones of others; and not more queries wait than the front
has threads for.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from kg.errors import EngineUnavailable


class _Waiting:
    """A query that waits for its turn."""

    __slots__ = ("client", "has_turn")

    def __init__(self, client: str) -> None:
        self.client = client
        self.has_turn = False


class Turns:
    """So many turns at once. Safe for use by many threads."""

    def __init__(self, count: int, queue: int) -> None:
        """Give ``count`` turns; let ``queue`` queries wait."""
        self._count, self._queue = count, queue
        self._most = max(1, count - 1)
        self._free = count
        self._running: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return len(self._waiting)

    @contextmanager
    def turn(self, client: str, deadline: float) -> Iterator[None]:
        """Hold a turn.

        Raises EngineUnavailable where too many wait or none comes free until the deadline (of ``time.monotonic``).
        """
        self._take(client, deadline)
        try:
            yield
        finally:
            self.give_back(client)

    def take_free(self, client: str) -> bool:
        """Take a turn that nobody waits for, and return whether there was one. It is to be given back."""
        with self._changed:
            if self._free == 0 or self._running[client] >= self._most:
                return False
            self._free -= 1
            self._running[client] += 1
            return True

    def give_back(self, client: str) -> None:
        """End a turn, and give it to the next who waits."""
        with self._changed:
            self._free += 1
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]
            self._hand_out()

    def _take(self, client: str, deadline: float) -> None:
        with self._changed:
            own = _Waiting(client)
            self._waiting.append(own)
            self._hand_out()
            if own.has_turn:
                return
            if len(self._waiting) > self._queue:
                self._waiting.remove(own)
                raise EngineUnavailable(f"{self._queue} queries are waiting already. Try again in a moment.", "queue")
            while not own.has_turn:
                if not self._changed.wait(max(0.0, deadline - time.monotonic())) and not own.has_turn:
                    self._waiting.remove(own)
                    said = f"All {self._count} query workers are busy. Try again in a moment."
                    raise EngineUnavailable(said, "seconds")

    def _hand_out(self) -> None:
        """Give free turns to those who wait. The caller holds the lock."""
        while self._free:
            able = [each for each in self._waiting if self._running[each.client] < self._most]
            if not able:
                return
            chosen = min(able, key=lambda each: self._running[each.client])  # the first of equals has waited longest
            self._waiting.remove(chosen)
            self._running[chosen.client] += 1
            self._free -= 1
            chosen.has_turn = True
            self._changed.notify_all()
