"""The manifest of a release: the objects that it consists of, how it was validated, and the digest of each file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kg.errors import ReleaseError

FILE_NAME = "manifest.json"
SEAL = "manifest.json.sha256"
"""File that holds the digest of the manifest, as ``sha256sum -c`` reads it, since nothing else vouches for it."""
FORMAT = 6
"""Number of the layout of a release directory; a release of an earlier layout is upgraded before it is served."""

IDENTIFIER = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}")
ALGORITHM = "SHA-256 of the lines 'SHA-256 of the graph in RDFC-1.0 canonical N-Quads, two spaces, graph IRI', by IRI"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release says of itself. ``issued`` is UTC in ISO 8601; digests are hexadecimal SHA-256.

    ``sequence`` counts the releases of a folder and gives their order; ``previous`` is the release that this one was
    made from. ``shards`` are the objects of the map of its graphs, ``totals`` that of the sum of their facts,
    ``description`` the digest of what the release says of itself in RDF, of ``described`` triples. ``store`` names the
    base store that its own is drafted from. ``former`` is the digest that an upgraded release had in its first layout.
    """

    id: str
    sequence: int
    previous: str | None
    issued: str
    base_iri: str
    software: str
    digest: str
    counts: dict[str, int]
    shards: dict[str, str]
    totals: str
    description: str
    validation: dict[str, Any]
    files: dict[str, dict[str, Any]]
    store: str = ""
    described: int = 0
    former: str = ""
    format: int = FORMAT

    @property
    def documents(self) -> dict[str, dict[str, Any]]:
        """The files that may be taken away: all but those of the store."""
        return {name: file for name, file in self.files.items() if "/" not in name}

    def with_(self, **changes: Any) -> Manifest:
        """Return a copy with some values replaced."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the manifest as what JSON can hold."""
        return asdict(self) | {"digest": {"algorithm": ALGORITHM, "sha256": self.digest}}

    def to_json(self) -> str:
        """Return the manifest as JSON."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"


def from_dict(told: dict[str, Any]) -> Manifest:
    """Return the manifest that ``to_dict`` gave; raises TypeError or KeyError for anything else."""
    return Manifest(**{**told, "digest": told["digest"]["sha256"]})


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest of a release, and its seal."""
    path = directory / FILE_NAME
    path.write_text(manifest.to_json(), encoding="utf-8")
    (directory / SEAL).write_text(f"{file_digest(path)}  {FILE_NAME}\n", encoding="ascii")


def read_manifest(directory: Path) -> Manifest:
    """Return the manifest of a release directory; raises ReleaseError where there is none that can be relied on."""
    path = directory / FILE_NAME
    content = read_sealed(directory)
    try:
        told = json.loads(content)
        if told.get("format") != FORMAT:
            raise ReleaseError(_other_layout(directory, told.get("format")))
        return from_dict(told)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ReleaseError(f"{path} cannot be read ({error}). Go back with kg rollback, or run kg build.") from None


def _other_layout(directory: Path, number: object) -> str:
    if isinstance(number, int) and number < FORMAT:
        return f"{directory} has layout {number} of an earlier version of kg. Convert it to layout {FORMAT}: kg upgrade"
    return f"{directory} has layout {number}, and this version of kg reads layout {FORMAT}. Install a later version."


def read_sealed(directory: Path) -> bytes:
    """Return the manifest's bytes; raises ReleaseError where there is none, or they are not what its seal says."""
    path = directory / FILE_NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ReleaseError(f"{path} is missing, so {directory} is no release. Build one with: kg build") from None
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read ({error}). Go back with kg rollback, or run kg build.") from None
    try:
        seal = (directory / SEAL).read_bytes()
    except FileNotFoundError:
        seal = b""
    except OSError as error:
        raise ReleaseError(f"{directory / SEAL} cannot be read ({error}). Go back with kg rollback.") from None
    if seal != f"{hashlib.sha256(content).hexdigest()}  {FILE_NAME}\n".encode() and not _is_unsealed(content):
        raise ReleaseError(f"{path} is not what {SEAL} says. Go back with kg rollback, or run kg build.")
    return content


def _is_unsealed(content: bytes) -> bool:
    """Return whether the manifest is of a layout from before there were seals."""
    try:
        number = json.loads(content)["format"]
    except (ValueError, TypeError, KeyError):
        return False
    return isinstance(number, int) and number < 4


def describe_file(path: Path) -> dict[str, Any]:
    """Return the size in bytes and the SHA-256 of a file."""
    return {"bytes": path.stat().st_size, "sha256": file_digest(path)}


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
