"""Processes killed at random points of a write, a build, a switch and a start: what is acknowledged is never lost.

Each round does one thing to a small dataset and kills it somewhere in the middle. What was acknowledged must be there
afterwards; what was not may be there or not, but whole.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

from helpers.serving import BASE, HOME
from helpers.writing import Scratch, WritingServer
from kg.release.keep.prune import prune
from kg.release.keep.verify import verify_folder
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset
from kg.settings import Settings
from torture.trial import QUICK, Finding, Say, Trial, scale

GRAPH = "http://x.example/g"
START_SECONDS = 2.0
"""From the start of a server after a crash to its first answer."""
KEPT = 30
"""Releases that are kept; older ones are taken away between rounds, so that verifying all stays quick."""


class Rounds:
    """A server that is written to, what it acknowledged, and what did not hold."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.releases = Releases(folder)
        with self.releases.lock():
            publish_dataset(self.releases, b"", BASE)
        self.server = self._start()
        self.acknowledged: set[int] = set()
        self.sent = 0
        self.kills: Counter[str] = Counter()
        self.failures: list[str] = []
        self.slowest = 0.0
        self.verified = 0

    def _start(self) -> WritingServer:
        server = Scratch.__new__(Scratch)
        WritingServer.__init__(server, self.folder)
        return server

    def restart(self) -> None:
        """Start the server again, and measure how long its first answer takes."""
        started = time.monotonic()
        self.server = self._start()
        self.slowest = max(self.slowest, time.monotonic() - started)

    def write(self, verb: str) -> None:
        """Add one thing, and take note if that is acknowledged."""
        self.sent += 1
        number = self.sent
        triple = f'<http://x.example/{number}> <http://x.example/p> "{"x" * random.randrange(2000)}" .'  # noqa: S311
        with suppress(OSError, HTTPException):
            if verb == "update":
                status = self.server.update(f"INSERT DATA {{ GRAPH <{GRAPH}> {{ {triple} }} }}").status
            elif verb == "put":
                graph = f"http://x.example/graph/{number}"
                path = f"/graphs?graph={graph}"
                status = self.server.write("PUT", path, triple.encode(), content_type="text/turtle").status
            else:
                path = f"/graphs?graph={GRAPH}"
                status = self.server.write("POST", path, triple.encode(), content_type="text/turtle").status
            if status in (200, 201, 202, 204):
                self.acknowledged.add(number)

    def check(self) -> None:
        """Take note of each acknowledged write that is not there, and of each release that is torn."""
        rows = self.server.query("SELECT DISTINCT ?s { ?s <http://x.example/p> ?o }", "text/csv")
        there = {int(line.rpartition("/")[2]) for line in rows.text.split()[1:]}
        for lost in sorted(self.acknowledged - there):
            self.failures.append(f"write {lost} was acknowledged and is lost")
        self.acknowledged &= there  # each is reported once
        for verdict in verify_folder(self.releases):
            self.verified += 1
            self.failures += [f"{verdict.what}: {fault}" for fault in verdict.faults]

    def prune(self) -> None:
        """Take old releases away, as their keeper may."""
        prune(Settings(releases=self.folder, keep_releases=KEPT, keep_days=0))


def children(pid: int) -> list[int]:
    """Return the processes below one."""
    found, waiting = [], [pid]
    while waiting:
        folder = Path(f"/proc/{waiting.pop()}/task")
        with suppress(OSError):  # it may end at any moment
            for task in folder.glob("*/children"):
                below = [int(child) for child in task.read_text().split()]
                found += below
                waiting += below
    return found


def writers(pid: int) -> list[int]:
    """Return the processes below one that make a write, which a standby process has forked."""
    standing = [child for child in children(pid) if is_standby(child)]
    return [forked for one in standing for forked in children(one)]


def is_standby(pid: int) -> bool:
    """Return whether a process is a standby writer, or was forked from one."""
    with suppress(OSError):
        return b"kg.release.work.standby" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def kill(pids: list[int]) -> int:
    """Kill processes; return how many there still were."""
    killed = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


def during(work: Callable[[], None], delay: float, strike: Callable[[], int]) -> int:
    """Do the work and strike after a delay; return what the strike returned."""
    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(delay)
    struck = strike()
    thread.join()
    return struck


def strike_writer(rounds: Rounds, verb: str) -> None:
    """Kill the process that makes a write, at a random point of it."""
    kills = during(
        lambda: rounds.write(verb),
        random.uniform(0.02, 0.45),  # noqa: S311
        lambda: kill(writers(rounds.server.process.pid)),
    )
    rounds.kills[f"{verb} (writer)"] += kills


