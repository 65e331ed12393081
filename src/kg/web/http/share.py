"""What a request has of this server: whom it counts for, its turn at the processor, and whether it is still wanted.

The layer ahead of the application makes one for each request that the application answers, and learns from it what the
answer depends on. Nothing here knows Flask.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kg.errors import QueryError
from kg.store.cancel import Cancellation

SHARE = "kg.share"
"""Key of the WSGI environment under which the application finds it."""
_VOLATILE = re.compile(r"now|rand|uuid|service|bnode|\\u", re.IGNORECASE)
"""What an answer may differ by from one time to the next, or in which form it could be written (SPARQL 1.1 §19.2)."""


class Turns:
    """Turns at the processor, few at once and of a client one: the client that has used least of late is next.

    Only one thread of the process runs Python at a time, so without turns a client that asks for many pages at once
    would have as many shares of it. Safe for use by many threads.
    """

    HALF_LIFE = 10.0
    """Seconds after which what a client has used counts half."""
    REMEMBERED = 1000

    def __init__(self, count: int, spent: Callable[[str, float], None]) -> None:
        """Offer so many turns; ``spent`` gets the processor seconds of each client."""
        self._free = count
        self._spent = spent
        self._lock = threading.Lock()
        self._waiting: list[_Waiter] = []
        self._holding: set[str] = set()
        self._used: dict[str, tuple[float, float]] = {}

    def take(self, client: str) -> None:
        """Wait for a turn."""
        waiter = _Waiter(client)
        with self._lock:
            self._waiting.append(waiter)
            self._hand_out()
        waiter.turn.acquire()

    def give_back(self, client: str, seconds: float) -> None:
        """End a turn, in which the client used so many seconds of the processor."""
        self._spent(client, seconds)
        with self._lock:
            self._used[client] = time.monotonic(), self._lately(client) + seconds
            if len(self._used) > self.REMEMBERED:
                self._used = {name: used for name, used in self._used.items() if self._lately(name) > 0.01}
            self._free += 1
            self._holding.discard(client)
            self._hand_out()

    def _lately(self, client: str) -> float:
        since, seconds = self._used.get(client, (0.0, 0.0))
        return seconds * 0.5 ** ((time.monotonic() - since) / self.HALF_LIFE) if seconds else 0.0

    def _hand_out(self) -> None:
        """Give free turns to those who wait. The caller holds the lock."""
        while self._free and (able := [each for each in self._waiting if each.client not in self._holding]):
            chosen = min(able, key=lambda waiter: self._lately(waiter.client))
            self._waiting.remove(chosen)
            self._holding.add(chosen.client)
            self._free -= 1
            chosen.turn.release()


class _Waiter:
    """Who waits for a turn, by a lock of its own: so that the end of a turn wakes one thread and not all."""

    __slots__ = ("client", "turn")

    def __init__(self, client: str) -> None:
        self.client = client
        self.turn = threading.Lock()
        self.turn.acquire()


class Share:
    """The share of one request. Used by the thread that answers it, except that any may cancel it."""

    def __init__(self, client: str, turns: Turns | None = None) -> None:
        """Start without a turn; without ``turns`` there is none to take, or needed."""
        self.client = client
        self.cancellation = Cancellation()
        self.is_begun = self.had_turn = False
        self.is_volatile = False
        self.releases: set[str] = set()
        self.query: str | None = None
        self.raised: QueryError | None = None
        self._turns = turns
        self._began = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold a turn for the block; raises QueryCancelled where nobody waits for the answer any more."""
        self._take()
        self.had_turn = True
        try:
            self.cancellation.require_wanted()
            yield
        finally:
            self._give_back()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others have the turn in the block, in which this request waits for something."""
        self._give_back()
        try:
            yield
        finally:
            self._take()

    def note_query(self, text: str) -> None:
        """Note that the answer depends on a query, which may have another answer the next time."""
        self.is_volatile = self.is_volatile or _VOLATILE.search(text) is not None

    def _take(self) -> None:
        if self._turns is not None:
            self._turns.take(self.client)
            self._began = time.thread_time()

    def _give_back(self) -> None:
        if self._turns is not None:
            self._turns.give_back(self.client, time.thread_time() - self._began)
