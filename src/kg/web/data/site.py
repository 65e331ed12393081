"""What one server has, the same for all its requests."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

from jinja2 import Environment

from kg.release.publish import Releases
from kg.release.submit import Writer
from kg.settings import Settings
from kg.terms import Iris
from kg.web.data.past import PastReleases
from kg.web.data.serving import Serving
from kg.web.data.texts import Texts

Made = TypeVar("Made")


class Kept:
    """What was made of releases, which never change: the last ``most`` of it. Safe for many threads."""

    def __init__(self, most: int = 256) -> None:
        """Start with nothing."""
        self._most = most
        self._made: OrderedDict[Hashable, object] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what is kept under the key; else what ``make`` returns, which is kept. Raises what ``make`` raises."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return cast(Made, self._made[key])
        made = make()
        with self._lock:
            self._made[key] = made
            while len(self._made) > self._most:
                self._made.popitem(last=False)
        return made


class Metrics(Protocol):
    """Metrics of queries and writes (kg.web.watch.metrics)."""

    def write(self) -> AbstractContextManager[None]:
        """Count a write, from its beginning to its end."""

    def encode(self, accept: str) -> tuple[bytes, str]:
        """Return all metrics in the form that a client takes, and its media type."""


@dataclass(frozen=True, slots=True)
class Site:
    """Settings, releases, the writer, article texts and templates of one server.

    ``pages`` are the rules of its routes, ``uncrawled`` the starts of addresses that robots shall leave. ``kept`` holds
    what was made of releases, and ``reviving`` is held while dead workers are replaced.
    """

    settings: Settings
    iris: Iris
    releases: Releases
    serving: Serving
    past: PastReleases
    writer: Writer
    metrics: Metrics
    texts: Texts
    templates: Environment
    pages: frozenset[str]
    uncrawled: tuple[str, ...]
    kept: Kept = field(default_factory=Kept)
    reviving: threading.Lock = field(default_factory=threading.Lock)
