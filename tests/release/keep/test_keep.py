"""Releases are pruned, pinned, upgraded, repaired and compared, and nothing that somebody needs is lost."""

from __future__ import annotations

import gzip
import json
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event, Thread
from typing import TextIO

import pytest
from click.testing import CliRunner

from helpers.releasing import LINE, an_object, begin, dataset, leave_behind
from helpers.releasing import publish_values as publish
from helpers.serving import BASE, Server
from helpers.waiting import PATIENCE
from kg.cli import main
from kg.errors import Pruned, ReleaseError
from kg.release import publish as publishing
from kg.release.change.commit import Graph, commit, ungated
from kg.release.change.recover import recover
from kg.release.change.repair import repair
from kg.release.change.upgrade import upgrade
from kg.release.format.delta import from_bytes
from kg.release.intact import require_intact
from kg.release.keep.diff import by_record, compare, to_triples, to_words
from kg.release.keep.prune import pin, pinned, prune, unpin
from kg.release.keep.verify import verify, verify_folder
from kg.release.manifest import FILE_NAME, SEAL, file_digest
from kg.release.publish import Releases
from kg.release.work.build import build
from kg.settings import Settings
from kg.store.stores.bulk import OpenStore, load_store
from kg.terms import Iris
from release.keep.test_verify import flip


def silent(_: str) -> None:
    """Take progress and say nothing."""


def keeping(releases: Releases, number: int, days: int = 0) -> Settings:
    return Settings(releases=releases.folder, keep_releases=number, keep_days=days)


def is_well(releases: Releases) -> bool:
    return not any(verdict.faults for verdict in verify_folder(releases))


def test_the_newest_the_active_and_the_pinned_releases_are_kept(four: Releases) -> None:
    fourth, third, second, first = (manifest.id for manifest in four.all())
    four.activate(first)
    pin(four, second)
    done = prune(keeping(four, 1))
    assert (done.gone, done.kept) == ((third,), (fourth, second, first))
    assert sorted(four.identifiers()) == sorted([fourth, second, first])
    assert is_well(four)


def test_what_is_younger_than_the_days_is_kept(four: Releases) -> None:
    assert prune(keeping(four, 1, days=1)).gone == ()
    assert len(four.identifiers()) == 4


def test_a_release_that_is_no_longer_pinned_goes(four: Releases) -> None:
    oldest = four.all()[-1].id
    pin(four, oldest)
    assert pinned(four) == {oldest}
    unpin(four, oldest)
    with pytest.raises(ReleaseError, match="not pinned"):
        unpin(four, oldest)
    assert oldest in prune(keeping(four, 1)).gone


def test_objects_that_no_release_needs_go_with_the_last_that_did(four: Releases) -> None:
    shared = {entry.digest for manifest in four.all()[:1] for _, entry in four.graphs(manifest).items()}
    before = set(four.objects.digests())
    planned = prune(keeping(four, 1), dry_run=True)
    assert set(four.objects.digests()) == before
    assert len(four.identifiers()) == 4
    done = prune(keeping(four, 1))
    assert planned.gone == done.gone
    after = set(four.objects.digests())
    assert shared <= after < before
    assert after == {four.active().totals, *four.graphs(four.active()).references()}
    assert done.freed > 0
    assert is_well(four)


def test_a_change_that_waits_keeps_its_objects(four: Releases) -> None:
    after = LINE.format("new", "new").encode()
    leave_behind(four, after)
    prune(keeping(four, 1))
    with four.lock():
        assert recover(four, silent)
    assert dataset(four) == after


def test_of_what_is_pruned_stays_what_is_known(four: Releases) -> None:
    oldest = four.all()[-1]
    prune(keeping(four, 1))
    assert four.find_pruned(oldest.id) == oldest
    with pytest.raises(Pruned, match=oldest.digest):
        four.manifest(oldest.id)


