"""Commands of ``kg``, run as anybody runs them, with what they took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from kg.bench.scale.processes import Watch
from kg.errors import KgError
from kg.settings import Settings


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command took: seconds, processor seconds and bytes of memory of all its processes, and lines it told."""

    seconds: float
    spent: float
    peak: int
    lines: int


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of a process that is measured: modules stay compiled there, as where kg is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | settings.to_environment()


def run(settings: Settings, *arguments: str | Path) -> Ran:
    """Run ``kg`` with some arguments; raises KgError with the end of what it said where it fails."""
    command = [sys.executable, "-m", "kg.cli", *map(str, arguments)]
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        with Watch(process.pid) as watch:
            said = process.communicate()[0]
        seconds = time.perf_counter() - start
    if process.returncode:
        raise KgError(f"kg {arguments[0]} failed: {said[-2000:]}")
    return Ran(seconds, watch.seconds, watch.peak, said.count("\n"))


def held(folder: Path) -> int:
    """Return the bytes of disk that a folder takes; a file of several links counts once."""
    found: dict[tuple[int, int], int] = {}
    for path in [folder, *folder.rglob("*")]:
        try:
            status = path.lstat()
        except FileNotFoundError:  # tidied away meanwhile
            continue
        found[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(found.values())
