"""An accepted write survives a crash at any point, is made once, and what was not accepted is not made."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kg.errors import JournalDamaged, ReleaseError, StorageFull
from kg.release.change.build import publish_dataset
from kg.release.journal import SET_ASIDE, Journal, to_record
from kg.release.publish import Releases
from kg.release.change.recover import TRIES, recover, roll_back
from kg.settings import Settings
from kg.store.bulk import canonical_nquads
from serving import BASE
from writing import Scratch

BEFORE = b'<http://x.example/a> <http://x.example/p> "one" <http://x.example/g> .\n'
AFTER = b'<http://x.example/a> <http://x.example/p> "two" <http://x.example/g> .\n'


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    """A folder with one release of one quad."""
    found = Releases(tmp_path / "releases")
    with found.lock():
        publish_dataset(found, BEFORE, BASE)
    return found


@pytest.fixture
def own(releases: Releases) -> Settings:
    return Settings(releases=releases.folder)


class Crash(Exception):
    """Stands for a process that is no more."""


def leave_behind(releases: Releases, after: bytes = AFTER) -> Journal:
    """Leave a journal as a crash does that comes right after a write was accepted."""
    journal = Journal(releases.folder)
    record = to_record(releases.active_id(), releases.dataset(releases.active_id()), after)
    journal._append(record)
    return journal


def damage(releases: Releases) -> None:
    """Change a byte of the active release's dataset."""
    path = releases.folder / releases.active_id() / "dataset.nq"
    path.write_bytes(path.read_bytes().replace(b"one", b"0ne"))


def take_up(own: Settings, releases: Releases) -> bool:
    with releases.lock():
        return recover(own, releases, lambda _: None)


def test_a_record_gives_back_what_it_was_made_from(releases: Releases) -> None:
    record = leave_behind(releases).read()
    assert record is not None
    assert (record.removed, record.added) == ((BEFORE,), (AFTER,))
    assert record.apply(BEFORE) == AFTER
    with pytest.raises(ReleaseError, match="does not lead"):
        record.apply(BEFORE + BEFORE.replace(b"one", b"three"))


def test_what_a_crash_left_is_published_once(own: Settings, releases: Releases) -> None:
    journal = leave_behind(releases)
    assert take_up(own, releases) is True
    assert releases.dataset(releases.active_id()) == AFTER
    assert journal.is_empty
    assert take_up(own, releases) is False
    assert len(releases.identifiers()) == 2


def test_a_crash_after_the_switch_publishes_nothing_again(own: Settings, releases: Releases) -> None:
    leave_behind(releases)
    with releases.lock():
        publish_dataset(releases, AFTER, BASE)
    served = releases.active_id()
    assert take_up(own, releases) is False
    assert releases.active_id() == served
    assert Journal(releases.folder).is_empty


def test_a_write_cut_off_anywhere_was_not_accepted(own: Settings, releases: Releases) -> None:
    journal = leave_behind(releases)
    whole = journal.path.read_bytes()
    for length in range(len(whole)):
        journal.path.write_bytes(whole[:length])
        assert journal.read() is None, length
        if length:
            with pytest.raises(JournalDamaged, match="cut off"):
                journal.require_whole()
    assert take_up(own, releases) is False
    assert releases.dataset(releases.active_id()) == BEFORE


def test_a_byte_changed_anywhere_is_noticed_and_never_published(
    own: Settings, releases: Releases, caplog: pytest.LogCaptureFixture
) -> None:
    journal = leave_behind(releases)
    whole = journal.path.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 0x10
        journal.path.write_bytes(bytes(changed))
        with suppress(JournalDamaged):
            assert journal.read() is None, place  # a length that was made larger looks like a write cut off
    changed = bytearray(whole)
    changed[-3] ^= 1
    journal.path.write_bytes(bytes(changed))
    with caplog.at_level(logging.ERROR):
        assert take_up(own, releases) is False
    assert "set aside" in caplog.text
    assert (releases.folder / SET_ASIDE).read_bytes() == bytes(changed)
    assert releases.dataset(releases.active_id()) == BEFORE


