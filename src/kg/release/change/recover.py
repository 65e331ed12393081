"""What a crash left in the log of changes → the release that it was accepted for, once.

Every process that takes the lock to write does this first, and so does a server when it starts.
"""

from __future__ import annotations

import logging

from kg.durable import telling_of_the_disk
from kg.errors import LogDamaged, NotStorable, ReleaseError
from kg.release.change.commit import Progress, publish_record
from kg.release.format.log import Record
from kg.release.intact import require_intact
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.steps import RECOVERED, RECOVERING
from kg.settings import Settings

_log = logging.getLogger(__name__)

TRIES = 3
"""How often a waiting change may fail. One that fails or crashes its process each time must not stop all writing for
good; one whose process is killed says nothing of the change, and is tried again."""


def recover(releases: Releases, progress: Progress) -> bool:
    """Publish the change that waits in the log, if one does; return whether one was. The caller holds the lock.

    A record that is damaged, or that no release can be made of, is moved aside and logged.
    After any other failure, as of the disk, which is raised, the change waits still.
    """
    if not releases.log.waits:
        return False
    try:
        record = releases.log.waiting()
        return record is not None and _publish(releases, record, progress)
    except (LogDamaged, NotStorable) as error:
        _log.error("the change that waits is set aside as %s: %s", releases.log.set_aside(), error)
        return False
    finally:
        progress(RECOVERED)


def recover_or_leave(releases: Releases, progress: Progress) -> None:
    """Do as recover, but where the active release is damaged leave the change in the log.

    It is for those who repair that: what was accepted for a release cannot be published while it cannot be read.
    """
    try:
        recover(releases, progress)
    except ReleaseError as error:
        if releases.find_intact() is not None:
            raise
        _log.error("the change in the log waits for a release that is damaged: %s", error)


def roll_back(settings: Settings, identifier: str) -> Manifest:
    """Make a release the active one and return its manifest.

    Raises ReleaseError where there is no such release or it is damaged: then the one that was active is active still.
    """
    releases = Releases(settings.releases)
    with releases.lock():
        recover_or_leave(releases, lambda _: None)
        return releases.activate(identifier)


def _publish(releases: Releases, record: Record, progress: Progress) -> bool:
    active = None
    if record.base is not None or releases.has_pointer:
        active = require_intact(releases.folder / releases.active_id())
    if active is not None and active.id == record.id:
        releases.log.published(record.sequence)  # the crash came after the switch
        return False
    if record.base is not None and (active is None or active.id != record.base):
        served = active.id if active else "none"
        raise LogDamaged(f"The change was accepted for release {record.base}, and {served} is served.")
    failures = releases.log.failures(record.sequence)
    if len(failures) >= TRIES:
        raise LogDamaged(f"The change was tried {TRIES} times and was not published any of them. {failures[-1]}")
    progress(RECOVERING)
    with telling_of_the_disk(releases.folder), releases.log.trying(record.sequence):
        publish_record(releases, active if record.base else None, record)
    return True
