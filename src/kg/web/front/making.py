"""The threads in which the application makes answers: of their own for queries, for pages, and for supervisors.

All are started with the front: the system may have none to give later.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Set
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import asynccontextmanager
from dataclasses import replace

from flask import Flask

from kg.settings import Settings
from kg.web.data.serving import Serving
from kg.web.front.cache import Answer, Cache, Key
from kg.web.front.flights import Flight, Waiting
from kg.web.front.gateway import Gateway
from kg.web.front.loop import Loop
from kg.web.front.replies import GZIP, encode, may_be_encoded, vary
from kg.web.front.requests import Request
from kg.web.http.budget import Budgets, InFlight, most_in_flight
from kg.web.http.policy import PROBE
from kg.web.http.refusal import Refused
from kg.web.http.share import Share, Turns

PAGES = 12
"""Threads for pages; of one client, so many at once:"""
PAGES_OF_ONE = 4
PROBES = 2
"""Threads for what supervisors ask, which waits for nothing."""
ASIDE = 2
"""Threads for what takes some milliseconds."""
TURNS = 2
"""Requests that use the processor at once."""
_CONDITIONS = frozenset({"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "range", "if-range"})


class Making:
    """Has the application make answers, and keeps those that may be. Safe for use by many threads."""

    def __init__(self, app: Flask, settings: Settings, loop: Loop, cache: Cache, in_flight: InFlight) -> None:
        """Start the threads; raises RuntimeError where the system has not so many."""
        self._serving: Serving = app.extensions["kg-serving"]
        self._budgets: Budgets = app.extensions["kg-budgets"]
        self._cache, self._in_flight = cache, in_flight
        self._loop = loop
        self._gateway = Gateway(app)
        self._turns = Turns(TURNS, self._budgets.spend_front)
        self._gate = Gate(PAGES, PAGES_OF_ONE, settings.query_seconds)
        self._asking = start_threads(most_in_flight(settings), "kg-asking")
        self._pages = start_threads(PAGES, "kg-pages")
        self._probes = start_threads(PROBES, "kg-probes")
        self._aside = start_threads(ASIDE, "kg-aside")

    def share(self, waiting: Waiting) -> Share:
        """Return what a request has of this server."""
        return Share(waiting.request.client, self._turns if waiting.policy.counted else None)

    def make(self, flight: Flight) -> None:
        """Begin to make the answer to the request of the first who waits for it."""
        waiting = flight.first
        request, policy, body = waiting.request, waiting.policy, waiting.body
        if policy.kept:
            asked = _without(request, _CONDITIONS, "GET" if request.method == "HEAD" else request.method)
        elif "," in request.headers.get("range", ""):  # more ranges than one are the whole (RFC 9110 §14.2)
            asked = _without(request, {"range"}, request.method)
        else:
            asked = request
        key, identifier, route = waiting.key, waiting.exchange.identifier, waiting.exchange.route

        def work() -> None:
            try:
                made = self._work(asked, body, key, flight.share, identifier, route)
            except BaseException as error:  # reported to all who wait
                flight.end(None, error)
            else:
                flight.end(made)

        try:
            self._submit(flight, work)
        except Exception as error:  # among them what the system says when threads are short
            flight.end(None, error)

    def _submit(self, flight: Flight, work: Callable[[], None]) -> None:
        policy = flight.first.policy
        if policy.asks:
            self._in_flight.begin()
            flight.at_end(self._in_flight.end)
            self._asking.submit(work)
        elif policy is PROBE:
            self._probes.submit(work)
        else:
            self._loop.begin(self._make_page(flight, flight.share.client, work))

    async def _make_page(self, flight: Flight, client: str, work: Callable[[], None]) -> None:
        task = asyncio.current_task()

        def give_up() -> None:
            flight.share.cancellation.cancel()
            if task is not None and not flight.share.is_begun:
                task.cancel()  # what a thread works at ends by itself, and counts until then

        flight.abandon_by(give_up)
        try:
            async with self._gate.hold(client):
                flight.share.is_begun = True
                await asyncio.get_running_loop().run_in_executor(self._pages, work)
        except (Exception, asyncio.CancelledError) as error:  # reported to all who wait
            flight.end(None, error)

    def encode(self, key: Key, answer: Answer, client: str) -> Answer:
        """Return an answer in gzip, which is kept from then on, too."""
        beside = key._replace(encoding=GZIP)
        found = self._cache.get(beside)
        if found is None:
            began = time.thread_time()
            found = encode(answer)
            self._budgets.spend_front(client, time.thread_time() - began)
            self._cache.put(beside, found)
        return found

    def aside(self, action: Callable[[], None]) -> None:
        """Carry out in another thread what takes some milliseconds."""
        self._aside.submit(action)

    def _work(
        self, request: Request, body: bytes, key: Key | None, share: Share, identifier: str, route: str
    ) -> Answer:
        """Have the application answer, unless an answer is kept by now, and keep the answer."""
        kept = self._cache.get(key) if key is not None else None
        if kept is not None:  # made for another client, while this one waited
            return kept
        made = self._gateway.call(request, body, share, identifier, route)
        if key is not None and self._may_keep(made, share, key.release):
            if may_be_encoded(made):
                made = replace(vary(made), is_encodable=True)
            self._cache.put(key, made)
        return made

    def _may_keep(self, answer: Answer, share: Share, release: str) -> bool:
        """Return whether an answer is the same for each equal request as long as this release is served."""
        has_a_name = answer.path is not None and answer.file is None
        if answer.status != 200 or has_a_name or share.is_volatile or answer.is_private:
            return False
        return share.releases <= {release} and self._serving.current().manifest.id == release


def start_threads(count: int, name: str) -> ThreadPoolExecutor:
    """Return a pool whose threads have all been started; raises RuntimeError where the system has not so many.

    One that starts a thread for a task, and cannot, refuses the task and carries it out later all the same.
    """
    pool = ThreadPoolExecutor(count, name)
    together = threading.Barrier(count)  # so that each of the tasks takes a thread of its own
    try:
        wait([pool.submit(together.wait) for _ in range(count)])
    except RuntimeError:
        together.abort()  # those that have been started end
        raise
    return pool


def _without(request: Request, names: Set[str], method: str) -> Request:
    """Return the request without some headers: for the whole answer, of which each who waits gets what it asked for."""
    headers = {name: value for name, value in request.headers.items() if name not in names}
    return request._replace(method=method, headers=headers)


class Gate:
    """Threads for pages: so many at once, of one client fewer, the client with the fewest first. For the event loop."""

    def __init__(self, count: int, most: int, seconds: float) -> None:
        """Let ``count`` through at once, ``most`` of one client, and wait at most so many seconds."""
        self._free, self._most, self._seconds = count, most, seconds
        self._inside: Counter[str] = Counter()
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def hold(self, client: str) -> AsyncIterator[None]:
        """Be inside for the block; raises Refused where that takes too long."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((client, turn))
        self._hand_out()
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.cancelled():
                self._waiting = [each for each in self._waiting if each[1] is not turn]
            else:
                self._leave(client)
            if isinstance(error, TimeoutError):
                said = "Too many pages are being made. Try again in a moment."
                raise Refused(503, said, retry_after=5) from None
            raise
        try:
            yield
        finally:
            self._leave(client)

    def _leave(self, client: str) -> None:
        self._free += 1
        self._inside[client] -= 1
        if not self._inside[client]:
            del self._inside[client]
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free:
            able = [each for each in self._waiting if self._inside[each[0]] < self._most and not each[1].done()]
            if not able:
                return
            chosen = min(able, key=lambda each: self._inside[each[0]])
            self._waiting.remove(chosen)
            self._inside[chosen[0]] += 1
            self._free -= 1
            chosen[1].set_result(None)
