"""The writer: a child process that makes one write, or the one that a crash left in the log, and ends.

kg.release.work.standby forks it. One message of kg.store.pool.wire comes on its socket, with the settings; back go the
steps after which the write may be made whatever happens, and the answer. What can go wrong with what a client sent,
such as a crash of a parser or an update without end, goes wrong in here; the deadline ends it by SIGALRM.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from typing import Any

from kg.errors import KgError, NotConforming, QueryTooLarge, WriteTimeout
from kg.release.bounds import Bounds
from kg.release.change.recover import recover
from kg.release.publish import Releases
from kg.release.steps import ACCEPTED, CANONICALISING, KEPT, RECOVERED, RECOVERING
from kg.release.work.write import write
from kg.settings import Settings, read_settings
from kg.store.pool.sandbox import sandbox
from kg.store.pool.wire import from_error, receive, to_line
from kg.store.stores.writes import from_message

_log = logging.getLogger(__name__)

MESSAGE_BYTES = 2**30  # the front has checked the write against its own, smaller limit
MOMENT = 0.3
"""Seconds before its end in which a job stops to wait for another, so that it can still say so."""
SLOW = (
    "The data would take too long to put into canonical form, as many blank nodes that look alike do. Nothing was"
    " changed; name them by IRIs, or split the write."
)


def run(connection: socket.socket) -> int:
    """Make the write that the connection asks for; return the process's exit status."""
    with connection, connection.makefile("rb") as reader:
        try:
            header, body = receive(reader, MESSAGE_BYTES)
        except EOFError:
            _log.warning("The server ended before it had handed over a write; nothing is made of it.")
            return 1
        settings = read_settings(header.pop("settings"))
        bounds = _Bounds(settings, lambda step: _tell(connection, {"step": step}))
        answer = _answer(settings, header, body, bounds, network_denied=sandbox(deadly=True))
        if not _tell(connection, *answer):
            _log.warning("The server ended before it could get the result of a write.")
    return 0


def _tell(connection: socket.socket, header: dict[str, Any], body: bytes = b"") -> bool:
    """Send a message to the server; return whether it arrived. Nothing accepted is undone where the server is gone."""
    try:
        connection.sendall(to_line(header, body) + body)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _answer(
    settings: Settings, header: dict[str, Any], body: bytes, bounds: _Bounds, *, network_denied: bool
) -> tuple[dict[str, Any], bytes]:
    try:
        if header.pop("recover", False):
            return {"recovered": _recover(settings, bounds)}, b""
        report_type = header.pop("report_type")
        asked = from_message(header, body)
        until = bounds.waits_until
        written = write(settings, asked, report_type, bounds, until=until, network_denied=network_denied)
    except NotConforming as error:
        return {"report_type": error.media_type}, error.report.encode()
    except KgError as error:
        return from_error(error), b""
    except MemoryError:
        if bounds.is_accepted:
            raise  # the server tells by the steps what becomes of it
        return from_error(QueryTooLarge("The write needed more memory than it may have. Split it.")), b""
    return {"identifier": written.identifier, "is_new": written.is_new, "created": written.created}, b""


def _recover(settings: Settings, bounds: _Bounds) -> bool:
    releases = Releases(settings.releases)
    with releases.lock(bounds.waits_until):
        return recover(releases, bounds)


class _Bounds(Bounds):
    """Those of a write, which nobody waits for any longer than for its deadline."""

    def __init__(self, settings: Settings, tell: Callable[[str], bool]) -> None:
        """Begin to limit the process; ``tell`` gets the steps after which the write may be made."""
        super().__init__(settings.write_seconds, settings.worker_memory)
        self._tell = tell
        self.is_accepted = False
        self._began = time.monotonic()

    @property
    def waits_until(self) -> float:
        """How long another build or write is waited for, of ``time.monotonic``."""
        return time.monotonic() + self.left - MOMENT

    def __call__(self, step: str) -> None:
        """Raise WriteTimeout, before anything is accepted, where what is left is less than was needed so far.

        For the graphs that change are put into canonical form once more then, to prove the store.
        """
        if step == CANONICALISING:
            self._began = time.monotonic()
        elif step == ACCEPTED and not self._recovering and time.monotonic() - self._began > self.left:
            raise WriteTimeout(SLOW)
        super().__call__(step)
        if step in (ACCEPTED, KEPT) and not self._recovering:
            self.is_accepted = True
            self._tell(step)
        elif step in (RECOVERING, RECOVERED) and not self._tell(step) and step == RECOVERED:
            raise WriteTimeout("Nobody waits for this write any more.")
