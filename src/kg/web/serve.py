"""Start the front: granian, one process with threads, which asks the query workers; stop it, and renew it.

A second process watches over it, and starts another on the same socket should it end. SIGTERM and SIGINT end it once
the answers in progress are sent. SIGHUP renews it: another process reads the settings and opens the active release
anew, on the same socket, and only when it is ready does the first finish and end.
"""

from __future__ import annotations

import logging
import math
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from multiprocessing.synchronize import Event
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
from kg.web.front.making import PAGES, PROBES
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
        respawn_failed_workers=True,
        workers_kill_timeout=math.ceil(settings.shutdown_seconds),
    )
    front.read = read
    front.serve(target_loader=partial(load, read, front.ready), wrap_loader=False)


def threads(settings: Settings) -> int:
    """Return how many threads answer requests: those that ask, pages, and what supervisors ask."""
    return most_in_flight(settings) + PAGES + PROBES


def load(read: Callable[[], Settings], ready: Event) -> Layer:
    """Return the application; called in the process that is to answer with it."""
    end_with_parent(sign=signal.SIGTERM)  # else it would keep the port
    give_memory_back(ARENAS, MAPPED)
    settings = read()
    logs.configure(settings)
    sys.setswitchinterval(SWITCH_SECONDS)
    layer = Layer(create_app(settings), settings, ready.set)
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
    """granian's server, which renews its process only by one that works."""

    read: Callable[[], Settings]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Set up the sign by which a new process says that it is ready."""
        super().__init__(*arguments, **options)
        self.ready: Event = multiprocessing.Event()

    def _init_shared_socket(self) -> None:
        """Open one socket that each process inherits: connections that wait on it outlive any of them."""
        self._ssp = None
        self._shd = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._sfd = self._shd.get_fd()
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)

    def _respawn_workers(self, _: Any, spawn_target: Any, target_loader: Any, **__: Any) -> None:
        """Renew the process that serves, or start another where that one has ended."""
        start = partial(self._spawn_worker, idx=0, target=spawn_target, callback_loader=target_loader)
        if self.wrks[0].is_alive():
            self._renew(start)
        elif self.ready.is_set():
            log.error("the front ended (exit status %s) and is started anew", self.wrks[0].inner.exitcode)
            self.ready.clear()
            self.wrks[0] = start()
            self.wrks[0].start()
            self.respawned_wrks[0] = time.monotonic()  # should it soon end again, granian ends the server
        else:  # it never served, and has said why
            self.respawn_failed_workers = False
            self.interrupt_children.append(0)
            self.main_loop_interrupt.set()

    def _renew(self, start: Callable[[], Any]) -> None:
        """Start another process, and end the one that serves once the new one is ready."""
        try:
            settings = self.read()
        except KgError as error:
            log.error("not renewed; the server goes on as it is: %s", error)
            return
        self.workers_kill_timeout = math.ceil(settings.shutdown_seconds)
        log.info("renewing: reading the settings and opening the active release anew")
        self.ready.clear()
        old, new = self.wrks[0], start()
        new.interrupt_by_parent = True  # should it end before it is ready, the one that serves goes on
        new.start()
        if not self._is_ready(new):
            log.error("not renewed; the server goes on as it is: the new process was not ready. See its message above.")
            new.kill()
            self.ready.set()  # the old one is
            return
        new.interrupt_by_parent = False
        self.wrks[0] = new
        old.interrupt_by_parent = True
        os.kill(old.inner.pid, LEAVE)  # it is not waited for yet, so that the number is its own
        old.join(self.workers_kill_timeout)
        if old.is_alive():
            log.warning("answers not sent within %d seconds of the renewal were broken off", self.workers_kill_timeout)
            old.kill()
            old.join()
        log.info("renewed")

    def _is_ready(self, worker: Any) -> bool:
        for _ in range(int(READY_SECONDS * 10)):
            if self.ready.wait(0.1):
                return True
            if not worker.is_alive():
                return False
        return False


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from None
