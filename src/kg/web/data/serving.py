"""The release that is being served, and the switch to the next one without failing a request."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from kg.errors import EngineUnavailable, ReleaseError
from kg.release.content import content_of
from kg.release.intact import require_intact
from kg.release.manifest import Manifest
from kg.release.publish import POINTER, Releases
from kg.settings import Settings
from kg.store import Answer, Engine, Plan, Query
from kg.store.engines import is_remote, open_engine

LOOK_SECONDS = 0.005
"""How often it is looked at whether another release has become active: to open one takes longer."""
RETRY_SECONDS = 10.0
"""Pause after the active release could not be opened, as when memory or files are short for a moment."""

log = logging.getLogger(__name__)

Observe = Callable[..., AbstractContextManager[None]]
"""Counts a query, from its beginning to its end; gets whether it is the site's own."""


def unobserved(*, internal: bool) -> AbstractContextManager[None]:  # noqa: ARG001
    """Count nothing."""
    return nullcontext()


class OpenRelease:
    """A release with its engine, kept open as long as a request uses it."""

    def __init__(self, manifest: Manifest, engine: Engine, observe: Observe = unobserved) -> None:
        """Start with no request using it."""
        self.manifest = manifest
        self.engine = engine
        self._observe = observe
        self.users = 0
        self.retired = False

    def query(self, query: Query) -> Answer:
        """Return the engine's answer; raises QueryError."""
        with self._observe(internal=query.internal):
            return self.engine.query(query)

    def explain(self, query: Query) -> Plan:
        """Return the engine's plan of a query; raises QueryError."""
        with self._observe(internal=query.internal):
            return self.engine.explain(query)


