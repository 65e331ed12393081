"""Whether the files of a release are those that were published."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from kg.errors import ReleaseError
from kg.release.manifest import Manifest, file_digest, find_files, read_manifest

START_BYTES = 256_000_000
"""Bytes of a release whose digests are checked before it is served, the smallest files first: about half a second's
worth. Of larger ones the presence and size are checked, and the whole by ``kg verify``."""
SOUND_BYTES = 16_000_000
"""Bytes of a release whose digests are checked before the next is made from it. That one's tables are the same files,
and the server that serves it checks them."""


def require_intact(directory: Path, limit: int = START_BYTES) -> Manifest:
    """Return the manifest of a release that may be served; raises ReleaseError where a file is not as published.

    Digests are checked of as many files as ``limit`` bytes hold.
    """
    manifest = read_manifest(directory)
    try:
        fault = next(find_faults(directory, manifest, limit), None)
    except OSError as error:
        fault = f"{directory} cannot be read ({error})"
    if fault is not None:
        raise ReleaseError(
            f"Release {manifest.id} is damaged: {fault}. See all of it with kg verify; serve another by kg rollback,"
            f" or make its files again: kg repair {manifest.id}"
        )
    return manifest


def find_faults(directory: Path, manifest: Manifest, limit: int | None) -> Iterator[str]:
    """Yield each file that is missing, is no part of the release, or is not as published; of size first.

    Digests are checked of as many files as ``limit`` bytes hold, the smallest first; of all where it is None.
    """
    present = set(find_files(directory))
    for name in sorted(manifest.files.keys() - present):
        yield f"{name} is missing"
    for name in sorted(present - manifest.files.keys()):
        yield f"{name} is no file of this release"
    read = 0
    for name, told in sorted(manifest.files.items(), key=lambda item: int(item[1]["bytes"])):
        if name not in present:
            continue
        read += told["bytes"]
        fault = find_fault(directory / name, told, whole=limit is None or read <= limit)
        if fault is not None:
            yield f"{name} {fault}"


def find_fault(path: Path, told: dict[str, Any], *, whole: bool = True) -> str | None:
    """Return what is wrong with a file, given its entry in the manifest; its digest is computed where ``whole``."""
    try:
        size = path.stat().st_size
        if size != told["bytes"]:
            return f"has {size:,} bytes and not {told['bytes']:,}"
        if whole and _digest(path) != told["sha256"]:
            return "has another digest than the manifest says"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None


def forget() -> None:
    """Have every file read again: what was read before says nothing of the disk now."""
    _digest_of.cache_clear()


def _digest(path: Path) -> str:
    """Return the digest of a file, which is read once however many releases it is linked into."""
    status = path.stat()
    return _digest_of((status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns), _Named(path))


class _Named:
    """A path that counts for nothing where calls are compared."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Named)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=65_536)
def _digest_of(identity: tuple[int, int, int, int], named: _Named) -> str:  # noqa: ARG001
    return file_digest(named.path)
