"""What is damaged is found, and is not served as right."""

from __future__ import annotations

import errno
import io
import json
import shutil
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from kg.cli import main
from kg.errors import ReleaseError
from kg.release.change.build import publish_dataset
from kg.release.intact import require_intact
from kg.release.manifest import FILE_NAME, FORMAT, SEAL, SEALED, file_digest
from kg.release.publish import POINTER, Releases
from kg.release.keep.verify import verify, verify_folder
from serving import BASE, Server

QUAD = '<http://x.example/a> <http://x.example/p> "{}" <http://x.example/g> .\n'


def publish(releases: Releases, *words: str) -> str:
    with releases.lock():
        return publish_dataset(releases, "".join(map(QUAD.format, words)).encode(), BASE)[0].id


@pytest.fixture
def two(tmp_path: Path) -> Releases:
    """Two releases; the second is active."""
    releases = Releases(tmp_path / "releases")
    publish(releases, "one")
    publish(releases, "one", "two")
    return releases


def flip(path: Path, place: int = 0) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(bytes(content))


def files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def test_a_release_of_the_real_data_is_as_published(releases: Path) -> None:
    found = list(verify_folder(Releases(releases)))
    assert [verdict.faults for verdict in found] == [()] * len(found)
    assert len(found) == 4  # the pointer, the journal, the catalogue and one release


