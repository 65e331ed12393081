"""An accepted change survives a crash at any point, is made once, and what was not accepted is not made."""

from __future__ import annotations

import errno
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.releasing import dataset, leave_behind
from helpers.serving import BASE
from helpers.slow import mostly_slow
from helpers.writing import Scratch
from kg.errors import LogDamaged, ReleaseError, StorageFailed, StorageFull
from kg.release.change.recover import TRIES, recover, roll_back
from kg.release.format.delta import Delta
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset
from kg.settings import Settings

BEFORE = b'<http://x.example/a> <http://x.example/p> "one" <http://x.example/g> .\n'
AFTER = b'<http://x.example/a> <http://x.example/p> "two" <http://x.example/g> .\n'
OTHER = BEFORE.replace(b"one", b"one more")


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    """A folder with one release of one quad."""
    found = Releases(tmp_path / "releases")
    publish(found, BEFORE)
    return found


def publish(releases: Releases, nquads: bytes) -> str:
    with releases.lock():
        return publish_dataset(releases, nquads, BASE)[0].id


def take_up(releases: Releases) -> bool:
    with releases.lock():
        return recover(releases, lambda _: None)


def accepted(releases: Releases) -> Path:
    [path] = releases.log.folder.glob("*.accepted")
    return path


def set_aside(releases: Releases) -> list[str]:
    return sorted(path.name for path in releases.log.folder.glob("*.set-aside*"))


def damage(releases: Releases) -> Path:
    """Change a byte of the active release's report, and return the file."""
    path = releases.folder / releases.active_id() / "delta.gz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    return path


def test_a_record_tells_what_was_taken_away_and_added(releases: Releases) -> None:
    leave_behind(releases, AFTER)
    record = releases.log.waiting()
    assert record is not None
    assert record.delta == Delta(frozenset({BEFORE}), frozenset({AFTER}))
    assert record.base == releases.active_id()
    assert list(record.graphs) == ["http://x.example/g"]


def test_every_release_has_its_record_in_the_order_of_their_numbers(releases: Releases) -> None:
    second, third = publish(releases, AFTER), publish(releases, BEFORE)
    records = list(releases.log.records())
    assert [record.sequence for record in records] == [1, 2, 3]
    assert [record.id for record in records][1:] == [second, third]
    assert [record.delta.added for record in records][1:] == [frozenset({AFTER}), frozenset({BEFORE})]


def test_what_a_crash_left_is_published_once(releases: Releases) -> None:
    leave_behind(releases, AFTER)
    assert take_up(releases) is True
    assert dataset(releases) == AFTER
    assert not releases.log.waits
    assert take_up(releases) is False
    assert len(releases.identifiers()) == 2


def test_a_crash_after_the_switch_publishes_nothing_again(releases: Releases) -> None:
    served = publish(releases, AFTER)
    path = releases.log.folder / "00000002.gz"
    path.rename(path.with_suffix(".accepted"))
    assert take_up(releases) is False
    assert releases.active_id() == served
    assert path.is_file()
    assert not releases.log.waits


def test_a_crash_between_the_release_and_the_switch_is_made_up_for(releases: Releases) -> None:
    first, second = releases.active_id(), publish(releases, AFTER)
    releases.activate(first)
    path = releases.log.folder / "00000002.gz"
    path.rename(path.with_suffix(".accepted"))
    assert take_up(releases) is True
    assert releases.active_id() == second


