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
from kg.release.build import ACCEPTED, CANONICALISING
from kg.release.publish import Releases
from kg.release.recover import RECOVERING, recover
from kg.release.write import write
from kg.settings import Settings, read_settings
from kg.store.sandbox import limit_memory, sandbox
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
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    settings = read_settings()
    signal.setitimer(signal.ITIMER_REAL, settings.write_seconds)
    limit_memory(settings.worker_memory)
    network_denied = sandbox(deadly=True)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # so that nothing a library prints is taken for the answer
    header, body = _answer(settings, sys.stdin.buffer, network_denied)
    with answers:
        answers.writelines((to_line(header, body), body))
    return 0


def _answer(settings: Settings, reader: BinaryIO, network_denied: bool) -> tuple[dict[str, Any], bytes]:
    header, body = receive(reader, settings.write_bytes)
    deadline = _Deadline(settings.write_seconds)
    try:
        if header.pop("recover", False):
            return {"recovered": _recover(settings, deadline)}, b""
        report_type = header.pop("report_type")
        written = write(settings, from_message(header, body), report_type, deadline, network_denied=network_denied)
    except NotConforming as error:
        return {"report_type": error.media_type}, error.report.encode()
    except KgError as error:
        return from_error(error), b""
    except MemoryError:
        return from_error(QueryTooLarge("The write needed more memory than it may have. Split it.")), b""
    return {"identifier": written.identifier, "is_new": written.is_new, "created": written.created}, b""


def _recover(settings: Settings, deadline: _Deadline) -> bool:
    releases = Releases(settings.releases)
    with releases.lock(time.monotonic() + settings.write_seconds):
        return recover(settings, releases, deadline)


class _Deadline:
    """Told each step, it takes the deadline away once the write is accepted: then it happens, and is said to."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._began = time.monotonic()
        self._recovering = False

    def __call__(self, step: str) -> None:
        """Raise WriteTimeout, before anything is accepted, where the release could not be made in what is left."""
        now = time.monotonic()
        if step == RECOVERING:
            self._recovering = True
        elif step == CANONICALISING:
            self._began = now
        elif step == ACCEPTED:
            if not self._recovering and now + PUBLISHING_TIMES * (now - self._began) > self._until:
                raise WriteTimeout(SLOW)
            self._recovering = False
            signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    sys.exit(main())
