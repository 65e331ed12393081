"""Long answers on their way: what is held until an answer has left counts for its client."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from kg.settings import Settings
from kg.web.front.connections import Connection
from kg.web.http.refusal import Refused

ANSWERS_OF_ONE = 4
"""Longest answers that one client has on their way at once, or as many bytes of shorter ones."""
ANSWERS = 16
"""Longest answers on their way to all clients."""
LOOK_SECONDS = 0.1
"""How often an answer on its way is looked after."""
SECONDS = 60.0
LEAST_RATE = 50_000
"""An answer may take SECONDS, and so long as it takes at this many bytes a second."""


class Leaving:
    """The bytes that clients have not read yet. Used by the event loop only."""

    def __init__(self, settings: Settings) -> None:
        """Start with none."""
        self._longest = settings.answer_bytes
        self._held: Counter[str] = Counter()

    @contextmanager
    def hold(self, client: str, size: int) -> Iterator[None]:
        """Count an answer for the block; raises Refused where the client, or all together, have too many unread."""
        if self._held[client] and self._held[client] + size > ANSWERS_OF_ONE * self._longest:
            said = "You have not read the answers that are on their way to you. Read them first."
            raise Refused(429, said, limit="client-queries", retry_after=5)
        if self._held.total() and self._held.total() + size > ANSWERS * self._longest:
            raise Refused(503, "Too many long answers are on their way. Try again in a moment.", retry_after=5)
        self._held[client] += size
        try:
            yield
        finally:
            self._held[client] -= size
            if not self._held[client]:
                del self._held[client]

    async def wait(self, peer: str, size: int) -> None:
        """Wait until the connection of an answer is closed, which is when it has left; shut that of a slow reader.

        granian reports a client that goes away before its answer is given, and not after. The connection is looked for
        only when most answers have left.
        """
        await asyncio.sleep(LOOK_SECONDS)
        connection = await asyncio.to_thread(Connection, peer)
        try:
            async with asyncio.timeout(SECONDS + size / LEAST_RATE):
                while connection.is_open():
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            connection.shut()
