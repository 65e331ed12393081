"""A write → a new release, if what it makes of the active one conforms. Runs in the writer's process.

The gate is the one of ``kg build``, by the release's own shapes graph. A release without one has no gate.
"""

from __future__ import annotations

from kg.corpus.load import Corpus
from kg.corpus.nquads import read_corpus
from kg.corpus.report import Report
from kg.errors import NotConforming, WriteRefused
from kg.release.build import Progress, publish_corpus, publish_dataset
from kg.release.intact import require_intact
from kg.release.journal import Journal
from kg.release.publish import Releases
from kg.release.recover import recover
from kg.settings import Settings
from kg.store.change import change
from kg.store.writes import GraphWrite, Update, Write, Written
from kg.terms import Iris

PROTECTED = ("ontology", "shapes", "queries", "description")
"""Graphs that no write changes: they are made from files, and the first two decide what conforms."""


def write(
    settings: Settings, asked: Write, report_type: str, progress: Progress, *, until: float, network_denied: bool
) -> Written:
    """Apply a write to the active release, publish what it makes of it, and make that the active release.

    ``progress`` is told each step, as by ``kg build``. Raises NotConforming with the report in ``report_type``,
    ReleasesBusy where the lock is not free ``until`` then (of ``time.monotonic``), NotStorable, and what ``change``
    raises.
    """
    releases = Releases(settings.releases)
    journal = Journal(releases.folder)
    with releases.lock(until):
        recover(settings, releases, progress)
        active = require_intact(releases.folder / releases.active_id())
        iris = Iris(active.base_iri)
        before = releases.dataset(active.id)
        gated = iris.graph("shapes") in active.graphs
        if gated and isinstance(asked, GraphWrite):
            _refuse_protected(iris, frozenset({asked.graph or ""}))
        changed = change(before, asked, active.base_iri, network_denied=network_denied, union=gated)
        if not changed.touched:
            return Written(active.id, False, changed.created)
        if gated:
            _refuse_protected(iris, changed.touched)
            corpus = read_corpus(changed.nquads, iris, before if isinstance(asked, Update) else b"")
            report = _validate(corpus, settings, report_type)
            manifest, is_new = publish_corpus(releases, corpus, report, progress, journal)
        else:
            manifest, is_new = publish_dataset(releases, changed.nquads, active.base_iri, progress, journal)
    return Written(manifest.id, is_new, changed.created)


def _validate(corpus: Corpus, settings: Settings, report_type: str) -> Report:
    from kg.corpus.validate import validate_corpus  # here: a write without a gate is done before this is imported

    report = validate_corpus(corpus, settings.texts)
    if not report.conforms:
        message = report.to_text() + "Nothing was changed."
        raise NotConforming(message, report.to_media_type(report_type), report_type)
    return report


def _refuse_protected(iris: Iris, touched: frozenset[str]) -> None:
    for name in PROTECTED:
        if iris.graph(name) in touched:
            raise WriteRefused(
                f"The graph <{iris.graph(name)}> cannot be written to: it is made from files, by kg build."
                " Name other graphs; CLEAR ALL and DROP ALL take in this one. Nothing was changed."
            )
    if "" in touched:
        raise WriteRefused(
            "Here the default graph is the union of the named graphs and holds nothing itself, so it cannot be written"
            f" to. Name a graph, as in GRAPH <{iris.graph('authority')}> or ?graph=. Nothing was changed."
        )
