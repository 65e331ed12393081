"""What a release says of itself in RDF: the description graph, and the counts of the manifest.

One graph in four vocabularies: VoID (what it holds, in numbers), DCAT 3 (catalog, dataset, versions, service, files),
PROV-O (how it came about) and SPDX (digests of files). It holds only IRIs under the base IRI and public ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rdflib import RDF, RDFS, BNode, Dataset, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, XSD, Namespace
from rdflib.term import Node

from kg.release.dumps import Dump
from kg.release.statistics import count
from kg.release.void import describe_contents
from kg.terms import PREFIXES, Iris

FORMATS = Namespace("http://www.w3.org/ns/formats/")
DCAT = Namespace(PREFIXES["dcat"])  # rdflib's own lacks the terms of DCAT 3
SCHEMA = Namespace(PREFIXES["schema"])
SPDX = Namespace(PREFIXES["spdx"])
VOID = Namespace(PREFIXES["void"])
MEDIA_TYPES = Namespace("https://www.iana.org/assignments/media-types/")
LICENCE = URIRef("https://creativecommons.org/publicdomain/zero/1.0/")
ENGLISH = URIRef("http://id.loc.gov/vocabulary/iso639-1/en")
SPARQL_PROTOCOL = URIRef("http://www.w3.org/TR/sparql11-protocol/")
TITLE = "Attested: what news articles say"
ABOUT = (
    "Statements from news articles, each with its claimant, how surely it is made, and the passage that bears it out. "
    "Being recorded here does not make a statement true."
)

COUNTED = {
    "articles": "Article",
    "passages": "Passage",
    "statements": "Statement",
    "figures": "Figure",
    "events": "Event",
    "entities": "Entity",
    "issues": "Issue",
}
"""Names of counts in the manifest, and the class that each counts."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a release cannot be read from its dataset. ``issued`` is UTC in ISO 8601, ``digest`` SHA-256."""

    identifier: str
    issued: str
    digest: str
    software: str
    version: str
    dumps: tuple[Dump, ...]
    previous: str | None = None


def count_things(dataset: Dataset, iris: Iris) -> dict[str, int]:
    """Return how many things of the chief classes there are, once the classes above each are stated."""
    classes = count(_named(dataset)).classes
    counts = {name: len(classes.get(URIRef(iris.term(cls)), ())) for name, cls in COUNTED.items()}
    return counts | {"queries": len(classes.get(URIRef(PREFIXES["sh"] + "SPARQLExecutable"), ()))}


def _named(dataset: Dataset) -> list[Graph]:
    return sorted((g for g in dataset.graphs() if len(g)), key=lambda g: str(g.identifier))


def describe(dataset: Dataset, iris: Iris, facts: Facts) -> Graph:
    """Return the description graph of a release that holds the dataset."""
    graph = Graph()
    description = _Description(graph, dataset, iris, facts)
    description.add_catalog()
    description.add_dataset()
    description.add_release()
    description.add_coverage()
    description.add_distributions()
    description.add_service()
    description.add_provenance()
    own = URIRef(iris.graph("description"))
    describe_contents(graph, description.release, _named(dataset), own, iris)
    # The last triple of all counts itself.
    graph.add((own, VOID.triples, Literal(len(graph) + 1)))
    return graph


