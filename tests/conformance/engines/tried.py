"""Other engines behind our pages: each is started empty, filled by our server, and asked what alike.py asks."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from conformance.clients.built import SOURCES, NotBuilt, build_java
from conformance.engines.alike import likenesses
from conformance.engines.exceptions import ENGINE_EXCEPTIONS
from conformance.engines.services import Oxigraph
from conformance.servers import oxigraph_version
from helpers.serving import Server, free_port

START_SECONDS = 60.0
PATIENT = {"KG_QUERY_SECONDS": "30"}
"""These engines answer their first queries slowly."""


@dataclass(slots=True)
class Tried:
    """An engine, and of the things asked those that failed, with what was seen; ``missing`` says why none was asked."""

    engine: str
    version: str
    asked: int = 0
    failures: dict[str, str] = field(default_factory=dict)
    missing: str | None = None

    def problems(self) -> list[str]:
        """Return what is not as it is listed."""
        if self.missing is not None:
            return []
        listed = ENGINE_EXCEPTIONS.get(self.engine, {})
        found = [f"{self.engine}, {n}: {said}" for n, said in self.failures.items() if n not in listed]
        return found + [f"{self.engine}, {n} works now" for n in listed if n not in self.failures]


def try_engines(here: Server, releases: Path) -> list[Tried]:
    """Return the outcome of each engine behind a server of these releases, besides the one that is running on them."""
    jena = re.findall(r"<jena.version>([^<]*)", (SOURCES / "java" / "pom.xml").read_text())[0]
    engines: list[tuple[str, Callable[[], str], Callable[[], Iterator[dict[str, str]]]]] = [
        ("oxigraph serve", oxigraph_version, _oxigraph),
        ("Apache Jena Fuseki, TDB2", lambda: jena, _fuseki),
        ("Virtuoso", _virtuoso_version, _virtuoso),
    ]
    return [_try(name, version, contextmanager(start), here, releases) for name, version, start in engines]


def _try(name: str, version: Callable[[], str], start: Callable[[], object], here: Server, releases: Path) -> Tried:
    try:
        tried = Tried(name, version())
        with start() as environment:  # type: ignore[attr-defined]
            there = Server(releases, **environment, **PATIENT)
            try:
                for each in likenesses():
                    tried.asked += 1
                    try:
                        each.compare(here, there)
                    except AssertionError as error:
                        tried.failures[each.name] = _shorten(str(error)) or "another answer"
            finally:
                there.stop()
    except (NotBuilt, FileNotFoundError) as error:
        return Tried(name, "", missing=str(error))
    return tried


def _shorten(said: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", said).split())[:120]


def _oxigraph() -> Iterator[dict[str, str]]:
    running = Oxigraph()
    try:
        yield running.environment
    finally:
        running.stop()


def _fuseki() -> Iterator[dict[str, str]]:
    command = ["java", "-Xmx1g", "-cp", build_java(), "example.attested.FusekiDataset"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        url = process.stdout.readline().strip()
        try:
            yield _environment(f"{url}/query", f"{url}/update", f"{url}/data")
        finally:
            process.stdin.close()


def _environment(query: str, update: str, graphs: str) -> dict[str, str]:
    addresses = {"QUERY": query, "UPDATE": update, "GRAPHS": graphs}
    return {"KG_ENGINE": "remote"} | {f"KG_ENGINE_{name}": url for name, url in addresses.items()}


# ── Virtuoso ────────────────────────────────────────────────────────────────────────────────────────────────────────

CONFIGURATION = """\
[Database]
DatabaseFile = v.db
ErrorLogFile = v.log
LockFile = v.lck
TransactionFile = v.trx
xa_persistent_file = v.pxa
[TempDatabase]
DatabaseFile = temp.db
TransactionFile = temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
ServerThreads = 20
NumberOfBuffers = 20000
MaxDirtyBuffers = 12000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 10
[SPARQL]
ResultSetMaxRows = 1000000
"""


def _virtuoso_program() -> str:
    found = shutil.which("virtuoso-t")
    if found is None or shutil.which("isql-vt") is None:
        raise NotBuilt("Virtuoso is not installed on this machine (Debian: virtuoso-opensource-7-bin)")
    return found


def _virtuoso_version() -> str:
    done = subprocess.run([_virtuoso_program(), "-?"], capture_output=True, text=True)
    return re.findall(r"Version ([\d.]+)", done.stdout + done.stderr)[0]


def _virtuoso() -> Iterator[dict[str, str]]:
    ports = {"sql": free_port(), "http": free_port()}
    url = f"http://127.0.0.1:{ports['http']}"
    with tempfile.TemporaryDirectory(prefix="kg-virtuoso-") as folder:
        (Path(folder) / "v.ini").write_text(CONFIGURATION.format(**ports))
        command = [_virtuoso_program(), "-f", "-c", "v.ini"]
        with (Path(folder) / "out").open("wb") as out:
            process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
        try:
            _wait(f"{url}/sparql?query=ASK%7B%7D", process)
            grant = ["isql-vt", f"127.0.0.1:{ports['sql']}", "dba", "dba", 'exec=grant SPARQL_UPDATE to "SPARQL";']
            subprocess.run(grant, check=True, capture_output=True, timeout=START_SECONDS)
            yield _environment(f"{url}/sparql", f"{url}/sparql", f"{url}/sparql-graph-crud")
        finally:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError):
            urllib.request.urlopen(url, timeout=START_SECONDS).close()
            return
        time.sleep(0.1)
    raise NotBuilt("it did not start")
