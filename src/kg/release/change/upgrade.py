"""Releases of earlier layouts → this layout, under their own identifiers, so that what was cited stays.

The earlier layouts hold the dataset as one file of canonical N-Quads, whose digest their manifest gives. Each release
is made anew from that file and takes the place of the old directory in one step; one that was begun is begun again. The
digest of a release is another in this layout, and its manifest keeps the former one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.durable import sync, sync_tree, telling_of_the_disk
from kg.errors import KgError, ReleaseError
from kg.release import catalogued
from kg.release.change.commit import Graph
from kg.release.change.draft import make_release, make_store
from kg.release.change.prepare import prepare
from kg.release.manifest import FORMAT, Manifest, file_digest, read_sealed
from kg.release.publish import Releases
from kg.store.stores.bulk import split_graphs
from kg.terms import Iris

Progress = Callable[[str], None]
JOURNAL = "journal"
"""File of the earlier layouts in which a write waits that a crash interrupted."""


@dataclass(frozen=True, slots=True)
class _Old:
    """A release of an earlier layout: its directory, and what its manifest says."""

    directory: Path
    told: dict[str, Any]

    @property
    def issued(self) -> str:
        issued: str = self.told["issued"]
        return issued

    @property
    def digest(self) -> str:
        digest: str = self.told["digest"]["sha256"]
        return digest


def upgrade(releases: Releases, progress: Progress) -> int:
    """Convert all releases to the present layout, the oldest first, and return how many were in another.

    The caller holds the lock. Raises ReleaseError for one that is damaged, before any is changed.
    """
    journal = releases.folder / JOURNAL
    old = sorted(_find(releases), key=lambda one: one.issued)
    if not old:
        return 0
    if journal.exists() and journal.stat().st_size:
        raise ReleaseError(
            f"{journal} holds a write that an earlier version of kg accepted and did not publish. Start that version"
            " once more, so that it does, and upgrade then; or move the file away, and the write is lost."
        )
    for one in old:
        _require_dataset(one)
    previous = max((m for m in releases.all() if m.issued <= old[0].issued), key=lambda m: m.sequence, default=None)
    for number, one in enumerate(old, 1):
        progress(f"upgrading {number} of {len(old)} releases: {one.directory.name}")
        with telling_of_the_disk(releases.folder):
            previous = _upgrade(releases, one, previous)
    journal.unlink(missing_ok=True)
    catalogued.rebuild_all(releases)
    return len(old)


def _find(releases: Releases) -> list[_Old]:
    found = []
    for identifier in releases.identifiers():
        directory = releases.folder / identifier
        try:
            told = json.loads(read_sealed(directory))
        except (KgError, ValueError):
            continue  # it is damaged, which kg verify reports
        if isinstance(told, dict) and isinstance(told.get("format"), int) and told["format"] < FORMAT:
            found.append(_Old(directory, told))
    return found


def _require_dataset(one: _Old) -> None:
    dataset = one.directory / "dataset.nq"
    try:
        is_whole = file_digest(dataset) == one.digest
    except (OSError, KeyError, TypeError):
        is_whole = False
    if not is_whole:
        raise ReleaseError(
            f"{dataset} is missing or damaged, so the release cannot be upgraded; nothing was changed. Put it back from"
            f" a backup, or move {one.directory} away, and try again."
        )


def _upgrade(releases: Releases, one: _Old, previous: Manifest | None) -> Manifest:
    base_iri = one.told["base_iri"]
    before = previous if previous and previous.base_iri == base_iri else None
    graphs = split_graphs((one.directory / "dataset.nq").read_bytes())
    held = [iri for iri, _ in releases.graphs(before).items()] if before else []
    changed = [Graph(iri, nquads) for iri, nquads in (dict.fromkeys(held, b"") | graphs).items()]
    is_described = Iris(base_iri).graph("shapes") in graphs
    known_as = (one.told["id"], one.issued)
    record = prepare(releases, before, base_iri, changed, is_described=is_described, known_as=known_as)
    assert record is not None  # noqa: S101 - with an identifier there is always one
    report = one.directory / "report.ttl"
    record = record.validated(one.told["validation"], report.read_text("utf-8") if report.exists() else "")
    record.manifest["former"] = one.digest
    with releases.draft() as folder:
        folder.mkdir(mode=0o755)
        made = make_store(releases, before, record, folder / "store")
        manifest = make_release(releases, record, made, folder)
        releases.log.add(record)
        sync_tree(folder)
        one.directory.rename(folder.with_name("replaced"))
        folder.rename(one.directory)
        sync(releases.folder)
    releases.stores.remove_others(manifest.store)
    return manifest