@pytest.mark.parametrize("how", ["cut", "changed"])
def test_a_record_damaged_anywhere_is_noticed_set_aside_and_never_published(
    releases: Releases, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    leave_behind(releases, AFTER)
    path = accepted(releases)
    whole = path.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        path.write_bytes(whole[:place] if how == "cut" else bytes(changed))
        with pytest.raises(LogDamaged, match=r"00000002\.accepted"):
            releases.log.waiting()
    with caplog.at_level(logging.ERROR):
        assert take_up(releases) is False
    assert "set aside" in caplog.text
    assert set_aside(releases) == ["00000002.set-aside"]
    assert dataset(releases) == BEFORE
    publish(releases, AFTER)
    assert [record.sequence for record in releases.log.records()] == [1, 3]


TRYING = """
import ctypes, os, signal, sys
from pathlib import Path
from kg.children import fork
from kg.release.change.recover import recover
from kg.release.publish import Releases
releases = Releases(Path(sys.argv[1]))
def end(*_):
    {}
def work():
    Releases.place = end
    with releases.lock():
        recover(releases, lambda _: None)
    return 0
for _ in range({}):
    os.waitpid(fork(work), 0)
"""


def try_in_processes(releases: Releases, end: str, times: int) -> None:
    """Have as many processes try to publish what waits, each of which ends in the midst of it."""
    command = [sys.executable, "-c", TRYING.format(end, times), str(releases.folder)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("end", ["ctypes.string_at(0)", "os.abort()", "raise ValueError('line one\\nFailed: two')"])
def test_a_change_that_ends_its_process_each_time_is_set_aside_in_the_end(
    releases: Releases, caplog: pytest.LogCaptureFixture, end: str
) -> None:
    leave_behind(releases, AFTER)
    try_in_processes(releases, end, TRIES - 1)
    assert len(releases.log.failures(2)) == TRIES - 1
    try_in_processes(releases, end, 1)
    assert set_aside(releases) == []
    with caplog.at_level(logging.ERROR):
        assert take_up(releases) is False
    assert set_aside(releases) == ["00000002.set-aside"]
    assert not releases.log.waits
    assert ("line one" if "ValueError" in end else "Fatal Python error") in caplog.text


@pytest.mark.parametrize(
    "end", ["os.kill(os.getpid(), signal.SIGKILL)", "os.kill(os.getpid(), signal.SIGTERM)", "raise MemoryError"]
)
def test_a_change_whose_process_is_killed_waits_however_often_that_happens(releases: Releases, end: str) -> None:
    leave_behind(releases, AFTER)
    try_in_processes(releases, end, TRIES + 1)
    assert take_up(releases) is True
    assert dataset(releases) == AFTER
    assert list(releases.log.folder.glob("*.tries")) == []


def test_a_change_that_is_published_while_it_is_looked_for_is_no_damage(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_behind(releases, AFTER)
    found = accepted(releases)
    read = Path.read_bytes

    def publish_and_read(path: Path) -> bytes:
        if path == found:
            monkeypatch.undo()
            assert take_up(releases)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", publish_and_read)
    assert releases.log.waiting() is None


STEPS = ["kg.release.change.commit.make_store", "kg.release.publish.sync_tree", "kg.release.publish.write_draft"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (OSError(errno.ENOSPC, "no room"), StorageFull),
        (OSError(errno.EDQUOT, "no more of it for you"), StorageFull),
        (OSError(errno.EIO, "cannot"), StorageFailed),
        (OSError(errno.EROFS, "read-only"), StorageFailed),
        (ReleaseError("The store cannot be written: IO error: No space left on device"), StorageFull),
        (ReleaseError("The store cannot be written: IO error: Disk quota exceeded"), StorageFull),
        (ReleaseError("The store cannot be written: IO error: While fsync: Input/output error"), StorageFailed),
    ],
)
@pytest.mark.parametrize("step", mostly_slow(STEPS, STEPS[:1]))
def test_what_is_the_fault_of_the_disk_loses_no_accepted_change_and_counts_as_no_try(
    releases: Releases, monkeypatch: pytest.MonkeyPatch, step: str, fault: Exception, told: type[Exception]
) -> None:
    leave_behind(releases, AFTER)
    whole = accepted(releases).read_bytes()

    def fail(*_: object) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(step, fail)
        for _ in range(TRIES + 1):
            with pytest.raises(told):
                take_up(releases)
    assert accepted(releases).read_bytes() == whole
    assert take_up(releases) is True
    assert dataset(releases) == AFTER


@pytest.mark.parametrize("step", mostly_slow(STEPS, STEPS[:1]))
def test_a_publication_that_fails_is_taken_back_and_its_number_is_not_given_again(
    releases: Releases, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EDQUOT, "no more of it for you")

    served = releases.active_id()
    with monkeypatch.context() as patch:
        patch.setattr(step, fail)
        with pytest.raises(StorageFull):
            publish(releases, AFTER)
    assert not releases.log.waits
    assert (releases.active_id(), releases.identifiers()) == (served, [served])
    publish(releases, AFTER)
    assert dataset(releases) == AFTER
    numbers = [record.sequence for record in releases.log.records()]
    assert numbers == ([1, 2] if step.endswith("make_store") else [1, 3])


def test_a_release_that_cannot_be_read_loses_no_accepted_change(releases: Releases) -> None:
    leave_behind(releases, AFTER)
    path = releases.folder / releases.active_id() / "delta.gz"
    good = path.read_bytes()
    damage(releases)
    with pytest.raises(ReleaseError, match="damaged"):
        take_up(releases)
    path.write_bytes(good)
    assert take_up(releases) is True
    assert dataset(releases) == AFTER


def test_who_mends_a_damaged_release_is_not_held_up_by_what_waits(releases: Releases) -> None:
    first = releases.active_id()
    publish(releases, OTHER)
    log = leave_behind(releases, AFTER)
    damage(releases)
    assert roll_back(Settings(releases=releases.folder), first).id == first
    assert log.waits


def test_what_is_set_aside_overwrites_nothing(releases: Releases) -> None:
    for _ in range(3):
        leave_behind(releases, AFTER).set_aside()
    assert set_aside(releases) == [f"0000000{number}.set-aside" for number in (2, 3, 4)]


def test_going_back_is_not_undone_by_a_change_accepted_before(releases: Releases) -> None:
    first = releases.active_id()
    leave_behind(releases, AFTER)
    assert roll_back(Settings(releases=releases.folder), first).id == first
    assert take_up(releases) is False
    assert releases.active_id() == first
    assert len(releases.identifiers()) == 2


@pytest.fixture
def interrupted(tmp_path: Path) -> Iterator[Scratch]:
    folder = tmp_path / "served"
    found = Releases(folder)
    publish(found, BEFORE)
    leave_behind(found, AFTER)
    server = Scratch.__new__(Scratch)
    super(Scratch, server).__init__(folder)
    yield server
    server.stop()


def test_a_server_that_starts_publishes_what_a_crash_left(interrupted: Scratch) -> None:
    update = "INSERT DATA { GRAPH <http://x.example/g> { <http://x.example/b> a <http://x.example/C> } }"
    assert interrupted.update(update).status == 200
    rows = interrupted.query("SELECT ?o { ?s <http://x.example/p> ?o }", "text/csv").text.split()
    assert rows == ["o", "two"]
