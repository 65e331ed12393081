"""Queries that ask for more than there is, of sixty kinds and more, while neighbours ask modest ones.

The neighbours' answers are timed before and meanwhile, so that what is compared was measured in one run. Each client
has an address of its own on the loopback network.
"""

from __future__ import annotations

import http.client
import statistics
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from helpers.serving import HOME, Server
from kg.release.work.build import build
from kg.settings import read_settings
from torture.failures.crashes import children
from torture.load.deaths import DEATHS
from torture.trial import QUICK, Finding, Say, Trial

SECONDS = 2.0
"""The deadline of a query in this trial."""
GRACE = 0.5
WORKERS = 2
MEMORY = 1_500_000_000
OVERHEAD = 300_000_000
BASELINE_SECONDS = 3 if QUICK else 20
NEIGHBOUR_PAUSE = 0.02
"""Between a neighbour's requests: a person or a program that reads what it gets, and not another flood."""
NEIGHBOURS = (
    "SELECT ?s ?l { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l } LIMIT 20",
    "/doc/russia.ttl",
    "ASK { ?s a <https://attested.example/ns#Figure> }",
    "/code/flat",
)
"""Queries and pages. Each query is asked as one that nobody has asked before: else a kept answer would be timed."""
ANSWERED = frozenset({200, 400, 413, 429, 503})


@dataclass
class Timed:
    """What neighbours waited, and what they were answered."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def p99(self) -> float:
        """The wait that one in a hundred passes."""
        return statistics.quantiles(self.seconds, n=100)[98]


def ask(server: Server, source: str, method: str, path: str, body: bytes | None = None) -> tuple[int, float]:
    """Return the status of an answer, read whole, and the seconds until then; 0 for none."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30, source_address=(source, 0))
    try:
        headers = {"Content-Type": "application/sparql-query"} if body is not None else {}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
        return response.status, time.monotonic() - began
    except (OSError, http.client.HTTPException):
        return 0, time.monotonic() - began
    finally:
        connection.close()


def neighbour(server: Server, source: str, done: threading.Event, timed: Timed) -> None:
    """Ask one modest thing after the other."""
    count = 0
    while not done.is_set():
        asked = NEIGHBOURS[count % len(NEIGHBOURS)]
        query = urllib.parse.quote(f"{asked} # {source} {time.monotonic_ns()}")
        status, seconds = ask(server, source, "GET", asked if asked.startswith("/") else f"/sparql?query={query}")
        timed.seconds.append(seconds)
        timed.statuses[status] += 1
        count += 1
        time.sleep(NEIGHBOUR_PAUSE)


def measure(server: Server, seconds: float) -> Timed:
    """Return what neighbours wait while nobody else asks anything."""
    timed, done = Timed(), threading.Event()
    threads = [threading.Thread(target=neighbour, args=(server, f"127.0.1.{n}", done, timed)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    done.set()
    for thread in threads:
        thread.join()
    return timed


class MemoryWatch(threading.Thread):
    """The greatest sum of what the server and its workers hold, in bytes (PSS: shared pages are counted once)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.most = 0
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.05):
            self.most = max(self.most, sum(map(_held, [self.pid, *children(self.pid)])))


def _held(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)


def run(say: Say) -> Finding:
    """Send each query of death, one client after the other, while neighbours go on asking."""
    with tempfile.TemporaryDirectory() as top:
        folder = Path(top) / "releases"
        build(read_settings().with_(home=HOME, releases=folder), lambda _: None)
        server = Server(
            folder,
            KG_QUERY_SECONDS=str(SECONDS),
            KG_WORKERS=str(WORKERS),
            KG_WORKER_MEMORY=str(MEMORY),
        )
        try:
            return _run(server, say)
        finally:
            server.stop()


def _run(server: Server, say: Say) -> Finding:
    fronts = _fronts(server)
    measure(server, 1)  # warm
    baseline = measure(server, BASELINE_SECONDS)
    say(f"neighbours' p99 before: {baseline.p99 * 1000:.0f} ms of {len(baseline.seconds)}")
    watch = MemoryWatch(server.process.pid)
    watch.start()
    meanwhile, done = Timed(), threading.Event()
    threads = [threading.Thread(target=neighbour, args=(server, f"127.0.1.{n}", done, meanwhile)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    failures, statuses, slowest = _attack(server, say)
    done.set()
    for thread in threads:
        thread.join()
    watch.done.set()
    watch.join()
    ratio = meanwhile.p99 / baseline.p99
    bound = WORKERS * MEMORY + OVERHEAD
    if _fronts(server) != fronts:
        failures.append("a front process died")
    if ratio > 2:
        failures.append(f"the neighbours' p99 is {ratio:.1f} times what it was")
    if watch.most > bound:
        failures.append(f"{watch.most:,} bytes of memory were held")
    failures += [f"a neighbour got {status} {n} times" for status, n in meanwhile.statuses.items() if status != 200]
    told = ", ".join(f"{status}: {n}" for status, n in sorted(statuses.items()))
    measured = (
        f"{len(DEATHS)} kinds ({told}); slowest answered {slowest:.2f} s after it was asked, with a limit of"
        f" {SECONDS:g} s; front processes died: {int(_fronts(server) != fronts)}; neighbours' p99"
        f" {baseline.p99 * 1000:.0f} ms before, {meanwhile.p99 * 1000:.0f} ms meanwhile ({ratio:.1f} times, of"
        f" {len(meanwhile.seconds)}); memory at most {watch.most / 1e6:.0f} MB of {bound / 1e6:.0f} MB"
    )
    return Finding(measured, not failures, tuple(failures))


def _fronts(server: Server) -> list[int]:
    """Return the processes of the server that are no query workers."""
    found = [server.process.pid]
    for pid in children(server.process.pid):
        try:
            if Path(f"/proc/{pid}/comm").read_bytes() != b"kg-worker\n":
                found.append(pid)
        except OSError:
            continue
    return sorted(found)


def _attack(server: Server, say: Say) -> tuple[list[str], Counter[int], float]:
    failures: list[str] = []
    statuses: Counter[int] = Counter()
    slowest = 0.0
    chosen = list(DEATHS.items())[:: 12 if QUICK else 1]
    for number, (name, text) in enumerate(chosen):
        status, seconds = ask(server, "127.0.2.1", "POST", "/sparql", text.encode())
        statuses[status] += 1
        slowest = max(slowest, seconds)
        if status not in ANSWERED:
            failures.append(f"{name}: answered {status}")
        if seconds > SECONDS + GRACE:
            failures.append(f"{name}: answered after {seconds:.2f} s")
        if number % 20 == 19:
            say(f"{number + 1} of {len(chosen)}")
    return failures, statuses, slowest


TRIAL = Trial(
    f"queries of death, {len(DEATHS)} kinds, while others query",
    "no front process dies; each answered within limit + 0.5 s; neighbours' p99 at most twice their baseline;"
    " memory at most workers × cap + 300 MB",
    run,
)
