"""Whether an acknowledged write is on the disk, what a full disk does, and whether a changed byte is noticed."""

from __future__ import annotations

import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from helpers.disks import mount_small, unmount
from helpers.serving import BASE, Server
from helpers.writing import Scratch
from kg.catalogue.schema import FILE_NAME as CATALOGUE
from kg.release.keep.verify import verify_folder
from kg.release.publish import POINTER, Releases
from kg.release.work.build import publish_dataset
from torture.failures.crashes import children
from torture.trial import Finding, Say, Trial, scale

QUAD = '<http://x.example/{}> <http://x.example/p> "{}" <http://x.example/g> .\n'
RESUME_SECONDS = 10.0
SYNCED = re.compile(r"(?:fsync|fdatasync)(?:\(\d+| resumed>)\)\s*= 0")
"""A call that succeeded, as strace shows it, also where others came between its start and its end."""


def insert(name: str, text: str = "x") -> str:
    """Return an update that adds one thing."""
    return f'INSERT DATA {{ GRAPH <http://x.example/g> {{ <http://x.example/{name}> <http://x.example/p> "{text}" }} }}'


def trace_writes(say: Say) -> Finding:
    """Count the calls that flush writes to the disk, for each write that is acknowledged."""
    strace = shutil.which("strace")
    if strace is None:
        return Finding("strace is not installed (Debian: apt-get install strace), so nothing was counted", False)
    wanted = scale(20, 3)
    counts: list[int] = []
    with tempfile.TemporaryDirectory() as top:
        server = Scratch(Path(top) / "releases")
        server.update(insert("first"))
        for number in range(wanted):
            log = Path(top) / f"trace-{number}"
            command = [strace, "-f", "-qq", "-e", "trace=fsync,fdatasync,sync_file_range", "-o", str(log)]
            pids = [server.process.pid, *children(server.process.pid)]
            tracer = subprocess.Popen([*command, *[part for pid in pids for part in ("-p", str(pid))]])
            time.sleep(0.7)  # it has no way to say that it is attached
            status = server.update(insert(f"traced-{number}")).status
            tracer.send_signal(signal.SIGINT)
            tracer.wait()
            calls = len(
                re.findall(r"(?:fsync|fdatasync)\(\d+\)\s*= 0|(?:fsync|fdatasync) resumed>\)\s*= 0", log.read_text())
            )
            if status == 200:
                counts.append(calls)
        server.stop()
    say(f"calls per write: {counts}")
    if not counts:
        return Finding("no write was acknowledged, so nothing was counted", False)
    return Finding(
        f"{len(counts)} acknowledged writes: {min(counts)} to {max(counts)} fsync each",
        len(counts) == wanted and min(counts) >= 1,
    )


def fill_disk(_: Say) -> Finding:
    """Fill the disk of a server's releases, write to it and read from it, and make room again."""
    with tempfile.TemporaryDirectory() as top:
        disk = Path(top) / "disk"
        disk.mkdir()
        if not mount_small(disk, "48m"):
            return Finding("no small file system can be mounted here (it takes root), so nothing was tried", False)
        server = Scratch(disk / "releases")
        try:
            return _fill(server, disk / "ballast")
        finally:
            server.stop()
            unmount(disk)


def _fill(server: Scratch, ballast: Path) -> Finding:
    failures: list[str] = []
    kept: set[str] = set()
    statuses: Counter[int] = Counter()
    rounds = scale(8, 2)
    slowest = 0.0
    reads = 0
    for number in range(rounds):
        name = f"before-{number}"
        if server.update(insert(name)).status == 200:
            kept.add(name)
        left = random.Random(number).choice([0, 4096, 65536, 300_000])  # noqa: S311
        _fill_up(ballast, left)
        for attempt in range(2):
            answer = server.update(insert(f"full-{number}-{attempt}", "y" * 200_000))
            statuses[answer.status] += 1
            if answer.status == 200:
                kept.add(f"full-{number}-{attempt}")
            elif answer.status != 507:
                failures.append(f"a write on a full disk was answered {answer.status}: {answer.text[:200]}")
            for path in ("/", "/sparql?query=ASK%7B%7D"):
                reads += 1
                if server.get(path).status != 200:
                    failures.append(f"{path} is not answered on a full disk")
        ballast.unlink()
        freed = time.monotonic()
        while server.update(insert(f"after-{number}")).status != 200:
            if time.monotonic() - freed > RESUME_SECONDS:
                failures.append("writes did not resume")
                break
        slowest = max(slowest, time.monotonic() - freed)
        kept.add(f"after-{number}")
    rows = server.query("SELECT DISTINCT ?s { ?s <http://x.example/p> ?o }", "text/csv").text.split()
    lost = kept - {line.rpartition("/")[2] for line in rows}
    failures += [f"{name} was acknowledged and is lost" for name in sorted(lost)]
    failures += [f"{v.what}: {fault}" for v in verify_folder(server.releases) for fault in v.faults]
    refused = statuses[507]
    measured = (
        f"{rounds} times full: {refused} writes refused with 507, {len(kept)} acknowledged, {len(lost)} of them lost;"
        f" {reads} reads answered meanwhile; writes resumed within {slowest:.1f} s of space"
    )
    return Finding(measured, not failures and refused > 0, tuple(failures))


