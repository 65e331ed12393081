"""When a record came: the release in which it was new, and the one in which it last changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from kg.release.history import read_history
from kg.web import access
from kg.web.resources import Resource


class Stand(NamedTuple):
    """A release that a record was new or changed in."""

    release: str
    is_here: bool
    """Whether the release is still kept, and so has a page."""

    @property
    def day(self) -> str:
        """The day of the release, with which its identifier begins."""
        return self.release[:10]


def history(identifier: str) -> dict[str, list[str]]:
    """Return the first and the last release of each record of a release, by the record's path below the base IRI."""
    return _read(access.releases().folder / identifier)


@lru_cache(maxsize=4)  # a release never changes
def _read(folder: Path) -> dict[str, list[str]]:
    return read_history(folder)


def stands(resource: Resource) -> list[Stand]:
    """Return where a resource's record was new, and where it last changed if it did; nothing where none is known."""
    path = resource.iri.removeprefix(access.iris().base)
    folder = access.releases().folder
    first_and_last = history(access.release().manifest.id).get(path, [])
    return [Stand(one, (folder / one).is_dir()) for one in dict.fromkeys(first_and_last)]
