"""The server of the page: on 127.0.0.1 only, with a new token each time, until Ctrl+C."""

from __future__ import annotations

import logging
import secrets
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BytesIO
from threading import Condition
from typing import TYPE_CHECKING, cast

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.wsgi import ClosingIterator

from kg.annotate.app import MOST_BYTES, make_app
from kg.annotate.guard import Guard
from kg.annotate.workspace import Workspace
from kg.errors import SettingsError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ADDRESS = "127.0.0.1"
COMING, ANSWERING = 1, 60
"""Seconds that a request may take to come, and to be answered, once the command is to end."""


class Finishing:
    """A WSGI application before another: it knows which requests that may change something are not answered yet.

    The application gets such a request when all of it has come, so that none that never does keeps others waiting.
    """

    def __init__(self, app: WSGIApplication) -> None:
        """Pass requests on to an application."""
        self._app, self._changed = app, Condition()
        self._coming = self._open = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] != "POST":
            return self._app(environ, start_response)
        self._count(coming=1)
        try:
            if not _read_body(environ):
                start_response("413 Content Too Large", [("Content-Length", "0"), ("Connection", "close")])
                return []
            self._count(opened=1)
        finally:
            self._count(coming=-1)
        try:
            answer = self._app(environ, start_response)
        except BaseException:
            self._count(opened=-1)
            raise
        return ClosingIterator(answer, lambda: self._count(opened=-1))

    def _count(self, *, coming: int = 0, opened: int = 0) -> None:
        with self._changed:
            self._coming += coming
            self._open += opened
            self._changed.notify_all()

    def wait(self) -> None:
        """Return once all of them are answered, but for those that still come in a second, or take a minute."""
        with self._changed:
            self._changed.wait_for(lambda: self._coming == 0, COMING)
            self._changed.wait_for(lambda: self._open == 0, ANSWERING)


def _read_body(environ: WSGIEnvironment) -> bool:
    """Read the body of a request, and return whether it is no longer than it may be and has its length."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return False
    if not 0 <= length <= MOST_BYTES or environ.get("HTTP_TRANSFER_ENCODING"):
        return False
    environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(length))
    return True


class _Quiet(WSGIRequestHandler):
    """Logs no request: each names the token."""

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        """Log nothing but errors."""
        if type == "error":
            logging.getLogger("kg").error(message, *args)


def make_server_of(work: Workspace, port: int = 0) -> tuple[BaseWSGIServer, str]:
    """Return a server on a port of this machine, a free one for 0, and the link that opens the page.

    Raises SettingsError where the port is taken.
    """
    token = secrets.token_urlsafe(32)
    app = make_app(work)
    try:
        server = make_server(ADDRESS, port, app, threaded=True, request_handler=_Quiet)
    except (OSError, SystemExit):
        raise SettingsError(f"Port {port} of {ADDRESS} is taken. Give another --port, or none.") from None
    server.app = Finishing(Guard(app, token, server.port))
    return server, f"http://{ADDRESS}:{server.port}/{token}/"


def serve(work: Workspace, port: int, say: Callable[[str], None]) -> None:
    """Serve the page until Ctrl+C or SIGTERM, and until what is being saved then is written and answered.

    ``say`` gets the link.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    server, link = make_server_of(work, port)
    say(link)
    with suppress(KeyboardInterrupt):
        server.serve_forever()
    server.server_close()
    cast("Finishing", server.app).wait()
