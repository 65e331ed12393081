"""The front's side of a write: one at a time, each in a process that can be killed.

A standby process has imported all that a write needs, and forks one process for each (kg.release.work.standby).
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
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
from kg.release.format.log import Log
from kg.release.steps import ACCEPTED, KEPT, RECOVERING
from kg.settings import Settings
from kg.store.pool.process import LIMITED, describe_status
from kg.store.pool.wire import receive, to_error, to_line
from kg.store.sparql.caps import require_caps
from kg.store.sparql.using import NO_LOAD
from kg.store.stores.writes import Update, Write, Written, to_message

_log = logging.getLogger(__name__)

WAITING = 4
"""Writes that may wait for the current one; each holds a thread of the front. One more is refused."""
COMMAND = (sys.executable, "-P", "-m", "kg.release.work.standby")
GRACE = 10.0
"""Seconds past the deadline in which a write that is already being published is waited for."""
REPORT_BYTES = 2**30


class Writer:
    """Hands each write to a process of its own. Safe for use by many threads."""

    def __init__(self, settings: Settings) -> None:
        """Start the standby process, where writes are expected."""
        self._settings = settings
        self._standby: _Standby | None = None
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(1 + WAITING)

    def submit(self, write: Write, report_type: str) -> Written:
        """Return once the write is published, or nothing of it is kept.

        Raises NotConforming with the validation report in ``report_type``, WriterBusy where the turn does not come
        before the deadline, WriteTimeout, WriteRefused, QueryTooLarge, and what kg.release.write raises; Unpublished
        where the write was accepted and then could not be published: that is done next, without the caller.
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
        """Publish the write that a crash left in the log of changes, if there is one; return whether there was.

        Raises EngineUnavailable where the writer ends before that, WriteTimeout where that takes longer than a write
        may and goes on, and what kg.release.recover raises.
        """
        if not Log(self._settings.releases).waits:
            return False
        with self._turn:
            answer, status = self._ask({"recover": True}, b"", self._settings.write_seconds)
        _, header, _ = _read(answer)
        if status is None:
            raise WriteTimeout("It takes longer than a write may, and goes on.")
        if not header:
            raise EngineUnavailable(f"The writer ended ({_describe(status)}). The next write tries again.")
        if "error" in header:
            raise to_error(header)
        return bool(header["recovered"])

    def recover_apart(self) -> None:
        """Do so in a thread of its own, log failures, and start the standby process where writes are expected."""

        def recover() -> None:
            try:
                self.recover()
                if self._settings.write_token_sha256:
                    with self._turn:
                        self.stand_by()
            except KgError as error:
                _log.error("What a crash left in the log of changes is not published yet: %s", error)

        try:
            threading.Thread(target=recover, name="recover", daemon=True).start()
        except RuntimeError as error:  # there is no room for a thread
            _log.error("What a crash left in the log of changes waits for the next write: %s", error)

    def _run(self, write: Write, report_type: str, seconds: float) -> Written:
        header, body = to_message(write)
        answer, status = self._ask(header | {"report_type": report_type}, body, seconds)
        steps, said, report = _read(answer)
        if not said:
            raise self._death(steps, status)
        if said.get("error") == Unpublished.__name__:
            self.recover_apart()
            raise Unpublished(said["message"])
        if "report_type" in said:
            raise NotConforming("The data would not conform.", report.decode(), said["report_type"])
        if "error" in said:
            raise to_error(said)
        return Written(**said)

    def _ask(self, header: dict[str, Any], body: bytes, seconds: float) -> tuple[bytes, int | None]:
        """Return what a writer says, and the status with which it ended, None where that was waited for in vain."""
        told = header | {"settings": self._settings.with_(write_seconds=seconds).to_environment()}
        message = to_line(told, body) + body
        for _ in range(2):  # one that waited may be gone, as for want of memory
            standby = self.stand_by()
            try:
                return standby.ask(message, seconds + GRACE)
            except ConnectionError:
                self.close()
            except BaseException:
                self.close()  # what it has yet to say of this write, the next would take for its own
                raise
        raise EngineUnavailable("No writer can be started: see its own message on standard error.")

    def stand_by(self) -> _Standby:
        """Return the standby process, started if there is none; raises EngineUnavailable."""
        if self._standby is not None and not self._standby.is_free():
            self.close()
        if self._standby is None:
            self._standby = _Standby(self._settings)
        return self._standby

    def close(self) -> None:
        """Let the standby process end, after its current write."""
        standby, self._standby = self._standby, None
        if standby is not None:
            standby.close()

    def _death(self, steps: list[str], status: int | None) -> KgError:
        _log.warning("A write ended its process (%s) after the steps %s.", _describe(status), steps)
        if KEPT in steps:
            self.recover_apart()
            return Unpublished(
                "The write was accepted and is kept, but its release could not be made yet. That is made next: do not"
                " send the write again."
            )
        if ACCEPTED in steps:
            return KgError(
                "The writer ended just as the write was accepted. Look whether it was made before you send it again."
            )
        if status is None:
            return WriteTimeout("A write before this one was still being published. Nothing was changed; try again.")
        if steps[-1:] == [RECOVERING]:
            return EngineUnavailable("The writer ended at a write before this one, and nothing was changed. Try again.")
        if status == -signal.SIGALRM:
            return WriteTimeout(
                f"The write was not done within {self._settings.write_seconds:g} seconds and was stopped. Nothing was"
                " changed; split it or simplify it."
            )
        if status == -signal.SIGSYS:
            return WriteRefused(NO_LOAD)
        if status >= 0:  # Python ended it: its message is on standard error
            return KgError("The writer failed, and nothing was changed. It is logged on this server.")
        if status in (-signal.SIGKILL, -signal.SIGTERM):
            return EngineUnavailable("The system ended the writer, perhaps for want of memory. Nothing was changed.")
        return QueryTooLarge(
            f"The write needed more than {self._settings.worker_memory / 1e9:g} GB of memory or crashed the parser, as"
            " deep nesting does. Nothing was changed; split it or simplify it."
        )


