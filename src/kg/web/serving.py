"""The release that is being served, and the switch to the next one without failing a request."""

from __future__ import annotations

import logging
import os
import threading

from kg.errors import KgError
from kg.release.intact import require_intact
from kg.release.manifest import Manifest
from kg.release.publish import POINTER, Releases
from kg.settings import Settings
from kg.store import Answer, Query
from kg.store.embedded import Pool

log = logging.getLogger(__name__)


class OpenRelease:
    """A release with its query workers, kept open as long as a request uses it."""

    def __init__(self, manifest: Manifest, pool: Pool) -> None:
        """Start with no request using it."""
        self.manifest = manifest
        self.pool = pool
        self.users = 0
        self.retired = False

    def query(self, query: Query) -> Answer:
        """Return the engine's answer; raises QueryError."""
        return self.pool.query(query)


class Serving:
    """Hands out the active release, and opens a newly activated one beside it before it is handed out."""

    def __init__(self, settings: Settings) -> None:
        """Open the active release, or where that is damaged the newest that is not.

        Raises ReleaseError where there is none, EngineUnavailable where it cannot be opened.
        """
        self._settings = settings
        self._releases = Releases(settings.releases)
        self._lock = threading.Lock()
        self._turn = threading.Lock()  # held while a release is opened, so that one is at a time
        self._pointer = self._read_pointer()
        chosen, self._fault = self._releases.choose()
        if self._fault:
            log.critical("release %s is served, and not the active one: %s", chosen.id, self._fault)
        self._current = self._open(chosen.id)

    @property
    def fault(self) -> str | None:
        """Why a release other than the active one is served; None where the active one is."""
        return self._fault

    def acquire(self) -> OpenRelease:
        """Return the active release, which stays open until it is given back."""
        self._notice_switch()
        with self._lock:
            self._current.users += 1
            return self._current

    def give_back(self, release: OpenRelease) -> None:
        """End one use; a release that is no longer active closes with its last use."""
        with self._lock:
            release.users -= 1
            closing = release.retired and release.users == 0
        if closing:
            release.pool.close()

    def take_up(self) -> OpenRelease:
        """Serve the active release before returning, so that whoever made it can read it at once, and return it.

        The caller gives it back. Raises ReleaseError or EngineUnavailable where it cannot be opened; the one before it
        is served still.
        """
        with self._turn:
            self._pointer = self._read_pointer()
            self._open_active()
        return self.acquire()

    def close(self) -> None:
        """End the query workers."""
        self._current.pool.close()

    def _open(self, identifier: str) -> OpenRelease:
        manifest = require_intact(self._releases.folder / identifier)
        return OpenRelease(manifest, Pool(self._releases.store(identifier), self._settings))

    def _read_pointer(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._releases.folder / POINTER)  # noqa: PTH116 - asked at every request: no Path made
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def _notice_switch(self) -> None:
        pointer = self._read_pointer()
        if pointer is None or pointer == self._pointer or not self._turn.acquire(blocking=False):
            return
        self._pointer = pointer
        threading.Thread(target=self._switch, name="switch-release", daemon=True).start()

    def _switch(self) -> None:
        try:
            self._open_active()
        except KgError as error:
            self._fault = str(error)
            log.error("the newly activated release cannot be served; the one before it still is: %s", error)
        finally:
            self._turn.release()  # taken by the thread that noticed the switch

    def _open_active(self) -> None:
        """Open the active release, unless it is open, and hand it out from now on. The caller holds the turn."""
        identifier = self._releases.active_id()
        if identifier == self._current.manifest.id:
            return
        release = self._open(identifier)
        self._fault = None
        with self._lock:
            old, self._current = self._current, release
            old.retired = True
            idle = old.users == 0
        if idle:
            old.pool.close()
        log.info("serving release %s", identifier)
