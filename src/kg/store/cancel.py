"""Cancellation of a query that nobody waits for any more: whatever works on it at that moment is called."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kg.errors import QueryCancelled


class Cancellation:
    """Whether a query is still wanted. Safe for use by many threads."""

    def __init__(self) -> None:
        """Start as wanted, and not under way."""
        self.has_begun = False
        """Whether the query is being evaluated, and waits no more for others of its client to end."""
        self._lock = threading.Lock()
        self._actions: list[Callable[[], object]] = []
        self._is_cancelled = False

    def cancel(self) -> None:
        """End the query: each action that is registered is carried out now, and none is taken afterwards."""
        with self._lock:
            self._is_cancelled = True
            for action in self._actions:  # under the lock, so that none ends what comes after its own block
                action()

    def require_wanted(self) -> None:
        """Raise QueryCancelled once the query is not wanted any more."""
        if self._is_cancelled:
            raise QueryCancelled("The client went away before its query was answered.")

    @contextmanager
    def calling(self, action: Callable[[], object]) -> Iterator[None]:
        """Have an action carried out should the query be cancelled in this block; raises QueryCancelled before it.

        The action must not wait, nor ask this object for anything.
        """
        with self._lock:
            self.require_wanted()
            self._actions.append(action)
        try:
            yield
        finally:
            with self._lock:
                self._actions.remove(action)
