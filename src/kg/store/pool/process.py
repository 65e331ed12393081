"""The front's handle on one query worker: start it, ask it, end it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from kg.errors import EngineUnavailable
from kg.settings import Settings
from kg.store.pool.wire import Content, receive, receive_spooled, to_error

START_SECONDS = 30.0
"""A worker that is not ready by then never will be; 0.06 is usual."""
LAST_SECONDS = 1.0
"""Time in which a process that has closed its side is to end, before it is killed."""

BUFFER_BYTES = 4_000_000
"""What a worker may send ahead of its reader, as far as the system lets it: for a long answer they take fewer turns."""
FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""Environment of a process with a limit of memory. The C library sets 64 MB of addresses aside for each thread that
allocates, which count: a worker took 450 to 900 MB of them before its first query, and so at times did not start."""


class Process:
    """One worker. Used by one thread at a time, except that ``kill`` may be called by any."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        """Start the worker without waiting for it. Raises EngineUnavailable if no process can be started."""
        self._settings = settings
        try:
            self._socket, theirs = socket.socketpair()  # not inheritable: pass_fds alone lets one end through
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
        except OSError as error:  # as many files are open as may be
            raise EngineUnavailable(f"No query worker can be started: {error}") from error
        fd = theirs.fileno()
        limits = (settings.worker_memory, settings.answer_bytes, settings.query_seconds)
        # -P: a file in the current folder must not stand in for a module of the library
        command = [sys.executable, "-P", "-m", "kg.store.pool.worker"]
        command += map(str, (fd, directory.absolute(), *limits))
        try:
            with theirs:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=(fd,),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env=os.environ | FEW_ARENAS,
                )
        except OSError as error:
            self._socket.close()
            raise EngineUnavailable(f"No query worker can be started: {error}") from error
        self._reader = self._socket.makefile("rb")

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
        return held

    def ask(self, request: bytes, seconds: float, *, spooled: bool = False) -> tuple[dict[str, Any], Content]:
        """Return the worker's reply, header and body, for which it has ``seconds``; a long body ``spooled`` as a file.

        Raises TimeoutError at the deadline, EOFError or another OSError where the worker has died. It can be
        asked nothing more after any of them.
        """
        self._socket.settimeout(seconds)
        self._socket.sendall(request)
        read = receive_spooled if spooled else receive
        return read(self._reader, self._settings.answer_bytes)

    def stop(self) -> None:
        """End the process without waiting for it; whoever asks it gets EOFError."""
        self._process.kill()

    def is_alive(self) -> bool:
        """Return whether the process still runs."""
        return self._process.poll() is None

    def wait(self) -> int:
        """Return the status of a process that has ended its side, leaving it a moment to say why."""
        try:
            return self._process.wait(LAST_SECONDS)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End the process if it still runs, and return its status: negative for the signal that ended it."""
        self._process.kill()
        return self._process.wait()

    def close(self) -> None:
        """Close this side's end of the connection."""
        self._reader.close()
        self._socket.close()


def describe_status(status: int) -> str:
    """Return the words for a process's status, such as "signal SIGSEGV"."""
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"exit status {status}"
