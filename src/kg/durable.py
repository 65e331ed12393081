"""Files flushed to the disk: what is written here survives a crash of the machine, once a call returns (fsync)."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kg.errors import KgError, StorageFailed, StorageFull, Unpublished

FULL = (errno.ENOSPC, errno.EDQUOT)
FAILED = (errno.EIO, errno.EROFS, errno.ESTALE, errno.ENXIO)
_FULL_TEXT = re.compile(r"no space left|quota exceeded|database or disk is full", re.IGNORECASE)
_FAILED_TEXT = re.compile(r"\bIO error\b|input/output error|disk I/O error|read-only file system", re.IGNORECASE)
"""What RocksDB and SQLite, which give no errno, say of a disk."""
_DRAFT = re.compile(r"\..+-\d+")
"""Name of a draft: that of its file, and the number of the process that writes it."""


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Have a folder and all below it written to the disk; files that have other links are there already."""
    for path in folder.rglob("*"):
        if path.is_dir() or path.stat().st_nlink == 1:
            sync(path)
    sync(folder)


def write_text(path: Path, text: str) -> None:
    """Put a text where a file is, in one step: a reader sees the old text or the new one."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes, drafts: Path | None = None) -> None:
    """Put bytes where a file is, in one step; the file keeps its mode.

    ``drafts`` is the folder of the draft, as in ``write_draft``.
    """
    put_draft(write_draft(path, content, drafts), path)


def write_draft(path: Path, content: bytes, folder: Path | None = None) -> Path:
    """Write what is going to be a file, and return the draft: it is on the disk, and takes no more room to be put.

    The draft lies next to the file, or in another folder of its file system: where a process may be killed, in one that
    is swept by ``sweep_drafts``.
    """
    draft = (folder or path.parent) / f".{path.name}-{os.getpid()}"
    try:
        fill_draft(draft, content, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def put_draft(draft: Path, path: Path) -> None:
    """Put a draft where its file is, in one step; where that fails, the draft goes."""
    try:
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync(path.parent)


def sweep_drafts(folder: Path) -> int:
    """Delete the drafts that killed processes left in a folder; return the bytes of disk that this frees.

    The caller sees to it that nobody is writing there.
    """
    drafts = [path for path in folder.glob(".*") if _DRAFT.fullmatch(path.name) and path.is_file()]
    freed = sum(path.stat().st_blocks * 512 for path in drafts)
    for path in drafts:
        path.unlink()
    return freed


def fill_draft(draft: Path, content: bytes, path: Path) -> None:
    """Write what a file is to hold to its draft, with the mode of the file, and have it written to the disk."""
    with draft.open("wb") as file:
        with suppress(FileNotFoundError, PermissionError):  # some file systems have one mode for all files
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode != stat.S_IMODE(os.fstat(file.fileno()).st_mode):
                os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder, by hard links where it is on the same file system, and have it written to the disk."""
    target.mkdir()
    for path in sorted(source.rglob("*")):  # a folder comes before what is in it
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir()
        else:
            link_or_copy(path, copy)
    sync_tree(target)


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file that never changes another name, or a copy where that is on another file system."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(source, target)


@contextmanager
def telling_of_the_disk(where: Path) -> Iterator[None]:
    """Raise StorageFull or StorageFailed for what fails because of the disk of a folder, and not of what is written."""
    try:
        yield
    except (StorageFull, StorageFailed, Unpublished):
        raise
    except (OSError, RuntimeError, KgError) as error:
        kind = _kind(error)
        if kind is None:
            raise
        raise kind(_MESSAGES[kind].format(where=where, error=error)) from error


def _kind(error: Exception) -> type[KgError] | None:
    number = getattr(error, "errno", None)
    with suppress(AttributeError):
        number = number or error.__cause__.errno  # type: ignore[union-attr]
    if number in FULL or _FULL_TEXT.search(str(error)):
        return StorageFull
    if number in FAILED or (number is None and _FAILED_TEXT.search(str(error))):
        return StorageFailed
    return None


_MESSAGES: dict[type[KgError], str] = {
    StorageFull: "There is no room left on the disk of {where}, or in the quota of its user. Nothing was changed; make"
    " room.",
    StorageFailed: "The disk of {where} fails or cannot be written ({error}). Nothing was changed; look at the disk.",
}
