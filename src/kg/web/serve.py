"""Start the front: granian, one process with threads, which asks the query workers; stop it, and renew it.

A second process watches over it, and starts another on the same socket should it end. SIGTERM and SIGINT end it once
the answers in progress are sent. SIGHUP renews it: another process reads the settings and opens the active release
anew, on the same socket, and only when it is ready does the first finish and end.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Pipe, wait
from typing import Any, Self

from granian._granian import CallbackScheduler
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.net import SocketSpec  # type: ignore[attr-defined]
from granian.server import Server
from granian.server import mp as granian_mp

from kg.children import end_with_parent, give_memory_back
from kg.errors import KgError, SettingsError
from kg.release.bounds import collect_rarely
from kg.release.content import content_of
from kg.release.publish import Releases
from kg.settings import Settings
from kg.store.engines import bring_service, is_remote
from kg.web.app import create_app
from kg.web.front.connections import raise_limit
from kg.web.front.layer import LEAVE, Layer
from kg.web.front.making import ASIDE, PAGES, PROBES
from kg.web.front.requests import HEADER_BYTES, TARGET_BYTES
from kg.web.http import logs
from kg.web.http.budget import most_in_flight

log = logging.getLogger(__name__)

SWITCH_SECONDS = 0.0005
"""After how long a thread at work lets the event loop have its turn at the interpreter."""
HEADER_SECONDS = 10
"""Time in which a request's headers are to come, or the connection is closed."""
ARENAS = 2
"""Arenas of memory of the process that answers: only one of its threads runs Python at a time."""
MAPPED = 64_000
"""Bytes from which it gives memory back at once; to map that much takes a hundredth of the time to make it."""
READY_SECONDS = 60.0
"""Time in which a process that is to take over has opened the release, or it is given up."""
CRASH_SECONDS = 5.5
"""One that ends within this time of its start in place of another is not started anew: the next would end, too."""


def serve(read: Callable[[], Settings], host: str, port: int) -> None:
    """Serve until interrupted, by the settings that ``read`` returns now and at each SIGHUP.

    Raises ReleaseError where no release can be served, SettingsError for a port in use.
    """
    settings = read()
    logs.configure(settings)
    folder = Releases(settings.releases)
    served, _ = folder.choose()
    _require_free(host, port)
    if is_remote(settings):  # here, so that what is wrong with the service is said before anything is started
        bring_service(content_of(folder, served.id), settings)
    shown = f"[{host}]" if ":" in host else host
    print(f"Attested: release {served.id} is served at http://{shown}:{port}/  (stop with Ctrl-C)", flush=True)
    front = Front(
        "kg",  # only a name: the loader below makes the application
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,  # the bounds of the layer are written for it alone
        loop=Loops.asyncio,
        backpressure=raise_limit(),
        backlog=1024,
        websockets=False,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=TARGET_BYTES + HEADER_BYTES
        ),
        log_level=LogLevels.error,
        workers_kill_timeout=math.ceil(settings.shutdown_seconds),
    )
    front.read = read
    front.serve(target_loader=partial(load, read, os.getpid()), wrap_loader=False)


def threads(settings: Settings) -> int:
    """Return how many threads answer requests: those that ask, pages, what supervisors ask, and small things."""
    return most_in_flight(settings) + PAGES + PROBES + ASIDE