def test_a_write_that_ends_its_process_each_time_is_set_aside_in_the_end(own: Settings, releases: Releases) -> None:
    journal = leave_behind(releases)
    assert [journal._count_try() for _ in range(TRIES)] == list(range(TRIES))
    assert take_up(own, releases) is False
    assert (releases.folder / SET_ASIDE).is_file()
    assert journal.is_empty


@pytest.mark.parametrize("step", ["kg.release.change.build.load_store", "kg.release.journal.Journal._count_try"])
def test_a_full_disk_loses_no_accepted_write_and_counts_as_no_try(
    own: Settings, releases: Releases, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    journal = leave_behind(releases)
    whole = journal.path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patch:
        patch.setattr(step, fail)
        for _ in range(TRIES + 1):
            with pytest.raises(StorageFull):
                take_up(own, releases)
    assert journal.path.read_bytes() == whole
    assert take_up(own, releases) is True
    assert releases.dataset(releases.active_id()) == AFTER


def test_a_release_that_cannot_be_read_loses_no_accepted_write(own: Settings, releases: Releases) -> None:
    journal = leave_behind(releases)
    path = releases.folder / releases.active_id() / "dataset.nq"
    good = path.read_bytes()
    damage(releases)
    with pytest.raises(ReleaseError, match="damaged"):
        take_up(own, releases)
    path.write_bytes(good)
    assert take_up(own, releases) is True
    assert journal.is_empty


def test_who_mends_a_damaged_release_is_not_held_up_by_the_journal(own: Settings, releases: Releases) -> None:
    first = releases.active_id()
    with releases.lock():
        publish_dataset(releases, BEFORE.replace(b"one", b"one more"), BASE)
    journal = leave_behind(releases)
    damage(releases)
    assert roll_back(own, first).id == first
    assert not journal.is_empty


def test_what_is_set_aside_overwrites_nothing(releases: Releases) -> None:
    kept = [leave_behind(releases).set_aside() for _ in range(3)]
    assert [path.name for path in kept] == [SET_ASIDE, f"{SET_ASIDE}-2", f"{SET_ASIDE}-3"]
    assert all(path.stat().st_size for path in kept)


def test_a_publication_that_fails_leaves_nothing_to_be_made_later(releases: Releases) -> None:
    journal = Journal(releases.folder)
    record = to_record(releases.active_id(), BEFORE, AFTER)
    with suppress(Crash), journal.hold(record):
        assert journal.read() == record
        raise Crash
    assert journal.is_empty


def test_going_back_is_not_undone_by_a_write_accepted_before(own: Settings, releases: Releases) -> None:
    first = releases.active_id()
    leave_behind(releases)
    assert roll_back(own, first).id == first
    assert take_up(own, releases) is False
    assert releases.active_id() == first
    assert len(releases.identifiers()) == 2


@pytest.fixture
def interrupted(tmp_path: Path) -> Iterator[Scratch]:
    folder = tmp_path / "served"
    found = Releases(folder)
    with found.lock():
        publish_dataset(found, BEFORE, BASE)
    leave_behind(found)
    server = Scratch.__new__(Scratch)
    super(Scratch, server).__init__(folder)
    yield server
    server.stop()


def test_a_server_that_starts_publishes_what_a_crash_left(interrupted: Scratch) -> None:
    update = "INSERT DATA { GRAPH <http://x.example/g> { <http://x.example/b> a <http://x.example/C> } }"
    assert interrupted.update(update).status == 200
    rows = interrupted.query("SELECT ?o { ?s <http://x.example/p> ?o }", "text/csv").text.split()
    assert rows == ["o", "two"]


def test_canonical_lines_are_what_the_journal_compares() -> None:
    assert canonical_nquads(AFTER + BEFORE) == b"".join(sorted([AFTER, BEFORE]))
