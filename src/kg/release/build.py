"""A conforming corpus → an immutable release directory.

::

    releases/<id>/manifest.json     what it holds, how it was validated, the digest of each file
                  manifest.json.sha256   the digest of that
                  dataset.nq        the data in canonical N-Quads (RDFC-1.0): the release's digest is this file's
                  description.nq    what the release says of itself
                  attested.*        the data as files to take away (kg.release.dumps)
                  report.ttl        the SHACL validation report
                  store/            all of it, ready to be queried
    releases/catalogue.sqlite       what all of them hold, for search, history and lists (kg.catalogue)
    releases/current                the identifier of the release that is served
    releases/journal                the write that is being published (kg.release.journal)

The digest leaves out the description, which holds the date of issue: the same data give the same digest each time.
"""

from __future__ import annotations

import datetime
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rdflib import RDF, Dataset, URIRef

import kg
from kg.corpus.classes import superclasses
from kg.corpus.load import APART, Corpus, Reading
from kg.corpus.report import Report
from kg.errors import NotConforming, NotStorable
from kg.release import catalogued, describe
from kg.release.dumps import Dump, write_dumps
from kg.release.durable import telling_of_a_full_disk
from kg.release.journal import Journal, to_record
from kg.release.manifest import FORMAT, Manifest, describe_files, write_manifest
from kg.release.publish import Releases
from kg.release.steps import ACCEPTED, CANONICALISING, KEPT
from kg.settings import Settings
from kg.store.bulk import canonical_nquads, dump_store, load_store
from kg.store.change import as_stored, count_graphs
from kg.terms import Iris

Progress = Callable[[str], None]
SOFTWARE = "attested-kg"

LONGEST_LINE = 1_100_000
"""Bytes of one triple in N-Quads. The engine keeps terms in blocks and reads a block whole: one of 10 MB made each
look-up beside it take a hundredth of a second."""


def build(settings: Settings, progress: Progress, reading: Reading = lambda _: None) -> tuple[Manifest, Report, bool]:
    """Validate the data, publish them as a release and make it the one that is served.

    ``progress`` is told each step before it is taken, and ``reading`` each file before it is read.
    Returns the manifest, the validation report, and whether the release is new: where the active release already holds
    the same data, that one is returned. Raises NotConforming, leaving everything as it was, where there is a violation.
    """
    from kg.corpus.validate import check  # here: a scratch release is made without the quarter second that it takes
    from kg.release.recover import recover_or_leave

    releases = Releases(settings.releases)
    progress("reading and validating")
    corpus, report = check(settings, reading)
    if not report.conforms:
        raise NotConforming(report.to_text() + "Nothing was published; what was served before is served still.")
    with releases.lock():
        recover_or_leave(settings, releases, progress)
        manifest, is_new = publish_corpus(releases, corpus, report, progress)
    return manifest, report, is_new


def publish_corpus(
    releases: Releases, corpus: Corpus, report: Report, progress: Progress, journal: Journal | None = None
) -> tuple[Manifest, bool]:
    """Publish a conforming corpus and make it the active release; return its manifest and whether it is new.

    The caller holds the lock, and is told by ``progress`` before each step; with ACCEPTED it can no more be stopped.
    With a ``journal``, what was accepted is on disk before it is published.
    Raises NotStorable for data that a release cannot hold as they are written.
    """
    progress(CANONICALISING)
    dataset = entail(corpus)
    draft = _Draft(corpus, report, canonical_nquads(_nquads(dataset)), dataset)
    return _publish(releases, draft, progress, journal)


def publish_dataset(
    releases: Releases,
    nquads: bytes,
    base_iri: str,
    progress: Progress = lambda _: None,
    journal: Journal | None = None,
) -> tuple[Manifest, bool]:
    """Publish any dataset as it is, without a gate, a description or entailed classes; otherwise as publish_corpus.

    Such a release has no shapes graph, and writes to it meet no gate: it is for trying things out, and for test suites.
    Literals are stored in the forms that the store gives them. Raises ContentError for what is not N-Quads.
    """
    corpus = Corpus(Iris(base_iri))
    report = Report((), corpus.iris, (), ("everything: the dataset has no shapes graph",))
    progress(CANONICALISING)
    return _publish(releases, _Draft(corpus, report, canonical_nquads(as_stored(nquads)), None), progress, journal)


def _publish(releases: Releases, draft: _Draft, progress: Progress, journal: Journal | None) -> tuple[Manifest, bool]:
    _require_short(draft.canonical)
    active = releases.find_intact()
    if active is not None and (active.digest, active.format) == (draft.digest, FORMAT):
        return active, False
    progress(ACCEPTED)
    with (
        telling_of_a_full_disk(releases.folder),
        _held(journal, releases, active, draft.canonical, progress),
        releases.draft() as folder,
    ):
        manifest = draft.write(folder, active)
        releases.publish(folder, manifest, lambda: catalogued.add(releases, manifest))
    return manifest, True


