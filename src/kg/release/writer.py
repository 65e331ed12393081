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

from kg.errors import KgError, NotConforming, QueryTooLarge
from kg.release.build import ACCEPTED
from kg.release.publish import Releases
from kg.release.recover import recover
from kg.release.write import write
from kg.settings import Settings, read_settings
from kg.store.sandbox import limit_memory, sandbox
from kg.store.wire import from_error, receive, to_line
from kg.store.writes import from_message


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
    try:
        if header.pop("recover", False):
            return {"recovered": _recover(settings)}, b""
        report_type = header.pop("report_type")
        written = write(settings, from_message(header, body), report_type, _keep_on, network_denied=network_denied)
    except NotConforming as error:
        return {"report_type": error.media_type}, error.report.encode()
    except KgError as error:
        return from_error(error), b""
    except MemoryError:
        return from_error(QueryTooLarge("The write needed more memory than it may have. Split it.")), b""
    return {"identifier": written.identifier, "is_new": written.is_new, "created": written.created}, b""


def _recover(settings: Settings) -> bool:
    releases = Releases(settings.releases)
    with releases.lock(time.monotonic() + settings.write_seconds):
        return recover(settings, releases, _keep_on)


def _keep_on(step: str) -> None:
    """Take the deadline away once the write is accepted: then it happens, and is said to."""
    if step == ACCEPTED:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    sys.exit(main())
