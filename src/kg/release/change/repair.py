"""A release whose store or manifest is damaged → the same release again, made from its objects and the log of changes.

Objects hold all of a release, and the log what its manifest says, so its directory can be made again at any time. What
releases share by hard links is damaged for all of them at once; each is repaired by itself, and then shares nothing.
"""

from __future__ import annotations

from kg.durable import sync, sync_tree
from kg.errors import ReleaseError
from kg.release.change.draft import make_release, make_store
from kg.release.format.log import Record
from kg.release.manifest import Manifest
from kg.release.publish import Releases


def repair(releases: Releases, identifier: str) -> Manifest:
    """Make the directory of a release again, and return its manifest.

    Raises ReleaseError where the log has no record of it, or an object is missing or damaged: put that back from a
    backup first.
    """
    with releases.lock():
        record = _find(releases, identifier)
        with releases.draft() as folder:
            folder.mkdir(mode=0o755)
            made = make_store(releases, None, record, folder / "store")
            manifest = make_release(releases, record, made, folder)
            sync_tree(folder)
            target = releases.folder / identifier
            if target.exists():
                target.rename(folder.with_name("replaced"))
            folder.rename(target)
            sync(releases.folder)
    return manifest


def _find(releases: Releases, identifier: str) -> Record:
    found = None
    for record in releases.log.records():
        if record.id == identifier:
            found = record
    if found is None:
        raise ReleaseError(f"The log of changes has no release {identifier}. List the releases with: kg releases")
    return found
