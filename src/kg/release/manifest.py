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
FORMAT = 2
"""Number of the layout of a release directory; a release of another layout is built anew."""

DUMP_STEM = "attested"
"""Name, before its first dot, of the files that hold the whole dataset."""

IDENTIFIER = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")
_UNSTABLE = re.compile(r"LOCK|LOG(\.old.*)?|.*\.log|IDENTITY")
"""Files of a store that the engine may touch on opening; they hold no data once a store is flushed."""


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


def read_manifest(directory: Path) -> Manifest:
    """Return the manifest of a release directory; raises ReleaseError where there is none that can be read."""
    path = directory / FILE_NAME
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        whole["digest"] = whole["digest"]["sha256"]
        return Manifest(**whole)
    except FileNotFoundError:
        raise ReleaseError(f"{path} is missing, so {directory} is no release. Build one with: kg build") from None
    except (ValueError, TypeError, KeyError) as error:
        raise ReleaseError(f"{path} cannot be read ({error}). Go back with kg rollback, or run kg build.") from None


def describe_files(directory: Path) -> dict[str, dict[str, Any]]:
    """Return the size in bytes and the SHA-256 of each file below a directory, by its relative path."""
    return {
        path.relative_to(directory).as_posix(): {"bytes": path.stat().st_size, "sha256": file_digest(path)}
        for path in _stable_files(directory)
    }


def _stable_files(directory: Path) -> Iterator[Path]:
    for path in sorted(directory.rglob("*")):
        if path.is_file() and path.name != FILE_NAME and not _UNSTABLE.fullmatch(path.name):
            yield path


def file_digest(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
