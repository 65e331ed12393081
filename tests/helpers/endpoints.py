"""Other people's endpoints for tests of SERVICE: real sockets on the loopback address."""

from __future__ import annotations

import socket
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from kg.errors import QueryError
from kg.settings import Settings
from kg.store import Query
from kg.store.pool.embedded import Pool
from kg.store.stores.bulk import load_store

ROWS_JSON = "application/sparql-results+json"


class Endpoint:
    """An HTTP server on a free port that keeps what it is asked; ``reply`` makes its answers.

    ``cut`` counts those that nobody wanted any more.
    """

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.status, self.media_type, self.body = 200, ROWS_JSON, b'{"head":{"vars":[]},"results":{"bindings":[]}}'
        self.extra: dict[str, str] = {}
        self.pause_between_bytes = 0.0
        self.cut = 0
        self.pool: Pool | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/sparql"

    def reply(self, text: str) -> tuple[int, str, bytes]:
        if self.pool is None:
            return self.status, self.media_type, self.body
        try:
            answer = self.pool.query(Query(text))
        except QueryError as error:
            return 400, "text/plain", str(error).encode()
        return 200, answer.media_type, answer.body

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self.pool is not None:
            self.pool.close()

    def _handler(endpoint) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - self is the handler's
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                endpoint.queries.append(form["query"][0])
                endpoint.headers.append(dict(self.headers))
                status, media_type, body = endpoint.reply(form["query"][0])
                head = {"Content-Type": media_type, "Content-Length": str(len(body))} | endpoint.extra
                lines = [f"HTTP/1.0 {status} Answer", *(f"{name}: {value}" for name, value in head.items()), "", ""]
                try:
                    self._send("\r\n".join(lines).encode() + body)
                except OSError:
                    endpoint.cut += 1

            def _send(self, answer: bytes) -> None:
                if not endpoint.pause_between_bytes:
                    self.wfile.write(answer)
                    return
                for byte in answer:  # each byte is in time, the whole is not
                    self.wfile.write(bytes([byte]))
                    time.sleep(endpoint.pause_between_bytes)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def endpoint(**given: Any) -> Iterator[Endpoint]:
    """Serve the fixed answer that the attributes given describe."""
    running = Endpoint()
    for name, value in given.items():
        setattr(running, name, value)
    try:
        yield running
    finally:
        running.close()


@contextmanager
def serving(nquads: bytes, folder: Path, **changes: Any) -> Iterator[Endpoint]:
    """Serve real data with our own engine."""
    with engine(nquads, folder, **changes) as pool, endpoint(pool=pool) as running:
        yield running


@contextmanager
def engine(nquads: bytes, folder: Path, **changes: Any) -> Iterator[Pool]:
    """Open an engine over a new store in the folder."""
    folder.parent.mkdir(exist_ok=True)
    load_store([nquads], folder)
    with Pool(folder, Settings().with_(**{"workers": 1, **changes})) as pool:
        yield pool


class Canary:
    """A listener that records whether anybody connected."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/sparql"

    def was_called(self) -> bool:
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()
