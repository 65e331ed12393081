"""The front's handles on query workers and on their parent: start one, ask it, end it."""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from kg.errors import EngineUnavailable
from kg.settings import Settings
from kg.store.pool.shared import Shared
from kg.store.pool.wire import (
    END,
    LOWER,
    PAUSE,
    RESUME,
    SPOOL_BYTES,
    Content,
    receive,
    receive_body,
    receive_digest,
    receive_header,
    to_error,
    to_line,
)

_log = logging.getLogger(__name__)

START_SECONDS = 30.0
"""A worker that is not ready by then never will be; 0.01 is usual."""
LOOK_SECONDS = 0.01
"""The least time between two looks at what a worker has used."""
LAST_SECONDS = 1.0
"""Time for a process that has closed its side to end, before it is killed."""

LIMITED = {"MALLOC_ARENA_MAX": "2", "RUST_BACKTRACE": "0"}
"""Environment of a process with a limit of memory. The C library sets 64 MB of addresses aside for each thread that
allocates, which count: a worker took 450 to 900 MB of them before its first query, and so at times did not start. A
parser that breaks at the limit would wait for itself for ever, should it find no memory to print where it was."""


class ForkServer:
    """The front's handle on the parent of its workers (kg.store.pool.forkserver). Safe for use by many threads.

    There is one for all pools, from the first to the last that holds it.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = threading.Lock()
        self._holders = 0
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def hold(self) -> None:
        """Need it until ``let_go``."""
        with self._lock:
            self._holders += 1

    def let_go(self) -> None:
        """Need it no more; it ends with its last holder."""
        with self._lock:
            self._holders -= 1
            if not self._holders:
                self._end()

    def end(self) -> None:
        """End it, even while it is held; the next that needs it starts another."""
        with self._lock:
            self._end()

    def fork(self, connection: socket.socket, control: socket.socket, shared: Shared) -> None:
        """Have a worker forked for two sockets, which are its own then, and the memory that it is to share.

        Raises EngineUnavailable if no process can be started.
        """
        with self._lock:
            for is_last in (False, True):  # one that was there may be gone, as for want of memory
                try:
                    files = [connection.fileno(), control.fileno(), shared.fileno()]
                    socket.send_fds(self._started(), [b"w"], files)
                    return
                except ConnectionError as error:
                    self._end()
                    if is_last:
                        raise EngineUnavailable(f"No query worker can be started: {error}") from error
                except OSError as error:
                    raise EngineUnavailable(f"No query worker can be started: {error}") from error

    def _started(self) -> socket.socket:
        if self._channel is None:
            self._channel, theirs = socket.socketpair()  # not inheritable: pass_fds alone lets one end through
            with theirs:
                # -P: a file in the current folder must not replace a module of the library
                self._process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "kg.store.pool.forkserver", str(theirs.fileno())],
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env=os.environ | LIMITED,
                )
        return self._channel

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if self._process is not None:
            try:
                self._process.wait(LAST_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


FORKS = ForkServer()


class Process:
    """One worker. Used by one thread at a time, except that ``kill`` may be called by any."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        """Start the worker without waiting for it. Raises EngineUnavailable if no process can be started."""
        self._settings = settings
        self.number = 0
        """That of the process, once it is ready."""
        self._status: int | None = None
        self._reading = threading.Lock()
        try:
            self._socket, theirs = socket.socketpair()
            self._control, control = socket.socketpair()
            self._shared = Shared(settings.answer_bytes)
        except OSError as error:  # as many files are open as may be
            raise EngineUnavailable(f"No query worker can be started: {error}") from error
        self._reader = self._socket.makefile("rb")
        try:
            with theirs, control:
                self._socket.sendall(_to_start(directory, settings))
                FORKS.fork(theirs, control, self._shared)
        except BaseException:
            self.close()
            raise

    def wait_ready(self) -> dict[str, Any]:
        """Return what the worker says of its limits: memory_limited, network_denied.

        Raises EngineUnavailable, with the worker's own reason, where it cannot start.
        """
        self._socket.settimeout(START_SECONDS)
        try:
            held, _ = receive(self._reader, 0)
        except (EOFError, OSError):
            raise EngineUnavailable(
                f"A query worker ended before it was ready ({describe_status(self.wait())}). Give it at"
                " least 1000000000 bytes by KG_WORKER_MEMORY, or see its own message on standard error."
            ) from None
        if "error" in held:
            raise to_error(held)
        self.number = held.pop("process")
        return held

    def ask(self, request: bytes, processor: float, clock: float, seconds: float) -> bool:
        """Send a request, for which there are ``seconds``, and return whether it is a quick one.

        The reply to such a one begins to come before the worker has used ``processor`` seconds of the processor for it,
        and within ``clock`` seconds. Raises TimeoutError, EOFError or another OSError where it could not be sent.
        """
        end = time.monotonic() + clock
        before, left = self._used(), processor
        self._socket.settimeout(seconds)  # a long one is taken as the worker reads it
        self._socket.sendall(request)
        while (wait := min(left, end - time.monotonic())) > 0:
            if _is_readable(max(wait, LOOK_SECONDS), self._socket):
                return True
            left = processor - (self._used() - before)
        return False

    def _used(self) -> float:
        """Return the processor seconds that the worker has used (clock_getcpuclockid(3)), or those of the clock."""
        if sys.platform == "linux":
            with suppress(OSError):  # it has ended
                return time.clock_gettime((~self.number << 3) | 2)
        return time.monotonic()

    def reply(self, seconds: float, *, spooled: bool = False) -> tuple[dict[str, Any], Content]:
        """Return the worker's reply, header and body, for which it has ``seconds``; a long body ``spooled`` as a file.

        Raises TimeoutError at the deadline, EOFError or another OSError where the worker has died, EngineUnavailable
        where the disk cannot take a long body. It can be asked nothing more after any of them.
        """
        self._socket.settimeout(seconds)
        header, size = receive_header(self._reader, self._settings.answer_bytes)
        content: Content
        if size <= SPOOL_BYTES:
            content = receive_body(self._reader, size)
        else:
            content = self._spool(size) if spooled else self._shared.read(size)
        return header | {"digest": receive_digest(self._reader)}, content

    def _spool(self, size: int) -> IO[bytes]:
        try:
            return self._shared.copy(size)
        except OSError as error:
            _log.error("An answer of %s bytes cannot be kept among the temporary files: %s", f"{size:,}", error)
            raise EngineUnavailable(
                f"The server cannot keep an answer of {size:,} bytes until it is sent ({error.strerror}). Try again, or"
                " ask for less by LIMIT."
            ) from error

    def stop(self) -> None:
        """End the process without waiting for it; a pending request gets EOFError."""
        self._order(END)

    def lower(self) -> None:
        """Have the process let others go first at the processor, for good."""
        self._order(LOWER)

    def pause(self) -> None:
        """Pause the process."""
        self._order(PAUSE)

    def resume(self) -> None:
        """Resume a paused process."""
        self._order(RESUME)

    def _order(self, order: bytes) -> None:
        with suppress(OSError):  # it has ended
            self._control.send(order)

    def is_alive(self) -> bool:
        """Return whether the process still runs."""
        return self._status is None and not _is_readable(0, self._control)

    def can_be_asked(self) -> bool:
        """Return whether the process runs; for one that is not being asked, since it then says nothing by itself."""
        return self._status is None and not _is_readable(0, self._control, self._socket)  # its end shows there first

    def wait(self) -> int:
        """Return the status of a process that has ended its side, leaving it a moment to say why."""
        if self._status is None and not _is_readable(LAST_SECONDS, self._control):
            self.stop()
        return self._read_status()

    def kill(self) -> int:
        """End the process if it still runs, and return its status: negative for the signal that ended it."""
        self.stop()
        return self._read_status()

    def _read_status(self) -> int:
        """Return the status once the process has ended; as if killed where its parent could not say."""
        with self._reading:
            if self._status is None:
                said = b""
                with suppress(OSError):
                    while part := self._control.recv(16):
                        said += part
                self._status = int(said) if said else -signal.SIGKILL
            return self._status

    def close(self) -> None:
        """Close this side's end of the connection."""
        self._reader.close()
        self._socket.close()
        self._control.close()
        self._shared.close()


def _is_readable(seconds: float, *connections: socket.socket) -> bool:
    looking = select.poll()
    for connection in connections:
        looking.register(connection, select.POLLIN)
    return bool(looking.poll(seconds * 1000))


def _to_start(directory: Path, settings: Settings) -> bytes:
    """Return the message with which a worker begins."""
    limits = {
        "memory": settings.worker_memory,
        "answer_bytes": settings.answer_bytes,
        "seconds": settings.query_seconds,
    }
    return to_line({"directory": str(directory.absolute())} | limits, b"")


def describe_status(status: int) -> str:
    """Return the words for a process's status, such as "signal SIGSEGV"."""
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"exit status {status}"
