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

from kg.errors import (
    EngineUnavailable,
    KgError,
    NotConforming,
    QueryTooLarge,
    Unpublished,
    WriterBusy,
    WriteRefused,
    WriteTimeout,
)
from kg.release.journal import Journal
from kg.release.steps import ACCEPTED, KEPT
from kg.settings import Settings
from kg.store.caps import require_caps
from kg.store.process import FEW_ARENAS, describe_status
from kg.store.using import NO_LOAD
from kg.store.wire import receive, to_error, to_line
from kg.store.writes import Update, Write, Written, to_message

_log = logging.getLogger(__name__)

WAITING = 4
"""Writes that may wait for the one in hand; each holds a thread of the front. One more is turned away."""
COMMAND = (sys.executable, "-P", "-m", "kg.release.writer")
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
        before the deadline, WriteTimeout, WriteRefused, QueryTooLarge, and what kg.release.write raises; Unpublished
        where the write was accepted and its process then ended: what is left of it is done next, without the caller.
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

        Raises EngineUnavailable where the writer ends before that, and what kg.release.recover raises.
        """
        if Journal(self._settings.releases).is_empty:
            return False
        with self._turn:
            answer, status = self._ask({"recover": True}, b"", self._settings.write_seconds)
        _, header, _ = _read(answer)
        if not header:
            raise EngineUnavailable(f"The writer ended ({_describe(status)}). The next write tries again.")
        if "error" in header:
            raise to_error(header)
        return bool(header["recovered"])

    def recover_apart(self) -> None:
        """Do so in a thread of its own, and log where that fails."""

        def recover() -> None:
            try:
                self.recover()
            except KgError as error:
                _log.error("What a crash left in the journal is not published yet: %s", error)

        threading.Thread(target=recover, name="recover", daemon=True).start()

    def _run(self, write: Write, report_type: str, seconds: float) -> Written:
        header, body = to_message(write)
        answer, status = self._ask(header | {"report_type": report_type}, body, seconds)
        steps, said, report = _read(answer)
        if not said:
            raise self._death(steps, status)
        if "report_type" in said:
            raise NotConforming("The data would not conform.", report.decode(), said["report_type"])
        if "error" in said:
            raise to_error(said)
        return Written(**said)

    def _ask(self, header: dict[str, Any], body: bytes, seconds: float) -> tuple[bytes, int | None]:
        """Return what a writer says, and the status with which it ended, None where that was waited for in vain."""
        message = to_line(header, body) + body
        environment = os.environ | FEW_ARENAS | self._settings.with_(write_seconds=seconds).to_environment()
        try:
            process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        except OSError as error:
            raise EngineUnavailable(f"No writer can be started: {error}") from error
        with process:
            try:
                answer, _ = process.communicate(message, seconds + GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                return process.communicate()[0], None
        return answer, process.returncode

    def _death(self, steps: list[str], status: int | None) -> KgError:
        _log.warning("A write ended its process (%s) after the steps %s.", _describe(status), steps)
        if KEPT in steps:
            self.recover_apart()
            return Unpublished(
                "The write was accepted and is kept, but the writer ended before its release was made. That is made"
                " next: do not send the write again."
            )
        if ACCEPTED in steps:
            return KgError(
                "The writer ended just as the write was accepted. Look whether it was made before you send it again."
            )
        if status is None:
            return WriteTimeout("A write before this one was still being published. Nothing was changed; try again.")
        if status == -signal.SIGALRM:
            return WriteTimeout(
                f"The write was not done within {self._settings.write_seconds:g} seconds and was stopped. Nothing was"
                " changed; split it or simplify it."
            )
        if status == -signal.SIGSYS:
            return WriteRefused(NO_LOAD)
        if status >= 0:  # Python's own end: its message stands on standard error
            return KgError("The writer failed, and nothing was changed. It is logged on this server.")
        if status in (-signal.SIGKILL, -signal.SIGTERM):
            return EngineUnavailable("The system ended the writer, perhaps for want of memory. Nothing was changed.")
        return QueryTooLarge(
            f"The write needed more than {self._settings.worker_memory / 1e9:g} GB of memory or crashed the parser, as"
            " deep nesting does. Nothing was changed; split it or simplify it."
        )


def _read(answer: bytes) -> tuple[list[str], dict[str, Any], bytes]:
    """Return the steps that a writer told, and its answer, header and body; an empty header where it gave none."""
    reader, steps = BytesIO(answer), []
    try:
        header, body = receive(reader, REPORT_BYTES)
        while "step" in header:
            steps.append(header["step"])
            header, body = receive(reader, REPORT_BYTES)
    except EOFError:
        return steps, {}, b""
    return steps, header, body


def _describe(status: int | None) -> str:
    return "killed past its deadline" if status is None else describe_status(status)
