"""All releases, their objects, the log and the pointer → a copy elsewhere, and back.

A copy is a folder, by hard links where it is on the same file system, or a tar file where its name ends in ``.tar`` or
``.tar.gz``. It is made under another name and gets its own only once all in it has been looked at, byte by byte, so a
copy that is there is whole. Writes go on meanwhile: what is copied never changes. What is derived, the stores that
drafts are made from and the catalogue, is left out and made again.
"""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kg.durable import copy_tree, link_or_copy, sync, telling_of_the_disk, write_text
from kg.errors import ReleaseError
from kg.release.catalogued import catch_up
from kg.release.format import log, objects
from kg.release.keep.prune import PINS
from kg.release.keep.verify import verify_folder
from kg.release.manifest import IDENTIFIER
from kg.release.publish import POINTER, PRUNED, Releases

Progress = Callable[[str], None]

TAR = (".tar", ".tar.gz")
FOLDERS = (objects.FOLDER, log.FOLDER, PRUNED, PINS)
"""What belongs in a backup besides the releases and the pointer."""


def back_up(releases: Releases, target: Path, progress: Progress) -> int:
    """Copy the folder of releases to a folder or tar file that is not there yet; return how many releases it has.

    Raises ReleaseError where the target is there, cannot be written, or where what would be copied is damaged.
    """
    _require_absent(target)
    if not releases.identifiers():
        raise ReleaseError(f"{releases.folder} holds no release, so there is nothing to back up. See kg build.")
    with _draft_beside(target) as draft, releases.shared():
        copied = draft / "releases"
        copied.mkdir()
        count = _copy(releases, copied, progress)
        _require_intact(copied, "The backup was not made", progress)
        if target.name.endswith(TAR):
            progress("packing")
            packed = draft / target.name
            _pack(copied, packed)
            packed.rename(target)
        else:
            copied.rename(target)
        sync(target.parent)
    return count


def restore(source: Path, releases: Releases, progress: Progress) -> int:
    """Make a backup the folder of releases; return how many releases it has.

    Raises ReleaseError where the folder has releases already, or where the backup is none, or is damaged: then nothing
    is changed.
    """
    with releases.lock():
        if releases.identifiers() or releases.has_pointer or (releases.folder / objects.FOLDER).exists():
            raise ReleaseError(f"{releases.folder} holds releases, and they are not overwritten. Name an empty folder.")
        with releases.draft() as draft:
            draft.mkdir()
            _unpack(source, draft, progress)
            if not Releases(draft).identifiers():
                raise ReleaseError(f"{source} holds no releases, so it is no backup. Nothing was changed.")
            _require_intact(draft, "Nothing was restored", progress)
            for name in _parts(draft):
                (draft / name).rename(releases.folder / name)
            sync(releases.folder)
            write_text(releases.folder / POINTER, (draft / POINTER).read_text(encoding="ascii"))
        catch_up(releases)  # it is no part of a backup, since it is made from the releases
    return len(releases.identifiers())


def _parts(folder: Path) -> list[str]:
    """Return the names of the folders in a folder of releases that belong in a backup, the objects first."""
    others = [name for name in FOLDERS if (folder / name).is_dir()]
    return [*others, *Releases(folder).identifiers()]


def _copy(source: Releases, target: Path, progress: Progress) -> int:
    """Copy what there is now; of what comes meanwhile, nothing that would need what is not copied."""
    with source.lock():  # for the moment that the lists take
        identifiers, pointer, logged = source.identifiers(), source.active_id(), source.log.paths()
        unpublished = source.unpublished_objects()
        _copy_files(source.folder, target, [path for path in logged if path.suffix != ".gz"])  # names that may change
    for name in (PRUNED, PINS):
        if (source.folder / name).is_dir():
            copy_tree(source.folder / name, target / name)
    _copy_files(source.folder, target, [path for path in logged if path.suffix == ".gz"])
    progress("copying objects")
    _copy_objects(source, target, identifiers, unpublished, progress)
    for number, identifier in enumerate(identifiers, 1):
        progress(f"copying {number} of {len(identifiers)} releases: {identifier}")
        copy_tree(source.folder / identifier, target / identifier)
    write_text(target / POINTER, pointer + "\n")
    return len(identifiers)