def test_a_pruned_release_is_gone_on_the_web_and_a_server_beside_reads_on(four: Releases) -> None:
    oldest, newest = four.all()[-1].id, four.active_id()
    server = Server(four.folder)
    query = "/sparql?query=SELECT%20%28COUNT%28*%29%20AS%20%3Fn%29%20%7B%3Fs%20%3Fp%20%3Fo%7D"
    try:
        assert server.get(f"{query}&release={oldest}", "text/csv").text.split() == ["n", "1"]
        prune(keeping(four, 1))
        assert server.get(query, "text/csv").text.split() == ["n", "4"]
        listed = json.loads(server.get("/releases.json").body)["releases"]
        assert [one["id"] for one in listed] == [newest]
        for path in (f"/release/{oldest}", f"/release/{oldest}/dataset.nq"):
            answer = server.get(path)
            assert (answer.status, "pruned" in answer.text) == (410, True), path
        assert server.get("/release/2020-01-01-000000000000").status == 404
    finally:
        server.stop()
    server = Server(four.folder)
    try:
        answer = server.get(f"{query}&release={oldest}", "text/csv")
        assert (answer.status, "pruned" in answer.text) == (410, True)
    finally:
        server.stop()


def test_writes_go_on_after_the_base_of_their_stores_is_gone(four: Releases) -> None:
    shutil.rmtree(four.stores.folder)
    publish(four, *"0123", "more")
    assert dataset(four) == b"".join(sorted(LINE.format(v, v).encode() for v in (*"0123", "more")))
    assert is_well(four)


def test_many_changes_stack_in_few_layers_and_the_store_holds_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.release.change.draft.CHANGES", 3)
    releases = Releases(tmp_path / "releases")
    held = [f"first-{number}" for number in range(200)]
    publish(releases, *held)
    layers = set()
    for number in range(16):
        held = [*held[1:], f"new-{number}"]
        publish(releases, *held)
        base = releases.stores.find(releases.active().store)
        assert base is not None
        layers.add(base.layers)
    assert layers == {0, 1, 2, 3}
    assert len(list(releases.stores.folder.iterdir())) <= 2
    assert dataset(releases) == b"".join(sorted(LINE.format(v, v).encode() for v in held))
    assert is_well(releases)


def test_what_a_release_says_of_itself_is_not_taken_away_from_each_store_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.release.change.draft.CHANGES", 8)
    releases = Releases(tmp_path / "releases")
    iri, values, bases, sizes = f"{BASE}graph/article/x", [f"first-{n}" for n in range(200)], set(), []
    for number in range(5):
        values.append(f"new-{number}")
        lines = "".join(sorted(f'<urn:{v}> <urn:p> "{v}" <{iri}> .\n' for v in values)).encode()
        with releases.lock():
            active = releases.active() if number else None
            manifest, _ = commit(releases, active, BASE, [Graph(iri, lines)], ungated, silent)
        bases.add(manifest.store)
        if number > 1:  # the first of these is drafted from the whole store of the first release, and is beyond CHANGES
            delta = from_bytes(gzip.decompress((releases.folder / manifest.id / "delta.gz").read_bytes()))
            sizes.append((len(delta.removed), len(delta.added)))
        held = OpenStore(releases.store(manifest.id)).graph(f"{BASE}graph/description")
        assert held.count(f"<{BASE}release/{manifest.id}> <http://purl.org/dc/terms/issued>".encode()) == 1
    assert len(bases) == 4
    assert {removed for removed, _ in sizes} == {0}
    assert is_well(releases)


@pytest.mark.parametrize("what", ["store", "manifest", "all of it"])
def test_a_damaged_release_is_made_again_from_its_objects(four: Releases, what: str) -> None:
    active = four.active()
    folder = four.folder / active.id
    if what == "store":
        flip(next((folder / "store").glob("*.sst")), 20)
    elif what == "manifest":
        flip(folder / FILE_NAME, 40)
    else:
        shutil.rmtree(folder)
    assert verify(four, active.id).faults
    again = repair(four, active.id)
    assert (again.digest, again.issued, again.sequence) == (active.digest, active.issued, active.sequence)
    assert verify(four, active.id).faults == ()
    publish(four, "5")
    assert dataset(four) == LINE.format(5, 5).encode()


