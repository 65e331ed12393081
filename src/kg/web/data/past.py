"""Earlier releases, opened for those who ask: ``?release=ID`` on any page or query is answered by that release.

So what was cited against a release can be read and asked again after the next is served. Few are open at a time, each
with one query worker at work, and one that nobody uses is closed after a while.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from werkzeug import exceptions
from werkzeug.exceptions import Gone, NotFound

from kg.errors import EngineUnavailable, ReleaseError
from kg.release.content import content_of
from kg.release.intact import require_intact
from kg.release.manifest import IDENTIFIER
from kg.release.publish import Releases
from kg.settings import Settings
from kg.store.engines import is_remote, open_engine
from kg.web.data.serving import Observe, OpenRelease, unobserved

IDLE_SECONDS = 60.0
"""How long after a use those that nobody uses are closed."""
OPENING = 4
"""Requests that open a release, one at a time, or wait to; one more is asked to retry."""
OPENING_OF_ONE = 2
"""Of these, those of one client."""


class PastReleases:
    """Up to ``settings.past_releases`` open releases other than the one that is served. Safe for many threads."""

    def __init__(
        self,
        settings: Settings,
        observe: Observe = unobserved,
        spent: Callable[[str, float], None] | None = None,
    ) -> None:
        """Start with none open; each is then opened as kg.web.data.serving.Serving opens the one that is served."""
        self._spent = spent
        self._settings = settings.with_(workers=1)
        self._observe = observe
        self._releases = Releases(settings.releases)
        self._open: dict[str, OpenRelease] = {}  # the longest unused first
        self._lost: list[OpenRelease] = []  # in use, and not to be used again
        self._lock = threading.Lock()  # guards what is open
        self._opening: Counter[str] = Counter()  # by client
        self._turn = threading.Lock()  # held while a release is opened: that is what costs
        self._timer: threading.Timer | None = None

    def acquire(self, identifier: str, client: str = "") -> OpenRelease:
        """Return a release for a client, which stays open until it is given back.

        Raises NotFound where there is none that can be read here, NotImplemented where the engine holds one release
        only, EngineUnavailable where too many others are in use or wait to be opened, or it cannot be opened.
        """
        found = self._use(identifier)
        if found is not None:
            return found
        if IDENTIFIER.fullmatch(identifier) and not (self._releases.folder / identifier).is_dir():
            self._refuse_pruned(identifier)
        if not IDENTIFIER.fullmatch(identifier) or not (self._releases.folder / identifier).is_dir():
            raise NotFound(f"There is no release {identifier[:40]} here. /releases lists all that there are.")
        if is_remote(self._settings):
            raise exceptions.NotImplemented(
                f"Release {identifier} cannot be asked here: the service that answers queries holds one release, the"
                f" one that is served. The files of this one are at /release/{identifier}."
            )
        with self._place(client), self._turn:
            return self._use(identifier) or self._open_one(identifier)

    @contextmanager
    def _place(self, client: str) -> Iterator[None]:
        """Hold one of few places to open a release, of which one client has not all; raises EngineUnavailable."""
        with self._lock:
            if self._opening.total() >= OPENING or self._opening[client] >= OPENING_OF_ONE:
                raise EngineUnavailable("Other earlier releases are being opened. Try again in a moment.")
            self._opening[client] += 1
        try:
            yield
        finally:
            with self._lock:
                self._opening[client] -= 1
                self._opening += Counter()  # those that have none any more are forgotten

    def _refuse_pruned(self, identifier: str) -> None:
        """Raise Gone for a release that was here and was pruned, with what is known of it."""
        known = self._releases.find_pruned(identifier)
        if known is not None:
            raise Gone(
                f"Release {identifier}, issued {known.issued}, is no longer kept: it was pruned. Its digest was"
                f" sha256:{known.digest}. Its page is /release/{identifier}; /releases lists those that are kept."
            )

    def give_back(self, release: OpenRelease) -> None:
        """End one use."""
        with self._lock:
            release.users -= 1
            if self._timer is None:
                timer = threading.Timer(IDLE_SECONDS, self._close_idle)
                timer.daemon = True
                with suppress(RuntimeError):  # there is no room for a thread: the next use tries again
                    timer.start()
                    self._timer = timer

    def close(self) -> None:
        """Close all, in use or not."""
        with self._lock:
            closing = [*self._open.values(), *self._lost]
            self._open.clear()
            self._lost.clear()
        for release in closing:
            release.engine.close()

    def _use(self, identifier: str) -> OpenRelease | None:
        """Return a release that is open, for one more use; None where it is not, or its engine is lost."""
        with self._lock:
            release = self._open.pop(identifier, None)
            if release is None:
                return None
            if not release.engine.is_lost:
                self._open[identifier] = release
                release.users += 1
                return release
            self._lost.append(release)
        self._close_lost()
        return None

    def _close_lost(self) -> None:
        """Close the lost ones that nobody uses any more."""
        with self._lock:
            closing = [release for release in self._lost if release.users == 0]
            self._lost = [release for release in self._lost if release.users]
        for release in closing:
            release.engine.close()

    def _open_one(self, identifier: str) -> OpenRelease:
        """Open a release for one use. The caller holds the turn."""
        try:
            manifest = require_intact(self._releases.folder / identifier)
        except ReleaseError as error:
            raise EngineUnavailable(f"Release {identifier} cannot be opened: {error}") from None
        if manifest.base_iri != self._settings.base_iri:
            raise NotFound(
                f"Release {identifier} was made under {manifest.base_iri}, and this server speaks of"
                f" {self._settings.base_iri}. Its files are at /release/{identifier}."
            )
        self._make_room()
        engine = open_engine(content_of(self._releases, identifier), self._settings, self._spent)
        release = OpenRelease(manifest, engine, self._observe)
        release.users = 1
        with self._lock:
            self._open[identifier] = release
        return release

    def _make_room(self) -> None:
        with self._lock:
            if len(self._open) < self._settings.past_releases:
                return
            idle = next((identifier for identifier, release in self._open.items() if release.users == 0), None)
            if idle is None:
                raise EngineUnavailable("As many earlier releases as may be are being read. Try again in a moment.")
            closing = self._open.pop(idle)
        closing.engine.close()

    def _close_idle(self) -> None:
        with self._lock:
            self._timer = None
            idle = [identifier for identifier, release in self._open.items() if release.users == 0]
            closing = [self._open.pop(identifier) for identifier in idle]
        for release in closing:
            release.engine.close()
        self._close_lost()
