"""The writer: a child process that makes one write, or the one that a crash left in the journal, and ends.

Run as ``python -m kg.release.writer`` by kg.release.submit, with the settings in its environment. One message of
kg.store.wire comes on standard input; on standard output go the steps after which the write may be made whatever
happens, and the answer. What can go wrong with what a client sent,
such as a crash of a parser or an update without end, goes wrong in here; the deadline ends it by SIGALRM.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from kg.errors import KgError, NotConforming, QueryTooLarge, WriteTimeout
from kg.release.bounds import Bounds
from kg.release.publish import Releases
from kg.release.recover import recover
from kg.release.steps import ACCEPTED, CANONICALISING, KEPT
from kg.release.write import write
from kg.settings import Settings, read_settings
from kg.store.sandbox import sandbox
from kg.store.wire import from_error, receive, to_line
from kg.store.writes import from_message

_log = logging.getLogger(__name__)

PUBLISHING_TIMES = 2
"""How often a release is canonicalised again, to verify its store, once it is accepted."""
MOMENT = 0.3
"""Seconds before its end in which a job stops to wait for another, so that it can still say so."""
SLOW = (
    "The data would take too long to bring into canonical form, as many blank nodes that look alike do. Nothing was"
    " changed; name them by IRIs, or split the write."
)


def main() -> int:
    """Make the write that standard input asks for; return the process's exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is this one's
    settings = read_settings()
    answers = os.dup(1)
    os.dup2(2, 1)  # so that nothing a library prints is taken for the answer
    bounds = _Bounds(settings, lambda step: _tell(answers, {"step": step}))
    network_denied = sandbox(deadly=True)
    try:
        answer = _answer(settings, sys.stdin.buffer, bounds, network_denied)
    except EOFError:
        _log.warning("The server ended before it had handed over a write; nothing is made of it.")
        return 1
    if not _tell(answers, *answer):
        _log.warning("The server ended before it could be told what came of a write.")
    return 0


def _tell(answers: int, header: dict[str, Any], body: bytes = b"") -> bool:
    """Return whether the server could be told: that it is no more changes nothing of what was accepted."""
    left = memoryview(to_line(header, body) + body)
    try:
        while left:
            left = left[os.write(answers, left) :]
    except BrokenPipeError:
        return False
    return True


def _answer(
    settings: Settings, reader: BinaryIO, bounds: _Bounds, network_denied: bool
) -> tuple[dict[str, Any], bytes]:
    header, body = receive(reader, settings.write_bytes)
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
        return from_error(QueryTooLarge("The write needed more memory than it may have. Split it.")), b""
    return {"identifier": written.identifier, "is_new": written.is_new, "created": written.created}, b""


def _recover(settings: Settings, bounds: _Bounds) -> bool:
    releases = Releases(settings.releases)
    with releases.lock(bounds.waits_until):
        return recover(settings, releases, bounds)


class _Bounds(Bounds):
    """Those of a write, which nobody waits for any longer than for its deadline."""

    def __init__(self, settings: Settings, tell: Callable[[str], object]) -> None:
        """Begin to hold the process; ``tell`` is told the steps after which the write may be made."""
        super().__init__(settings.write_seconds, settings.worker_memory)
        self._tell = tell

    @property
    def waits_until(self) -> float:
        """How long another build or write is waited for, of ``time.monotonic``."""
        return time.monotonic() + self.left - MOMENT

    def __call__(self, step: str) -> None:
        """Raise WriteTimeout, before anything is accepted, where the release could not be made in what is left."""
        if step == CANONICALISING:
            self._began = time.monotonic()
        elif step == ACCEPTED and not self._recovering and self._needed() > self.left:
            raise WriteTimeout(SLOW)
        super().__call__(step)
        if step in (ACCEPTED, KEPT) and not self._recovering:
            self._tell(step)

    def _needed(self) -> float:
        return PUBLISHING_TIMES * (time.monotonic() - self._began)


if __name__ == "__main__":
    sys.exit(main())
