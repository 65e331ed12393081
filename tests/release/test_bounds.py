"""What a job may take until its release is accepted, and that it holds again after a recovery."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from helpers.serving import BASE, HOME
from kg.errors import ReleasesBusy
from kg.release.publish import Releases
from kg.release.steps import ACCEPTED, CANONICALISING, RECOVERED, RECOVERING
from kg.release.submit import Writer
from kg.release.work.build import publish_dataset
from kg.settings import Settings
from kg.store.stores.writes import Update

SHOW = """
import resource, signal, sys
from kg.release.bounds import Bounds
bounds = Bounds(60, 3_000_000_000)
def show():
    print(resource.getrlimit(resource.RLIMIT_AS)[0], signal.getitimer(signal.ITIMER_REAL)[0] > 0)
show()
for step in sys.argv[1:]:
    bounds(step)
    show()
"""
HELD = "3000000000 True"
FREE = "-1 False"


@pytest.mark.parametrize(
    ("steps", "states"),
    [
        ((CANONICALISING, ACCEPTED), (HELD, HELD, FREE)),
        (
            (RECOVERING, CANONICALISING, ACCEPTED, RECOVERED, CANONICALISING, ACCEPTED),
            (HELD, FREE, FREE, FREE, HELD, HELD, FREE),
        ),
    ],
    ids=["a job", "a job after a recovery"],
)
def test_bounds_hold_until_a_release_is_accepted(steps: tuple[str, ...], states: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-c", SHOW, *steps], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == list(states)


def test_a_job_past_its_time_is_ended() -> None:
    code = "import time; from kg.release.bounds import Bounds; Bounds(0.2, 3_000_000_000); time.sleep(30)"
    assert subprocess.run([sys.executable, "-c", code], timeout=20, check=False).returncode == -signal.SIGALRM


def test_a_write_behind_a_long_build_is_told_that_it_waited_for_one(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    with releases.lock():
        publish_dataset(releases, b"", BASE)
        writer = Writer(Settings(home=HOME, releases=tmp_path, write_seconds=2))
        with closing(writer), pytest.raises(ReleasesBusy, match="Try again"):
            writer.submit(Update("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:b> 1 } }"), "text/turtle")


def test_a_write_that_is_accepted_is_made_whatever_memory_that_takes(tmp_path: Path) -> None:
    """To load a store, the engine asks for several times 200 MB at once: more than the write may have before."""
    releases = Releases(tmp_path)
    with releases.lock():
        publish_dataset(releases, b"", BASE)
    writer = Writer(Settings(home=HOME, releases=tmp_path, worker_memory=450_000_000))
    with closing(writer):
        for n in range(3):
            made = writer.submit(Update(f"INSERT DATA {{ GRAPH <urn:g> {{ <urn:a> <urn:b> {n} }} }}"), "text/turtle")
            assert made.is_new
            assert made.identifier == releases.active_id()
