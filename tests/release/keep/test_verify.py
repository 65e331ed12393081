"""What is damaged is found, and is not served as right."""

from __future__ import annotations

import errno
import gzip
import io
import json
import shutil
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.serving import BASE, Server
from kg.cli import main
from kg.errors import ReleaseError
from kg.release.intact import forget, require_intact
from kg.release.keep.verify import verify, verify_folder
from kg.release.manifest import FILE_NAME, SEAL, file_digest
from kg.release.publish import POINTER, Releases
from kg.release.work.build import publish_dataset

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
    assert [verdict.what for verdict in found][:3] == ["pointer", "log", "catalogue"]
    assert len(found) == 4


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


def reseal(directory: Path, **changes: object) -> None:
    """Change what a manifest says, and seal it again."""
    manifest = directory / FILE_NAME
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | changes))
    (directory / SEAL).write_text(f"{file_digest(manifest)}  {FILE_NAME}\n")


def test_a_manifest_made_to_fit_another_dataset_is_found_by_its_store_and_its_digest(two: Releases) -> None:
    newest, other = two.all()
    reseal(two.folder / newest.id, shards=other.shards, totals=other.totals)
    faults = verify(two, newest.id).faults
    assert any("another digest than the release" in fault for fault in faults)
    whole = {"algorithm": "as before", "sha256": other.digest}
    reseal(two.folder / newest.id, shards=other.shards, totals=other.totals, digest=whole)
    faults = verify(two, newest.id).faults
    assert any("store holds another graph" in fault for fault in faults)


def test_one_byte_changed_in_any_object_is_found(two: Releases) -> None:
    objects = files(two.objects.folder)
    assert len(objects) > 4
    for path in objects:
        whole = path.read_bytes()
        header = range(10) if path == objects[0] else ()  # RFC 1952 §2.3.1
        for place in (*header, len(whole) // 2, len(whole) - 1):
            flip(path, place)
            assert any(verdict.faults for verdict in verify_folder(two)), (path, place)
        path.unlink()
        assert any("missing" in fault for verdict in verify_folder(two) for fault in verdict.faults)
        path.write_bytes(whole)
    assert not any(verdict.faults for verdict in verify_folder(two))


def test_a_graph_that_a_store_has_beyond_its_release_is_found(two: Releases) -> None:
    newest = two.active()
    fewer = two.graphs(newest).replaced({"http://x.example/g": None})
    whole = {"algorithm": "as before", "sha256": fewer.digest()}
    reseal(two.folder / newest.id, shards=fewer.shards, digest=whole)
    assert any("that the release has not" in fault for fault in verify(two, newest.id).faults)


def test_what_is_too_large_to_read_at_the_start_is_still_measured(two: Releases) -> None:
    directory = two.folder / two.active_id()
    flip(directory / "delta.gz")
    require_intact(directory, limit=0)
    (directory / "delta.gz").write_bytes(b"")
    with pytest.raises(ReleaseError, match=r"delta\.gz has 0 bytes"):
        require_intact(directory, limit=0)


@pytest.mark.parametrize("what", ["store", "manifest", "pointer", "gone"])
def test_a_server_serves_the_last_good_release_where_the_active_one_is_damaged(two: Releases, what: str) -> None:
    directory = two.folder / two.active_id()
    if what == "store":
        flip(next(path for path in files(directory / "store") if path.suffix == ".log"), 20)
    elif what == "manifest":
        flip(directory / FILE_NAME, 40)
    elif what == "gone":
        shutil.rmtree(directory)
    if what == "pointer":  # then the newest is served; releases are distinguished by the second
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
    [(_, entry)] = two.graphs(two.manifest(past)).items()
    dataset, report = two.objects.path(entry.digest), two.folder / past / "report.ttl"
    good = dataset.read_bytes()
    server = Server(two.folder)
    try:
        assert server.get(f"/release/{past}/dataset.nq").body == gzip.decompress(good)
        flip(dataset, len(good) // 2)
        report.unlink()
        for name in ("dataset.nq", "report.ttl"):
            answer = server.get(f"/release/{past}/{name}")
            assert (answer.status, answer.headers["Cache-Control"]) == (503, None)
            assert "kg verify" in answer.text
        dataset.write_bytes(good)
        assert server.get(f"/release/{past}/dataset.nq").body == gzip.decompress(good)
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


@pytest.mark.parametrize("name", [FILE_NAME, SEAL, "delta.gz", "store/MANIFEST-*"])
def test_a_release_that_cannot_be_read_is_passed_over(
    two: Releases, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    active = two.active_id()
    path = next((two.folder / active).glob(name))
    forget()
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
        flip(two.folder / identifier / "delta.gz")
    with pytest.raises(ReleaseError, match="kg verify"):
        two.choose()


def test_no_server_goes_back_to_a_damaged_release(two: Releases) -> None:
    active = two.active_id()
    other = next(identifier for identifier in two.identifiers() if identifier != active)
    flip(two.folder / other / "delta.gz")
    with pytest.raises(ReleaseError, match="is damaged"):
        two.activate(other)
    assert two.active_id() == active


def test_a_damaged_release_is_made_again_by_publishing_its_data(two: Releases) -> None:
    active = two.active_id()
    flip(two.folder / active / "delta.gz")
    again = publish(two, "one", "two")
    assert two.active_id() == again
    assert verify(two, again).faults == ()


def test_the_command_tells_each_fault_and_exits_with_1(two: Releases) -> None:
    arguments = ["verify", "--releases", str(two.folder)]
    well = CliRunner().invoke(main, arguments)
    assert (well.exit_code, well.output.count("as published")) == (0, 5)
    flip(two.folder / two.active_id() / "delta.gz")
    ill = CliRunner().invoke(main, arguments)
    assert ill.exit_code == 1
    assert "delta.gz has another digest" in ill.output
    one = CliRunner().invoke(main, [*arguments, "2020-01-01-000000000000"])
    assert one.exit_code == 1
    assert "There is no release" in one.output


@pytest.mark.parametrize("layout", [1, 3, 4, 5])
def test_an_earlier_layout_is_refused_with_what_to_do(two: Releases, layout: int) -> None:
    directory = two.folder / two.active_id()
    reseal(directory, format=layout)
    if layout < 4:  # from before there were seals
        (directory / SEAL).unlink()
    with pytest.raises(ReleaseError, match="kg upgrade"):
        two.manifest(directory.name)


def test_a_seal_that_is_gone_is_a_fault(two: Releases) -> None:
    directory = two.folder / two.active_id()
    (directory / SEAL).unlink()
    with pytest.raises(ReleaseError, match="is not what"):
        two.manifest(directory.name)
