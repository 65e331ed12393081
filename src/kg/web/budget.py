"""What a client may use up: requests at once, and requests, those in error, and seconds of evaluation a minute.

A client is an address, or the 64 bits of an IPv6 address that one subscriber has; behind a proxy that is trusted, the
one the proxy names. Each budget of a minute is a bucket that fills with time. Pages cost nothing: only what runs a
stranger's query, takes a stranger's data, or has an earlier release opened, is counted.
"""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import Counter, OrderedDict

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import TooManyRequests

from kg.errors import EngineUnavailable, TooManyQueries
from kg.settings import Settings
from kg.web.access import RELEASE
from kg.web.limits import REACHED_HEADER

MINUTE = 60.0
CLIENTS = 20_000
"""Clients that are remembered; the one not seen for longest is forgotten, and starts with full buckets."""
COUNTED = ("/sparql", "/update", "/graphs", "/api/", "/export/", "/reconcile")
"""Starts of the paths that are counted; so is what asks for another release, which may have to be opened first."""
ERRORS = frozenset({400, 401, 403, 413, 415, 422})
"""Statuses that are the client's own fault, and cost the server something."""
NEEDED = {"client-requests": 1.0, "client-errors": 1.0, "client-seconds": 0.0}
"""How much of a budget must be left for a request to be taken."""
NETWORK = 64
"""Bits of an IPv6 address that are one client's."""


class Budgets:
    """The buckets of all clients. Safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        """Start with full buckets. A budget of 0 is not counted."""
        given = {
            "client-requests": settings.client_requests,
            "client-errors": settings.client_errors,
            "client-seconds": settings.client_seconds,
        }
        self._most = {name: float(most) for name, most in given.items() if most}
        self._used: OrderedDict[str, tuple[float, dict[str, float]]] = OrderedDict()
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

    def spend(self, client: str, name: str, amount: float) -> None:
        """Take an amount from a client's budget. It may be overdrawn, and is then empty for the longer."""
        with self._lock:
            if name in self._most:
                self._refill(client)[name] += amount

    def spend_seconds(self, client: str, seconds: float) -> None:
        """Take the seconds of a query's evaluation from the budget of the client that asked it."""
        self.spend(client, "client-seconds", seconds)

    def _refill(self, client: str) -> dict[str, float]:
        """Return what the client has used and not got back since. The caller holds the lock."""
        now = time.monotonic()
        since, used = self._used.pop(client, (now, dict.fromkeys(self._most, 0.0)))
        share = (now - since) / MINUTE
        used = {name: max(0.0, used[name] - share * most) for name, most in self._most.items()}
        self._used[client] = now, used
        if len(self._used) > CLIENTS:
            self._used.popitem(last=False)
        return used


class InHand:
    """The requests of each client that are being answered, of whatever release. Safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        """Start with none."""
        self._each, self._most = settings.client_queries, most_in_hand(settings)
        self._count: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Take a request in hand, which is to be given back.

        Raises TooManyQueries where the client has as many as it may, EngineUnavailable where all together have.
        """
        with self._lock:
            if self._count[client] >= self._each:
                said = f"You have {self._each} queries in hand already. Wait for one to be answered."
                raise TooManyQueries(said, "client-queries")
            if self._count.total() >= self._most:
                raise EngineUnavailable("Too many queries are in hand already. Try again in a moment.", "queue")
            self._count[client] += 1

    def give_back(self, client: str) -> None:
        """Let a request go that is answered."""
        with self._lock:
            self._count[client] -= 1
            if not self._count[client]:
                del self._count[client]


def most_in_hand(settings: Settings) -> int:
    """Return how many requests that are counted can be in hand at once: those evaluated, and those that wait."""
    return settings.workers + settings.past_releases + settings.queue


def init_app(app: Flask, settings: Settings) -> Budgets:
    """Have the application keep to budgets, and return them."""
    budgets = app.extensions["kg-budgets"] = Budgets(settings)
    app.extensions["kg-in-hand"] = InHand(settings)
    app.before_request(_require_budget)
    app.after_request(_count)
    app.teardown_appcontext(_give_back)
    return budgets


def client() -> str:
    """Return whom this request counts for."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:  # a proxy that gives no address, or a socket file
        return request.remote_addr or "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, NETWORK), strict=False))
    return str(address)


def _is_counted() -> bool:
    return request.path.startswith(COUNTED) or RELEASE in request.args


def _require_budget() -> None:
    if not _is_counted():
        return
    budgets: Budgets = current_app.extensions["kg-budgets"]
    empty = budgets.find_empty(client())
    if empty is not None:
        name, seconds = empty
        raise BudgetSpent(name, seconds)
    budgets.spend(client(), "client-requests", 1)
    in_hand: InHand = current_app.extensions["kg-in-hand"]
    in_hand.take(client())
    g.kg_client_in_hand = client()


def _give_back(_: BaseException | None) -> None:
    held = g.pop("kg_client_in_hand", None)
    if held is not None:
        in_hand: InHand = current_app.extensions["kg-in-hand"]
        in_hand.give_back(held)


def _count(response: Response) -> Response:
    if _is_counted() and response.status_code in ERRORS:
        budgets: Budgets = current_app.extensions["kg-budgets"]
        budgets.spend(client(), "client-errors", 1)
    return response


class BudgetSpent(TooManyRequests):
    """429, with the budget that is spent and the time until there is some of it again (RFC 6585 §4)."""

    def __init__(self, name: str, seconds: int) -> None:
        """Say so."""
        what = {
            "client-requests": "requests",
            "client-errors": "requests in error",
            "client-seconds": "seconds of evaluation",
        }[name]
        super().__init__(
            f"You have used up your {what} for the moment. Try again in {seconds} s. The limits stand in the header"
            " Query-Limits and in the service description.",
            retry_after=seconds,
        )
        self.limit = name

    def get_headers(self, *arguments: object) -> list[tuple[str, str]]:
        """Return the headers of the answer."""
        return [*super().get_headers(*arguments), (REACHED_HEADER, self.limit)]  # type: ignore[arg-type]
