"""The Flask application, called in a thread (PEP 3333): a request with its body in, a whole answer out.

What is long goes into a file without a name, which the server sends from: the memory of the front does not depend on
how long answers are, nor on how slowly they are read.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import IO, Any

from flask import Flask

from kg.web.front.cache import LONG, Answer, Headers
from kg.web.front.direct import PATHS, Direct
from kg.web.front.requests import Request
from kg.web.http import logs
from kg.web.http.share import SHARE, Share

SMALL_FILE = 1_000_000
_RANGE = re.compile(r"bytes (\d+)-(\d+)/\d+")


class FileOf:
    """The ``wsgi.file_wrapper``: a file that the server may send by itself."""

    def __init__(self, file: IO[bytes], size: int = 8192) -> None:
        """Keep the file."""
        self.file, self._size = file, size

    def __iter__(self) -> FileOf:
        """Return itself."""
        return self

    def __next__(self) -> bytes:
        """Return the next part."""
        part = self.file.read(self._size)
        if not part:
            raise StopIteration
        return part

    def close(self) -> None:
        """Close the file."""
        self.file.close()


class Gateway:
    """The application behind a call. Safe for use by many threads."""

    def __init__(self, app: Flask) -> None:
        """Keep the application."""
        self._app = app
        self._direct = Direct(app, app.extensions["kg-settings"])

    def call(self, request: Request, body: bytes, share: Share, identifier: str, route: str) -> Answer:
        """Return the application's answer.

        Raises QueryCancelled where nobody waits for it any more.
        """
        logs.begin_request(identifier)
        try:
            made = self._direct.answer(request, body, share, route) if request.path in PATHS else None
            return made or self._ask(request, body, share, route)
        finally:
            logs.end_request()

    def _ask(self, request: Request, body: bytes, share: Share, route: str) -> Answer:
        started: list[Any] = []

        def start(status: str, headers: Headers, _: Any = None) -> Callable[[bytes], object]:
            started[:] = [int(status[:3]), headers]
            return lambda _: None

        with share.turn():
            parts = self._app(make_environ(request, body, share), start)
            try:
                return self._collect(started, parts, share, route)
            finally:
                close = getattr(parts, "close", None)
                if close is not None:
                    close()

    def _collect(self, started: list[Any], parts: Iterable[bytes], share: Share, route: str) -> Answer:
        file = _file_of(parts)
        if file is not None:
            return _from_file(started[0], started[1], file, route)
        held: IO[bytes] | None = None
        body = bytearray()
        length = 0
        for part in parts:
            length += len(part)
            if held is None and length > LONG:
                held = tempfile.TemporaryFile()  # noqa: SIM115 - closed once the answer has left
                held.write(body)
                body.clear()
            if held is None:
                body += part
            else:
                with share.aside():
                    share.cancellation.require_wanted()
                    held.write(part)
        if held is None:
            return Answer.of(started[0], started[1], route, body=bytes(body))
        held.flush()
        return Answer.of_file(started[0], started[1], route, held, length)


def _file_of(parts: Any) -> IO[bytes] | None:
    """Return the file that an answer is, or that it is a range of."""
    given = getattr(parts, "iterable", parts)  # of werkzeug's wrapper for ranges
    return given.file if isinstance(given, FileOf) else None


def _from_file(status: int, headers: Headers, file: IO[bytes], route: str) -> Answer:
    if isinstance(file.name, int):  # it has no name, and is there only as long as it is open
        kept = os.fdopen(os.dup(file.fileno()), "rb")
        end = os.fstat(kept.fileno()).st_size
        return Answer.of_file(status, headers, route, kept, end)
    return _from_named_file(status, headers, file, route)


def _from_named_file(status: int, headers: Headers, file: IO[bytes], route: str) -> Answer:
    named = {name.lower(): value for name, value in headers}
    found = _RANGE.fullmatch(named.get("content-range", ""))
    if found:
        return Answer.of(status, headers, route, path=file.name, start=int(found[1]), end=int(found[2]) + 1)
    size = int(named["content-length"])
    if size <= SMALL_FILE:
        return Answer.of(status, headers, route, body=file.read())
    return Answer.of(status, headers, route, path=file.name, end=size)


def make_environ(request: Request, body: bytes, share: Share) -> dict[str, Any]:
    """Return the WSGI environment of a request."""
    host, _, port = request.host.partition(":") if "[" not in request.host else (request.host, "", "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": request.path.encode("utf-8", "surrogatepass").decode("latin-1"),
        "QUERY_STRING": request.query,
        "SERVER_NAME": host,
        "SERVER_PORT": port or ("443" if request.scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": _Errors(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileOf,
        SHARE: share,
    }
    for name, value in request.headers.items():
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    environ["HTTP_HOST"] = request.host
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.pop("HTTP_CONTENT_LENGTH", None)
    if "content-type" in request.headers:
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE")
    if request.length is not None:
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


class _Errors:
    """Where WSGI has an application complain; ours logs."""

    def write(self, _: str) -> None:
        """Drop it."""

    def flush(self) -> None:
        """Do nothing."""