def test_one_byte_changed_in_any_file_of_a_release_is_found(two: Releases) -> None:
    directory = two.folder / two.active_id()
    tried = [path for path in files(directory) if path.stat().st_size]
    assert len(tried) > 10
    for path in tried:
        whole = path.read_bytes()
        for place in (0, len(whole) // 2, len(whole) - 1):
            flip(path, place)
            assert verify(two, directory.name).faults, (path, place)
            path.write_bytes(whole)
    assert verify(two, directory.name).faults == ()


def test_a_file_missing_or_too_many_is_found(two: Releases) -> None:
    directory = two.folder / two.active_id()
    (directory / "report.ttl").unlink()
    (directory / "store" / "more").write_text("x")
    assert verify(two, directory.name).faults == ("report.ttl is missing", "store/more is no file of this release")


def test_a_manifest_made_to_fit_a_changed_dataset_is_found_by_its_name(two: Releases) -> None:
    directory = two.folder / two.active_id()
    dataset, manifest = directory / "dataset.nq", directory / FILE_NAME
    dataset.write_text(QUAD.format("three"))
    told = json.loads(manifest.read_text())
    told["files"]["dataset.nq"] = {"bytes": dataset.stat().st_size, "sha256": file_digest(dataset)}
    told["digest"]["sha256"] = file_digest(dataset)
    manifest.write_text(json.dumps(told))
    (directory / SEAL).write_text(f"{file_digest(manifest)}  {FILE_NAME}\n")
    faults = verify(two, directory.name).faults
    assert any("name" in fault for fault in faults)
    assert any("store holds other quads" in fault for fault in faults)


def test_what_is_too_large_to_read_at_the_start_is_still_measured(two: Releases) -> None:
    directory = two.folder / two.active_id()
    flip(directory / "dataset.nq")
    require_intact(directory, limit=0)
    (directory / "dataset.nq").write_bytes(b"")
    with pytest.raises(ReleaseError, match=r"dataset\.nq has 0 bytes"):
        require_intact(directory, limit=0)


@pytest.mark.parametrize("what", ["store", "manifest", "pointer", "gone"])
def test_a_server_serves_the_last_good_release_where_the_active_one_is_damaged(two: Releases, what: str) -> None:
    directory = two.folder / two.active_id()
    if what == "store":
        flip(next(path for path in files(directory / "store") if path.suffix == ".sst"), 20)
    elif what == "manifest":
        flip(directory / FILE_NAME, 40)
    elif what == "gone":
        shutil.rmtree(directory)
    if what == "pointer":  # then the newest is served; releases are told apart by the second
        time.sleep(1)
        publish(two, "one", "three")
        (two.folder / POINTER).write_text("2025-12-2\x0012345")
    server = Server(two.folder)
    try:
        rows = server.query("SELECT ?o { ?s <http://x.example/p> ?o } ORDER BY ?o", "text/csv").text.split()
    finally:
        server.stop()
    assert rows == (["o", "one", "three"] if what == "pointer" else ["o", "one"])


def test_a_file_of_a_past_release_that_is_damaged_is_not_given(two: Releases) -> None:
    past = next(identifier for identifier in two.identifiers() if identifier != two.active_id())
    dataset, report = two.folder / past / "dataset.nq", two.folder / past / "report.ttl"
    good = dataset.read_bytes()
    server = Server(two.folder)
    try:
        assert server.get(f"/release/{past}/dataset.nq").body == good
        flip(dataset)
        report.unlink()
        for name in ("dataset.nq", "report.ttl"):
            answer = server.get(f"/release/{past}/{name}")
            assert (answer.status, answer.headers["Cache-Control"]) == (503, None)
            assert "kg verify" in answer.text
        dataset.write_bytes(good)
        assert server.get(f"/release/{past}/dataset.nq").body == good
    finally:
        server.stop()


def refuse(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a file fail to be read, as on a disk that is failing."""
    usual = io.open

    def opened(name: object, *rest: object, **more: object) -> object:
        if Path(str(name)) == path:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return usual(name, *rest, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(io, "open", opened)


@pytest.mark.parametrize("name", [FILE_NAME, SEAL, "dataset.nq", "store/MANIFEST-*"])
def test_a_release_that_cannot_be_read_is_passed_over(
    two: Releases, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    active = two.active_id()
    path = next((two.folder / active).glob(name))
    refuse(path, monkeypatch)
    chosen, trouble = two.choose()
    assert chosen.id != active
    assert "cannot be read" in str(trouble)
    assert verify(two, active).faults
    assert chosen.id in [release.id for release in two.all()]


def test_a_pointer_that_cannot_be_read_is_told_and_another_release_served(two: Releases) -> None:
    (two.folder / POINTER).unlink()
    (two.folder / POINTER).mkdir()
    chosen, trouble = two.choose()
    assert chosen.id in two.identifiers()
    assert "cannot be read" in str(trouble)


def test_without_any_good_release_nothing_is_served(two: Releases) -> None:
    for identifier in two.identifiers():
        flip(two.folder / identifier / "dataset.nq")
    with pytest.raises(ReleaseError, match="kg verify"):
        two.choose()


def test_no_server_goes_back_to_a_damaged_release(two: Releases) -> None:
    active = two.active_id()
    other = next(identifier for identifier in two.identifiers() if identifier != active)
    flip(two.folder / other / "dataset.nq")
    with pytest.raises(ReleaseError, match="is damaged"):
        two.activate(other)
    assert two.active_id() == active


def test_a_damaged_release_is_made_again_by_publishing_its_data(two: Releases) -> None:
    active = two.active_id()
    flip(two.folder / active / "dataset.nq")
    assert publish(two, "one", "two") == active
    assert verify(two, active).faults == ()


def test_the_command_tells_each_fault_and_exits_with_1(two: Releases) -> None:
    arguments = ["verify", "--releases", str(two.folder)]
    well = CliRunner().invoke(main, arguments)
    assert (well.exit_code, well.output.count("as published")) == (0, 5)
    flip(two.folder / two.active_id() / "report.ttl")
    ill = CliRunner().invoke(main, arguments)
    assert ill.exit_code == 1
    assert "report.ttl has another digest" in ill.output
    one = CliRunner().invoke(main, [*arguments, "2020-01-01-000000000000"])
    assert one.exit_code == 1
    assert "is missing" in one.output


@pytest.mark.parametrize("layout", [SEALED - 1, SEALED, FORMAT])
def test_only_a_layout_from_before_there_were_seals_needs_none(two: Releases, layout: int) -> None:
    directory = two.folder / two.active_id()
    whole = json.loads((directory / FILE_NAME).read_text("utf-8")) | {"format": layout}
    (directory / FILE_NAME).write_text(json.dumps(whole), "utf-8")
    (directory / SEAL).unlink()
    if layout < SEALED:
        assert two.manifest(directory.name).format == layout
    else:
        with pytest.raises(ReleaseError, match="is not what"):
            two.manifest(directory.name)
