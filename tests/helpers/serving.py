"""A real server for tests: the real data built once, served by ``kg serve`` in a process of its own."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from helpers.waiting import PATIENCE
from kg.settings import Settings
from kg.web.app import create_app
from kg.web.data.site import Site

HOME = Path(__file__).resolve().parent.parent.parent
BASE = "https://attested.example/"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?c) != STR(?i) || true) }"
"""On the real data it takes days, and no more memory than its first second."""
UNCOUNTED = {f"KG_CLIENT_{name}": "0" for name in ("SECONDS", "ERRORS", "REQUESTS", "FRONT_SECONDS")}
"""Settings for a server that one client, the tests, may ask as often as it likes."""


QUIET = {"KG_LOG_LEVEL": "warning"}
"""Of a server of these tests only what is wrong is told, unless a test asks for more."""


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """The application alone, in this process, without the layer ahead of it; its engines and its writer end with it."""
    made = create_app(settings)
    try:
        yield made
    finally:
        site: Site = made.extensions["kg-site"]
        for part in (site.serving, site.past, site.writer):
            part.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, read whole."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def media_type(self) -> str:
        return self.headers.get_content_type()


class Server:
    """A running ``kg serve`` on a free port of the loopback address."""

    def __init__(
        self,
        releases: Path,
        log: int | None = None,
        program: Sequence[str] = (sys.executable, "-m", "kg.cli"),
        **environment: str,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = (
            os.environ | {"KG_HOME": str(HOME), "KG_RELEASES": str(releases)} | UNCOUNTED | QUIET | environment
        )
        command = [*program, "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        self.greeting = self.process.stdout.readline()
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self.get("/code/flat")
                return
            except OSError:
                assert self.process.poll() is None, "the server ended while starting"
                time.sleep(0.05)
        raise AssertionError("the server did not answer in time")

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path: str, accept: str | None = None, **headers: str) -> Answer:
        return self.request("GET", path, **({"Accept": accept} if accept else {}), **headers)

    def query(self, text: str, accept: str | None = None, **parameters: str) -> Answer:
        return self.get("/sparql?" + urllib.parse.urlencode({"query": text} | parameters), accept)

    def workers(self) -> set[int]:
        """Return the processes of the query workers that this server has."""
        parents: dict[int, int] = {}
        workers = set()
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parents[int(folder.name)] = _parent(int(folder.name))
                if (folder / "comm").read_bytes() == b"kg-worker\n":
                    workers.add(int(folder.name))
        return {worker for worker in workers if self._is_ancestor(parents, worker)}

    def _is_ancestor(self, parents: dict[int, int], process: int) -> bool:
        while process in parents and process != self.process.pid:
            process = parents[process]
        return process == self.process.pid

    def front(self) -> int:
        """Return the process that answers requests: the one between this server's own and that of its workers."""
        process = next(iter(self.workers()))
        while (parent := _parent(process)) != self.process.pid:
            process = parent
        return process

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
