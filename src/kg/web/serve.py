"""Start the front: granian, one process with threads, which asks the query workers."""

from __future__ import annotations

import socket
from functools import partial

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from kg.errors import SettingsError
from kg.release.publish import Releases
from kg.settings import Settings
from kg.web.app import create_app

THREADS = 16
"""Requests in hand at once. Most wait for a query worker, so there are more of them than processors."""


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted; raises ReleaseError where no release can be served, SettingsError for a port in use."""
    served, _ = Releases(settings.releases).choose()
    _require_free(host, port)
    shown = f"[{host}]" if ":" in host else host
    print(f"Attested: release {served.id} is served at http://{shown}:{port}/  (stop with Ctrl-C)", flush=True)
    server = Server(
        "kg",  # only a name: the loader below makes the application
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
    )
    server.serve(target_loader=partial(create_app, settings), wrap_loader=False)


def _require_free(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SettingsError(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from None
