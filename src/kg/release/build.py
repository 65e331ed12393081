"""A conforming corpus → an immutable release directory.

::

    releases/<id>/manifest.json     what it holds, how it was validated, the digest of each file
                  dataset.nq        the data in canonical N-Quads (RDFC-1.0): the release's digest is this file's
                  description.nq    what the release says of itself
                  attested.*        the data as files to take away (kg.release.dumps)
                  withdrawn.json    what earlier releases had and this one has not (kg.release.withdrawn)
                  report.ttl        the SHACL validation report
                  store/            all of it, ready to be queried
    releases/current                the identifier of the release that is served

The digest leaves out the description, which holds the date of issue: the same data give the same digest each time.
"""

from __future__ import annotations

import datetime
import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from rdflib import RDF, Dataset, URIRef

import kg
from kg.corpus.checks import superclasses
from kg.corpus.load import APART, Corpus
from kg.corpus.report import Report
from kg.corpus.validate import check
from kg.errors import NotConforming, ReleaseError
from kg.release import describe
from kg.release.dumps import Dump, write_dumps
from kg.release.manifest import FORMAT, Manifest, describe_files
from kg.release.publish import Releases
from kg.release.withdrawn import find_withdrawn, write_withdrawn
from kg.settings import Settings
from kg.store.bulk import canonical_nquads, dump_store, load_store

Progress = Callable[[str], None]
SOFTWARE = "attested-kg"


def build(settings: Settings, progress: Progress) -> tuple[Manifest, Report, bool]:
    """Validate the data, publish them as a release and make it the one that is served.

    Returns the manifest, the validation report, and whether the release is new: where the active release already holds
    the same data, that one is returned. Raises NotConforming, leaving everything as it was, where there is a violation.
    """
    releases = Releases(settings.releases)
    progress("reading and validating")
    corpus, report = check(settings)
    if not report.conforms:
        raise NotConforming(report.to_text() + "Nothing was published; what was served before is served still.")
    with releases.lock():
        progress("canonicalising")
        dataset = entail(corpus)
        canonical = canonical_nquads(_nquads(dataset))
        digest = hashlib.sha256(canonical).hexdigest()
        active = releases.find_active()
        if active is not None and (active.digest, active.format) == (digest, FORMAT):
            return active, report, False
        progress("loading the store")
        release = _Draft(corpus, report, dataset, canonical, digest, active, settings.releases)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=settings.releases) as folder:
            manifest = release.write(Path(folder) / "release")
            releases.publish(Path(folder) / "release", manifest)
        progress("switched to the new release")
        return manifest, report, True


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


class _Draft:
    """A release on its way to disk."""

    def __init__(
        self,
        corpus: Corpus,
        report: Report,
        dataset: Dataset,
        canonical: bytes,
        digest: str,
        previous: Manifest | None,
        releases: Path,
    ) -> None:
        self.corpus, self.report, self.dataset = corpus, report, dataset
        self.canonical, self.digest = canonical, digest
        self.previous, self.releases = previous, releases
        now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        self.issued = now.isoformat().replace("+00:00", "Z")
        self.identifier = f"{now.date()}-{digest[:12]}"

    def write(self, folder: Path) -> Manifest:
        """Write all files below a new folder and return the manifest, which is written last."""
        folder.mkdir(mode=0o755)
        iris = self.corpus.iris
        dumps = write_dumps(self.canonical, iris.prefixes(), folder)
        write_withdrawn(find_withdrawn(self.canonical, iris.base, self.previous, self.releases), folder)
        described = self._description(tuple(dumps))
        description = canonical_nquads(_nquads(described))
        (folder / "dataset.nq").write_bytes(self.canonical)
        (folder / "description.nq").write_bytes(description)
        (folder / "report.ttl").write_text(self.report.to_turtle(), encoding="utf-8")
        total = load_store(self.canonical + description, folder / "store")
        self._verify(folder / "store", self.canonical + description)
        manifest = Manifest(
            id=self.identifier,
            issued=self.issued,
            base_iri=iris.base,
            software=f"{SOFTWARE} {kg.__version__}",
            digest=self.digest,
            counts={"quads": total} | describe.count_things(self.dataset, iris),
            graphs=describe.count_triples(self.dataset) | describe.count_triples(described),
            articles=[{"slug": slug, "iri": iris.article(slug)} for slug in self.corpus.slugs],
            validation={"conforms": self.report.conforms}
            | self.report.counts
            | {"checked": list(self.report.checked), "unchecked": list(self.report.unchecked)},
            files=describe_files(folder),
        )
        (folder / "manifest.json").write_text(manifest.to_json(), encoding="utf-8")
        return manifest

    def _description(self, dumps: tuple[Dump, ...]) -> Dataset:
        previous = self.previous.id if self.previous and self.previous.id != self.identifier else None
        facts = describe.Facts(
            self.identifier, self.issued, self.digest, SOFTWARE, kg.__version__, dumps=dumps, previous=previous
        )
        dataset = Dataset()
        target = dataset.graph(URIRef(self.corpus.iris.graph("description")))
        for triple in describe.describe(self.dataset, self.corpus.iris, facts):
            target.add(triple)
        return dataset

    @staticmethod
    def _verify(store: Path, expected: bytes) -> None:
        """Refuse a store that holds other quads than were validated: engines rewrite some literals (``01`` → ``1``)."""
        held, wanted = set(dump_store(store).splitlines()), set(canonical_nquads(expected).splitlines())
        if held != wanted:
            line = min(wanted - held or held - wanted).decode("utf-8")
            shutil.rmtree(store)
            raise ReleaseError(
                f"The store would hold something else than this: {line}\n"
                "Write the literal in its canonical form, such as 1 for 01, and build again."
            )
