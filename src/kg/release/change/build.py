"""A folder of data, or a dataset as it is → a release that is served."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rdflib import RDF, Dataset, URIRef

from kg.corpus.classes import superclasses
from kg.corpus.load import APART, Corpus
from kg.corpus.report import Report
from kg.errors import NotConforming
from kg.release.change.commit import Checked, Progress, commit
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.steps import CANONICALISING
from kg.settings import Settings
from kg.store.bulk import as_stored, split_graphs

Reading = Callable[[Path], None]


def build(settings: Settings, progress: Progress, reading: Reading = lambda _: None) -> tuple[Manifest, Report, bool]:
    """Validate the data, publish them as a release and make it the one that is served.

    ``progress`` is told each step before it is taken, and ``reading`` each file before it is read.
    Returns the manifest, the validation report, and whether the release is new: where the active release already holds
    the same data, that one is returned. Raises NotConforming, leaving everything as it was, where there is a violation.
    """
    from kg.corpus.validate import check  # here: a scratch release is made without the quarter second that it takes
    from kg.release.change.recover import recover_or_leave
    from kg.release.keep.upgrade import upgrade

    releases = Releases(settings.releases)
    progress("reading and validating")
    corpus, report = check(settings, reading)
    if not report.conforms:
        raise NotConforming(report.to_text() + "Nothing was published; what was served before is served still.")
    with releases.lock():
        upgrade(releases, progress)
        recover_or_leave(releases, progress)
        progress(CANONICALISING)
        graphs = split_graphs(entail(corpus).serialize(format="nquads", encoding="utf-8"))
        manifest, is_new = publish_graphs(releases, graphs, corpus.iris.base, as_checked(report), progress)
    return manifest, report, is_new


def publish_graphs(
    releases: Releases, graphs: dict[str, bytes], base_iri: str, how: Checked, progress: Progress
) -> tuple[Manifest, bool]:
    """Publish graphs in canonical N-Quads as all that a release holds; otherwise as commit. The caller holds the lock."""
    active = releases.find_intact()
    if active is not None and active.base_iri != base_iri:
        active = None
    held = [iri for iri, _ in releases.graphs(active).items()] if active else []
    return commit(releases, active, base_iri, dict.fromkeys(held, b"") | graphs, how, progress)


def publish_dataset(
    releases: Releases, nquads: bytes, base_iri: str, progress: Progress = lambda _: None
) -> tuple[Manifest, bool]:
    """Publish any dataset as it is, without a gate, a description or entailed classes; otherwise as publish_graphs.

    Such a release has no shapes graph, and writes to it meet no gate: it is for trying things out, and for test suites.
    Literals are stored in the forms that the store gives them. Raises ContentError for what is not N-Quads.
    """
    progress(CANONICALISING)
    how = Checked({"unchecked": ["everything: the dataset has no shapes graph"]}, is_gated=False)
    return publish_graphs(releases, split_graphs(as_stored(nquads)), base_iri, how, progress)


def as_checked(report: Report) -> Checked:
    """Return what a release says of its validation."""
    said = {"conforms": report.conforms, "checked": list(report.checked), "unchecked": list(report.unchecked)}
    return Checked(said | report.counts, report.to_turtle())


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
