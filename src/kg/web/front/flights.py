"""Requests that wait for their answers, and the answers in the making that they wait for.

Equal requests wait for one answer: those of another client once it is being made, since before that it waits for its
client's share of the server. An answer that nobody waits for any more is given up, as when its clients go away.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from kg.web.front.cache import Answer, Key
from kg.web.front.loop import Loop
from kg.web.front.requests import Request
from kg.web.http.policy import UNKNOWN, Policy
from kg.web.http.share import Share
from kg.web.watch.observe import Exchange

SOON = 0.02
"""Seconds in which most answers are made: nobody looks more often for clients that have gone."""


class Waiting:
    """A request to which no answer is kept that could be given at once."""

    __slots__ = (
        "body", "ended", "exchange", "flight", "gone", "is_counted", "is_gone", "is_over", "key", "peer", "policy",
        "protocol", "request",
    )  # fmt: skip

    def __init__(
        self,
        protocol: Any,
        peer: str,
        request: Request,
        key: Key | None,
        exchange: Exchange,
        ended: Callable[[], object] | None,
    ) -> None:
        """Wait for nothing yet."""
        self.protocol, self.peer, self.request, self.exchange, self.ended = protocol, peer, request, exchange, ended
        self.key = key
        self.body = b""
        self.policy: Policy = UNKNOWN
        self.flight: Flight | None = None
        self.gone: Any = None
        """What is done once the client has gone, where that is watched."""
        self.is_counted = self.is_over = self.is_gone = False


class Flight:
    """One answer in the making, for as many as wait for it. Safe for use by many threads."""

    def __init__(self, share: Share, first: Waiting, give: Callable[[Waiting, Flight], None]) -> None:
        """Begin nothing yet; ``give`` is called for each who waits, once there is an answer or an error."""
        self.share, self.first = share, first
        self._made: Answer | None = None
        self._error: BaseException | None = None
        self._give = give
        self._abandon: Callable[[], object] = share.cancellation.cancel
        self._ends: list[Callable[[], object]] = []
        self._waiting = [first]
        self._is_over = self._has_ended = False
        self._lock = threading.Lock()
        first.flight = self

    def at_end(self, action: Callable[[], object]) -> None:
        """Have an action carried out at the end, before the answer is given."""
        self._ends.append(action)

    def abandon_by(self, action: Callable[[], object]) -> None:
        """Have an action carried out once nobody waits for the answer any more, in place of cancelling its queries."""
        with self._lock:
            if not self._has_ended:
                self._abandon = action
            is_given_up = self._is_over and not self._has_ended
        if is_given_up:
            action()

    def join(self, waiting: Waiting) -> bool:
        """Wait for the answer too; return False where it is made or given up already.

        So it is where the answer is another client's and is not under way: that client may have to wait for its share.
        """
        with self._lock:
            if self._is_over or not (self._is_under_way or waiting.request.client == self.share.client):
                return False
            self._waiting.append(waiting)
            waiting.flight = self
            return True

    @property
    def _is_under_way(self) -> bool:
        return self.share.cancellation.has_begun if self.first.policy.asks else self.share.had_turn

    def leave(self, waiting: Waiting) -> bool:
        """Wait no longer; return False where the answer is made, and so being given, already."""
        with self._lock:
            if waiting not in self._waiting:
                return False
            self._waiting.remove(waiting)
            self._is_over = is_given_up = not self._waiting
            abandon = self._abandon
        if is_given_up:
            abandon()
        return True

    def end(self, made: Answer | None, error: BaseException | None = None) -> None:
        """End with an answer or an error, and give it to all who wait."""
        with self._lock:
            self._is_over = self._has_ended = True
            waiting, self._waiting = self._waiting, []
            actions, self._ends = self._ends, []
            self._abandon = _nothing
        self._made, self._error = made, error
        for action in actions:
            action()
        for each in waiting:
            self._give(each, self)

    def result(self) -> Answer:
        """Return the answer that it has ended with; raises the error that it has ended with."""
        if self._made is None:
            raise self._error or RuntimeError("The flight has not ended.")
        return self._made


def _nothing() -> None:
    """Do nothing."""


class Flights:
    """The answers in the making that equal requests may share. Safe for use by many threads."""

    def __init__(self) -> None:
        """Start with none."""
        self._flights: dict[Key, list[Flight]] = {}
        self._lock = threading.Lock()

    def join(self, key: Key | None, waiting: Waiting, make: Callable[[], Flight]) -> tuple[Flight, bool]:
        """Return the answer in the making of an equal request, or one that ``make`` returns, and whether it is that."""
        if key is None:
            return make(), True
        with self._lock:
            for flight in self._flights.get(key, ()):
                if flight.join(waiting):
                    return flight, False
            flight = make()
            self._flights.setdefault(key, []).append(flight)
        flight.at_end(lambda: self._forget(key, flight))
        return flight, True

    def _forget(self, key: Key, flight: Flight) -> None:
        with self._lock:
            self._flights[key].remove(flight)
            if not self._flights[key]:
                del self._flights[key]


class Watch:
    """Notices clients that go away before they have their answers. Safe for use by many threads.

    To ask after a client takes as much as a small answer does, so it is asked only after those that wait at one of the
    moments, SOON apart, at which somebody looks.
    """

    def __init__(self, loop: Loop, leave: Callable[[Waiting], None]) -> None:
        """Start with nobody; ``leave`` is called in the event loop for each request whose client has gone."""
        self._loop, self._leave = loop, leave
        self._waiting: set[Waiting] = set()
        self._watched: set[Waiting] = set()
        self._is_looking = self._have_come = False
        self._lock = threading.Lock()

    def add(self, waiting: Waiting) -> None:
        """Watch a request from the next look on, unless it is over."""
        with self._lock:
            if waiting.is_over:
                return
            self._waiting.add(waiting)
            self._have_come = True
            begins, self._is_looking = not self._is_looking, True
        if begins:
            self._loop.call_later(SOON, self._look)

    def remove(self, waiting: Waiting) -> None:
        """Watch a request no longer: it is over."""
        with self._lock:
            waiting.is_over = True
            self._waiting.discard(waiting)
            is_watched = waiting in self._watched
            self._watched.discard(waiting)
        if is_watched:
            self._loop.call(_cancel, waiting)

    def _look(self) -> None:
        with self._lock:
            found, self._waiting = self._waiting, set()
            self._watched |= found
            self._is_looking, self._have_come = self._have_come, False
        for waiting in found:
            self._ask(waiting)
        if self._is_looking:
            self._loop.call_later(SOON, self._look)

    def _ask(self, waiting: Waiting) -> None:
        """Notice when a client goes. granian reports it once for a request, and at once where it has gone before."""
        waiting.gone = asyncio.ensure_future(waiting.protocol.client_disconnect())
        waiting.gone.add_done_callback(lambda gone: None if gone.cancelled() else self._leave(waiting))


def _cancel(waiting: Waiting) -> None:
    waiting.gone.cancel()
