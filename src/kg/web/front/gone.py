"""Clients that go away before they have their answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from kg.web.front.flights import Waiting

SOON = 0.02
"""Seconds in which most answers are made: nobody looks more often for those who have gone."""


class Watch:
    """Notices clients that go away before they have their answers. Safe for use by many threads.

    To ask after a client takes as much as a small answer does, so it is asked only after those that wait at one of the
    moments, SOON apart, at which somebody looks.
    """

    def __init__(self, leave: Callable[[Waiting], None]) -> None:
        """Start with nobody; ``leave`` is called in the event loop for each request whose client has gone."""
        self._leave = leave
        self._loop: asyncio.AbstractEventLoop
        self._waiting: set[Waiting] = set()
        self._watched: set[Waiting] = set()
        self._is_looking = self._have_come = False
        self._lock = threading.Lock()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use this event loop."""
        self._loop = loop

    def add(self, waiting: Waiting) -> None:
        """Watch a request from the next look on, unless it is over."""
        with self._lock:
            if waiting.is_over:
                return
            self._waiting.add(waiting)
            self._have_come = True
            begins, self._is_looking = not self._is_looking, True
        if begins:
            self._loop.call_soon_threadsafe(self._loop.call_later, SOON, self._look)

    def remove(self, waiting: Waiting) -> None:
        """Watch a request no longer: it is over."""
        with self._lock:
            waiting.is_over = True
            self._waiting.discard(waiting)
            is_watched = waiting in self._watched
            self._watched.discard(waiting)
        if is_watched:
            self._loop.call_soon_threadsafe(_cancel, waiting)

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
