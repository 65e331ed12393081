"""Which IRIs an earlier release had and this one has not, so that they answer 410 and not 404.

Each release carries the index as ``withdrawn.json``: path below the base IRI → the last release that had it. It is made
from the release that is active when the build starts: what that one had withdrawn or held, less what the new one holds.
So the index reaches back along the line of releases that were built on one another, and reads one dataset only.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from kg.release.manifest import Manifest

FILE_NAME = "withdrawn.json"


def find_withdrawn(canonical: bytes, base_iri: str, previous: Manifest | None, folder: Path) -> dict[str, str]:
    """Return the index for a dataset in canonical N-Quads, given the release before it and the folder of releases.

    A release under another base IRI had other IRIs, so nothing of it counts.
    """
    if previous is None or previous.base_iri != base_iri:
        return {}
    found = read_withdrawn(folder / previous.id)
    had = (folder / previous.id / "dataset.nq").read_bytes()
    found |= dict.fromkeys(_paths(had, base_iri), previous.id)
    for path in _paths(canonical, base_iri):
        found.pop(path, None)
    return dict(sorted(found.items()))


def write_withdrawn(index: dict[str, str], folder: Path) -> None:
    """Write the index of a release to its folder."""
    (folder / FILE_NAME).write_text(json.dumps(index, indent=0) + "\n", encoding="utf-8")


def read_withdrawn(folder: Path) -> dict[str, str]:
    """Return the index of a release; an empty one where it was made before there were any."""
    try:
        found: dict[str, str] = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def _paths(canonical: bytes, base_iri: str) -> set[str]:
    """Return the paths of the subjects and graphs below the base IRI, without fragments."""
    base = re.escape(base_iri.encode())
    subjects = re.findall(rb"^<" + base + rb"([^>#]+)", canonical, re.MULTILINE)
    graphs = re.findall(rb" <" + base + rb"([^>#]+)> \.$", canonical, re.MULTILINE)
    return {path.decode() for path in {*subjects, *graphs}}
