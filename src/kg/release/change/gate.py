"""The gate of a release with shapes: what a write or a build would make of it conforms to them.

It looks at the store that would be served, before anything is published; of what does not change, the findings of the
last report are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rdflib import RDF, URIRef
from rdflib import Graph as Triples
from rdflib.namespace import SH

from kg.corpus.rdf.graphs import GraphFile, follows_alike, make_graph
from kg.corpus.report import INFO, VIOLATION, WARNING, Report, Result
from kg.errors import NotConforming, ReleaseError
from kg.release.change.commit import Checked, Digests, Gate, Graph
from kg.release.change.following import context_after, context_of, following_graphs
from kg.release.format.description import describe
from kg.release.format.facts import read_totals
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.settings import Settings
from kg.store.stores.bulk import OpenStore
from kg.store.stores.labels import to_store
from kg.terms import Iris

_SEVERITIES = {SH.Violation: VIOLATION, SH.Warning: WARNING, SH.Info: INFO}


def derive(releases: Releases, active: Manifest, changed: Mapping[str, bytes], *, is_update: bool) -> Iterator[Graph]:
    """Yield each changed graph, and those whose derived triples change, with their derived triples made again.

    After an update, what was only derived before and no longer is goes; in a graph that was sent whole it was meant.
    """
    graphs, context = releases.graphs(active), context_after(releases, active, changed)
    for iri, nquads in changed.items():
        entry = graphs.get(iri)
        before = releases.objects.get(entry.digest) if entry and is_update else b""
        if nquads and not (before and follows_alike(before, nquads, context)):
            quads, old = GraphFile(iri, nquads).quads(), GraphFile(iri, before).quads()
            nquads = make_graph(iri, quads, context, old).nquads
        yield Graph(iri, nquads)
    for iri in sorted(following_graphs(releases, active, context) - changed.keys()):
        if entry := graphs.get(iri):
            quads = GraphFile(iri, releases.objects.get(entry.digest)).quads()
            yield Graph(iri, make_graph(iri, quads, context).nquads, entry.key)


def write_gate(settings: Settings, releases: Releases, active: Manifest, report_type: str) -> Gate:
    """Return the gate of a write, which raises NotConforming with the report in ``report_type``."""

    def gate(store: OpenStore, digests: Digests) -> Checked:
        report = validate_changes(settings, releases, active, store, digests)
        if not report.conforms:
            message = report.to_text() + "Nothing was changed."
            raise NotConforming(message, report.to_media_type(report_type), report_type)
        return as_checked(report)

    return gate


def validate_changes(
    settings: Settings, releases: Releases, active: Manifest, store: OpenStore, digests: Digests
) -> Report:
    """Return the report of a dataset in a store, some of whose graphs differ from the active release."""
    from kg.corpus.validation.changes import Change
    from kg.corpus.validation.validate import validate

    changes = [
        Change(iri, *(releases.objects.get(digest) if digest else None for digest in pair))
        for iri, pair in digests.items()
    ]
    iris = Iris(active.base_iri)
    found = validate(store.engine, iris, changes, settings.texts)
    return found.report(iris, read_report(releases, active, iris))


def read_report(releases: Releases, release: Manifest, iris: Iris) -> Iterator[Result]:
    """Yield the findings of a release's own report."""
    try:
        text = (releases.folder / release.id / "report.ttl").read_text("utf-8")
    except OSError as error:
        raise ReleaseError(f"The report of release {release.id} cannot be read ({error}). See kg verify.") from None
    if "sh:result " not in text:
        return
    graph = Triples().parse(data=text, format="turtle")
    for node in graph.subjects(RDF.type, SH.ValidationResult):
        message = graph.value(node, SH.resultMessage)
        severity = graph.value(node, SH.resultSeverity)
        yield Result(
            severity=_SEVERITIES[severity] if isinstance(severity, URIRef) else VIOLATION,
            shape=str(graph.value(node, SH.sourceShape)).removeprefix(iris.shape("")),
            focus=graph.value(node, SH.focusNode),
            path=graph.value(node, SH.resultPath),
            value=graph.value(node, SH.value),
            message=None if message is None else str(message),
            place=None,
        )


def as_checked(report: Report) -> Checked:
    """Return what a release says of its validation."""
    said = {"conforms": report.conforms, "checked": list(report.checked), "unchecked": list(report.unchecked)}
    return Checked(said | report.counts, report.to_turtle())


def warm_up(releases: Releases) -> None:
    """Import all that the gate needs, and read the rules of the active release, for a process that will be forked."""
    from kg.corpus.validation.validator import prepare

    active = releases.find_intact()  # the digests of its tables are known then
    if active is None:
        return
    iris, graphs = Iris(active.base_iri), releases.graphs(active)
    describe(active, graphs, read_totals(releases.objects.get(active.totals)))
    ontology, shapes = graphs.get(iris.graph("ontology")), graphs.get(iris.graph("shapes"))
    if ontology and shapes:
        context_of(releases, active)
        rules = [_triples(releases, active, iris.graph(name)) for name in ("ontology", "shapes")]
        _ = prepare(iris, *rules).constraints


def _triples(releases: Releases, active: Manifest, iri: str) -> bytes:
    """Return a graph in N-Triples, with the labels of blank nodes that it has in a store."""
    entry = releases.graphs(active).get(iri)
    lines = to_store(releases.objects.get(entry.digest), iri).splitlines(keepends=True) if entry else []
    ending = f" <{iri}> .\n".encode()
    return b"".join(sorted(line.removesuffix(ending) + b" .\n" for line in lines))
