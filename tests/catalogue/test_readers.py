"""Who reads a catalogue reads one file as it is, whatever is done to it meanwhile: pruned, made again, or not opened.

What is expected is read from the few triples of each test.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from catalogue.cataloguing import Kept
from helpers.disks import mount_small, set_read_only, unmount
from kg.catalogue.schema import FILE_NAME
from kg.catalogue.view import Catalogue
from kg.catalogue.write import apply, prune
from kg.errors import EngineUnavailable

RUSSIA = 'id:russia a att:State, att:Actor, att:Entity ; rdfs:label "Russia"@en .'
LAKE = 'id:lake a att:Place, att:Entity ; rdfs:label "Grey Lake"@en .'
SAID = '<article/a/statement/1> a att:Assertion, att:Statement ; rdfs:label "It is so"@en ; att:claimant id:russia .'


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def name(kept: Kept, number: int) -> str:
    """Return the identifier of a release."""
    return next(release.id for release, _ in kept.releases if release.sequence == number)


def test_what_was_withdrawn_does_not_come_back_with_pruning(kept: Kept) -> None:
    reader = Catalogue(kept.folder)
    kept.publish(authority=RUSSIA, article__a=SAID)
    first = reader.at(name(kept, 1)).counts()
    assert first["statement"] == 1
    kept.publish(authority=RUSSIA)
    kept.publish(authority=RUSSIA + LAKE)
    prune(kept.folder, [3])
    kept.publish(authority=LAKE)
    for number in (3, 4, 3):
        found = reader.at(name(kept, number)).counts()
        assert found == kept.at(number).counts()
        assert "statement" not in found


def test_sets_are_brought_forward_again_after_pruning(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Catalogue(kept.folder)
    kept.publish(authority=RUSSIA, article__a=SAID)
    kept.publish(authority=RUSSIA)
    prune(kept.folder, [2])
    kept.publish(authority=RUSSIA + LAKE)
    assert reader.at(name(kept, 2)).sets.pruned == "1"
    monkeypatch.delattr("kg.catalogue.sets._read")  # by which all are read
    assert reader.at(name(kept, 3)).counts() == {"entity": 2}
    prune(kept.folder, [2, 3])  # nothing is deleted
    kept.publish(authority=LAKE)
    assert reader.at(name(kept, 4)).counts() == {"entity": 1}


def test_a_request_never_takes_the_numbers_of_one_file_to_another(kept: Kept) -> None:
    kept.publish(authority=RUSSIA + LAKE, article__a=SAID)
    kept.publish(authority=RUSSIA)
    prune(kept.folder, [2])
    reader = Catalogue(kept.folder)
    view = reader.at(name(kept, 2))
    numbers = view.records(["id/russia"])
    del kept.releases[0]  # pruned: the lake, which came first, has no number any more
    kept.rebuild()
    assert view.paths(numbers) == ["id/russia"]  # by who has the old file open
    with ThreadPoolExecutor(1) as threads, pytest.raises(EngineUnavailable, match=r"made again.*Try again"):
        threads.submit(view.paths, numbers).result()
    after = reader.at(name(kept, 2))
    assert after.paths(after.records(["id/russia"])) == ["id/russia"]
    assert after.paths(numbers) != ["id/russia"]
    for ask in (lambda: view.paths(numbers), lambda: view.set(0, "class", "State"), view.connection):
        with pytest.raises(EngineUnavailable, match="made again"):
            ask()


def test_another_file_of_the_same_number_is_another(kept: Kept, tmp_path: Path) -> None:
    """Once nobody has it open, the number of a file that was replaced is given to others."""
    kept.publish(authority=RUSSIA)
    other = Kept(tmp_path / "other")
    other.folder.mkdir()
    other.publish(authority=RUSSIA + LAKE)
    reader = Catalogue(kept.folder)
    view = reader.at(name(kept, 1))
    assert view.counts() == {"entity": 1}
    reader.close()
    with (kept.folder / FILE_NAME).open("r+b") as file:
        file.write((other.folder / FILE_NAME).read_bytes())
        file.truncate()
    with pytest.raises(EngineUnavailable, match="made again"):
        view.paths([1])
    assert reader.at(name(kept, 1)).counts() == {"entity": 2}


@contextmanager
def few_files(left: int) -> Iterator[None]:
    """Let this process open only so many more files in the block."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    fillers: list[int] = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (fillers[0] + 20, usual[1]))
    try:
        while True:
            try:
                fillers.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        for _ in range(left):
            os.close(fillers.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
        for filler in fillers:
            os.close(filler)


def test_where_too_many_files_are_open_a_thread_reads_nothing_and_reads_on_afterwards(kept: Kept) -> None:
    kept.publish(authority=RUSSIA)
    reader, other = Catalogue(kept.folder), Catalogue(kept.folder)
    assert other.at(name(kept, 1)).counts() == {"entity": 1}  # has it open, so that what is written stays in the log
    for left in (0, 1):  # of the two that a thread needs, the file and its log
        with few_files(left), pytest.raises(EngineUnavailable, match="unable to open database file"):
            reader.at(name(kept, 1))
    kept.publish(authority=RUSSIA + LAKE)
    assert reader.at(name(kept, 2)).counts() == {"entity": 2}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    if not mount_small(tmp_path, "16m"):
        pytest.skip("no small file system can be mounted here: it takes root")
    yield tmp_path
    unmount(tmp_path)


def write(kept: Kept, data: str) -> None:
    """Apply the next release, and have nothing open afterwards: else the disk cannot be made read-only."""
    apply(kept.folder, kept.release(authority=data), kept.releases[-1][1], kept.read)


def test_a_folder_that_may_not_be_written_is_read_also_after_somebody_else_wrote_it(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.catalogue.schema.MAPPED", 0)  # SQLite maps the first two gigabytes at most
    kept = Kept(disk)
    write(kept, RUSSIA)
    reader = Catalogue(kept.folder)
    set_read_only(disk, is_read_only=True)
    first = reader.at(name(kept, 1))
    assert first.counts() == {"entity": 1}
    set_read_only(disk, is_read_only=False)
    write(kept, RUSSIA + LAKE)
    set_read_only(disk, is_read_only=True)
    assert reader.at(name(kept, 2)).counts() == {"entity": 2}
    assert first.paths(first.records(["id/russia"])) == ["id/russia"]
