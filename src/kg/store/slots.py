"""Whose query is next: slots for the queries that an engine answers at once, shared fairly between clients.

A slot goes to the client that holds the fewest, the longest waiting of equals. No client holds all slots where there
are several, so that its slow queries leave room for the quick ones of others; and not more queries wait than the front
has threads for. The site's own queries have one slot besides, so that slow queries of strangers stop no page.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from kg.errors import EngineUnavailable

SITE = "site"
"""The client that the site's own queries are of where they take one of the slots of strangers."""


class _Waiting:
    """A query that waits for a slot."""

    __slots__ = ("client", "has_slot")

    def __init__(self, client: str) -> None:
        self.client = client
        self.has_slot = False


class Slots:
    """So many queries at once, and one of the site's own. Safe for use by many threads."""

    def __init__(self, count: int, queue: int) -> None:
        """Offer ``count`` slots; let ``queue`` queries wait."""
        self._count, self._queue = count, queue
        self._most = max(1, count - 1)
        self._free = count
        self._running: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []
        self._changed = threading.Condition()
        self._internal = threading.Semaphore()

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return len(self._waiting)

    @property
    def free(self) -> int:
        """How many slots nobody holds."""
        return self._free

    @contextmanager
    def hold(self, client: str, deadline: float, *, internal: bool = False) -> Iterator[None]:
        """Hold a slot until the end of the block.

        An ``internal`` query has one that strangers never take. It takes one of theirs only where that is free, and
        else waits for its own. Raises EngineUnavailable where too many wait or no slot comes free until the deadline
        (of ``time.monotonic``).
        """
        if not internal:
            with self.slot(client, deadline):
                yield
            return
        if not self._internal.acquire(blocking=False):
            if self.take_free(SITE):
                try:
                    yield
                finally:
                    self.give_back(SITE)
                return
            if not self._internal.acquire(timeout=max(0.0, deadline - time.monotonic())):
                raise EngineUnavailable("The workers that pages are made with are busy. Try again in a moment.")
        try:
            yield
        finally:
            self._internal.release()

    @contextmanager
    def slot(self, client: str, deadline: float) -> Iterator[None]:
        """Hold one of the slots of strangers until the end of the block; raises as ``hold``."""
        self._take(client, deadline)
        try:
            yield
        finally:
            self.give_back(client)

    def take_free(self, client: str) -> bool:
        """Take a slot that nobody waits for, and return whether there was one. It is to be given back."""
        with self._changed:
            if self._free == 0 or self._running[client] >= self._most:
                return False
            self._free -= 1
            self._running[client] += 1
            return True

    def give_back(self, client: str) -> None:
        """Free a slot, and give it to the next who waits."""
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
            if own.has_slot:
                return
            if len(self._waiting) > self._queue:
                self._waiting.remove(own)
                raise EngineUnavailable(f"{self._queue} queries are waiting already. Try again in a moment.", "queue")
            while not own.has_slot:
                if not self._changed.wait(max(0.0, deadline - time.monotonic())) and not own.has_slot:
                    self._waiting.remove(own)
                    said = f"All {self._count} query workers are busy. Try again in a moment."
                    raise EngineUnavailable(said, "seconds")

    def _hand_out(self) -> None:
        """Give free slots to those who wait. The caller holds the lock."""
        while self._free:
            able = [each for each in self._waiting if self._running[each.client] < self._most]
            if not able:
                return
            chosen = min(able, key=lambda each: self._running[each.client])  # the first of equals has waited longest
            self._waiting.remove(chosen)
            self._running[chosen.client] += 1
            self._free -= 1
            chosen.has_slot = True
            self._changed.notify_all()