def strike_server(rounds: Rounds, verb: str) -> None:
    """Kill the server with all its processes, at a random point of a write, and start it again."""
    server = rounds.server

    def strike() -> int:
        below = children(server.process.pid)
        return min(1, kill([server.process.pid, *below]))

    rounds.kills[f"{verb} (server)"] += during(lambda: rounds.write(verb), random.uniform(0.02, 0.5), strike)  # noqa: S311
    server.process.wait()
    if server.process.stdout is not None:
        server.process.stdout.close()
    rounds.restart()


def strike_command(rounds: Rounds, name: str, script: str, longest: float) -> None:
    """Kill a process that works on the folder of releases, at a random point."""
    environment = os.environ | {"KG_HOME": str(HOME), "KG_RELEASES": str(rounds.folder)}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.DEVNULL)
    time.sleep(random.uniform(0.1, longest))  # noqa: S311
    rounds.kills[name] += process.poll() is None and kill([process.pid])
    process.wait()


REPUBLISH = f"""
from kg.settings import read_settings
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset
from kg.release.change.recover import recover
from kg.store.stores.labels import to_store
settings = read_settings()
releases = Releases(settings.releases)
with releases.lock(float("inf")):
    recover(releases, print)
    line = b'<http://x.example/b> <http://x.example/q> "{{}}" <{GRAPH}> .\\n'
    held = b"".join(to_store(nquads, iri) for iri, nquads in releases.dataset(releases.active()))
    publish_dataset(releases, held + line, {BASE!r})
"""
"""A build: what is served, and one line more."""

SWITCH = """
from kg.settings import read_settings
from kg.release.publish import Releases
from kg.release.change.recover import roll_back
settings = read_settings()
active = Releases(settings.releases).active_id()
for _ in range(200):
    roll_back(settings, active)
"""

PRUNE = """
from kg.settings import read_settings
from kg.release.keep.prune import prune
settings = read_settings().with_(keep_releases=3, keep_days=0)
for _ in range(50):
    prune(settings)
"""
"""Old releases, and the objects that only they have, taken away."""

BACK_UP = """
import shutil
from kg.settings import read_settings
from kg.release.keep.backup import back_up
from kg.release.publish import Releases
releases = Releases(read_settings().releases)
for _ in range(50):
    back_up(releases, releases.folder.parent / "copy", print)
    shutil.rmtree(releases.folder.parent / "copy")
"""


def run(say: Say) -> Finding:
    """Kill as often as the trial asks, and look at what is left after each round."""
    random.seed(20261126)
    wanted = scale(500, 12)
    with tempfile.TemporaryDirectory() as top:
        rounds = Rounds(Path(top) / "releases")
        kinds: list[Callable[[], None]] = [
            *[lambda verb=verb: strike_writer(rounds, verb) for verb in ("update", "put", "post")],
            *[lambda verb=verb: strike_server(rounds, verb) for verb in ("update", "put")],
            lambda: strike_command(rounds, "build", REPUBLISH.replace("{}", str(time.time_ns())), 0.6),
            lambda: strike_command(rounds, "switch", SWITCH, 0.8),
            lambda: strike_command(rounds, "prune", PRUNE, 0.8),
            lambda: strike_command(rounds, "backup", BACK_UP, 0.8),
        ]
        count = 0
        while rounds.kills.total() < wanted and not rounds.failures:
            kinds[count % len(kinds)]()
            count += 1
            if count % len(kinds) == 0:
                rounds.write("update")  # what waits is published by the next writer
                rounds.check()
                rounds.prune()
                if rounds.releases.log.waits:
                    rounds.failures.append("a write still waits after another was made")
            if count % 80 == 0:
                say(f"{rounds.kills.total()} of {wanted} kills")
        rounds.write("update")
        rounds.check()
        rounds.server.stop()
    lost = [failure for failure in rounds.failures if "lost" in failure]
    measured = (
        f"{rounds.kills.total()} kills ({', '.join(f'{name} {n}' for name, n in sorted(rounds.kills.items()))});"
        f" {len(rounds.acknowledged)} of {rounds.sent} writes acknowledged, and {len(lost)} of those lost;"
        f" {rounds.verified} verifications, {len(rounds.failures) - len(lost)} faults;"
        f" slowest start {rounds.slowest:.2f} s"
    )
    held = not rounds.failures and rounds.slowest < START_SECONDS and rounds.kills.total() >= wanted
    return Finding(measured, held and (QUICK or all(n > 0 for n in rounds.kills.values())), tuple(rounds.failures))


TRIAL = Trial(
    "kill -9 at random points of update, graph store, build, switch, prune, backup",
    "500 kills: 0 acknowledged writes lost, 0 torn releases, restart to first answer under 2 s",
    run,
)
