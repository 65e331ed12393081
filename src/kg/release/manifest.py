"""The manifest of a release: what it holds, how it was validated, and the digest of each file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kg.errors import ReleaseError

FILE_NAME = "manifest.json"
SEAL = "manifest.json.sha256"
"""File that holds the digest of the manifest, as ``sha256sum -c`` reads it, since nothing else vouches for it."""
FORMAT = 5
"""Number of the layout of a release directory; a release of another layout is built anew."""
SEALED = 4
"""The first layout that has a seal."""

DUMP_STEM = "attested"
"""Name, before its first dot, of the files that hold the whole dataset."""

IDENTIFIER = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release says of itself. ``issued`` is UTC in ISO 8601; digests are hexadecimal SHA-256."""

    id: str
    issued: str
    base_iri: str
    software: str
    digest: str
    counts: dict[str, int]
    graphs: dict[str, int]
    articles: list[dict[str, str]]
    validation: dict[str, Any]
    files: dict[str, dict[str, Any]]
    format: int = FORMAT

    @property
    def dumps(self) -> dict[str, dict[str, Any]]:
        """The files that hold the whole dataset."""
        return {name: file for name, file in self.files.items() if name.startswith(f"{DUMP_STEM}.")}

    @property
    def documents(self) -> dict[str, dict[str, Any]]:
        """The files that may be taken away: all but those of the store."""
        return {name: file for name, file in self.files.items() if "/" not in name}

    def to_json(self) -> str:
        """Return the manifest as JSON."""
        whole = asdict(self)
        whole["digest"] = {"algorithm": "RDFC-1.0, SHA-256 of the canonical N-Quads", "sha256": self.digest}
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest of a release, and its seal."""
    path = directory / FILE_NAME
    path.write_text(manifest.to_json(), encoding="utf-8")
    (directory / SEAL).write_text(f"{file_digest(path)}  {FILE_NAME}\n", encoding="ascii")


def read_manifest(directory: Path) -> Manifest:
    """Return the manifest of a release directory; raises ReleaseError where there is none that can be relied on."""
    path = directory / FILE_NAME
    try:
        content = path.read_bytes()
        whole = json.loads(content)
        whole["digest"] = whole["digest"]["sha256"]
        manifest = Manifest(**whole)
    except FileNotFoundError:
        raise ReleaseError(f"{path} is missing, so {directory} is no release. Build one with: kg build") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ReleaseError(f"{path} cannot be read ({error}). Go back with kg rollback, or run kg build.") from None
    if not _is_sealed(directory, manifest, content):
        raise ReleaseError(f"{path} is not what {SEAL} says. Go back with kg rollback, or run kg build.")
    return manifest


def _is_sealed(directory: Path, manifest: Manifest, content: bytes) -> bool:
    try:
        seal = (directory / SEAL).read_bytes()
    except FileNotFoundError:
        return manifest.format < SEALED
    except OSError as error:
        raise ReleaseError(f"{directory / SEAL} cannot be read ({error}). Go back with kg rollback.") from None
    return seal == f"{hashlib.sha256(content).hexdigest()}  {FILE_NAME}\n".encode()


def describe_files(directory: Path) -> dict[str, dict[str, Any]]:
    """Return the size in bytes and the SHA-256 of each file below a directory, by its relative path."""
    return {
        name: {"bytes": (directory / name).stat().st_size, "sha256": file_digest(directory / name)}
        for name in find_files(directory)
    }


def find_files(directory: Path) -> Iterator[str]:
    """Return the files below a release directory that its manifest speaks of, by their relative paths."""
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if not path.is_dir() and name not in (FILE_NAME, SEAL):
            yield name


def file_digest(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
