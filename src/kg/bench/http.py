"""How many answers a second come over HTTP, and how long one takes: `kg serve` and `oxigraph serve`.

Both serve the store of the active release and are asked in turns, with 1, 16 and 64 connections that stay open; each
sends its next request when it has the whole answer to the last. They are asked by wrk where it is installed. Without
it, they are by a client in Python, which takes more of the processors than either server, and so measures the lesser
part of a difference between them.
"""

from __future__ import annotations

import json
import math
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
"""How long each kind is asked for in one turn, at first after a tenth of it that is left out."""
TURNS = 3
"""How often each server is asked; the turn of the middle rate is shown, since one alone depends on the moment."""
START_SECONDS = 60.0
REST_SECONDS = 120.0
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
    """Return what is measured; ``thing`` is an IRI that the release describes."""
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


@dataclass(frozen=True, slots=True)
class Taken:
    """What answers took: how many came a second, the median of their milliseconds, and the server's processor time.

    The latter is in microseconds an answer, of all processes of the server; None where the system does not report it.
    """

    rate: float
    median: float
    processor: float | None = None


Found = dict[tuple[str, int, bool], Taken]
"""By the name of a kind, the number of clients, and whether the server is ours."""


def measure_http(settings: Settings, progress: Callable[[str], None]) -> str:
    """Return a part of the benchmark file about the active release in the settings' folder."""
    manifest = Releases(settings.releases).active()
    asked = kinds(f"{settings.base_iri}id/russia")
    found: Found = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        _ours(settings) as ours,
        _oxigraph(settings, manifest.id, Path(folder)) as other,
    ):
        for kind in asked:
            progress(kind.name)
            both = {True: ours} | ({False: other} if other is not None and kind.query and not kind.headers else {})
            for clients in CLIENTS:
                for is_ours, taken in _ask_in_turns(both, kind, clients).items():
                    found[kind.name, clients, is_ours] = sorted(taken, key=lambda one: one.rate)[len(taken) // 2]
    return to_table(asked, found)


def _ask_in_turns(servers: dict[bool, Server], kind: Kind, clients: int) -> dict[bool, list[Taken]]:
    """Return what the answers of each server took, turn by turn; no second turn for one that answered nothing."""
    found: dict[bool, list[Taken]] = {key: [] for key in servers}
    for turn in range(TURNS):
        for key, server in servers.items():
            if turn == 0 or found[key][0].rate > 0:
                found[key].append(server.ask(kind, clients, warm=turn > 0))
                server.rest()
    return found


def to_table(asked: list[Kind], found: Found) -> str:
    """Return the tables: answers a second with milliseconds in the middle, and processor time, ours / oxigraph's."""
    client = "by wrk" if _wrk() else "by one process in Python, since wrk is not installed,"
    lines = [
        "## Over HTTP",
        "",
        "Answers a second, and in brackets the median of the milliseconds that one takes: `kg serve` / `oxigraph serve`"
        f" on the same store, asked in {TURNS} turns each {client} on the same machine; the middle of the rates.",
        "",
        *_rows(asked, found, lambda taken: f"{taken.rate:,.0f} ({taken.median:.2f})"),
        "",
        "Processor time of the server's processes, in microseconds an answer. It hangs less on what else the machine"
        " does.",
        "",
        *_rows(asked, found, lambda taken: "" if taken.processor is None else f"{taken.processor:,.0f}"),
    ]
    return "\n".join([*lines, ""])


def _rows(asked: list[Kind], found: Found, show: Callable[[Taken], str]) -> Iterator[str]:
    yield "| | " + " | ".join(f"{n} client{'s' if n > 1 else ''}" for n in CLIENTS) + " |"
    yield "|---|" + "---:|" * len(CLIENTS)
    for kind in asked:
        both = ([found.get((kind.name, clients, ours)) for ours in (True, False)] for clients in CLIENTS)
        cells = [" / ".join(show(each) for each in pair if each is not None) for pair in both]
        yield f"| {kind.name} | " + " | ".join(cells) + " |"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its process, its port, and the path of its endpoint."""

    process: int
    port: int
    endpoint: str

    def ask(self, kind: Kind, clients: int, seconds: float = SECONDS, *, warm: bool = False) -> Taken:
        """Ask for so long, and return what the answers took; a server that is not ``warm`` is asked a little before."""
        ask = _ask_by_wrk if _wrk() else _ask_by_hand
        if not warm:
            ask(self, kind, clients, seconds / 10)
        before = _processor(self.process)
        rate, median = ask(self, kind, clients, seconds)
        after = _processor(self.process)
        is_told = before is not None and after is not None and rate > 0
        return Taken(rate, median, (after - before) / (rate * seconds) * 1e6 if is_told else None)  # type: ignore[operator]

    def rest(self) -> None:
        """Wait until nothing is worked at: oxigraph goes on with what its clients have given up."""
        end = time.monotonic() + REST_SECONDS
        before, after = _processor(self.process), None
        while before is not None and before != after and time.monotonic() < end:
            time.sleep(0.2)
            before, after = _processor(self.process), before

    def request(self, kind: Kind, number: int) -> bytes:
        """Return a request."""
        lines = (f"GET {kind.address(self.endpoint, number)} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", *kind.headers)
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _processor(process: int) -> float | None:
    """Return the processor seconds of a process and of all that come from it (proc_pid_stat(5))."""
    parents: dict[int, int] = {}
    seconds: dict[int, float] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = (folder / "stat").read_text("utf-8").rpartition(")")[2].split()
            parents[int(folder.name)] = int(told[1])
            seconds[int(folder.name)] = sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")
    own = {process}
    while more := {each for each, parent in parents.items() if parent in own} - own:
        own |= more
    return sum(seconds[each] for each in own) if process in seconds else None


def _wrk() -> str | None:
    return shutil.which("wrk")


def _ask_by_wrk(server: Server, kind: Kind, clients: int, seconds: float) -> tuple[float, float]:
    """Return the answers a second, and the median of the milliseconds to one."""
    start = time.time_ns()
    path = kind.address(server.endpoint, start)
    headers = [part for header in kind.headers for part in ("-H", header)]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        if kind.cold:
            begin = json.dumps(path.removesuffix(str(start)))
            script.write(
                f"local n = 0\nrequest = function() n = n + 1 return wrk.format('GET', {begin} .. '{start}' .. n) end\n"
            )
            script.flush()
            headers += ["-s", script.name]
        command = ["wrk", "-t", "1", "-c", str(clients), "-d", f"{math.ceil(seconds)}s", "--latency", *headers]
        url = f"http://127.0.0.1:{server.port}{path}"
        said = subprocess.run([*command, url], capture_output=True, text=True, check=False).stdout
    rate, median = re.search(r"Requests/sec: +([0-9.]+)", said), re.search(r" 50% +([0-9.]+)(us|ms|s)\b", said)
    if rate is None or median is None or "Non-2xx" in said:
        raise KgError(f"What wrk says of {kind.name} is no measurement: {said.strip()!r}")
    return float(rate[1]), float(median[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[median[2]]


def _ask_by_hand(server: Server, kind: Kind, clients: int, seconds: float) -> tuple[float, float]:
    """Return the answers a second, and the median of the milliseconds to one."""
    numbers = count(time.time_ns())
    same = server.request(kind, 0)  # made once where it can be: what the asking costs is taken from both servers
    make = (lambda: server.request(kind, next(numbers))) if kind.cold else (lambda: same)
    with _Askers(server.port, make, clients) as askers:
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
def _ours(settings: Settings) -> Iterator[Server]:
    port = _free_port()
    unlimited = settings.with_(**NO_LIMITS, client_connections=0, client_queries=100, queue=100, log_level="warning")
    environment = os.environ | unlimited.to_environment()
    command = [sys.executable, "-m", "kg.cli", "serve", "--port", str(port)]
    with _running(command, port, environment) as process:
        yield Server(process, port, "/sparql")


@contextmanager
def _oxigraph(settings: Settings, identifier: str, folder: Path) -> Iterator[Server | None]:
    program = shutil.which(OXIGRAPH) or shutil.which(OXIGRAPH, path=Path(sys.executable).parent)
    if program is None:
        yield None
        return
    store = shutil.copytree(settings.releases / identifier / "store", folder / "store")
    port = _free_port()
    command = [program, "serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"]
    with _running([*command, "--union-default-graph"], port, dict(os.environ)) as process:
        yield Server(process, port, "/query")


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end:
                raise KgError(f"{Path(command[0]).name} did not start, so it cannot be measured.")
            time.sleep(0.05)
        yield process.pid
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
