"""The server of the page: on 127.0.0.1 only, with a new token each time, until Ctrl+C."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from kg.annotate.app import make_app
from kg.annotate.guard import Guard
from kg.annotate.workspace import Workspace
from kg.errors import SettingsError

ADDRESS = "127.0.0.1"


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
    server.app = Guard(app, token, server.port)
    return server, f"http://{ADDRESS}:{server.port}/{token}/"


def serve(work: Workspace, port: int, say: Callable[[str], None]) -> None:
    """Serve the page until Ctrl+C; ``say`` gets the link."""
    server, link = make_server_of(work, port)
    say(link)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return
    finally:
        server.server_close()
