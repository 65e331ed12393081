"""The event loop of the server, as its other threads use it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Loop:
    """The event loop, which there is once granian has started. Safe for use by many threads."""

    def __init__(self) -> None:
        """Begin without one."""
        self._loop: asyncio.AbstractEventLoop
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Use this one."""
        self._loop = loop

    def call(self, action: Callable[..., object], *arguments: object) -> None:
        """Have it call something soon."""
        self._loop.call_soon_threadsafe(action, *arguments)

    def call_later(self, seconds: float, action: Callable[..., object], *arguments: object) -> None:
        """Have it call something in so many seconds."""
        self.call(self._loop.call_later, seconds, action, *arguments)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it begin a coroutine, and hold its task until it ends: the loop itself may lose it."""
        self.call(self._begin, work)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
