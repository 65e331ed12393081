"""Old releases that nobody needs any longer are deleted, and the objects that no other release has.

Kept are the active release, the newest ones by number and by day as the settings say, and those that are pinned because
they were cited. Of one that is pruned its manifest stays, so that its address answers 410 with what is known, and its
records in the log of changes. A running server goes on reading what it has open: the files stay until it closes them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from kg.catalogue.schema import FILE_NAME as CATALOGUE
from kg.catalogue.write import prune as forget
from kg.durable import sweep_drafts, sync, write_bytes
from kg.errors import ReleaseError
from kg.release.manifest import FILE_NAME, IDENTIFIER, Manifest
from kg.release.publish import PRUNED, Releases
from kg.settings import Settings

PINS = "pins"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pruning:
    """The releases that go and those that stay, the newest first, and the bytes of disk that this frees."""

    gone: tuple[str, ...]
    kept: tuple[str, ...]
    freed: int


def pin(releases: Releases, identifier: str) -> None:
    """Have a release kept whatever its age, because it was cited; raises ReleaseError where there is none."""
    with releases.lock():
        releases.manifest(identifier)
        folder = releases.folder / PINS
        folder.mkdir(exist_ok=True)
        (folder / identifier).touch()
        sync(folder)


def unpin(releases: Releases, identifier: str) -> None:
    """Have a release kept no longer than others; raises ReleaseError where it is not pinned."""
    with releases.lock():
        if identifier not in pinned(releases):
            raise ReleaseError(f"Release {identifier} is not pinned. See which are with: kg releases")
        (releases.folder / PINS / identifier).unlink(missing_ok=True)


def pinned(releases: Releases) -> set[str]:
    """Return the identifiers of the releases that are pinned."""
    return {path.name for path in (releases.folder / PINS).glob("*") if IDENTIFIER.fullmatch(path.name)}


def prune(settings: Settings, *, dry_run: bool = False, say: Progress = lambda _: None) -> Pruning:
    """Delete the releases that the settings do not keep, and return what went; with ``dry_run``, what would go.

    Raises ReleaseError where a release that stays cannot be read: then what it needs is not known, and nothing goes.
    """
    releases = Releases(settings.releases)
    with releases.lock(), releases.alone():
        every = [releases.manifest(identifier) for identifier in releases.identifiers()]
        every.sort(key=lambda manifest: manifest.sequence, reverse=True)
        gone = _choose(every, settings, {releases.active_id()} | pinned(releases))
        kept = [manifest for manifest in every if manifest not in gone]
        freed = _used(releases.folder / manifest.id for manifest in gone)
        if not dry_run:
            for manifest in reversed(gone):  # the oldest first
                say(f"pruning {manifest.id}")
                _remove(releases, manifest)
            if (releases.folder / CATALOGUE).exists():
                forget(releases.folder, [manifest.sequence for manifest in kept])
        damaged = [path.name for path, record in releases.log.aside() if record is None]
        if damaged:
            say(f"the objects are kept: which {damaged[0]} needs cannot be read. See kg verify")
        else:
            freed += _sweep(releases, kept, dry_run=dry_run)
    return Pruning(tuple(m.id for m in gone), tuple(m.id for m in kept), freed)


def _choose(every: list[Manifest], settings: Settings, always: set[str]) -> list[Manifest]:
    """Return the releases that go, of all, the newest first."""
    since = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=settings.keep_days)
    return [
        manifest
        for number, manifest in enumerate(every)
        if number >= settings.keep_releases
        and manifest.id not in always
        and (not settings.keep_days or datetime.datetime.fromisoformat(manifest.issued) < since)
    ]


def _remove(releases: Releases, manifest: Manifest) -> None:
    folder = releases.folder / PRUNED
    folder.mkdir(exist_ok=True)
    write_bytes(
        folder / f"{manifest.id}.json", (releases.folder / manifest.id / FILE_NAME).read_bytes(), releases.folder
    )
    releases.remove(manifest.id)


def _sweep(releases: Releases, kept: Iterable[Manifest], *, dry_run: bool) -> int:
    """Delete the objects that no release and no unpublished change needs; return the bytes of disk that this frees."""
    used: set[str] = set()
    for manifest in kept:
        used |= {manifest.totals, *releases.graphs(manifest).references()}
    used |= releases.unpublished_objects()
    unused = [digest for digest in releases.objects.digests() if digest not in used]
    if dry_run:
        return _used(releases.objects.path(digest) for digest in unused)
    freed = releases.objects.sweep() + sweep_drafts(releases.log.folder)
    return freed + sum(releases.objects.remove(digest) for digest in unused)


def _used(paths: Iterable[Path]) -> int:
    """Return the bytes of disk that deleting files and folders frees: of what has other links, none."""
    files = (file for path in paths for file in (path.rglob("*") if path.is_dir() else (path,)))
    return sum(s.st_blocks * 512 for s in (file.stat() for file in files) if s.st_nlink == 1)
