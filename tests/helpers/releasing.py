"""Releases as tests make them and look at them, and the change that a crash left in the log."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from helpers.serving import BASE
from helpers.waiting import PATIENCE
from kg.release.change.commit import Graph, ungated
from kg.release.change.prepare import prepare
from kg.release.format.log import Log
from kg.release.keep.dump import DATASET, DESCRIPTION, make
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset
from kg.settings import Settings
from kg.store.stores.bulk import split_graphs

EX = "http://example.org/"
G = f"{BASE}graph/"
FIRST = f"<{EX}a> <{EX}p> <{EX}b> <{G}one> .\n<{EX}a> <{EX}p> <{EX}c> <{G}two> .\n<{EX}x> <{EX}p> _:n <{G}old> .\n"
OBJECTS = f"SELECT ?o {{ ?s <{EX}p> ?o FILTER(isIRI(?o)) }} ORDER BY ?o"
LINE = '<urn:{}> <urn:p> "{}" <urn:g> .\n'


def publish(releases: Releases, nquads: str) -> str:
    """Publish the dataset, once nobody else does, and return the release's identifier."""
    with releases.lock(time.monotonic() + PATIENCE):
        return publish_dataset(releases, nquads.encode(), BASE)[0].id


def begin(built: Path, settings: Settings) -> Manifest:
    """Give a folder its first release as a copy of one of the same data, which is quicker than to build it."""
    shutil.copytree(built, settings.releases, dirs_exist_ok=True)
    return Releases(settings.releases).active()


def publish_values(releases: Releases, *values: str) -> str:
    """Publish a dataset of one LINE for each value; return the release's identifier."""
    return publish(releases, "".join(LINE.format(value, value) for value in values))


def dataset(releases: Releases, identifier: str | None = None) -> bytes:
    """Return what a release holds, the active one by default, in N-Quads in a fixed order, without its description."""
    manifest = releases.manifest(identifier or releases.active_id())
    whole = b"".join(make(releases, manifest, DATASET))
    return b"".join(sorted(whole.splitlines(keepends=True)))


def description(releases: Releases, manifest: Manifest) -> bytes:
    """Return what a release says of itself, in canonical N-Quads."""
    return b"".join(make(releases, manifest, DESCRIPTION))


def leave_behind(releases: Releases, after: bytes) -> Log:
    """Leave a change in the log as a crash does that comes right after it was accepted; ``after`` is the dataset."""
    active = releases.active()
    held = [iri for iri, _ in releases.graphs(active).items()]
    graphs = [Graph(iri, nquads) for iri, nquads in (dict.fromkeys(held, b"") | split_graphs(after)).items()]
    record = prepare(releases, active, active.base_iri, graphs, is_described=False)
    assert record is not None
    validated = ungated(None, {})  # type: ignore[arg-type]
    releases.log.accept(record.validated(validated.validation, validated.report))
    return releases.log


def an_object(releases: Releases) -> Path:
    """Return the file of a graph of the active release."""
    [(_, entry), *_] = releases.graphs(releases.active()).items()
    return releases.objects.path(entry.digest)


def sizes(releases: Releases, manifest: Manifest) -> dict[str, int]:
    """Return the number of triples of each named graph of a release, its description among them."""
    found = {iri: entry.triples for iri, entry in releases.graphs(manifest).items()}
    own = f"{manifest.base_iri}graph/description"
    return found | ({own: manifest.described} if manifest.described else {})
