"""What a client may use up a minute, on every route: requests, those in error, and seconds; and have in flight.

Each budget of a minute is a bucket that fills with time. Seconds are of two kinds: of the query workers, and of the
processor of the front, which everybody shares. What is answered from the cache costs its part of the latter only.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass

from kg.settings import Settings
from kg.web.http.refusal import Refused

MINUTE = 60.0
CLIENTS = 20_000
"""Clients that are remembered; the one not seen for longest is forgotten, and starts with full buckets."""
ERRORS = frozenset({400, 401, 403, 408, 413, 414, 415, 422, 431})
"""Statuses that are the client's own fault, and cost the server something."""
NEEDED = {"client-requests": 1.0, "client-errors": 1.0, "client-seconds": 0.0, "client-front-seconds": 0.0}
"""How much of a budget must be left for a request to be taken."""
SAYS = {
    "client-requests": "requests",
    "client-errors": "requests in error",
    "client-seconds": "seconds of evaluation",
    "client-front-seconds": "seconds of this server's processor",
}
PAGES_IN_FLIGHT = 100
"""Requests of one client in flight that ask nothing of the endpoints: they wait for each other."""


@dataclass(slots=True)
class _Used:
    """What a client has used of each budget, and not got back until some moment."""

    since: float
    amounts: dict[str, float]


class Budgets:
    """The buckets of all clients. Safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        """Start with full buckets. A budget of 0 is not counted."""
        given = {name: getattr(settings, name.replace("-", "_")) for name in NEEDED}
        self._most = {name: float(most) for name, most in given.items() if most}
        self._used: OrderedDict[str, _Used] = OrderedDict()
        self._lock = threading.Lock()

    def find_empty(self, client: str) -> tuple[str, int] | None:
        """Return a budget that the client has used up, and in how many seconds there is some of it again; or None."""
        with self._lock:
            used = self._refill(client)
            lacking = {name: used[name] + NEEDED[name] - most for name, most in self._most.items()}
            waits = {name: amount * MINUTE / self._most[name] for name, amount in lacking.items() if amount > 0}
            if not waits:
                return None
            name = max(waits, key=lambda name: waits[name])
            return name, math.ceil(waits[name])

    def require(self, client: str) -> None:
        """Take one request from the client's budget; raises Refused where it has used one up."""
        empty = self.find_empty(client)
        if empty is not None:
            raise _refusal(*empty)
        self.spend(client, "client-requests", 1)

    def require_front(self, client: str, seconds: float) -> None:
        """Take processor seconds of the front, known beforehand; raises Refused where there are none left."""
        name = "client-front-seconds"
        if name not in self._most:
            return
        with self._lock:
            used = self._refill(client)
            over = used[name] - self._most[name]
            used[name] += seconds
        if over > 0:
            raise _refusal(name, math.ceil(over * MINUTE / self._most[name]))

    def spend(self, client: str, name: str, amount: float) -> None:
        """Take an amount from a client's budget. It may be overdrawn, and is then empty for the longer."""
        with self._lock:
            if name in self._most:
                self._refill(client)[name] += amount

    def spend_seconds(self, client: str, seconds: float) -> None:
        """Take the seconds of a query's evaluation from the budget of the client that asked it."""
        self.spend(client, "client-seconds", seconds)

    def spend_front(self, client: str, seconds: float) -> None:
        """Take processor seconds of the front."""
        self.spend(client, "client-front-seconds", seconds)

    def _refill(self, client: str) -> dict[str, float]:
        """Return what the client has used and not got back since. The caller holds the lock."""
        now = time.monotonic()
        bucket = self._used.get(client)
        if bucket is None:
            bucket = self._used[client] = _Used(now, dict.fromkeys(self._most, 0.0))
            if len(self._used) > CLIENTS:
                self._used.popitem(last=False)
            return bucket.amounts
        self._used.move_to_end(client)
        share, amounts = (now - bucket.since) / MINUTE, bucket.amounts
        bucket.since = now
        for name, most in self._most.items():
            amounts[name] = max(0.0, amounts[name] - share * most)
        return amounts


def _refusal(name: str, seconds: int) -> Refused:
    return Refused(
        429,
        f"You have used up your {SAYS[name]} for the moment. Try again in {seconds} s. The limits are in the header"
        " Query-Limits and in the service description.",
        limit=name,
        retry_after=seconds,
    )


class InFlight:
    """The requests of each client whose answers have not left. Safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        """Start with none."""
        self._each, self._most = settings.client_queries, most_in_flight(settings)
        self._made = 0
        self._asking: Counter[str] = Counter()
        self._reading: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, client: str, *, asks: bool) -> None:
        """Take a request, which is to be given back: one that asks an endpoint, or one for a page.

        Raises Refused where the client has as many as it may.
        """
        count, each = (self._asking, self._each) if asks else (self._reading, PAGES_IN_FLIGHT)
        with self._lock:
            if count[client] < each:
                count[client] += 1
                return
        what = "queries" if asks else "pages"
        said = f"You have {each} {what} in progress already. Wait for one to be answered."
        raise Refused(429, said, limit="client-queries", retry_after=5)

    def give_back(self, client: str, *, asks: bool) -> None:
        """Let a request go whose answer has left."""
        count = self._asking if asks else self._reading
        with self._lock:
            count[client] -= 1
            if not count[client]:
                del count[client]

    def begin(self) -> None:
        """Begin to make an answer that asks; raises Refused where as many are being made as may.

        Equal requests wait for one answer, and so count once.
        """
        with self._lock:
            if self._made < self._most:
                self._made += 1
                return
        raise Refused(
            503, "Too many queries are in progress already. Try again in a moment.", limit="queue", retry_after=5
        )

    def end(self) -> None:
        """End it, whatever came of it."""
        with self._lock:
            self._made -= 1


def most_in_flight(settings: Settings) -> int:
    """Return how many requests that ask can be in flight at once: those evaluated, and those that wait."""
    return settings.workers + settings.past_releases + settings.queue