def _fill_up(ballast: Path, left: int) -> None:
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 65536)
        except OSError:
            file.truncate(max(0, file.tell() - left))


def flip_bytes(say: Say) -> Finding:
    """Change one byte at a time, everywhere, and see whether it is noticed before it is served."""
    chance = random.Random(20261126)  # noqa: S311
    wanted = scale(100, 12)
    tried: Counter[str] = Counter()
    served: Counter[str] = Counter()
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as top:
        releases = _two_releases(Path(top) / "releases")
        active = releases.folder / releases.active_id()
        while tried.total() < wanted:
            kind, path = _choose(releases, active, chance)
            whole = path.read_bytes()
            changed = bytearray(whole)
            changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            path.write_bytes(bytes(changed))
            is_found = any(verdict.faults for verdict in verify_folder(releases))
            if not is_found and kind != "index":  # of the catalogue, what is in use is compared with the graphs
                failures.append(f"a byte changed in {path.relative_to(releases.folder)} is not found")
            if tried[kind] < scale(6, 1):
                served[kind] += 1
                failures += _serve(releases, kind)
            tried[kind] += 1
            path.write_bytes(whole)
            if tried.total() % 20 == 0:
                say(f"{tried.total()} of {wanted} bytes")
    told = ", ".join(f"{kind} {n}" for kind, n in sorted(tried.items()))
    measured = (
        f"{tried.total()} bytes changed ({told}), {len(failures)} not found;"
        f" {served.total()} times a server was started on it, and served the dataset as published"
    )
    return Finding(measured, not failures and len(tried) >= 5, tuple(failures))


def _two_releases(folder: Path) -> Releases:
    releases = Releases(folder)
    for count in (200, 300):
        with releases.lock():
            publish_dataset(releases, "".join(QUAD.format(n, n) for n in range(count)).encode(), BASE)
    return releases


def _choose(releases: Releases, active: Path, chance: random.Random) -> tuple[str, Path]:
    kind = chance.choice(["store", "store", "index", "manifest", "pointer", "log", "objects"])
    if kind == "store":
        return kind, chance.choice([path for path in sorted((active / "store").iterdir()) if path.stat().st_size])
    if kind == "manifest":
        return kind, active / chance.choice(["manifest.json", "manifest.json.sha256"])
    if kind == "index" and (releases.folder / CATALOGUE).is_file():
        return kind, releases.folder / CATALOGUE
    if kind == "pointer":
        return kind, releases.folder / POINTER
    if kind == "log":
        return kind, chance.choice(releases.log.paths())
    if kind == "objects":
        return kind, releases.objects.path(chance.choice(sorted(releases.objects.digests())))
    return "delta", active / "delta.gz"


def _serve(releases: Releases, kind: str) -> list[str]:
    """Start a server on what is there; return what it serves that was never published."""
    try:
        server = Server(releases.folder)
    except AssertionError:  # a table that all releases share is damaged: nothing is served until kg repair
        return []
    try:
        answer = server.query("SELECT (COUNT(*) AS ?n) { ?s <http://x.example/p> ?o }", "text/csv")
    finally:
        server.stop()
    rows = answer.text.split()
    return [] if answer.status == 200 and rows[1:] in (["200"], ["300"]) else [f"{kind}: served {rows}"]


TRIALS = (
    Trial("fsync per acknowledged write (strace)", "at least 1", trace_writes),
    Trial("disk full", "0 lost; reads go on; writes resume within 10 s of space", fill_disk),
    Trial(
        "flipped bytes in store, objects, log, catalogue, manifest, pointer",
        "100 places: each is detected by kg verify at the latest, never a wrong answer served as right",
        flip_bytes,
    ),
)
