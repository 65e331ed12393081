"""Releases: what a build makes, that it is the same each time, and that nothing half done is ever served."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from kg.errors import NotConforming, ReleaseError
from kg.release.change.build import build
from kg.release.manifest import Manifest, read_manifest
from kg.release.publish import Releases
from kg.settings import Settings
from kg.store.bulk import canonical_nquads
from serving import BASE, HOME


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


def add_label(data: Path, label: str) -> None:
    """Make one harmless change to the data."""
    with (data / "authority" / "places.ttl").open("a", encoding="utf-8") as file:
        file.write(f'\nid:florida rdfs:comment "{label}"@en .\n')


def test_the_manifest_gives_the_digest_of_every_file(releases: Path, manifest: Manifest) -> None:
    folder = releases / manifest.id
    assert {"dataset.nq", "description.nq", "report.ttl"} <= set(manifest.files)
    assert any(name.startswith("store/") for name in manifest.files)
    for name, file in manifest.files.items():
        content = (folder / name).read_bytes()
        assert (file["sha256"], file["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content)), name


def test_the_release_digest_is_that_of_the_canonical_dataset(releases: Path, manifest: Manifest) -> None:
    content = (releases / manifest.id / "dataset.nq").read_bytes()
    assert hashlib.sha256(content).hexdigest() == manifest.digest
    assert canonical_nquads(content) == content
    assert manifest.id.endswith(manifest.digest[:12])


def test_the_manifest_counts_what_the_dataset_holds(releases: Path, manifest: Manifest) -> None:
    dataset = (releases / manifest.id / "dataset.nq").read_text(encoding="utf-8")
    description = (releases / manifest.id / "description.nq").read_text(encoding="utf-8")
    assert manifest.counts["quads"] == dataset.count("\n") + description.count("\n")
    statements = [line for line in dataset.splitlines() if f"#type> <{BASE}ns#Statement> <{BASE}graph/article/" in line]
    assert manifest.counts["statements"] == len(statements)
    assert manifest.counts["passages"] == 112
    assert manifest.validation["conforms"] is True


def test_building_the_same_data_twice_gives_the_same_digest(own: Settings, tmp_path: Path) -> None:
    first, _, _ = build(own, silent)
    again, _, _ = build(own.with_(releases=tmp_path / "elsewhere"), silent)
    assert first.digest == again.digest


def test_building_unchanged_data_publishes_nothing_new(own: Settings) -> None:
    first, _, is_new = build(own, silent)
    again, _, is_new_again = build(own, silent)
    assert (is_new, is_new_again) == (True, False)
    assert again == first
    assert len(Releases(own.releases).all()) == 1


def test_changed_data_become_another_release_and_the_first_stays(own: Settings, data: Path) -> None:
    first, _, _ = build(own, silent)
    add_label(data, "changed")
    second, _, _ = build(own, silent)
    folder = Releases(own.releases)
    assert second.digest != first.digest
    assert folder.active().id == second.id
    assert read_manifest(own.releases / first.id) == first
    assert folder.activate(first.id) == first
    assert folder.active_id() == first.id


def test_a_release_in_an_older_layout_is_laid_out_anew(own: Settings) -> None:
    first, _, _ = build(own, silent)
    path = own.releases / first.id / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace(f'"format": {first.format}', '"format": 1'), "utf-8")
    (own.releases / first.id / "attested.trig").unlink()
    again, _, is_new = build(own, silent)
    assert (again.id, is_new) == (first.id, True)
    assert (own.releases / again.id / "attested.trig").is_file()
    assert sorted(path.name for path in own.releases.iterdir()) == [".lock", again.id, "catalogue.sqlite", "current"]


def test_data_that_do_not_conform_publish_nothing(own: Settings, data: Path) -> None:
    first, _, _ = build(own, silent)
    before = sorted(path.name for path in own.releases.iterdir())
    (data / "authority" / "wrong.ttl").write_text(
        "@prefix id: <id/> .\n@prefix schema: <https://schema.org/> .\nid:russia schema:containsPlace id:crimea .\n"
    )
    with pytest.raises(NotConforming, match=r"wrong\.ttl:3.*BareTriple"):
        build(own, silent)
    assert sorted(path.name for path in own.releases.iterdir()) == before
    assert Releases(own.releases).active_id() == first.id


def test_a_literal_that_the_store_would_rewrite_stops_the_build(own: Settings, data: Path) -> None:
    path = data / "articles" / "florida-talks" / "passages.ttl"
    odd = '"01"^^<http://www.w3.org/2001/XMLSchema#integer>'
    path.write_text(path.read_text(encoding="utf-8").replace("att:number 1 ;", f"att:number {odd} ;", 1), "utf-8")
    with pytest.raises(ReleaseError, match='"01"'):
        build(own, silent)
    assert Releases(own.releases).find_active() is None
    assert [path.name for path in own.releases.iterdir()] == [".lock"]


def test_two_builds_at_once_do_not_mix(own: Settings) -> None:
    with Releases(own.releases).lock(), pytest.raises(ReleaseError, match="Another build"):
        build(own, silent)


@pytest.mark.parametrize("content", ["", "nonsense\n", "../../etc\n", "\x00\xff"])
def test_a_damaged_pointer_is_an_error_that_says_what_to_do(own: Settings, content: str) -> None:
    build(own, silent)
    (own.releases / "current").write_text(content, encoding="latin-1")
    with pytest.raises(ReleaseError, match="kg rollback"):
        Releases(own.releases).active()


def test_a_damaged_manifest_is_an_error_that_says_what_to_do(own: Settings) -> None:
    manifest, _, _ = build(own, silent)
    path = own.releases / manifest.id / "manifest.json"
    path.write_text(path.read_text()[:100])
    with pytest.raises(ReleaseError, match="kg rollback"):
        Releases(own.releases).active()


def test_an_unknown_release_cannot_be_activated(own: Settings) -> None:
    manifest, _, _ = build(own, silent)
    for wrong in ("2020-01-01-000000000000", "..", "current"):
        with pytest.raises(ReleaseError, match="kg releases"):
            Releases(own.releases).activate(wrong)
    assert Releases(own.releases).active_id() == manifest.id


def test_the_manifest_is_json_with_a_named_digest_algorithm(releases: Path, manifest: Manifest) -> None:
    whole = json.loads((releases / manifest.id / "manifest.json").read_text(encoding="utf-8"))
    assert "RDFC-1.0" in whole["digest"]["algorithm"]


def test_every_class_above_a_things_own_is_stated(releases: Path, manifest: Manifest) -> None:
    dataset = (releases / manifest.id / "dataset.nq").read_text(encoding="utf-8")
    statement = f"<{BASE}article/florida-talks/statement/007-2>"
    rdf_type = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    graph = f"<{BASE}graph/article/florida-talks>"
    for cls in (f"{BASE}ns#Assertion", f"{BASE}ns#Statement", "http://www.w3.org/ns/prov#Entity"):
        assert f"{statement} {rdf_type} <{cls}> {graph} .\n" in dataset
