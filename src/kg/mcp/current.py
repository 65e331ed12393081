"""The connection that tools ask: at the newest release, kept open while a call uses it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kg.client import Connection


@dataclass
class _Open:
    connection: Connection
    users: int = 0
    is_retired: bool = False


class Current:
    """Hands out the connection to the active release; one to an earlier release is closed after its last use."""

    def __init__(self, connection: Connection) -> None:
        """Start with an open connection."""
        self._lock = threading.Lock()
        self._open = _Open(connection)

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """Yield the connection to the release that is active now; raises KgError where it cannot be opened."""
        held = self._take()
        try:
            yield held.connection
        finally:
            self._give_back(held)

    def close(self) -> None:
        """Close the connection once nobody uses it."""
        with self._lock:
            self._open.users += 1
            self._open.is_retired = True
        self._give_back(self._open)

    def _take(self) -> _Open:
        with self._lock:
            held = self._open
            held.users += 1
        try:
            newer = held.connection.newer()
        except BaseException:
            self._give_back(held)
            raise
        if newer is None:
            return held
        with self._lock:
            if self._open is held:
                self._open, held.is_retired = _Open(newer), True
                newer = None
            taken = self._open
            taken.users += 1
        if newer is not None:  # another call was first
            newer.close()
        self._give_back(held)
        return taken

    def _give_back(self, held: _Open) -> None:
        with self._lock:
            held.users -= 1
            is_done = held.is_retired and held.users == 0
        if is_done:
            held.connection.close()
