"""How many answers a second come over HTTP, and how long one takes: `kg serve` beside `oxigraph serve`.

Both serve the store of the active release, one after the other, and are asked by one process with 1, 16 and 64
connections that stay open; each sends its next request when it has the whole answer to the last.
"""

from __future__ import annotations

import os
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Self
from urllib.parse import quote

from kg.bench.pages import NO_LIMITS
from kg.errors import KgError
from kg.release.publish import Releases
from kg.settings import Settings

CLIENTS = (1, 16, 64)
SECONDS = 2.0
"""How long each kind is asked for, after a tenth of it that is left out."""
START_SECONDS = 60.0
OXIGRAPH = "oxigraph"
LOOKUP = "SELECT * {{ <{thing}> ?p ?o }} LIMIT 3"
HUNDRED = "SELECT * { ?s ?p ?o } LIMIT 100"
TEN_THOUSAND = "SELECT * { ?s ?p ?o } LIMIT 10000"
SLOW = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?o ?q ?r }"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is asked: by a query, or at a path of ours; ``cold`` differs each time, so nothing is answered again."""

    name: str
    query: str | None = None
    path: str | None = None
    cold: bool = False
    headers: tuple[str, ...] = ()

    def address(self, endpoint: str, number: int) -> str:
        """Return the address of a request."""
        if self.query is not None:
            return f"{endpoint}?query={quote(self.query + (f' #{number}' if self.cold else ''))}"
        return f"{self.path}{f'?n={number}' if self.cold else ''}"


