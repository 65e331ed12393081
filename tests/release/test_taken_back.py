"""A release that cannot be published is taken back, or kept and told as kept: what is told is what comes about."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from helpers.disks import mount_small, unmount
from helpers.releasing import dataset
from kg import durable
from kg.catalogue.write import applied
from kg.errors import StorageFailed, StorageFull, Unpublished
from kg.release import catalogued, publish
from kg.release.format import log
from kg.release.publish import Releases
from release.test_log import AFTER, BEFORE, take_up
from release.test_log import publish as publish_quads


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    """A folder with one release of one quad."""
    found = Releases(tmp_path / "releases")
    publish_quads(found, BEFORE)
    return found


def fail(number: int) -> Callable[..., None]:
    def failing(*_: object) -> None:
        raise OSError(number, "as the disk says")

    return failing


def after(function: Callable[..., object], then: Callable[[], object]) -> Callable[..., object]:
    """Return the function with something done after it."""

    def both(*arguments: object) -> object:
        result = function(*arguments)
        then()
        return result

    return both


def fill(folder: Path) -> None:
    """Write until the disk has no room left."""
    with suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    assert shutil.disk_usage(folder).free == 0


def is_told_as_kept_and_comes_about(releases: Releases) -> None:
    """Look at what was told as kept: it waits, and is published once the disk is well."""
    assert releases.log.waits
    assert dataset(releases) == BEFORE
    assert take_up(releases) is True
    assert dataset(releases) == AFTER
    assert sorted(applied(releases.folder).values()) == sorted(releases.identifiers())


def test_a_disk_that_is_full_after_the_catalogue_does_not_stop_the_switch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not mount_small(tmp_path, "64m"):
        pytest.skip("no small file system can be mounted here: it takes root")
    try:
        releases = Releases(tmp_path / "releases")
        publish_quads(releases, BEFORE)
        with monkeypatch.context() as patch:
            patch.setattr(catalogued, "add", after(catalogued.add, lambda: fill(tmp_path)))
            publish_quads(releases, AFTER)
        (tmp_path / "filler").unlink()  # the catalogue is not even read without room
        assert dataset(releases) == AFTER
        assert sorted(applied(releases.folder).values()) == sorted(releases.identifiers())
    finally:
        unmount(tmp_path)


def test_a_release_without_room_for_its_pointer_is_not_in_the_catalogue(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(publish, "write_draft", fail(errno.ENOSPC))
        with pytest.raises(StorageFull, match="Nothing was changed"):
            publish_quads(releases, AFTER)
    assert not releases.log.waits
    assert list(applied(releases.folder).values()) == releases.identifiers() == [releases.active_id()]
    publish_quads(releases, AFTER)
    assert list(applied(releases.folder)) == [1, 3]


def test_a_switch_that_fails_is_made_up_for_and_told_as_kept(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(publish, "put_draft", fail(errno.EROFS))
        with pytest.raises(Unpublished, match="do not send it again"):
            publish_quads(releases, AFTER)
    is_told_as_kept_and_comes_about(releases)


def test_what_cannot_be_taken_back_is_told_as_kept(releases: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if target.suffix == ".withdrawn":
            raise OSError(errno.EROFS, "read-only")
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(publish, "sync_tree", fail(errno.ENOSPC))
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(Unpublished):
            publish_quads(releases, AFTER)
    is_told_as_kept_and_comes_about(releases)


@pytest.mark.parametrize("also", [False, True], ids=["once", "again when it is taken back"])
def test_a_record_that_may_not_be_on_the_disk_is_taken_back_or_told_as_kept(
    releases: Releases, monkeypatch: pytest.MonkeyPatch, *, also: bool
) -> None:
    sync = durable.sync

    def refuse(path: Path) -> None:
        if path == releases.log.folder:
            raise OSError(errno.EIO, "cannot")
        sync(path)

    with monkeypatch.context() as patch:
        patch.setattr(durable, "sync", refuse)
        if also:
            patch.setattr(log, "sync", refuse)
        with pytest.raises(Unpublished if also else StorageFailed):
            publish_quads(releases, AFTER)
    if also:
        is_told_as_kept_and_comes_about(releases)
    else:
        assert not releases.log.waits
        assert take_up(releases) is False


def test_a_want_of_memory_after_a_change_was_kept_is_told_as_kept(
    releases: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_out(*_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(Releases, "place", run_out)
        with pytest.raises(Unpublished):
            publish_quads(releases, AFTER)
    is_told_as_kept_and_comes_about(releases)
