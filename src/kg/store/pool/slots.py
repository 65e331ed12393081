"""Whose query is next: slots for the queries that an engine answers at once, shared fairly between clients.

::

    open    as many as there are workers; no client holds all of them where there are several
    quick   one, for a query that finds the open ones taken: it has QUICK_SECONDS there, and goes back to wait for an
            open one if that was too short. So the small queries of others pass the long ones of a few.
    site    one for the site's own queries, so that slow queries of strangers stop no page

A slot goes to the client that holds the fewest of its kind, the longest waiting of equals. Not more strangers' queries
wait than the front has threads for.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from kg.errors import EngineUnavailable, QueryCancelled
from kg.store.cancel import Cancellation

SITE = "site"
"""The client of the site's own queries that nobody asked for."""
QUICK_SECONDS = 0.3
"""What a query has in the quick slot: many times what a small one takes, and little to wait for another."""
SLOW_SECONDS = 10.0
"""How long the quick slot is for others, after a client's query was too long for it."""


class _Lane:
    """Slots of one kind."""

    def __init__(self, count: int, most: int) -> None:
        self.count, self.most, self.free = count, most, count
        self.running: Counter[str] = Counter()

    def can_take(self, client: str) -> bool:
        return self.free > 0 and self.running[client] < self.most

    def take(self, client: str) -> None:
        self.free -= 1
        self.running[client] += 1

    def give_back(self, client: str) -> None:
        self.free += 1
        self.running[client] -= 1
        if not self.running[client]:
            del self.running[client]


class _Waiting:
    """A query that waits for a slot in one of some lanes, the first of them if it can be had."""

    __slots__ = ("client", "is_cancelled", "lane", "lanes", "ready")

    def __init__(self, client: str, lanes: tuple[_Lane, ...]) -> None:
        self.client, self.lanes = client, lanes
        self.lane: _Lane | None = None
        self.is_cancelled = False
        self.ready = threading.Event()  # its own, so that a slot that comes free wakes one thread and not all


class Slots:
    """So many queries at once, and one of the site's own. Safe for use by many threads."""

    def __init__(self, count: int, queue: int) -> None:
        """Offer ``count`` open slots; let ``queue`` queries of strangers wait."""
        self._count, self._queue = count, queue
        self._open = _Lane(count, max(1, count - 1))
        self._quick = _Lane(1, 1)
        self._site = _Lane(1, 1)
        self._waiting: list[_Waiting] = []
        self._slow: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return len(self._waiting)

    @property
    def free(self) -> int:
        """How many open slots nobody holds."""
        return self._open.free

    @contextmanager
    def hold(
        self,
        client: str,
        deadline: float,
        *,
        internal: bool = False,
        quick: bool = False,
        is_back: bool = False,
        cancellation: Cancellation | None = None,
    ) -> Iterator[bool]:
        """Hold a slot until the end of the block; yields True where it is the quick one, which only ``quick`` takes.

        An ``internal`` query has one that strangers never take. It takes one of theirs only where that is free, and
        else waits for its own. One that ``is_back`` has waited once already, and is not turned away.
        Raises EngineUnavailable where too many wait or no slot comes free until the deadline (of ``time.monotonic``),
        QueryCancelled where the query is cancelled while it waits.
        """
        if internal:
            lanes: tuple[_Lane, ...] = (self._site,)
        else:
            is_slow = self._slow.get(client, 0.0) > time.monotonic()
            lanes = (self._open, self._quick) if quick and not is_slow else (self._open,)
        own = _Waiting(client or SITE, lanes)
        if cancellation is None:
            self._take(own, deadline, is_back=is_back)
        else:
            with cancellation.calling(lambda: self._give_up(own)):
                self._take(own, deadline, is_back=is_back)
        assert own.lane is not None  # noqa: S101 - _take raises where there is none
        try:
            yield own.lane is self._quick
        finally:
            with self._lock:
                own.lane.give_back(own.client)
                self._hand_out()

    def note_slow(self, client: str) -> None:
        """Note that a query of a client was too long for the quick slot, which cost a process: its next may be, too."""
        with self._lock:
            now = time.monotonic()
            self._slow = {name: until for name, until in self._slow.items() if until > now}
            self._slow[client] = now + SLOW_SECONDS

    @contextmanager
    def slot(self, client: str, deadline: float) -> Iterator[None]:
        """Hold one of the open slots until the end of the block; raises as ``hold``."""
        with self.hold(client, deadline):
            yield

    def _take(self, own: _Waiting, deadline: float, *, is_back: bool) -> None:
        with self._lock:
            self._waiting.append(own)
            self._hand_out()
            if own.lane is None and self._site in own.lanes and self._open.can_take(own.client):
                self._grant(own, self._open)
            if own.lane is not None:
                return
            strangers = sum(self._site not in each.lanes for each in self._waiting)
            if self._site not in own.lanes and strangers > self._queue and not is_back:
                self._waiting.remove(own)
                raise EngineUnavailable(f"{self._queue} queries are waiting already. Try again in a moment.", "queue")
        own.ready.wait(max(0.0, deadline - time.monotonic()))
        with self._lock:
            if own.lane is not None:
                return
            self._waiting.remove(own)
        if own.is_cancelled:
            raise QueryCancelled("The client went away before its query was evaluated.")
        if self._site in own.lanes:
            raise EngineUnavailable("The workers that pages are made with are busy. Try again in a moment.")
        raise EngineUnavailable(f"All {self._count} query workers are busy. Try again in a moment.", "seconds")

    @staticmethod
    def _give_up(own: _Waiting) -> None:
        own.is_cancelled = True
        own.ready.set()

    def _grant(self, chosen: _Waiting, lane: _Lane) -> None:
        self._waiting.remove(chosen)
        lane.take(chosen.client)
        chosen.lane = lane
        chosen.ready.set()

    def _hand_out(self) -> None:
        """Give free slots to those who wait. The caller holds the lock."""
        for lane in (self._open, self._quick, self._site):
            while able := [each for each in self._waiting if lane in each.lanes and lane.can_take(each.client)]:
                # the first of equals has waited longest
                self._grant(
                    min(able, key=lambda each: lane.running[each.client] + self._open.running[each.client]), lane
                )