def test_a_release_of_which_an_object_is_gone_is_not_repaired(four: Releases) -> None:
    an_object(four).unlink()
    with pytest.raises(ReleaseError, match="backup"):
        repair(four, four.active_id())


# What earlier versions of kg made


def lay_out_as_before(folder: Path, identifier: str, nquads: bytes, layout: int) -> None:
    """Make a release as the layouts 1 to 5 were."""
    directory = folder / identifier
    directory.mkdir(parents=True)
    (directory / "dataset.nq").write_bytes(nquads)
    load_store([nquads], directory / "store")
    files = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    told = {
        "id": identifier,
        "issued": f"{identifier[:10]}T10:00:00Z",
        "base_iri": BASE,
        "software": "attested-kg 0.0.1",
        "digest": {"algorithm": "RDFC-1.0", "sha256": file_digest(directory / "dataset.nq")},
        "counts": {"quads": nquads.count(b"\n")},
        "graphs": {"urn:g": nquads.count(b"\n")},
        "articles": [],
        "validation": {"conforms": True},
        "files": {str(p.relative_to(directory)): {"bytes": p.stat().st_size, "sha256": file_digest(p)} for p in files},
        "format": layout,
    }
    (directory / FILE_NAME).write_text(json.dumps(told))
    if layout > 3:
        (directory / SEAL).write_text(f"{file_digest(directory / FILE_NAME)}  {FILE_NAME}\n")


FIRST, SECOND = "2025-01-01-0123456789ab", "2025-02-01-ba9876543210"
OLD = {FIRST: LINE.format(1, 1).encode(), SECOND: b"".join(LINE.format(n, n).encode() for n in (1, 2))}


@pytest.fixture(params=[1, 4, 5])
def old(tmp_path: Path, request: pytest.FixtureRequest) -> Releases:
    """Two releases of an earlier layout; the first is active."""
    releases = Releases(tmp_path / "releases")
    for identifier, nquads in OLD.items():
        lay_out_as_before(releases.folder, identifier, nquads, request.param)
    (releases.folder / "current").write_text(f"{FIRST}\n")
    return releases


def test_earlier_layouts_are_upgraded_under_their_own_identifiers(old: Releases) -> None:
    digests = {identifier: file_digest(old.folder / identifier / "dataset.nq") for identifier in OLD}
    with pytest.raises(ReleaseError, match="kg upgrade"):
        require_intact(old.folder / FIRST)
    with old.lock():
        assert upgrade(old, silent) == 2
        assert upgrade(old, silent) == 0
    assert (old.active_id(), [manifest.id for manifest in old.all()]) == (FIRST, [SECOND, FIRST])
    assert {identifier: dataset(old, identifier) for identifier in OLD} == OLD
    assert {manifest.id: manifest.former for manifest in old.all()} == digests
    assert [manifest.issued for manifest in old.all()] == ["2025-02-01T10:00:00Z", "2025-01-01T10:00:00Z"]
    assert is_well(old)
    publish(old, "1", "3")
    assert is_well(old)


def test_a_damaged_release_of_an_earlier_layout_stops_the_upgrade_before_anything_is_changed(old: Releases) -> None:
    flip(old.folder / SECOND / "dataset.nq", 6)
    with old.lock(), pytest.raises(ReleaseError, match=r"dataset\.nq.*backup"):
        upgrade(old, silent)
    assert (old.folder / FIRST / "dataset.nq").read_bytes() == OLD[FIRST]


def test_a_write_that_waits_in_an_earlier_journal_is_not_lost_by_an_upgrade(old: Releases) -> None:
    (old.folder / "journal").write_text("kg-journal-1 …")
    with old.lock(), pytest.raises(ReleaseError, match="holds a write"):
        upgrade(old, silent)
    assert (old.folder / "journal").exists()


# What changed


