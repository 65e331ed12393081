"""In which release each record was new, and in which it last changed.

Each release carries this as ``history.json``: path below the base IRI → the two releases' identifiers. Like the index
of what was withdrawn, it is made from the release before, and reaches back along the releases built on one another. A
record is all that a release says with it, or a fragment of it, as subject. What stands at blank nodes counts for none,
and the label of such a node for nothing: a change elsewhere can change it.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from kg.release.manifest import Manifest

FILE_NAME = "history.json"

_BLANK = re.compile(rb"_:c14n\d+")


def find_history(
    canonical: bytes, base_iri: str, identifier: str, previous: Manifest | None, folder: Path
) -> dict[str, list[str]]:
    """Return the history of a release's records, given its dataset in canonical N-Quads and the release before it.

    Where that one has no history, what it held is taken to be new in it.
    """
    now = _records(canonical, base_iri)
    if previous is None or previous.base_iri != base_iri:
        return {path: [identifier, identifier] for path in now}
    known = read_history(folder / previous.id)
    had = _records((folder / previous.id / "dataset.nq").read_bytes(), base_iri)
    history = {}
    for path, digest in now.items():
        before = known.get(path, [previous.id, previous.id])
        if path not in had:
            history[path] = [identifier, identifier]
        else:
            history[path] = before if had[path] == digest else [before[0], identifier]
    return history


def write_history(history: dict[str, list[str]], folder: Path) -> None:
    """Write the history of a release to its folder."""
    lines = [f"{json.dumps(path)}: {json.dumps(releases)}" for path, releases in sorted(history.items())]
    (folder / FILE_NAME).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def read_history(folder: Path) -> dict[str, list[str]]:
    """Return the history of a release; an empty one where it was made before there were any."""
    try:
        found: dict[str, list[str]] = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def _records(canonical: bytes, base_iri: str) -> dict[str, bytes]:
    """Return a digest of each record by its path; the quads come in their canonical order."""
    quads = re.compile(rb"^<" + re.escape(base_iri.encode()) + rb"([^>#]+)(.*)$", re.MULTILINE)
    digests: dict[bytes, hashlib._Hash] = {}
    for match in quads.finditer(canonical):
        path, rest = match.groups()
        digest = digests.get(path)
        if digest is None:
            digest = digests[path] = hashlib.sha256()
        digest.update(_BLANK.sub(b"_:", rest) + b"\n")
    return {path.decode(): digest.digest() for path, digest in digests.items()}
