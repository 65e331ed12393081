"""The writer: a child process that makes one write, or the one that a crash left in the journal, and ends.

Run as ``python -m kg.release.writer`` by kg.release.submit, with the settings in its environment. One message of
kg.store.wire comes on standard input, and one goes back on standard output. What can go wrong with what a client sent,
such as a crash of a parser or an update without end, goes wrong in here; the deadline ends it by SIGALRM.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import Any, BinaryIO

from kg.errors import KgError, NotConforming, QueryTooLarge, WriteTimeout
from kg.release.bounds import Bounds
from kg.release.build import ACCEPTED, CANONICALISING
from kg.release.publish import Releases
from kg.release.recover import recover
from kg.release.write import write
from kg.settings import Settings, read_settings
from kg.store.sandbox import sandbox
from kg.store.wire import from_error, receive, to_line
from kg.store.writes import from_message

PUBLISHING_TIMES = 2
"""How often a release is canonicalised again, to verify its store, once it is accepted."""
SLOW = (
    "The data would take too long to bring into canonical form, as many blank nodes that look alike do. Nothing was"
    " changed; name them by IRIs, or split the write."
)


def main() -> int:
    """Make the write that standard input asks for; return the process's exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is this one's
    settings = read_settings()
    bounds = _Bounds(settings.write_seconds, settings.worker_memory)
    network_denied = sandbox(deadly=True)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # so that nothing a library prints is taken for the answer
    header, body = _answer(settings, sys.stdin.buffer, bounds, network_denied)
    with answers:
        answers.writelines((to_line(header, body), body))
    return 0


def _answer(
    settings: Settings, reader: BinaryIO, bounds: _Bounds, network_denied: bool
) -> tuple[dict[str, Any], bytes]:
    header, body = receive(reader, settings.write_bytes)
    try:
        if header.pop("recover", False):
            return {"recovered": _recover(settings, bounds)}, b""
        report_type = header.pop("report_type")
        written = write(settings, from_message(header, body), report_type, bounds, network_denied=network_denied)
    except NotConforming as error:
        return {"report_type": error.media_type}, error.report.encode()
    except KgError as error:
        return from_error(error), b""
    except MemoryError:
        return from_error(QueryTooLarge("The write needed more memory than it may have. Split it.")), b""
    return {"identifier": written.identifier, "is_new": written.is_new, "created": written.created}, b""


def _recover(settings: Settings, bounds: _Bounds) -> bool:
    releases = Releases(settings.releases)
    with releases.lock(time.monotonic() + settings.write_seconds):
        return recover(settings, releases, bounds)


class _Bounds(Bounds):
    """Those of a write, which nobody waits for any longer than for its deadline."""

    def __call__(self, step: str) -> None:
        """Raise WriteTimeout, before anything is accepted, where the release could not be made in what is left."""
        if step == CANONICALISING:
            self._began = time.monotonic()
        elif step == ACCEPTED and not self._recovering and self._needed() > self.left:
            raise WriteTimeout(SLOW)
        super().__call__(step)

    def _needed(self) -> float:
        return PUBLISHING_TIMES * (time.monotonic() - self._began)


if __name__ == "__main__":
    sys.exit(main())
