"""Bodies of requests: a slow sender holds one of few places, and never the threads that pages are answered by.

The server under this one (granian) gives a request a thread once its headers are there, and lets a read of its body
wait for as long as the client takes. So not many bodies are read at a time, of one client fewer still, and a short one
is read before anything else is done with it. nginx in front does the same better (deploy/): it waits by itself.

Where a connection breaks off, that server gives the half it has as if it were the whole. So what is read is held
against the length that was told.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO, Any

from werkzeug.exceptions import BadRequest
from werkzeug.wsgi import LimitedStream

from kg.settings import Settings

PLACES = 24
"""Bodies that are read at a time. The front has more threads than these and the waiting queries together need."""
PLACES_OF_ONE = 12
SHORT = 1_000_000
"""Bytes of a body that is read whole, so that its place is free again while it is worked on."""
PART_BYTES = 65_536

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_BUSY = b"Too many requests are being received at once. Send yours again in a moment.\n"


class Bodies:
    """A WSGI application of which few requests at a time are read."""

    def __init__(self, application: Wsgi, settings: Settings) -> None:
        """Wrap an application."""
        self._application = application
        self._longest = settings.write_bytes
        self._lock = threading.Lock()
        self._reading: Counter[str] = Counter()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request: 503 where no place is free for its body."""
        if environ.get("CONTENT_LENGTH", "") in ("", "0") and "HTTP_TRANSFER_ENCODING" not in environ:
            return self._application(environ, start_response)
        with self._place(environ.get("REMOTE_ADDR", "")) as is_free:
            if not is_free:
                return _refuse(start_response)
            length, sent = _length(environ), environ["wsgi.input"]
            if length is None or length > SHORT:
                if length is not None:
                    environ["wsgi.input"] = Whole(sent, length)
                parts = self._application(environ, start_response)
                self._read_out(sent)
                return parts
            environ["wsgi.input"] = Whole(BytesIO(sent.read(length)), length)
        return self._application(environ, start_response)

    @contextmanager
    def _place(self, client: str) -> Iterator[bool]:
        """Hold a place, if one is free for the client."""
        with self._lock:
            is_free = self._reading.total() < PLACES and self._reading[client] < PLACES_OF_ONE
            self._reading[client] += is_free
        try:
            yield is_free
        finally:
            with self._lock:
                self._reading[client] -= is_free
                if not self._reading[client]:
                    del self._reading[client]

    def _read_out(self, sent: IO[bytes]) -> None:
        """Read what the application left of a body that may be sent here.

        The server would else close the connection on a client, or proxy, that still sends, and that never sees its
        answer.
        """
        left = self._longest
        while left > 0 and (part := sent.read(min(left, PART_BYTES))):
            left -= len(part)


class Whole(LimitedStream):
    """A body that is no shorter than was told: who reads half of one gets BadRequest."""

    def on_disconnect(self, error: Exception | None = None) -> None:
        """Raise BadRequest."""
        raise BadRequest(
            f"The request broke off after {self._pos:,} of the {self.limit:,} bytes that its Content-Length tells."
            " Nothing was done; send it again."
        ) from error


def _length(environ: Environ) -> int | None:
    """Return the length that was told; None for a body in chunks, of which the end tells it."""
    length = environ.get("CONTENT_LENGTH", "")
    is_told = length.isascii() and length.isdigit() and "HTTP_TRANSFER_ENCODING" not in environ
    return int(length) if is_told else None


def _refuse(start_response: Callable[..., Any]) -> Iterable[bytes]:
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(_BUSY))),
        ("Retry-After", "5"),
        ("Access-Control-Allow-Origin", "*"),
        ("Connection", "close"),
    ]
    start_response("503 Service Unavailable", headers)
    return [_BUSY]