class _Standby:
    """A standby process for writes. Used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        """Start it; raises EngineUnavailable where that fails."""
        self._channel, theirs = socket.socketpair()
        with theirs:
            command = [*COMMAND, str(theirs.fileno()), str(settings.releases)]
            try:
                self._process = subprocess.Popen(
                    command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, env=os.environ | LIMITED
                )
            except OSError as error:
                self._channel.close()
                raise EngineUnavailable(f"No writer can be started: {error}") from error
        self._lines = self._channel.makefile("rb")
        self._is_left_alone = False

    def is_free(self) -> bool:
        """Return whether the process runs and can be asked."""
        return not self._is_left_alone and self._process.poll() is None

    def ask(self, message: bytes, seconds: float) -> tuple[bytes, int | None]:
        """Return what a writer says, and the status with which it ended, None where that was waited for in vain.

        Raises ConnectionError where the process was gone before it could fork one. After any error it is of no more
        use: it may still speak of this write.
        """
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(self._channel, [b"w"], [theirs.fileno()])
            number = self._line()
            if number is None or number <= 0:  # to signal those would end others, and this process
                raise ConnectionResetError
            answer, timed_out = _converse(ours, message, time.monotonic() + seconds)
            if timed_out and _is_recovering(answer):  # to stop it would begin it anew, each time
                self._is_left_alone = True
                return answer, None
            if timed_out:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
            status = self._line()
            return answer, None if timed_out else -signal.SIGKILL if status is None else status

    def _line(self) -> int | None:
        """Return the number that the process reports; None where it is gone."""
        try:
            line = self._lines.readline()
        except ConnectionError:
            return None
        return int(line) if line.endswith(b"\n") else None

    def close(self) -> None:
        """Let the process end, without waiting for that."""
        self._lines.close()
        self._channel.close()
        with suppress(RuntimeError):  # there is no room for a thread: the next process that is started waits for it
            threading.Thread(target=self._process.wait, daemon=True).start()


def _converse(connection: socket.socket, message: bytes, until: float) -> tuple[bytes, bool]:
    """Send a message; return all that is said back until the other side ends, and whether that was not in time."""
    parts: list[bytes] = []
    try:
        connection.settimeout(max(0.01, until - time.monotonic()))
        connection.sendall(message)
        while True:
            connection.settimeout(max(0.01, until - time.monotonic()))
            part = connection.recv(1 << 20)
            if not part:
                return b"".join(parts), False
            parts.append(part)
    except TimeoutError:
        return b"".join(parts), True
    except ConnectionError:
        return b"".join(parts), False


def _read(answer: bytes) -> tuple[list[str], dict[str, Any], bytes]:
    """Return the steps that a writer reported, and its answer, header and body; an empty header where it gave none."""
    reader, steps = BytesIO(answer), []
    try:
        header, body = receive(reader, REPORT_BYTES)
        while "step" in header:
            steps.append(header["step"])
            header, body = receive(reader, REPORT_BYTES)
    except EOFError:
        return steps, {}, b""
    return steps, header, body


def _is_recovering(answer: bytes) -> bool:
    """Return whether a writer was at work on what a crash left when it was last heard of."""
    steps, _, _ = _read(answer)
    return steps[-1:] == [RECOVERING]


def _describe(status: int | None) -> str:
    return "not done at its deadline" if status is None else describe_status(status)
