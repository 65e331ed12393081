"""Who may write: a client that sends the token whose SHA-256 is in the settings (RFC 6750)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from flask import Response
from werkzeug.exceptions import Forbidden, Unauthorized

from kg.web.data.context import Context

P = ParamSpec("P")

DISABLED = (
    "Writing is not enabled on this server. Its operator can enable it by setting KG_WRITE_TOKEN_SHA256 to the SHA-256"
    " of a token; docs/use-the-endpoint.md shows how to make one. Without it, releases are made with kg build."
)


def bearer_required(
    view: Callable[Concatenate[Context, P], Response],
) -> Callable[Concatenate[Context, P], Response]:
    """Let a request through to the view only if it bears the token, and let its body be as long as a write may be.

    Raises Forbidden where no token is configured, Unauthorized for a missing or another token.
    """

    @wraps(view)
    def checked(context: Context, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        expected = context.settings.write_token_sha256.lower()
        if not expected:
            raise Forbidden(DISABLED)
        request = context.request
        given = request.authorization
        if given is None or given.type != "bearer" or not given.token:
            raise Challenge("Send the token of this server's operator: Authorization: Bearer TOKEN.")
        if not is_token(given.token, expected):
            raise Challenge("The token is not the one of this server.", ', error="invalid_token"')
        request.max_content_length = request.max_form_memory_size = context.settings.write_bytes
        return view(context, *args, **kwargs)

    return checked


def is_token(token: str, expected: str) -> bool:
    """Return whether a token is the one whose SHA-256 is expected."""
    return hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest(), expected.lower())


class Challenge(Unauthorized):
    """401 with a challenge whose parameters are all quoted, as RFC 6750 §3 writes them."""

    def __init__(self, message: str, parameters: str = "") -> None:
        """Keep the parameters that follow the realm."""
        super().__init__(message)
        self._parameters = parameters

    def get_headers(self, *_: Any) -> list[tuple[str, str]]:
        """Return the headers of the answer."""
        return [("WWW-Authenticate", f'Bearer realm="Attested"{self._parameters}')]