class _Description:
    """The description graph in the making."""

    def __init__(self, graph: Graph, dataset: Dataset, iris: Iris, facts: Facts) -> None:
        self.graph, self.data, self.iris, self.facts = graph, dataset, iris, facts
        self.base = Namespace(iris.base)
        self.dataset = self.base["dataset"]
        self.catalog = self.base["dataset#catalog"]
        self.service = self.base["sparql"]
        self.release = URIRef(iris.release(facts.identifier))
        self.issued = Literal(facts.issued, datatype=XSD.dateTime, normalize=False)

    def add(self, subject: Node, *pairs: tuple[URIRef, Node]) -> None:
        """Add what is said of one subject."""
        for predicate, value in pairs:
            self.graph.add((subject, predicate, value))

    def add_catalog(self) -> None:
        """Add the catalog (DCAT 3 §6.3) and the document that describes everything (VoID §6)."""
        self.add(
            self.catalog,
            (RDF.type, DCAT.Catalog),
            *_titled("Catalog of Attested"),
            (DCTERMS.publisher, self.base["id/attested-editors"]),
            (DCTERMS.modified, self.issued),
            (DCAT.dataset, self.dataset),
            (DCAT.service, self.service),
            (FOAF.homepage, URIRef(self.iris.base)),
        )
        self.add(
            self.base[".well-known/void"],
            (RDF.type, VOID.DatasetDescription),
            *_titled("Description of Attested"),
            (FOAF.primaryTopic, self.dataset),
            (FOAF.topic, self.release),
        )

    def add_dataset(self) -> None:
        """Add the dataset of which each release is a version (DCAT 3 §11)."""
        self.add(
            self.dataset,
            *self._common(TITLE),
            (DCTERMS.modified, self.issued),
            (DCAT.hasVersion, self.release),
            (DCAT.hasCurrentVersion, self.release),
            (FOAF.homepage, URIRef(self.iris.base)),
            (VOID.uriSpace, Literal(self.iris.base)),
            (VOID.sparqlEndpoint, self.service),
        )
        if self.facts.previous:
            self.add(self.dataset, (DCAT.hasVersion, URIRef(self.iris.release(self.facts.previous))))

    def _common(self, title: str) -> Iterable[tuple[URIRef, Node]]:
        yield from _titled(title)
        yield from (
            (RDF.type, DCAT.Dataset),
            (RDF.type, VOID.Dataset),
            (DCTERMS.description, Literal(ABOUT, lang="en")),
            (DCTERMS.license, LICENCE),
            (DCTERMS.creator, self.base["id/attested-editors"]),
            (DCTERMS.publisher, self.base["id/attested-editors"]),
            (DCTERMS.language, ENGLISH),
        )
        yield from ((DCAT.keyword, Literal(word, lang="en")) for word in ("news", "claims", "provenance"))

    def add_release(self) -> None:
        """Add the release as a version of the dataset."""
        facts = self.facts
        self.add(
            self.release,
            *self._common(f"{TITLE}, release {facts.identifier}"),
            (RDF.type, PROV.Entity),
            (DCAT.isVersionOf, self.dataset),
            (DCAT.version, Literal(facts.identifier)),
            (DCTERMS.identifier, Literal(f"sha256:{facts.digest}")),
            (DCTERMS.issued, self.issued),
            (VOID.uriSpace, Literal(self.iris.base)),
            (VOID.sparqlEndpoint, self.service),
            *((VOID.feature, FORMATS[name]) for name in ("Turtle", "N-Triples", "RDF_XML", "JSON-LD")),
        )
        if facts.previous:
            previous = URIRef(self.iris.release(facts.previous))
            self.add(self.release, (DCAT.previousVersion, previous), (PROV.wasRevisionOf, previous))

    def add_coverage(self) -> None:
        """Add which places and days the data speak of: places with an outside identity, and the outermost days."""
        term = Namespace(self.iris.term(""))
        graphs = _named(self.data)
        places = {s for g in graphs for s in g.subjects(RDF.type, term.Place)}
        known = {s for g in graphs for s in g.subjects(SCHEMA.sameAs, None)}
        self.add(self.release, *((DCTERMS.spatial, place) for place in sorted(places & known, key=str)))
        first = [value for g in graphs for value in g.objects(None, term.firstDay)]
        last = [value for g in graphs for value in g.objects(None, term.lastDay)]
        if first and last:
            period = URIRef(f"{self.release}#temporal")
            self.add(self.release, (DCTERMS.temporal, period))
            self.add(period, (RDF.type, DCTERMS.PeriodOfTime), (RDFS.label, Literal("Days spoken of", lang="en")))
            self.add(period, (DCAT.startDate, min(first, key=str)), (DCAT.endDate, max(last, key=str)))

    def add_distributions(self) -> None:
        """Add the files (DCAT 3 §6.8), each with its size and its digest (SPDX)."""
        for dump in self.facts.dumps:
            node, file = URIRef(f"{self.release}#{dump.key}"), URIRef(f"{self.release}/{dump.name}")
            self.add(self.release, (DCAT.distribution, node), (VOID.dataDump, file))
            self.add(
                node,
                (RDF.type, DCAT.Distribution),
                *_titled(f"{dump.title}, release {self.facts.identifier}"),
                (DCTERMS.license, LICENCE),
                (DCTERMS.issued, self.issued),
                (DCAT.downloadURL, file),
                (DCAT.accessURL, self.release),
                (DCAT.mediaType, MEDIA_TYPES[dump.media_type]),
                # DCAT would have an xsd:nonNegativeInteger, which the store keeps as xsd:integer
                (DCAT.byteSize, Literal(dump.size)),
            )
            if dump.packed:
                self.add(node, (DCAT.compressFormat, MEDIA_TYPES["application/gzip"]))
            checksum = BNode()
            self.add(node, (SPDX.checksum, checksum))
            self.add(
                checksum,
                (RDF.type, SPDX.Checksum),
                (SPDX.algorithm, SPDX.checksumAlgorithm_sha256),
                (SPDX.checksumValue, Literal(dump.sha256, datatype=XSD.hexBinary, normalize=False)),
            )

    def add_service(self) -> None:
        """Add the SPARQL endpoint as a data service (DCAT 3 §6.9), which describes itself."""
        self.add(
            self.service,
            (RDF.type, DCAT.DataService),
            *_titled("SPARQL endpoint of Attested"),
            (DCTERMS.license, LICENCE),
            (DCTERMS.conformsTo, SPARQL_PROTOCOL),
            (DCAT.endpointURL, self.service),
            (DCAT.endpointDescription, self.service),
            (DCAT.servesDataset, self.dataset),
        )

    def add_provenance(self) -> None:
        """Add how the release was made: the build, its software, and the encodings that it rests on (PROV-O)."""
        build, software = URIRef(f"{self.release}#build"), URIRef(f"{self.release}#software")
        self.add(
            self.release,
            (PROV.wasGeneratedBy, build),
            (PROV.generatedAtTime, self.issued),
            (PROV.wasAttributedTo, self.base["id/attested-editors"]),
        )
        self.add(
            build,
            (RDF.type, PROV.Activity),
            (RDFS.label, Literal("kg build", lang="en")),
            (PROV.endedAtTime, self.issued),
            (PROV.wasAssociatedWith, software),
        )
        self.add(
            software,
            (RDF.type, PROV.SoftwareAgent),
            (RDFS.label, Literal(f"{self.facts.software} {self.facts.version}")),
            (SCHEMA.softwareVersion, Literal(self.facts.version)),
        )
        term = Namespace(self.iris.term(""))
        for graph in _named(self.data):
            for article in sorted(graph.subjects(RDF.type, term.Article), key=str):
                self.add(self.release, (PROV.wasDerivedFrom, article))
                self.add(build, (PROV.used, URIRef(str(graph.identifier))))
            for encoding in sorted(graph.subjects(RDF.type, term.Encoding), key=str):
                self.add(build, (PROV.wasInformedBy, encoding))


def _titled(title: str) -> list[tuple[URIRef, Node]]:
    return [(DCTERMS.title, Literal(title, lang="en")), (RDFS.label, Literal(title, lang="en"))]
