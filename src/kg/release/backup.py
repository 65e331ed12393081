"""All releases, the pointer and the journal → a copy elsewhere, and back.

A copy is a folder, or a tar file where its name ends in ``.tar`` or ``.tar.gz``. It is made under another name and gets
its own only once every release in it has been looked at, byte by byte, so a copy that is there is whole.
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

from kg.errors import ReleaseError
from kg.release.catalogued import catch_up
from kg.release.durable import copy_tree, sync, telling_of_a_full_disk, write_text
from kg.release.journal import FILE_NAME as JOURNAL
from kg.release.publish import POINTER, Releases
from kg.release.verify import verify_folder

Progress = Callable[[str], None]

TAR = (".tar", ".tar.gz")


def back_up(releases: Releases, target: Path, progress: Progress) -> int:
    """Copy the folder of releases to a folder or tar file that is not there yet; return how many releases it has.

    Raises ReleaseError where the target is there, cannot be written, or where what would be copied is damaged.
    """
    _require_absent(target)
    if not releases.identifiers():
        raise ReleaseError(f"{releases.folder} holds no release, so there is nothing to back up. See kg build.")
    with _draft_beside(target) as draft, releases.lock():
        copied = draft / "releases"
        copied.mkdir()
        count = _copy(releases.folder, copied, progress)
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
        if releases.identifiers() or (releases.folder / POINTER).exists():
            raise ReleaseError(f"{releases.folder} holds releases, and they are not overwritten. Name an empty folder.")
        with releases.draft() as draft:
            draft.mkdir()
            _unpack(source, draft, progress)
            if not Releases(draft).identifiers():
                raise ReleaseError(f"{source} holds no releases, so it is no backup. Nothing was changed.")
            _require_intact(draft, "Nothing was restored", progress)
            for name in _parts(draft):
                if name != POINTER:
                    (draft / name).rename(releases.folder / name)
            sync(releases.folder)
            write_text(releases.folder / POINTER, (draft / POINTER).read_text(encoding="ascii"))
        catch_up(releases)  # it is no part of a backup, since it is made from the releases
    return len(releases.identifiers())


def _parts(folder: Path) -> list[str]:
    """Return the names in a folder of releases that belong in a backup, the releases first."""
    others = [name for name in (JOURNAL, POINTER) if (folder / name).is_file()]
    return [*Releases(folder).identifiers(), *others]


def _copy(source: Path, target: Path, progress: Progress) -> int:
    names = _parts(source)
    for name in names:
        progress(f"copying {name}")
        if (source / name).is_dir():
            copy_tree(source / name, target / name)
        else:
            shutil.copyfile(source / name, target / name)
            sync(target / name)
    return len(names) - len([name for name in names if name in (JOURNAL, POINTER)])


def _pack(folder: Path, target: Path) -> None:
    mode = "w:gz" if target.name.endswith(".gz") else "w"
    with tarfile.open(target, mode) as packed:  # type: ignore[call-overload]
        for name in _parts(folder):
            packed.add(folder / name, name)
    sync(target)


def _unpack(source: Path, target: Path, progress: Progress) -> None:
    if source.is_dir():
        _copy(source, target, progress)
        return
    progress(f"unpacking {source}")
    try:
        with tarfile.open(source) as packed:
            packed.extractall(target, filter="data")
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise ReleaseError(
            f"{source} cannot be read as a backup ({error}). Nothing was changed; restore from another one."
        ) from None
    for path in target.rglob("*"):
        sync(path)


def _require_intact(folder: Path, said: str, progress: Progress) -> None:
    for verdict in verify_folder(Releases(folder)):
        progress(f"verifying {verdict.what}")
        if verdict.faults:
            raise ReleaseError(f"{said}: {verdict.to_text()}")


def _require_absent(target: Path) -> None:
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ReleaseError(f"{target} is there already, and is not overwritten. Name a new file or folder.")


@contextmanager
def _draft_beside(target: Path) -> Iterator[Path]:
    """Give a folder on the target's file system, gone when the block ends."""
    try:
        with telling_of_a_full_disk(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=f".{target.name}-{os.getpid()}-", dir=target.parent) as folder:
                yield Path(folder)
    except PermissionError as error:
        raise ReleaseError(f"{target} cannot be written ({error.strerror}). Name another place.") from None
