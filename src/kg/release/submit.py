"""The front's side of a write: one at a time, each in a process that can be killed.

A process is started for each write: of 1.7 s that a write to the first article takes, starting and importing all that
validates take 0.3 s, and nothing that one write left in memory can reach the next.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from io import BytesIO
from typing import Any

from kg.errors import EngineUnavailable, KgError, NotConforming, QueryTooLarge, WriterBusy, WriteRefused, WriteTimeout
from kg.release.journal import Journal
from kg.settings import Settings
from kg.store.caps import require_caps
from kg.store.process import describe_status
from kg.store.using import NO_LOAD
from kg.store.wire import receive, to_error, to_line
from kg.store.writes import Update, Write, Written, to_message

_log = logging.getLogger(__name__)

WAITING = 4
"""Writes that may wait for the one in hand; each holds a thread of the front. One more is turned away."""
GRACE = 10.0
"""Seconds past the deadline in which a write that is already being published is waited for."""
REPORT_BYTES = 2**30


class Writer:
    """Hands each write to a process of its own. Safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        """Start nothing yet."""
        self._settings = settings
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(1 + WAITING)

    def submit(self, write: Write, report_type: str) -> Written:
        """Return once the write is published, or nothing of it is kept.

        Raises NotConforming with the validation report in ``report_type``, WriterBusy where the turn does not come
        before the deadline, WriteTimeout, WriteRefused, QueryTooLarge, and what kg.release.write raises.
        """
        if isinstance(write, Update):
            require_caps(write.text, self._settings, self._settings.write_bytes)
        until = time.monotonic() + self._settings.write_seconds
        if not self._places.acquire(blocking=False):
            raise WriterBusy("Too many writes are waiting already. Nothing was changed; try again in a moment.")
        try:
            if not self._turn.acquire(timeout=self._settings.write_seconds):
                raise WriterBusy("Other writes took until this one's deadline. Nothing was changed; try again.")
            try:
                return self._run(write, report_type, max(0.1, until - time.monotonic()))
            finally:
                self._turn.release()
        finally:
            self._places.release()

    def recover(self) -> bool:
        """Publish the write that a crash left in the journal, if there is one; return whether there was.

        Raises EngineUnavailable, and KgError where the writer fails.
        """
        if Journal(self._settings.releases).is_empty:
            return False
        with self._turn:
            answer, status = self._ask({"recover": True}, b"", self._settings.write_seconds)
        try:
            header, _ = receive(BytesIO(answer), REPORT_BYTES)
        except EOFError:
            raise self._death(status) from None
        if "error" in header:
            raise to_error(header)
        return bool(header["recovered"])

    def _run(self, write: Write, report_type: str, seconds: float) -> Written:
        header, body = to_message(write)
        answer, status = self._ask(header | {"report_type": report_type}, body, seconds)
        return self._read(answer, status)

    def _ask(self, header: dict[str, Any], body: bytes, seconds: float) -> tuple[bytes, int]:
        """Return what a writer says, and the status with which it ended."""
        message = to_line(header, body) + body
        environment = os.environ | self._settings.with_(write_seconds=seconds).to_environment()
        command = [sys.executable, "-P", "-m", "kg.release.writer"]
        try:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        except OSError as error:
            raise EngineUnavailable(f"No writer can be started: {error}") from error
        with process:
            try:
                answer, _ = process.communicate(message, seconds + GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise WriteTimeout(
                    "The write was stopped while it was being published. Look whether it was made before you send it"
                    " again."
                ) from None
        return answer, process.returncode

    def _read(self, answer: bytes, status: int) -> Written:
        try:
            header, body = receive(BytesIO(answer), REPORT_BYTES)
        except EOFError:
            raise self._death(status) from None
        if "report_type" in header:
            raise NotConforming("The data would not conform.", body.decode(), header["report_type"])
        if "error" in header:
            raise to_error(header)
        return Written(**header)

    def _death(self, status: int) -> KgError:
        if not Journal(self._settings.releases).is_empty:
            _log.warning("A write ended its process (%s) after it was accepted.", describe_status(status))
            return EngineUnavailable("The writer ended after it had accepted the write, which is made at the next one.")
        if status == -signal.SIGALRM:
            return WriteTimeout(
                f"The write was not done within {self._settings.write_seconds:g} seconds and was stopped. Nothing was"
                " changed; split it or simplify it."
            )
        if status == -signal.SIGSYS:
            return WriteRefused(NO_LOAD)
        _log.warning("A write ended its process (%s).", describe_status(status))
        if status >= 0:  # Python's own end: its message stands on standard error
            return KgError("The writer failed, and nothing was changed. It is logged on this server.")
        if status in (-signal.SIGKILL, -signal.SIGTERM):
            return EngineUnavailable("The system ended the writer, perhaps for want of memory. Nothing was changed.")
        return QueryTooLarge(
            f"The write needed more than {self._settings.worker_memory / 1e9:g} GB of memory or crashed the parser, as"
            " deep nesting does. Nothing was changed; split it or simplify it."
        )
