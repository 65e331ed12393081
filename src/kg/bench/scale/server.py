"""A running ``kg serve`` to be measured: started on a free port of the loopback address, asked, and stopped."""

from __future__ import annotations

import hashlib
import http.client
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlencode

from kg.bench.scale.commands import environment
from kg.errors import KgError
from kg.settings import Settings

START_SECONDS = 120.0
STOP_SECONDS = 60.0
PAUSE = 0.01
NTRIPLES = "application/n-triples"
NO_LIMITS = {"client_requests": 0, "client_seconds": 0, "client_errors": 0}
"""Settings by which the one client of a benchmark is not taken for a greedy one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer and the seconds until its end."""

    status: int
    body: bytes
    seconds: float


class Server:
    """``kg serve`` in a process of its own, which takes writes from its maker."""

    def __init__(self, settings: Settings) -> None:
        """Start it, and wait for its first answer; raises KgError where none comes."""
        self._token = secrets.token_hex()
        digest = hashlib.sha256(self._token.encode()).hexdigest()
        served = settings.with_(**NO_LIMITS, write_token_sha256=digest, log_level="error")
        self._port = _free_port()
        command = [sys.executable, "-m", "kg.cli", "serve", "--port", str(self._port)]
        start = time.perf_counter()
        self.process = subprocess.Popen(command, env=environment(served), stdout=subprocess.DEVNULL)
        try:
            self._wait()
        except BaseException:
            self.process.kill()
            raise
        self.started = time.perf_counter() - start
        """Seconds from the command to the first page."""

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < until:
            try:
                if self.get("/").status == 200:
                    return
            except OSError:
                pass
            time.sleep(PAUSE)
        raise KgError(f"kg serve gave no page within {START_SECONDS:.0f} seconds; its own message is above.")

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path, None, {"Accept": "text/html,*/*;q=0.8"})

    def get_graph(self, iri: str) -> bytes:
        """Return a named graph in N-Triples."""
        answer = self._ask("GET", "/graphs?" + urlencode({"graph": iri}), None, {"Accept": NTRIPLES})
        if answer.status != 200:
            raise KgError(f"The graph {iri} was answered by {answer.status}: {answer.body.decode()[:500]}")
        return answer.body

    def put_graph(self, iri: str, triples: bytes) -> Answer:
        """Replace a named graph; raises KgError where it is not replaced."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": NTRIPLES}
        answer = self._ask("PUT", "/graphs?" + urlencode({"graph": iri}), triples, headers)
        if answer.status not in (200, 201, 204):
            raise KgError(f"Putting the graph {iri} was answered by {answer.status}: {answer.body.decode()[:500]}")
        return answer

    def update(self, text: str) -> Answer:
        """Send an update; raises KgError where it is not made."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/sparql-update"}
        answer = self._ask("POST", "/update", text.encode(), headers)
        if answer.status not in (200, 201, 204):
            raise KgError(f"The update {text} was answered by {answer.status}: {answer.body.decode()[:500]}")
        return answer

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        start = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=START_SECONDS)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return Answer(response.status, content, time.perf_counter() - start)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
