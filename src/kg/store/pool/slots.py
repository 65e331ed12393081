"""Whose query is next: slots for the queries that an engine answers at once, shared fairly between clients.

::

    open    as many as there are workers; no client holds all of them where there are several
    quick   one, for a query that finds the open ones taken: it has QUICK_SECONDS there, and then waits for an open one
            to go on in. So the small queries of others pass the long ones of a few.
    site    one for the site's own queries, so that slow queries of clients stop no page

A slot goes to the client that holds the fewest of its kind, the longest waiting of equals. Not more queries of clients
wait than the front has threads for.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from kg.errors import EngineUnavailable, QueryCancelled
from kg.store.cancel import Cancellation

SITE = "site"
"""The client of the site's own queries that nobody asked for."""
QUICK_SECONDS = 0.3
"""What a query has in the quick slot: many times what a small one takes, and little to wait for another."""
SHORT_SECONDS = 0.2
"""Seconds of the processor after which a query lets others go first: on a busy machine the clock runs faster."""
SLOW_SECONDS = 10.0
"""How long the quick slot is for others, after a client's query was too long for it."""


LEAST_SECONDS = 0.001
"""What a query has for its evaluation if waiting took all its time; a timeout of 0 would mean something else."""


class Turn:
    """The time that a query has for its evaluation, in seconds."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._seconds = seconds
        self._began = time.monotonic()

    @property
    def spent(self) -> float:
        """What it has taken so far."""
        return time.monotonic() - self._began

    @property
    def is_over(self) -> bool:
        """Whether it has taken all of it."""
        return self.spent >= self._seconds

    @property
    def left(self) -> float:
        """What it may still take."""
        return max(LEAST_SECONDS, self._seconds - self.spent)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Count nothing in the block, in which the query waits."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._began += time.monotonic() - began


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


class Held:
    """A query that waits for a slot in one of some lanes, the first of them if it can be had, or holds one."""

    __slots__ = ("cancellation", "client", "is_cancelled", "lane", "lanes", "ready")

    def __init__(self, client: str, lanes: tuple[_Lane, ...], cancellation: Cancellation | None = None) -> None:
        """Hold none yet."""
        self.client, self.lanes, self.cancellation = client, lanes, cancellation
        self.lane: _Lane | None = None
        self.is_cancelled = False
        self.ready = threading.Event()  # its own, so that a slot that comes free wakes one thread and not all

    def give_up(self) -> None:
        """Wait no longer."""
        self.is_cancelled = True
        self.ready.set()


class Slots:
    """So many queries at once, and one of the site's own. Safe for use by many threads."""

    def __init__(self, count: int, queue: int) -> None:
        """Offer ``count`` open slots; let ``queue`` queries of clients wait."""
        self._count, self._queue = count, queue
        self._open = _Lane(count, max(1, count - 1))
        self._quick = _Lane(1, 1)
        self._site = _Lane(1, 1)
        self._waiting: list[Held] = []
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
        cancellation: Cancellation | None = None,
    ) -> Iterator[Held]:
        """Hold a slot until the end of the block; the quick one is only for ``quick``.

        An ``internal`` query has one that clients never take. It takes one of theirs only where that is free, and
        else waits for its own. Raises EngineUnavailable where too many wait or no slot comes free until the deadline
        (of ``time.monotonic``), QueryCancelled where the query is cancelled while it waits.
        """
        if internal:
            lanes: tuple[_Lane, ...] = (self._site,)
        else:
            is_slow = self._slow.get(client, 0.0) > time.monotonic()
            lanes = (self._open, self._quick) if quick and not is_slow else (self._open,)
        held = Held(client or SITE, lanes, cancellation)
        try:
            self._take(held, deadline)
            if cancellation is not None:
                cancellation.has_begun = True
            yield held
        finally:
            with self._lock:
                if held.lane is not None:
                    held.lane.give_back(held.client)
                    self._hand_out()

    def is_quick(self, held: Held) -> bool:
        """Return whether a slot is the quick one."""
        return held.lane is self._quick

    def move(self, held: Held, deadline: float) -> None:
        """Give the quick slot back and wait for an open one, ahead of the client's others; raises as ``hold``."""
        with self._lock:
            self._quick.give_back(held.client)
            held.lane, held.lanes = None, (self._open,)
            held.ready.clear()
            self._note_slow(held.client)
            self._hand_out()  # to another, even where this one's client has gone and it waits for none
        self._take(held, deadline, is_back=True)

    def _note_slow(self, client: str) -> None:
        """Note that a query of a client was too long for the quick slot: its next may be, too."""
        now = time.monotonic()
        self._slow = {name: until for name, until in self._slow.items() if until > now}
        self._slow[client] = now + SLOW_SECONDS

    @contextmanager
    def slot(self, client: str, deadline: float) -> Iterator[None]:
        """Hold one of the open slots until the end of the block; raises as ``hold``."""
        with self.hold(client, deadline):
            yield

    def _take(self, own: Held, deadline: float, *, is_back: bool = False) -> None:
        with own.cancellation.calling(own.give_up) if own.cancellation else nullcontext():
            self._wait(own, deadline, is_back=is_back)

    def _wait(self, own: Held, deadline: float, *, is_back: bool) -> None:
        with self._lock:
            self._waiting.insert(0 if is_back else len(self._waiting), own)
            self._hand_out()
            if own.lane is None and self._site in own.lanes and self._open.can_take(own.client):
                self._grant(own, self._open)
            if own.lane is not None:
                return
            asked = sum(self._site not in each.lanes for each in self._waiting)
            if self._site not in own.lanes and asked > self._queue and not is_back:
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

    def _grant(self, chosen: Held, lane: _Lane) -> None:
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