def _copy_files(source: Path, target: Path, files: list[Path]) -> None:
    folders = set()
    for path in files:
        copy = target / path.relative_to(source)
        if copy.parent not in folders:
            copy.parent.mkdir(parents=True, exist_ok=True)
            folders.add(copy.parent)
        link_or_copy(path, copy)
        if copy.stat().st_nlink == 1:
            sync(copy)
    for folder in folders:
        sync(folder)
        sync(folder.parent)


def _copy_objects(
    source: Releases, target: Path, identifiers: list[str], unpublished: set[str], progress: Progress
) -> None:
    wanted = set(unpublished)
    for identifier in identifiers:
        manifest = source.manifest(identifier)
        wanted |= {manifest.totals, *source.graphs(manifest).references()}
    ordered = sorted(wanted)
    for start in range(0, len(ordered), 1000):
        _copy_files(source.folder, target, [source.objects.path(digest) for digest in ordered[start : start + 1000]])
        progress(f"copied {min(start + 1000, len(ordered))} of {len(ordered)} objects")


def _pack(folder: Path, target: Path) -> None:
    with tarfile.open(
        target, "w:gz" if target.name.endswith(".gz") else "w"
    ) as packed:  # a file that is already in the archive becomes a link
        for path in sorted(folder.iterdir()):
            packed.add(path, path.name)
    sync(target)


_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
"""What an archive may do to this machine, where Python bounds it by itself (3.11.4 and later, PEP 706)."""


def _inside(packed: tarfile.TarFile, target: Path) -> Iterator[tarfile.TarInfo]:
    """Yield the files and folders of an archive; raises TarError for anything else, and for one outside the target."""
    folder = target.resolve()
    for member in packed:
        paths = [folder / name for name in ((member.name, member.linkname) if member.islnk() else (member.name,))]
        if not (member.isfile() or member.isdir() or member.islnk()) or not all(
            path.resolve().is_relative_to(folder) for path in paths
        ):
            raise tarfile.TarError(f"it holds {member.name!r}, which is no file or folder of a backup")
        yield member


def _unpack(source: Path, target: Path, progress: Progress) -> None:
    if source.is_dir():
        progress(f"copying {source}")
        for name in [*FOLDERS, *(p.name for p in source.iterdir() if IDENTIFIER.fullmatch(p.name))]:
            if (source / name).is_dir():
                copy_tree(source / name, target / name)
        if (source / POINTER).is_file():
            shutil.copyfile(source / POINTER, target / POINTER)
        return
    progress(f"unpacking {source}")
    try:
        with tarfile.open(source) as packed:
            packed.extractall(target, _inside(packed, target), **_FILTER)  # noqa: S202 - nothing outside
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ReleaseError(
            f"{source} cannot be read as a backup ({error}). Nothing was changed; restore from another one."
        ) from None
    for path in target.rglob("*"):
        sync(path)


def _require_intact(folder: Path, said: str, progress: Progress) -> None:
    for verdict in verify_folder(Releases(folder), lambda step: progress(f"verifying {step}")):
        if verdict.faults:
            raise ReleaseError(f"{said}: {verdict.to_text()}")


def _require_absent(target: Path) -> None:
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ReleaseError(f"{target} is there already, and is not overwritten. Name a new file or folder.")


@contextmanager
def _draft_beside(target: Path) -> Iterator[Path]:
    """Give a folder on the target's file system, gone when the block ends."""
    try:
        with telling_of_the_disk(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{target.name}-{os.getpid()}-", dir=target.parent) as folder:
                yield Path(folder)
    except PermissionError as error:
        raise ReleaseError(f"{target} cannot be written ({error.strerror}). Name another place.") from None
