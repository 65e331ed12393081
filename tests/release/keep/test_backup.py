"""A backup is whole or is not there, and what is restored is what was backed up."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.disks import mount_small, unmount
from helpers.releasing import an_object, leave_behind
from kg.catalogue.write import applied
from kg.cli import main
from kg.errors import ReleaseError, ReleasesBusy, StorageFull
from kg.release.change.recover import recover
from kg.release.keep import backup
from kg.release.keep.backup import back_up, restore
from kg.release.keep.prune import pin, prune
from kg.release.keep.verify import verify_folder
from kg.release.publish import Releases
from kg.settings import Settings
from release.keep.test_verify import QUAD, flip, publish

OTHER = QUAD.format("other").encode()
FORMS = ["copy", "copy.tar", "copy.tar.gz"]


def silent(_: str) -> None:
    """Take progress and say nothing."""


@pytest.fixture
def two(tmp_path: Path) -> Releases:
    """Two releases, of which the first is active, and a write that waits."""
    releases = Releases(tmp_path / "releases")
    first = publish(releases, "one")
    publish(releases, "one", "two")
    releases.activate(first)
    leave_behind(releases, OTHER)
    return releases


def content(folder: Path) -> dict[str, bytes]:
    paths = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    made_again = (".lock", ".keep", "catalogue.sqlite", "stores/")
    return {name: path.read_bytes() for name, path in paths.items() if not name.startswith(made_again)}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system; a small one in memory, where it can be mounted."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    if not mount_small(folder, "64m"):
        pytest.skip("no second file system can be mounted here: that takes root, and a system that lets it")
    yield folder
    unmount(folder)


@pytest.mark.parametrize("name", FORMS)
def test_what_is_restored_is_what_was_backed_up(two: Releases, tmp_path: Path, name: str) -> None:
    assert back_up(two, tmp_path / "safe" / name, silent) == 2
    back = Releases(tmp_path / "back")
    assert restore(tmp_path / "safe" / name, back, silent) == 2
    assert content(back.folder) == content(two.folder)
    assert sorted(applied(back.folder).values()) == sorted(two.identifiers())
    assert back.log.waits
    assert [path.name for path in (tmp_path / "safe").iterdir()] == [name]


def test_a_backup_goes_to_another_file_system_and_comes_back(two: Releases, elsewhere: Path) -> None:
    assert elsewhere.stat().st_dev != two.folder.stat().st_dev
    back_up(two, elsewhere / "copy", silent)
    restore(elsewhere / "copy", Releases(elsewhere / "back"), silent)
    assert content(elsewhere / "back") == content(two.folder)


@pytest.mark.parametrize("name", FORMS)
def test_nothing_is_overwritten(two: Releases, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    back_up(two, target, silent)
    with pytest.raises(ReleaseError, match="not overwritten"):
        back_up(two, target, silent)
    before = content(two.folder)
    with pytest.raises(ReleaseError, match="not overwritten"):
        restore(target, two, silent)
    assert content(two.folder) == before


@pytest.mark.parametrize("name", FORMS)
def test_what_is_damaged_is_not_backed_up(two: Releases, tmp_path: Path, name: str) -> None:
    flip(an_object(two), 40)
    with pytest.raises(ReleaseError, match=r"not made.*\.gz"):
        back_up(two, tmp_path / "safe" / name, silent)
    assert list((tmp_path / "safe").iterdir()) == []


def test_a_damaged_backup_restores_nothing(two: Releases, tmp_path: Path) -> None:
    back_up(two, tmp_path / "copy", silent)
    back_up(two, tmp_path / "copy.tar", silent)
    path = tmp_path / "copy" / two.active_id() / "delta.gz"
    whole = path.read_bytes()
    path.unlink()  # it is the same file as that which was backed up
    path.write_bytes(b"x" + whole[1:])
    flip(tmp_path / "copy.tar", (tmp_path / "copy.tar").read_bytes().index(two.active().totals.encode()))
    (tmp_path / "none.tar").write_bytes(b"no tar at all")
    (tmp_path / "empty").mkdir()
    told = {
        "copy": r"delta\.gz",
        "copy.tar": "copy|damaged|restored",
        "none.tar": "as a backup",
        "empty": "no releases",
    }
    for name, said in told.items():
        back = Releases(tmp_path / f"back-{name}")
        with pytest.raises(ReleaseError, match=said):
            restore(tmp_path / name, back, silent)
        assert [path.name for path in back.folder.iterdir()] == [".lock"]


def test_what_is_compressed_and_damaged_is_told(two: Releases, tmp_path: Path) -> None:
    packed = tmp_path / "copy.tar.gz"
    back_up(two, packed, silent)
    good = packed.read_bytes()
    for place in (len(good) * part // 20 for part in range(1, 19)):
        packed.write_bytes(good[:place] + b"\xff" * 4 + good[place + 4 :])
        with pytest.raises(ReleaseError, match=r"as a backup|Nothing was restored"):
            restore(packed, Releases(tmp_path / "back"), silent)
    assert [path.name for path in (tmp_path / "back").iterdir()] == [".lock"]


def a_file(name: str) -> tarfile.TarInfo:
    return tarfile.TarInfo(name)


def a_link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    "members",
    [
        [a_file("../outside")],
        [a_file("/srv/outside")],
        [a_link("objects", "../outside", tarfile.SYMTYPE), a_file("objects/x")],
        [a_link("current", "../outside", tarfile.LNKTYPE)],
        [a_link("pipe", "", tarfile.FIFOTYPE)],
    ],
    ids=["above", "from the root", "through a link", "another's file", "no file"],
)
@pytest.mark.parametrize("is_bounded_by_python", [True, False])
def test_a_tar_file_writes_nowhere_but_into_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, members: list[tarfile.TarInfo], *, is_bounded_by_python: bool
) -> None:
    if not is_bounded_by_python:  # as before Python 3.11.4
        monkeypatch.setattr(backup, "_FILTER", {})
    with tarfile.open(tmp_path / "evil.tar", "w") as packed:
        for member in members:
            packed.addfile(member)
    with pytest.raises(ReleaseError, match="cannot be read as a backup"):
        restore(tmp_path / "evil.tar", Releases(tmp_path / "deep" / "back"), silent)
    assert not (tmp_path / "deep" / "outside").exists()


def test_a_full_disk_leaves_no_half_backup(two: Releases, elsewhere: Path) -> None:
    (elsewhere / "ballast").write_bytes(b"x" * (64 * 2**20 - 2**16))
    with pytest.raises(StorageFull, match="make room"):
        back_up(two, elsewhere / "copy.tar", silent)
    assert [path.name for path in elsewhere.iterdir()] == ["ballast"]


def test_the_commands_tell_what_they_did(two: Releases, tmp_path: Path) -> None:
    run = CliRunner().invoke
    made = run(main, ["backup", str(tmp_path / "copy.tar.gz"), "--releases", str(two.folder)])
    assert (made.exit_code, "2 releases" in made.output) == (0, True)
    back = run(main, ["restore", str(tmp_path / "copy.tar.gz"), "--releases", str(tmp_path / "back")])
    assert back.exit_code == 0, back.output
    assert f"{two.active_id()} is served" in back.output
    assert all(not verdict.faults for verdict in verify_folder(Releases(tmp_path / "back")))


def test_a_copy_on_the_same_disk_takes_no_room_for_what_never_changes(two: Releases, tmp_path: Path) -> None:
    back_up(two, tmp_path / "copy", silent)
    copied = an_object(Releases(tmp_path / "copy"))
    assert copied.samefile(an_object(two))


def test_writes_go_on_while_a_backup_is_made(two: Releases, tmp_path: Path) -> None:
    written: list[str] = []

    def write(step: str) -> None:
        if step.startswith("copying 1 ") and not written:
            written.append(publish(two, "one", "more"))

    count = back_up(two, tmp_path / "copy", write)
    assert written == [two.active_id()]
    assert count == 2
    assert written[0] not in Releases(tmp_path / "copy").identifiers()


def test_a_change_that_is_set_aside_is_backed_up_with_its_objects(two: Releases, tmp_path: Path) -> None:
    aside = two.log.set_aside()
    back_up(two, tmp_path / "copy", silent)
    restore(tmp_path / "copy", Releases(tmp_path / "back"), silent)
    back = Releases(tmp_path / "back")
    [(path, record)] = back.log.aside()
    assert (path.name, record and record.id) == (aside.name, dict(two.log.aside())[aside].id)
    assert content(back.folder) == content(two.folder)


def test_of_a_change_that_is_set_aside_what_is_still_there_is_backed_up(two: Releases, tmp_path: Path) -> None:
    two.log.set_aside()
    [(_, record)] = two.log.aside()
    assert record is not None
    [(_, new)] = record.graphs.values()
    assert new is not None
    two.objects.remove(new)
    back_up(two, tmp_path / "copy", silent)
    assert content(tmp_path / "copy") == content(two.folder)


def test_a_change_that_is_published_while_a_backup_is_made_is_backed_up_as_it_waited(
    two: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_tree = backup.copy_tree

    def go_on(source: Path, target: Path) -> None:
        if two.log.waits:
            with two.lock():
                recover(two, silent)
        copy_tree(source, target)

    pin(two, two.active_id())
    [waiting] = two.log.folder.glob("*.accepted")
    monkeypatch.setattr(backup, "copy_tree", go_on)
    back_up(two, tmp_path / "copy", silent)
    assert not two.log.waits
    assert (tmp_path / "copy" / "log" / waiting.name).is_file()


def test_nothing_is_pruned_while_a_backup_is_made(two: Releases, tmp_path: Path) -> None:
    refused: list[str] = []

    def prune_meanwhile(_: str) -> None:
        try:
            prune(Settings(releases=two.folder, keep_releases=1, keep_days=0))
        except ReleasesBusy as error:
            refused.append(str(error))

    back_up(two, tmp_path / "copy", prune_meanwhile)
    assert refused
    assert "backup" in refused[0]
