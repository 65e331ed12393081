"""Files that stay: what is written here is on the disk, and not only in the system's memory, once a call returns."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kg.errors import StorageFull

FULL = (errno.ENOSPC, errno.EDQUOT)


def sync(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Have a folder and all below it written to the disk."""
    for path in folder.rglob("*"):
        sync(path)
    sync(folder)


def write_text(path: Path, text: str) -> None:
    """Put a text where a file is, in one step: whoever looks sees the old text or the new one."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder, also to another file system, and have it written to the disk."""
    target.mkdir()
    for path in sorted(source.rglob("*")):  # a folder comes before what is in it
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir()
        else:
            shutil.copyfile(path, copy)
    sync_tree(target)


@contextmanager
def telling_of_a_full_disk(where: Path) -> Iterator[None]:
    """Raise StorageFull for what fails because the disk of a folder is full."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise StorageFull(f"There is no room left on the disk of {where}. Nothing was changed; make room.") from error
