"""What a crash left in the journal → the release that it was accepted for, once.

Whoever takes the lock to write does this first, and so does a server when it starts.
"""

from __future__ import annotations

import logging

from kg.corpus.nquads import read_corpus
from kg.errors import JournalDamaged, NotStorable, ReleaseError
from kg.release.build import Progress, publish_corpus, publish_dataset
from kg.release.intact import require_intact
from kg.release.journal import Journal, Record
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.steps import RECOVERED, RECOVERING
from kg.settings import Settings
from kg.terms import Iris

_log = logging.getLogger(__name__)

TRIES = 3
"""How often a waiting write is tried. One that fails or kills its process each time must not stop all writing for
good."""


def recover(settings: Settings, releases: Releases, progress: Progress) -> bool:
    """Publish the write that waits in the journal, if one does; return whether one was. The caller holds the lock.

    A journal that is damaged, or whose write no release can hold, is set aside and told of in the log. After any other
    failure, such as StorageFull, which is raised, the write waits still.
    """
    journal = Journal(releases.folder)
    if journal.is_empty:
        return False
    try:
        record = journal.read()
        made = record is not None and _publish(settings, releases, journal, record, progress)
        journal.clear()
    except (JournalDamaged, NotStorable) as error:
        _log.error("the journal is set aside as %s: %s", journal.set_aside(), error)
        made = False
    finally:
        progress(RECOVERED)
    return made


def recover_or_leave(settings: Settings, releases: Releases, progress: Progress) -> None:
    """Do as recover, but where the active release is damaged leave the write in the journal.

    It is for those who mend that: what was accepted for a release cannot be published while it cannot be read.
    """
    try:
        recover(settings, releases, progress)
    except ReleaseError as error:
        if releases.find_intact() is not None:
            raise
        _log.error("the write in the journal waits for a release that is damaged: %s", error)


def roll_back(settings: Settings, identifier: str) -> Manifest:
    """Make a release the active one and return its manifest.

    Raises ReleaseError where there is no such release or it is damaged: then the one that was active is active still.
    """
    releases = Releases(settings.releases)
    with releases.lock():
        recover_or_leave(settings, releases, lambda _: None)
        return releases.activate(identifier)


def _publish(settings: Settings, releases: Releases, journal: Journal, record: Record, progress: Progress) -> bool:
    active = require_intact(releases.folder / releases.active_id())
    if active.digest == record.digest:
        return False  # the crash came after the switch
    if active.id != record.base:
        raise JournalDamaged(f"Its write was accepted for release {record.base}, and {active.id} is served.")
    with journal.trying() as tries:
        if tries >= TRIES:
            raise JournalDamaged(f"Its write was tried {TRIES} times and was not published any of them.")
        progress(RECOVERING)
        after = record.apply(releases.dataset(active.id))
        iris = Iris(active.base_iri)
        if iris.graph("shapes") in active.graphs:
            from kg.corpus.validate import validate_corpus  # here: it takes a quarter of a second to import

            corpus = read_corpus(after, iris)
            publish_corpus(releases, corpus, validate_corpus(corpus, settings.texts), progress)
        else:
            publish_dataset(releases, after, active.base_iri, progress)
    return True
