"""``python -m conformance``: run everything, write CONFORMANCE.md, and fail where a reach is missed."""

from __future__ import annotations

import datetime
import subprocess
import sys
import tempfile
from pathlib import Path

from conformance.clients.questions import Row
from conformance.clients.tried import try_clients
from conformance.engines.tried import Tried, try_engines
from conformance.manifest import HOME, NO_SUITES, find_suites
from conformance.plan import Done, run_suites
from conformance.report import problems, write_report
from conformance.servers import SuiteServer
from helpers.serving import Server
from kg.release.work.build import build
from kg.settings import read_settings

REPORT = HOME / "CONFORMANCE.md"


def main() -> int:
    """Return the process's exit status: 0 where all that can be tried here is as it must be."""
    if find_suites() is None:
        say(f"Nothing was run and {REPORT.name} is as it was: {NO_SUITES}.")
        return 0
    done, rows, engines = run()
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    REPORT.write_text(write_report(done, rows, engines, date, _commit()), encoding="utf-8")
    found = problems(done, rows) + [problem for tried in engines for problem in tried.problems()]
    for problem in found:
        say("NOT AS IT MUST BE: " + problem)
    say(f"{REPORT.name} is written.")
    return 1 if found else 0


def run() -> tuple[list[Done], list[Row], list[Tried]]:
    """Start the servers, run the suites, and try the clients and the other engines."""
    with tempfile.TemporaryDirectory(prefix="kg-conformance-") as folder:
        build(read_settings().with_(home=HOME, releases=Path(folder)), lambda _: None)
        server = Server(Path(folder))
        try:
            done, rows = _run_on(server)
            say("engines: oxigraph serve, Fuseki and Virtuoso behind our pages")
            return done, rows, try_engines(server, Path(folder))
        finally:
            server.stop()


def _run_on(server: Server) -> tuple[list[Done], list[Row]]:
    scratch = SuiteServer()
    try:
        done = run_suites(scratch, server, say)
    finally:
        scratch.stop()
    say("clients: building those in JavaScript and Java, and trying all")
    return done, try_clients(server)


def say(message: str) -> None:
    """Report progress."""
    print(message, flush=True)


def _commit() -> str:
    command = ["git", "-C", str(HOME), "describe", "--always", "--dirty", "--exclude", "*"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
