"""What processes leave behind when they are killed is cleared away by the next that takes the lock."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kg.release.keep.prune import prune
from kg.release.publish import Releases
from kg.settings import Settings
from release.test_verify import publish

KILLED = """
import os, signal, sys
from pathlib import Path
from kg import durable
from kg.release.format.delta import Delta
from kg.release.format.log import Log, Record
from kg.release.format.objects import Objects, sha256
folder = Path(sys.argv[1])
objects = Objects(folder)
objects.path(sha256(b"never kept")).parent.mkdir(exist_ok=True)  # so that the first fsync is that of the file
durable.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
{}
"""
WRITES = {
    "an object": "objects.put(b'never kept')",
    "a record": "Log(folder).accept(Record(2, None, {'id': 'x'}, {}, '', Delta()))",
    "the pointer": "durable.write_text(folder / 'current', 'x')",
}


def drafts(folder: Path) -> list[str]:
    """Return the names of the files whose name is not their own yet, wherever they are."""
    return [path.name for path in folder.rglob(".*-*") if path.is_file()]


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    """A folder with one release."""
    found = Releases(tmp_path / "releases")
    publish(found, "one")
    return found


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_file_whose_writer_was_killed_is_removed_by_the_next_one(releases: Releases, write: str) -> None:
    command = [sys.executable, "-c", KILLED.format(write), str(releases.folder)]
    assert subprocess.run(command).returncode == -signal.SIGKILL
    assert len(drafts(releases.folder)) == 1
    with releases.lock():
        assert drafts(releases.folder) == []


def test_what_earlier_versions_left_among_objects_and_in_the_log_goes_with_pruning(releases: Releases) -> None:
    [one, *_] = releases.objects.digests()
    left = [releases.objects.path(one).with_name(f".{one}.gz-4711"), releases.log.folder / ".00000002.accepted-4711"]
    for path in left:
        path.write_bytes(b"half" * 5000)
    taken = sum(path.stat().st_blocks * 512 for path in left)
    settings = Settings(releases=releases.folder)
    prune(settings, dry_run=True)
    assert len(drafts(releases.folder)) == 2
    assert prune(settings).freed == taken
    assert drafts(releases.folder) == []