@dataclass(slots=True)
class _Asker:
    """A connection, and what has come of the answer to its last request."""

    connection: socket.socket
    asked: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    left: int | None = None
    closes: bool = False

    def read(self) -> bool:
        """Take what has come, and return whether the answer is whole; raises KgError for one that is none."""
        part = self.connection.recv(1 << 20)
        if not part:
            raise KgError("The server closed a connection, so it cannot be measured.")
        self.got += part
        if self.left is None and (end := self.got.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.got[:end]).lower()
            if not head.startswith((b"http/1.1 200", b"http/1.1 304")):
                raise KgError(f"The answer is {head[:40].decode('latin-1')!r}, so it cannot be measured.")
            lengths = [line for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
            self.closes = b"connection: close" in head
            is_chunked = b"transfer-encoding: chunked" in head
            self.left = -1 if is_chunked else int(lengths[0].partition(b":")[2]) if lengths else 0
            self.left = 0 if head.startswith(b"http/1.1 304") else self.left
            del self.got[: end + 4]
        if self.left is None:
            return False
        return self.got.endswith(b"0\r\n\r\n") if self.left == -1 else len(self.got) >= self.left

    def ask(self, request: bytes) -> None:
        """Send a request."""
        self.got.clear()
        self.left = None
        self.asked = time.perf_counter()
        self.connection.sendall(request)


def kinds(thing: str) -> list[Kind]:
    """Return what is measured; ``thing`` is an IRI that the release tells of."""
    lookup = LOOKUP.format(thing=thing)
    return [
        Kind("small query, repeated", lookup),
        Kind("small query, known to the client (304)", lookup, headers=("If-None-Match: *",)),
        Kind("small query, cold", lookup, cold=True),
        Kind("100 rows, repeated", HUNDRED),
        Kind("100 rows, cold", HUNDRED, cold=True),
        Kind("10,000 rows, cold", TEN_THOUSAND, cold=True),
        Kind("aggregate, cold", SLOW, cold=True),
        Kind("static file", path="/static/style.css"),
        Kind("page, repeated", path="/about"),
        Kind("page, cold", path="/code/flat", cold=True),
    ]


def measure_http(settings: Settings, progress: Callable[[str], None]) -> str:
    """Return a part of the benchmark file about the active release in the settings' folder."""
    manifest = Releases(settings.releases).active()
    asked = kinds(f"{settings.base_iri}id/russia")
    found: dict[tuple[str, int, bool], tuple[float, float]] = {}
    with _ours(settings) as port:
        for kind in asked:
            progress(kind.name)
            for clients in CLIENTS:
                found[kind.name, clients, True] = run(port, kind, "/sparql", clients)
    with tempfile.TemporaryDirectory() as folder, _oxigraph(settings, manifest.id, Path(folder)) as other:
        for kind in asked:
            if other is not None and kind.query and not kind.headers:
                found |= {(kind.name, n, False): run(other, kind, "/query", n) for n in CLIENTS}
    return to_table(asked, found)


def to_table(asked: list[Kind], found: dict[tuple[str, int, bool], tuple[float, float]]) -> str:
    """Return the table: answers a second, and milliseconds in the middle, ours / oxigraph's."""
    lines = [
        "## Over HTTP",
        "",
        "Answers a second, and in brackets the median of the milliseconds that one takes: `kg serve` / `oxigraph serve`"
        " on the same store, asked by one process on the same machine.",
        "",
        "| | " + " | ".join(f"{n} client{'s' if n > 1 else ''}" for n in CLIENTS) + " |",
        "|---|" + "---:|" * len(CLIENTS),
    ]
    for kind in asked:
        cells = []
        for clients in CLIENTS:
            both = [found.get((kind.name, clients, ours)) for ours in (True, False)]
            cells.append(" / ".join(f"{each[0]:,.0f} ({each[1]:.2f})" for each in both if each is not None))
        lines.append(f"| {kind.name} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def run(port: int, kind: Kind, endpoint: str, clients: int, seconds: float = SECONDS) -> tuple[float, float]:
    """Return the answers a second, and the median of the milliseconds to one."""
    numbers = count(time.time_ns())

    def make() -> bytes:
        lines = (f"GET {kind.address(endpoint, next(numbers))} HTTP/1.1", f"Host: 127.0.0.1:{port}", *kind.headers)
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    same = make()  # made once where it can be: what the asking costs is taken from both servers
    with _Askers(port, make if kind.cold else lambda: same, clients) as askers:
        askers.ask_for(seconds / 10)
        taken = askers.ask_for(seconds)
    if not taken:
        return 0.0, float("nan")
    return len(taken) / seconds, sorted(taken)[len(taken) // 2] * 1000


class _Askers:
    """Connections that each send the next request when they have the whole answer to the last."""

    def __init__(self, port: int, request: Callable[[], bytes], number: int) -> None:
        self._port, self._request = port, request
        self._selector = selectors.DefaultSelector()
        for _ in range(number):
            self._ask(_Asker(_connect(port)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for key in list(self._selector.get_map().values()):
            key.data.connection.close()
        self._selector.close()

    def ask_for(self, seconds: float) -> list[float]:
        """Return the seconds that each answer took which came within so many seconds from now."""
        taken: list[float] = []
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for key, _ in self._selector.select(1):
                asker: _Asker = key.data
                if asker.read():
                    taken.append(time.perf_counter() - asker.asked)
                    self._ask_again(asker)
        return taken

    def _ask_again(self, asker: _Asker) -> None:
        if asker.closes:  # after a long answer; the next has a connection of its own
            self._selector.unregister(asker.connection)
            asker.connection.close()
            self._ask(_Asker(_connect(self._port)))
        else:
            asker.ask(self._request())

    def _ask(self, asker: _Asker) -> None:
        self._selector.register(asker.connection, selectors.EVENT_READ, asker)
        asker.ask(self._request())


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


@contextmanager
def _ours(settings: Settings) -> Iterator[int]:
    port = _free_port()
    unlimited = settings.with_(**NO_LIMITS, client_connections=0, client_queries=100, queue=100, log_level="warning")
    environment = os.environ | unlimited.to_environment()
    command = [sys.executable, "-m", "kg.cli", "serve", "--port", str(port)]
    with _running(command, port, environment):
        yield port


@contextmanager
def _oxigraph(settings: Settings, identifier: str, folder: Path) -> Iterator[int | None]:
    program = shutil.which(OXIGRAPH) or shutil.which(OXIGRAPH, path=Path(sys.executable).parent)
    if program is None:
        yield None
        return
    store = shutil.copytree(settings.releases / identifier / "store", folder / "store")
    port = _free_port()
    command = [program, "serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"]
    with _running([*command, "--union-default-graph"], port, dict(os.environ)):
        yield port


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                raise KgError(f"{Path(command[0]).name} did not start, so it cannot be measured.")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(12).startswith(b"HTTP/1.1")
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
