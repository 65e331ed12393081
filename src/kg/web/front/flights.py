"""Answers in the making: equal requests wait for one, and one that nobody waits for any more is given up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import IO, Any

from kg.web.front.cache import Answer, Key
from kg.web.front.refusal import Refused
from kg.web.http.share import Share

Made = tuple[Answer, IO[bytes] | None]


class Gone(Exception):
    """The client went away."""


SOON = 0.02
"""Seconds in which most answers are made: until then nobody asks whether the client is still there."""


class Client:
    """Who waits for an answer: whether they have gone. There is one for a request: the server tells but once.

    It is asked only where an answer takes long, since that takes as much as a small answer does. Who has gone before
    is told of then.
    """

    def __init__(self, protocol: Any) -> None:
        """Ask nothing yet."""
        self._protocol = protocol
        self._gone: asyncio.Future[Any] | None = None

    def gone(self) -> asyncio.Future[Any]:
        """Return what is done once the client has gone."""
        if self._gone is None:
            self._gone = asyncio.ensure_future(self._protocol.client_disconnect())
        return self._gone

    def close(self) -> None:
        """Wait no longer."""
        if self._gone is not None:
            self._gone.cancel()


class Flight:
    """One answer in the making, for as many requests as wait for it. Used by the event loop only."""

    def __init__(self, share: Share) -> None:
        """Begin nothing yet."""
        self.share = share
        self.made: asyncio.Future[Made] = asyncio.get_running_loop().create_future()
        self.made.add_done_callback(_retrieve)
        self.waiting = 0
        self._waiters: set[asyncio.Future[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def call(self, threads: ThreadPoolExecutor, work: Callable[[], Made]) -> None:
        """Have a thread make it, which comes back to the event loop once: each time takes as long as a small query."""
        loop = asyncio.get_running_loop()
        self.share.is_begun = True

        def carry_out() -> None:
            try:
                settle = partial(self._settle, work(), None)
            except BaseException as error:  # told to who waits
                settle = partial(self._settle, None, error)
            with suppress(RuntimeError):  # the server has ended
                loop.call_soon_threadsafe(settle)

        threads.submit(carry_out)

    def run(self, work: Coroutine[Any, Any, Made]) -> None:
        """Make it in the event loop, until it is cancelled."""

        async def carry_out() -> None:
            try:
                self._settle(await work, None)
            except BaseException as error:  # told to who waits
                self._settle(None, error)

        self._task = asyncio.ensure_future(carry_out())

    def _settle(self, made: Made | None, error: BaseException | None) -> None:
        if made is not None:
            self.made.set_result(made)
        elif isinstance(error, asyncio.CancelledError) or error is None:
            self.made.cancel()
        else:
            self.made.set_exception(error)
        for waiter in self._waiters:
            _wake(waiter)

    async def wait(self, client: Client) -> Made:
        """Return the answer; raises Gone where the client goes away before, and gives it up if nobody else waits."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[None] = loop.create_future()
        self._waiters.add(waiter)
        self.waiting += 1

        def look() -> None:
            if not waiter.done():
                client.gone().add_done_callback(lambda _: _wake(waiter))

        looking = loop.call_later(SOON, look)
        try:
            if not self.made.done():
                await waiter
            if self.made.done():
                return self.made.result()
            raise Gone
        finally:
            looking.cancel()
            self._waiters.discard(waiter)
            self.waiting -= 1
            if not self.waiting and not self.made.done():
                self.share.cancellation.cancel()
                if self._task is not None and not self.share.is_begun:
                    self._task.cancel()  # what a thread works at ends by itself, and counts until then


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _retrieve(made: asyncio.Future[Made]) -> None:
    """Look at how the work ended, so that what nobody waits for is not told as lost."""
    if not made.cancelled():
        made.exception()


class Flights:
    """The answers in the making that equal requests may share. Used by the event loop only."""

    def __init__(self) -> None:
        """Start with none."""
        self._flights: dict[Key, Flight] = {}

    def join(self, key: Key | None, begin: Callable[[], Flight]) -> tuple[Flight, bool]:
        """Return the answer in the making of an equal request, or begin one, and whether it was begun."""
        if key is None:
            return begin(), True
        flight = self._flights.get(key)
        if flight is not None and flight.waiting:
            return flight, False
        flight = self._flights[key] = begin()
        flight.made.add_done_callback(lambda _: self._forget(key, flight))
        return flight, True

    def _forget(self, key: Key, flight: Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


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
