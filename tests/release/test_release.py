"""Releases: what a build makes, that it is the same each time, and that nothing half done is ever served."""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from helpers.releasing import begin, dataset, description
from helpers.serving import BASE, HOME
from kg.errors import NotConforming, ReleaseError
from kg.release.change.prepare import issue
from kg.release.manifest import Manifest, read_manifest
from kg.release.publish import Releases
from kg.release.work.build import build, publish_dataset
from kg.settings import Settings
from kg.store.stores.bulk import canonical_nquads


def silent(_: str) -> None:
    """Take progress and say nothing."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the real data that a test may change."""
    return shutil.copytree(HOME / "data", tmp_path / "data")


@pytest.fixture
def own(settings: Settings, data: Path, tmp_path: Path) -> Settings:
    """Settings for a build of that copy."""
    return settings.with_(data=data, releases=tmp_path / "releases")


@pytest.fixture
def built(own: Settings, releases: Path) -> Manifest:
    """The first release of that copy."""
    return begin(releases, own)


def add_label(data: Path, label: str) -> None:
    """Make one harmless change to the data."""
    with (data / "authority" / "places.ttl").open("a", encoding="utf-8") as file:
        file.write(f'\nid:florida rdfs:comment "{label}"@en .\n')


def test_the_manifest_gives_the_digest_of_every_file(releases: Path, manifest: Manifest) -> None:
    folder = releases / manifest.id
    assert {"delta.gz", "report.ttl"} <= set(manifest.files)
    assert any(name.startswith("store/") for name in manifest.files)
    for name, file in manifest.files.items():
        content = (folder / name).read_bytes()
        assert (file["sha256"], file["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content)), name


def test_the_release_digest_is_that_of_the_list_of_its_canonical_graphs(releases: Path, manifest: Manifest) -> None:
    lines = []
    for iri, nquads in Releases(releases).dataset(manifest):
        assert canonical_nquads(nquads) == nquads
        lines.append(f"{hashlib.sha256(nquads).hexdigest()}  {iri}\n")
    assert lines == sorted(lines, key=lambda line: line.split()[1])
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == manifest.digest
    assert manifest.id.endswith(manifest.digest[:12])


def test_an_earlier_state_that_comes_back_is_a_release_of_its_own(tmp_path: Path) -> None:
    folder = Releases(tmp_path / "releases")
    states = [b"<urn:a> <urn:b> <urn:c> <urn:g> .\n", b"<urn:a> <urn:b> <urn:d> <urn:g> .\n"]
    with folder.lock():
        made = [publish_dataset(folder, states[n % 2], BASE)[0] for n in range(4)]
    assert made[0].digest == made[2].digest
    assert len({manifest.id for manifest in made}) == 4
    assert [manifest.sequence for manifest in made] == [1, 2, 3, 4]
    assert [manifest.previous for manifest in made] == [None, *(manifest.id for manifest in made[:3])]
    assert [manifest.id for manifest in folder.all()] == [manifest.id for manifest in reversed(made)]


def test_the_same_change_after_going_back_is_the_same_release(tmp_path: Path) -> None:
    folder = Releases(tmp_path / "releases")
    with folder.lock():
        first, _ = publish_dataset(folder, b"<urn:a> <urn:b> <urn:c> <urn:g> .\n", BASE)
        second, _ = publish_dataset(folder, b"<urn:a> <urn:b> <urn:d> <urn:g> .\n", BASE)
        folder.activate(first.id)
        again, is_new = publish_dataset(folder, b"<urn:a> <urn:b> <urn:d> <urn:g> .\n", BASE)
    assert (again, is_new, folder.active_id()) == (second, True, second.id)
    assert len(folder.identifiers()) == 2


YEAR_9999 = "9999-12-31T23:59:59Z"


@pytest.mark.parametrize(
    ("now", "previous", "issued"),
    [
        ("2026-03-01T10:00:00Z", None, "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z", "2026-03-01T10:00:01Z"),
        ("2026-03-01T10:00:00Z", "2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z"),
        ("2026-03-01T10:00:00Z", "2026-03-09T12:00:00Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00:00Z", YEAR_9999, "2026-03-01T10:00:00Z"),
        (YEAR_9999, "2026-03-01T10:00:00Z", YEAR_9999),
    ],
)
def test_dates_keep_their_order_unless_a_clock_was_far_out(now: str, previous: str | None, issued: str) -> None:
    assert issue(datetime.datetime.fromisoformat(now), previous) == issued


def test_a_clock_that_was_never_set_makes_no_release() -> None:
    with pytest.raises(ReleaseError, match=r"1970-01-01.*Set the clock"):
        issue(datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC), None)


def test_the_manifest_counts_what_the_dataset_holds(releases: Path, manifest: Manifest) -> None:
    held = dataset(Releases(releases)).decode()
    described = description(Releases(releases), manifest).decode()
    assert manifest.counts["quads"] == held.count("\n") + described.count("\n")
    statements = [line for line in held.splitlines() if f"#type> <{BASE}ns#Statement> <{BASE}graph/article/" in line]
    assert manifest.counts["statements"] == len(statements)
    assert manifest.counts["passages"] == 112
    assert manifest.validation["conforms"] is True


def test_building_the_same_data_elsewhere_gives_the_same_digest(own: Settings, manifest: Manifest) -> None:
    again, _, is_new = build(own, silent)
    assert is_new
    assert again.digest == manifest.digest


def test_building_unchanged_data_publishes_nothing_new(own: Settings, built: Manifest) -> None:
    again, _, is_new = build(own, silent)
    assert not is_new
    assert again == built
    assert len(Releases(own.releases).all()) == 1


@pytest.mark.usefixtures("built")
def test_an_article_is_made_anew_where_a_record_leads_elsewhere_that_it_speaks_of(own: Settings, data: Path) -> None:
    def change(more: str) -> list[str]:
        before = releases.active()
        with (data / "authority" / "places.ttl").open("a", encoding="utf-8") as file:
            file.write(more)
        after, _, _ = build(own, silent)
        changed = releases.graphs(before).changed(releases.graphs(after))
        return [iri.removeprefix(f"{BASE}graph/") for iri in changed]

    releases = Releases(own.releases)
    assert change('id:coast a att:Place ; rdfs:label "Coast"@en , "Küste"@de .\n') == ["authority"]
    assert change("id:coast att:concerns id:florida .\n") == ["authority"], "no statement speaks of the coast"
    assert change("id:florida att:concerns id:crimea .\n") == ["article/florida-talks", "authority"]


def test_changed_data_become_another_release_and_the_first_stays(own: Settings, data: Path, built: Manifest) -> None:
    first = built
    add_label(data, "changed")
    second, _, _ = build(own, silent)
    folder = Releases(own.releases)
    assert second.digest != first.digest
    assert folder.active().id == second.id
    assert read_manifest(own.releases / first.id) == first
    assert folder.activate(first.id) == first
    assert folder.active_id() == first.id


def test_data_that_do_not_conform_publish_nothing(own: Settings, data: Path, built: Manifest) -> None:
    before = sorted(path.name for path in own.releases.iterdir())
    (data / "authority" / "wrong.ttl").write_text(
        "@prefix id: <id/> .\n@prefix schema: <https://schema.org/> .\nid:russia schema:containsPlace id:crimea .\n"
    )
    with pytest.raises(NotConforming, match=r"wrong\.ttl:3.*BareTriple"):
        build(own, silent)
    assert sorted(path.name for path in own.releases.iterdir()) == before
    assert Releases(own.releases).active_id() == built.id


def test_a_literal_that_the_store_would_rewrite_stops_the_build(own: Settings, data: Path) -> None:
    path = data / "articles" / "florida-talks" / "passages.ttl"
    odd = '"01"^^<http://www.w3.org/2001/XMLSchema#integer>'
    path.write_text(path.read_text(encoding="utf-8").replace("att:number 1 ;", f"att:number {odd} ;", 1), "utf-8")
    with pytest.raises(ReleaseError, match="01"):
        build(own, silent)
    assert Releases(own.releases).find_active() is None
    assert sorted(path.name for path in own.releases.iterdir()) == [".lock", ".seen.json", "objects"]


def test_two_builds_at_once_do_not_mix(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.release.publish.PATIENCE", 0.0)
    with Releases(own.releases).lock(), pytest.raises(ReleaseError, match="Another build"):
        build(own, silent)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("content", ["", "nonsense\n", "../../etc\n", "\x00\xff"])
def test_a_damaged_pointer_is_an_error_that_says_what_to_do(own: Settings, content: str) -> None:
    (own.releases / "current").write_text(content, encoding="latin-1")
    with pytest.raises(ReleaseError, match="kg rollback"):
        Releases(own.releases).active()


def test_a_damaged_manifest_is_an_error_that_says_what_to_do(own: Settings, built: Manifest) -> None:
    path = own.releases / built.id / "manifest.json"
    path.write_text(path.read_text()[:100])
    with pytest.raises(ReleaseError, match="kg rollback"):
        Releases(own.releases).active()


def test_an_unknown_release_cannot_be_activated(own: Settings, built: Manifest) -> None:
    for wrong in ("2020-01-01-000000000000", "..", "current"):
        with pytest.raises(ReleaseError, match="kg releases"):
            Releases(own.releases).activate(wrong)
    assert Releases(own.releases).active_id() == built.id


def test_the_manifest_is_json_with_a_named_digest_algorithm(releases: Path, manifest: Manifest) -> None:
    whole = json.loads((releases / manifest.id / "manifest.json").read_text(encoding="utf-8"))
    assert "RDFC-1.0" in whole["digest"]["algorithm"]


def test_every_class_above_a_things_own_is_stated(releases: Path) -> None:
    held = dataset(Releases(releases)).decode()
    statement = f"<{BASE}article/florida-talks/statement/007-2>"
    rdf_type = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    graph = f"<{BASE}graph/article/florida-talks>"
    for cls in (f"{BASE}ns#Assertion", f"{BASE}ns#Statement", "http://www.w3.org/ns/prov#Entity"):
        assert f"{statement} {rdf_type} <{cls}> {graph} .\n" in held