def load(read: Callable[[], Settings], parent: int, say_ready: Callable[[], object]) -> Layer:
    """Return the application; called in the process that is to answer with it, ``say_ready`` once it can."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGINT):  # the parent's handlers until now, which would not end this process
        signal.signal(number, signal.SIG_DFL)
    end_with_parent(parent, signal.SIGTERM)  # else it would keep the port
    give_memory_back(ARENAS, MAPPED)
    settings = read()
    logs.configure(settings)
    sys.setswitchinterval(SWITCH_SECONDS)
    layer = Layer(create_app(settings), settings, say_ready)
    layer.connections.watch()
    granian_mp._new_cbscheduler = partial(AtOnce, layer)  # type: ignore[attr-defined]
    collect_rarely()  # else a page waits a sixth of a second, now and then, for all modules to be looked through
    return layer


class AtOnce(CallbackScheduler):
    """granian's scheduler, which has the layer begin with a request in the thread in which granian delivers it.

    To hand all to the thread of the event loop takes the greater part of the time that an answer from the cache does.
    """

    def __new__(cls, _: Layer, loop: Any, callback: Any, **__: Any) -> Self:
        """Set up what the base, in Rust, needs."""
        return super().__new__(cls, loop, callback, None, None, None)  # type: ignore[call-arg]

    def __init__(self, layer: Layer, *_: Any, **__: Any) -> None:
        """Give requests to the layer."""

        def schedule(watcher: Any) -> None:
            layer.begin(watcher.scope, watcher.proto)

        self._schedule_fn = schedule


class Front(Server):  # type: ignore[misc, valid-type]
    """granian's server, which renews its process only by one that works, and goes on whatever fails in that.

    ``wrks`` are the process that serves and those that leave. Only the thread that serves waits for them, so that the
    number of one is its own until that thread knows that it has ended.
    """

    read: Callable[[], Settings]
    wrks: list[Any]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Set up what signals wake it by."""
        super().__init__(*arguments, **options)
        self._replaced_at = -math.inf
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)

    def _init_shared_socket(self) -> None:
        """Open one socket that each process inherits: connections that wait on it outlive any of them."""
        self._ssp = None
        self._shd = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._sfd = self._shd.get_fd()
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)

    def signal_handler_interrupt(self, *_: Any) -> None:
        """Note that the server is to end: a handler that takes a lock, as granian's does, may wait for itself."""
        self.interrupt_signal = True

    def signal_handler_reload(self, *_: Any) -> None:
        """Note that the process is to be renewed."""
        self.reload_signal = True

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Any) -> Any:
        """Return a process to start. ``told`` can be read once it says that it is ready, or has ended."""
        told, ready = Pipe(duplex=False)
        worker = super()._spawn_worker(idx, target, partial(callback_loader, partial(ready.send_bytes, b"ready")))
        worker.told, worker.is_ready = told, False
        worker._watch = ready.close  # called once it is started, in place of a thread that waits for its end
        return worker

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        """Renew the process that serves, or start another where it has ended, until the server is to end."""
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        start = partial(self._start, spawn_target, target_loader)
        while not self.interrupt_signal:
            self._end_overdue()
            if not self.wrks[0].is_alive():
                self._replace(start)
            elif self.reload_signal and len(self.wrks) == 1:
                self.reload_signal = False
                self._renew(start)
            else:
                self._wait()

    def _start(self, target: Any, loader: Any) -> Any:
        """Return another process, which has been started; raises OSError where the system gives none."""
        worker = self._spawn_worker(0, target, loader)
        worker.start()
        return worker

    def _wait(self) -> None:
        """Wait until a signal comes, a process ends, or the time of one that leaves is over."""
        ends = [worker.leaves_until for worker in self.wrks[1:]]
        self._look([worker.inner.sentinel for worker in self.wrks], min(ends, default=None))

    def _look(self, things: list[Any], until: float | None) -> list[Any]:
        """Return which of the things can be read, once one can, a signal has come, or the moment has."""
        seconds = None if until is None else max(0.0, until - time.monotonic())
        found = wait([self._woken, *things], seconds)
        with suppress(BlockingIOError):
            self._woken.recv(4096)
        return found

    def _replace(self, start: Callable[[], Any]) -> None:
        """Start another process where the one that served has ended, or end the server where that is of no use."""
        ended, now = self.wrks[0], time.monotonic()
        status = ended.inner.exitcode
        if not _is_ready(ended):
            pass  # it never served, and has said why
        elif now < self._replaced_at + CRASH_SECONDS:
            log.error("the front ended (exit status %s) as soon as it was started anew, and the server ends", status)
        else:
            log.error("the front ended (exit status %s) and is started anew", status)
            try:
                self.wrks[0], self._replaced_at = start(), now
                return
            except Exception as error:
                log.error("the front cannot be started anew, and the server ends: %s", error)
        self.interrupt_signal = True
        self.interrupt_children.append(0)  # so that the status is that of an error

    def _renew(self, start: Callable[[], Any]) -> None:
        """Start another process, and have the one that serves leave once the new one is ready."""
        log.info("renewing: reading the settings and opening the active release anew")
        try:
            settings = self.read()
            new = start()
        except Exception as error:  # among them what the system says when processes or memory are short
            trace = not isinstance(error, KgError | OSError)
            log.error("not renewed; the server goes on as it is: %s", error, exc_info=trace)
            return
        self.wrks.append(new)  # so that it ends with the server
        if self._gets_ready(new):
            self._hand_over(math.ceil(settings.shutdown_seconds))
        elif not self.interrupt_signal:
            log.error("not renewed; the server goes on as it is: the new process was not ready. See its message above.")
            new.kill()
            new.join()
            self.wrks.remove(new)

    def _gets_ready(self, worker: Any) -> bool:
        """Return whether a process gets ready in time; False, too, where the server is to end."""
        until = time.monotonic() + READY_SECONDS
        while not self.interrupt_signal and time.monotonic() < until:
            if worker.told in self._look([worker.told], until):
                return _is_ready(worker)
        return False

    def _hand_over(self, seconds: int) -> None:
        """Have the process that serves, if it still does, leave within so many seconds to the new one."""
        old, new = self.wrks
        self.wrks, self.workers_kill_timeout = [new, old], seconds
        old.leaves_until = time.monotonic() + seconds
        if old.is_alive():
            os.kill(old.inner.pid, LEAVE)
        log.info("renewed")

    def _end_overdue(self) -> None:
        """End processes that have not left in time, and forget those that have ended."""
        for worker in self.wrks[1:]:
            if worker.is_alive() and time.monotonic() >= worker.leaves_until:
                seconds = self.workers_kill_timeout
                log.warning("answers not sent within %d seconds of the renewal were broken off", seconds)
                worker.kill()
                worker.join()
            if not worker.is_alive():
                self.wrks.remove(worker)


def _is_ready(worker: Any) -> bool:
    """Return whether a process has said that it is ready."""
    if not worker.is_ready and worker.told.poll():
        with suppress(EOFError):
            worker.is_ready = bool(worker.told.recv_bytes())
    return bool(worker.is_ready)


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from None
