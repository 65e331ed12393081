"""Who may ask: this machine alone, at the address of the link, with the token of the link, from the page itself."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
"""Headers of every answer: nothing from elsewhere runs or is loaded, and nothing is kept or sent to others."""


class Guard:
    """A WSGI application before another: it lets through what the page itself asks, and says 403 to all else."""

    def __init__(self, app: WSGIApplication, token: str, port: int) -> None:
        """Guard an application that is served on a port, below ``/TOKEN/``."""
        self._app, self._token = app, token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, *HEADERS], *rest)

        reason = self._reason(environ)
        if reason is not None:
            body = f"{reason}\n".encode()
            start("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
            return [body]
        prefix = f"/{self._token}"
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = prefix, environ["PATH_INFO"][len(prefix) :] or "/"
        return self._app(environ, start)

    def _reason(self, environ: WSGIEnvironment) -> str | None:
        """Return why a request is refused, or None."""
        if not _is_loopback(str(environ.get("REMOTE_ADDR", ""))):
            return "This page answers only on the machine on which it runs."
        host = str(environ.get("HTTP_HOST", ""))
        if host not in self._hosts:
            return "This page has another address. Open the link that kg annotate printed."
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin != f"http://{host}":
            return "Another page asked. Only the page itself may."
        if origin is None and environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return "What changes something says where it comes from, in the header Origin."
        if environ.get("HTTP_SEC_FETCH_SITE", "none") not in ("same-origin", "none"):
            return "Another page asked. Only the page itself may."
        token, _, _ = str(environ.get("PATH_INFO", "")).lstrip("/").partition("/")
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self._token.encode()):
            return "The token is missing or wrong. Open the link that kg annotate printed."
        return None


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