def _require_short(canonical: bytes) -> None:
    """Raise NotStorable for a literal so long that the store would read it again for each of its neighbours."""
    longest = max(canonical.splitlines(), key=len, default=b"")
    if len(longest) > LONGEST_LINE:
        raise NotStorable(
            f"A literal is some {len(longest):,} bytes long, and {LONGEST_LINE:,} is the most that a release holds:"
            f" {longest[:150].decode('utf-8', 'replace')}… Keep it elsewhere, and link to it."
        )


@contextmanager
def _held(
    journal: Journal | None, releases: Releases, active: Manifest | None, after: bytes, progress: Progress
) -> Iterator[None]:
    if journal is None or active is None:
        yield
        return
    with journal.hold(to_record(active.id, releases.dataset(active.id), after)):
        progress(KEPT)
        yield


def entail(corpus: Corpus) -> Dataset:
    """Return the dataset with every class above a thing's own stated in the same graph.

    So a query for ``att:Statement`` finds every assertion without inference. Nothing else is entailed.
    """
    above = superclasses(corpus)
    whole = Dataset()
    unasserted = {URIRef(corpus.iris.graph(name)) for name in APART}
    for iri, graph in corpus.graphs.items():
        target = whole.graph(iri)
        for triple in graph:
            target.add(triple)
        if iri in unasserted:
            continue
        for subject, cls in graph.subject_objects(RDF.type):
            for higher in above.get(URIRef(str(cls)), ()):
                target.add((subject, RDF.type, higher))
    return whole


def _nquads(dataset: Dataset) -> bytes:
    return dataset.serialize(format="nquads", encoding="utf-8")


def _issue(now: datetime.datetime, previous: Manifest | None) -> str:
    """Return when a release is issued: a second after the one before it at least, so that dates keep their order."""
    if previous:
        now = max(now, datetime.datetime.fromisoformat(previous.issued) + datetime.timedelta(seconds=1))
    return now.isoformat().replace("+00:00", "Z")


class _Draft:
    """A release on its way to disk; without a dataset it gets neither description nor dumps."""

    def __init__(self, corpus: Corpus, report: Report, canonical: bytes, dataset: Dataset | None) -> None:
        self.corpus, self.report, self.canonical, self.dataset = corpus, report, canonical, dataset
        self.digest = hashlib.sha256(canonical).hexdigest()
        self.now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        self.identifier = f"{self.now.date()}-{self.digest[:12]}"

    def write(self, folder: Path, previous: Manifest | None) -> Manifest:
        """Write all files below a new folder and return the manifest, which is written last."""
        folder.mkdir(mode=0o755)
        issued = _issue(self.now, previous)
        iris = self.corpus.iris
        described = Dataset()
        if self.dataset is not None:
            dumps = write_dumps(self.canonical, iris.prefixes(), folder)
            self._describe(described, self.dataset, tuple(dumps), previous, issued)
        description = canonical_nquads(_nquads(described))
        (folder / "dataset.nq").write_bytes(self.canonical)
        (folder / "description.nq").write_bytes(description)
        (folder / "report.ttl").write_text(self.report.to_turtle(), encoding="utf-8")
        total = load_store(self.canonical + description, folder / "store")
        self._verify(folder / "store", self.canonical + description)
        manifest = Manifest(
            id=self.identifier,
            issued=issued,
            base_iri=iris.base,
            software=f"{SOFTWARE} {kg.__version__}",
            digest=self.digest,
            counts={"quads": total} | describe.count_things(self.dataset or Dataset(), iris),
            graphs=count_graphs(self.canonical + description),
            articles=[{"slug": slug, "iri": iris.article(slug)} for slug in self.corpus.slugs],
            validation={"conforms": self.report.conforms}
            | self.report.counts
            | {"checked": list(self.report.checked), "unchecked": list(self.report.unchecked)},
            files=describe_files(folder),
        )
        write_manifest(folder, manifest)
        return manifest

    def _describe(
        self, described: Dataset, dataset: Dataset, dumps: tuple[Dump, ...], previous: Manifest | None, issued: str
    ) -> None:
        earlier = previous.id if previous and previous.id != self.identifier else None
        facts = describe.Facts(
            self.identifier, issued, self.digest, SOFTWARE, kg.__version__, dumps=dumps, previous=earlier
        )
        target = described.graph(URIRef(self.corpus.iris.graph("description")))
        for triple in describe.describe(dataset, self.corpus.iris, facts):
            target.add(triple)

    @staticmethod
    def _verify(store: Path, expected: bytes) -> None:
        """Refuse a store that holds other quads than were validated: engines rewrite some literals (``01`` → ``1``)."""
        held, wanted = set(dump_store(store).splitlines()), set(canonical_nquads(expected).splitlines())
        if held != wanted:
            line = min(wanted - held or held - wanted).decode("utf-8")
            shutil.rmtree(store)
            raise NotStorable(
                f"The store would hold something else than this: {line}\n"
                "Write the literal in its canonical form, such as 1 for 01, and try again."
            )
