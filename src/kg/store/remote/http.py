"""HTTP to one address, over connections that are kept for the next request, each request with a deadline and a limit.

No redirect is followed and no proxy is used: credentials go to the address in the settings and nowhere else.
"""

from __future__ import annotations

import http.client
import queue
import ssl
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from kg import __version__
from kg.errors import EngineUnavailable, QueryTimeout, SettingsError

_CHUNK = 65_536  # bytes between two looks at the clock
_ERROR_BYTES = 4_000
"""Bytes that are read of what a server says of an error; some send a whole page."""
_FEWEST_SECONDS = 0.001
"""What is left at the least for a step once the deadline is near; a timeout of 0 would mean something else."""


class Sink(Protocol):
    """What the body of a successful reply is written to."""

    def write(self, data: bytes, /) -> int:
        """Take a piece; may raise to refuse more."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """Status and media type of a reply, and where it is not a success, the beginning of what the server says."""

    status: int
    media_type: str
    said: str


class Address:
    """An http or https address to which requests are sent. Safe for use by many threads."""

    def __init__(self, url: str, authorization: str | None = None) -> None:
        """Keep the address, and the value of the header Authorization to send along.

        Raises SettingsError unless it is an http or https URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SettingsError(f"{url!r} is not the address of an endpoint: give an http or https URL.")
        self.url = url
        self._authorization = authorization
        self._host, self._port = parts.hostname, parts.port
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()

    def send(
        self,
        method: str,
        body: bytes,
        headers: dict[str, str],
        sink: Sink,
        deadline: float,
        parameters: str = "",
    ) -> Reply:
        """Send a request whose effect is the same if it is sent twice, and write the body of a success to the sink.

        ``parameters`` are added to the query of the address. Raises QueryTimeout at the deadline, EngineUnavailable
        where the server cannot be reached, redirects, or breaks its answer off, and what the sink raises.
        """
        seconds = deadline - time.monotonic()
        path = self._path + (f"{'&' if '?' in self._path else '?'}{parameters}" if parameters else "")
        sent = {"User-Agent": f"attested-kg/{__version__}", "Accept-Encoding": "identity", **headers}
        if self._authorization is not None:
            sent["Authorization"] = self._authorization
        connection: http.client.HTTPConnection | None = None
        whole = False
        try:
            connection, response = self._exchange(method, path, body, sent, deadline)
            with closing(response):  # of HTTP/1.0, it holds the socket and not the connection
                reply = self._read(connection, response, sink, deadline)
                whole = not response.will_close and response.isclosed()
            return reply
        except TimeoutError:
            raise QueryTimeout(f"{self.url} gave no whole answer within {seconds:.3g} seconds.", "seconds") from None
        except (OSError, http.client.HTTPException) as error:
            raise EngineUnavailable(f"{self.url} cannot be asked: {error or type(error).__name__}") from error
        finally:
            if connection is not None:
                if whole:
                    self._idle.put(connection)
                else:
                    connection.close()

    def close(self) -> None:
        """Close the connections that are kept."""
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _exchange(
        self, method: str, path: str, body: bytes, headers: dict[str, str], deadline: float
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """Return the response and its connection: a kept one, or a new one where the server has closed those."""
        while True:
            try:
                connection, is_new = self._idle.get_nowait(), False
            except queue.Empty:
                connection, is_new = self._connect(), True
            try:
                self._set_timeout(connection, deadline)
                connection.request(method, path, body, headers)
                return connection, connection.getresponse()
            except TimeoutError:
                connection.close()
                raise
            except (OSError, http.client.HTTPException):
                connection.close()
                if is_new:
                    raise

    def _connect(self) -> http.client.HTTPConnection:
        if self._tls is not None:
            return http.client.HTTPSConnection(self._host, self._port, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port)

    @staticmethod
    def _set_timeout(connection: http.client.HTTPConnection, deadline: float) -> None:
        connection.timeout = max(_FEWEST_SECONDS, deadline - time.monotonic())
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)

    def _read(
        self, connection: http.client.HTTPConnection, response: http.client.HTTPResponse, sink: Sink, deadline: float
    ) -> Reply:
        """Read the body. The socket's timeout holds for each read only, so the whole is timed here."""
        status, media_type = response.status, response.headers.get_content_type()
        if status in range(300, 400):
            there = response.headers.get("Location", "elsewhere")
            raise EngineUnavailable(f"{self.url} redirects to {there}: give that address instead.")
        if status not in range(200, 300):
            said = response.read(_ERROR_BYTES).decode(errors="replace").strip()
            return Reply(status, media_type, said)
        while chunk := response.read1(_CHUNK):
            sink.write(chunk)
            if time.monotonic() > deadline:
                raise TimeoutError
            self._set_timeout(connection, deadline)
        if response.length:  # what Content-Length promised beyond this; http.client says nothing
            raise http.client.IncompleteRead(b"", response.length)
        return Reply(status, media_type, "")