def test_what_changed_is_told_as_triples_also_when_one_release_is_pruned(four: Releases) -> None:
    fourth, third, second, first = (manifest.id for manifest in four.all())
    wanted = [f"+ {LINE.format(n, n).rstrip()}" for n in (1, 2, 3)]
    assert list(to_triples(compare(four, first, fourth))) == wanted
    assert list(to_triples(compare(four, fourth, third))) == [f"- {LINE.format(3, 3).rstrip()}"]
    prune(keeping(four, 1))
    assert list(to_triples(compare(four, first, fourth))) == wanted
    with pytest.raises(ReleaseError, match="in the order"):
        compare(four, fourth, second)
    with pytest.raises(ReleaseError, match="There is no release"):
        compare(four, "2020-01-01-000000000000", fourth)


def test_what_changed_is_told_in_words_by_statement_and_record(sample: Settings, sample_release: Path) -> None:
    first = begin(sample_release, sample)
    path = next((sample.data_dir / "authority").glob("*.ttl"))
    label = '"A place for tests"@en , "Ein Ort für Tests"@de'
    path.write_text(
        path.read_text("utf-8")
        + f"\n<id/for-tests> a <ns#Place> ; <http://www.w3.org/2000/01/rdf-schema#label> {label} .\n",
        "utf-8",
    )
    second, _, _ = build(sample, silent)
    folder = Releases(sample.releases)
    deltas = compare(folder, first.id, second.id)
    changes = by_record(folder, first.id, second.id, deltas)
    assert [(change.kind, change.iri, change.label) for change in changes] == [
        ("added", f"{BASE}id/for-tests", "A place for tests")
    ]
    back = by_record(folder, second.id, first.id, compare(folder, second.id, first.id))
    assert [(change.kind, change.label) for change in back] == [("removed", "A place for tests")]
    assert "added   id/for-tests  A place for tests" in "\n".join(to_words(changes, Iris(BASE)))


COMMANDS = ["backup", "catalogue", "pin", "pin --remove", "prune", "repair", "rollback", "upgrade"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_waits_for_its_turn_beside_a_writer(
    four: Releases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    oldest = four.all()[-1].id
    pin(four, oldest)
    take = publishing._try_lock
    waits, codes = Event(), []

    def try_lock(file: TextIO) -> bool:
        is_taken = take(file)
        if not is_taken:
            waits.set()
        return is_taken

    def run() -> None:
        named = {"backup": [str(tmp_path / "copy")], "pin": [oldest], "repair": [oldest], "rollback": [oldest]}
        name, *options = command.split()
        try:
            main([name, *options, *named.get(name, []), "--releases", str(four.folder)])
        except SystemExit as ended:
            codes.append(ended.code)
        waits.set()

    monkeypatch.setattr(publishing, "_try_lock", try_lock)
    other = Thread(target=run)
    with four.lock():
        other.start()
        assert waits.wait(PATIENCE)
    other.join(PATIENCE)
    assert codes == [0]


def test_a_release_that_is_pruned_while_it_is_about_to_be_pinned_is_not_pinned(
    four: Releases, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest = four.all()[-1].id
    lock = Releases.lock

    def prune_first(self: Releases) -> AbstractContextManager[None]:
        monkeypatch.undo()
        assert oldest in prune(keeping(four, 1)).gone
        return lock(self)

    monkeypatch.setattr(Releases, "lock", prune_first)
    with pytest.raises(Pruned):
        pin(four, oldest)
    assert pinned(four) == set()


def test_the_commands_tell_what_they_did(four: Releases) -> None:
    fourth, *_, first = (manifest.id for manifest in four.all())
    folder = ["--releases", str(four.folder)]
    run = CliRunner().invoke
    assert run(main, ["diff", first, fourth, "--format", "triples", *folder]).output.count("\n") == 3
    assert run(main, ["pin", first, *folder]).exit_code == 0
    assert "pinned" in run(main, ["releases", *folder]).output
    done = run(main, ["prune", "--dry-run", *folder], env={"KG_KEEP_RELEASES": "1", "KG_KEEP_DAYS": "0"})
    assert "2 releases would be deleted" in done.output
    assert run(main, ["repair", fourth, *folder]).output.strip() == fourth
    assert "0 releases upgraded" in run(main, ["upgrade", *folder]).output