class Serving:
    """Hands out the active release, and opens a newly activated one alongside before it is handed out."""

    def __init__(
        self,
        settings: Settings,
        observe: Observe = unobserved,
        spent: Callable[[str, float], None] | None = None,
    ) -> None:
        """Open the active release, or where that is damaged the newest that is not.

        Raises ReleaseError where there is none, EngineUnavailable where it cannot be opened.
        """
        self._settings = settings
        self._observe = observe
        self._spent = spent
        self._releases = Releases(settings.releases)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)  # users come to none, or a switch in place ends
        self._is_replacing = False  # a service goes from one release to another, and holds neither
        self._turn = threading.Lock()  # held while a release is opened, so that one is at a time
        self._pointer_path = str(self._releases.folder / POINTER)
        self._pointer = self._read_pointer()
        self._looked_at = 0.0
        chosen, trouble = self._releases.choose()
        self.trouble = trouble  # why another release than the active one is served; None where that one is
        if self.trouble:
            log.critical("release %s is served, and not the active one: %s", chosen.id, self.trouble)
        self._retry_at = math.inf
        self._current = self._open(chosen.id)

    def acquire(self, *, waits: bool = True) -> OpenRelease:
        """Return the active release, which stays open until it is given back.

        Without ``waits`` it may not be queried, only spoken of: a service may be going from it to another. Raises
        EngineUnavailable where that takes longer than a query may.
        """
        self.look()
        with self._changed:
            if waits and not self._changed.wait_for(lambda: not self._is_replacing, self._settings.query_seconds):
                raise EngineUnavailable("The service is loading another release. Try again in a moment.")
            return self._use()

    def _use(self) -> OpenRelease:
        """Return the release that is handed out, with one more use. The caller holds the lock."""
        self._current.users += 1
        return self._current

    def current(self) -> OpenRelease:
        """Return the release that is handed out now, for a look at it; to query it, acquire it."""
        return self._current

    def look(self) -> OpenRelease:
        """Return the release that is handed out now, and begin to open another that has become active."""
        self._notice_switch()
        return self._current

    def give_back(self, release: OpenRelease) -> None:
        """End one use; a release that is no longer active closes with its last use."""
        with self._lock:
            release.users -= 1
            self._changed.notify_all()
            closing = release.retired and release.users == 0
        if closing:
            release.engine.close()

    def take_up(self) -> OpenRelease:
        """Serve the active release before returning, so that the writer can read it at once, and return it.

        The caller gives it back. Where it cannot be opened, the one before it is returned, and ``trouble`` says why.
        """
        with self._turn:
            self._pointer = self._read_pointer()
            self._switch()
            with self._lock:  # at once, before another switch begins
                return self._use()

    @property
    def troubles(self) -> list[str]:
        """Why another release is served than should be, none can be written, or a write is set aside."""
        unwritable = self._releases.write_trouble if self._settings.write_token_sha256 else None
        return [trouble for trouble in (self.trouble, unwritable, self._releases.aside_trouble) if trouble]

    def close(self) -> None:
        """Close the engine."""
        self._current.engine.close()

    def _open(self, identifier: str) -> OpenRelease:
        manifest = require_intact(self._releases.folder / identifier)
        if manifest.base_iri != self._settings.base_iri:
            raise ReleaseError(
                f"Release {identifier} was made under {manifest.base_iri}, and the server is to speak of"
                f" {self._settings.base_iri}. Set KG_BASE_IRI to the former, or build under the latter: kg build"
            )
        engine = open_engine(content_of(self._releases, identifier), self._settings, self._spent)
        return OpenRelease(manifest, engine, self._observe)

    def _read_pointer(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._pointer_path)  # noqa: PTH116 - asked at every request: no Path made
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns

    def _notice_switch(self) -> None:
        now = time.monotonic()
        if now < self._looked_at + LOOK_SECONDS:
            return
        self._looked_at = now
        pointer = self._read_pointer()
        is_lost = self._current.engine.is_lost and self._retry_at == math.inf
        if pointer is None or (pointer == self._pointer and time.monotonic() < self._retry_at and not is_lost):
            return
        if not self._turn.acquire(blocking=False):
            return
        self._pointer = pointer
        try:
            threading.Thread(target=self._switch_apart, name="switch-release", daemon=True).start()
        except RuntimeError as error:  # there is no room for a thread
            self._fail(error)
            self._turn.release()

    def _switch_apart(self) -> None:
        try:
            self._switch()
        finally:
            self._turn.release()  # taken by the thread that noticed the switch

    def _switch(self) -> None:
        """Serve the active release; where that fails in whatever way, go on with the one before and try again later."""
        try:
            self._open_active()
        except Exception as error:  # among them what the system says when files or threads are short
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._retry_at = time.monotonic() + RETRY_SECONDS
        self.trouble = f"the newly activated release cannot be served; the one before it still is: {error}"
        log.error("%s", self.trouble)

    def _open_active(self) -> None:
        """Open the active release, unless it is open, and hand it out from now on. The caller holds the turn.

        One that a service has lost is loaded into it again.
        """
        identifier = self._releases.active_id()
        if identifier == self._current.manifest.id and not self._current.engine.is_lost:
            self.trouble, self._retry_at = None, math.inf
            return
        with self._replacing():
            release = self._open(identifier)
            old = self._current
            with self._lock:  # before requests that wait for the service go on, as it no longer holds the old one
                self._current = release
                old.retired = True
                self.trouble, self._retry_at = None, math.inf
                is_idle = old.users == 0
        if is_idle:
            old.engine.close()
        log.info("serving release %s", identifier)

    @contextmanager
    def _replacing(self) -> Iterator[None]:
        """Where the engine holds one release at a time, have requests wait: first for those in flight, as for a query.

        One that takes longer gets the engine's error that its release has gone.
        """
        if not is_remote(self._settings):
            yield
            return
        with self._changed:
            self._is_replacing = True
            self._changed.wait_for(lambda: self._current.users == 0, self._settings.query_seconds)
        try:
            yield
        finally:
            with self._changed:
                self._is_replacing = False
                self._changed.notify_all()
