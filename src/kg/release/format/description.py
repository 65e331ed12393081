"""What a release says of itself in RDF, its description graph: made from its manifest, its totals and its map alone.

Four vocabularies in one graph: VoID (what it holds, in numbers), DCAT 3 (catalog, dataset, versions, service, files),
PROV-O (how it came about) and the terms of the service description for graphs. What stays from release to release
is said of the dataset, of which each release is a version, so that a write changes few of these triples. It has no
blank nodes, and the lines are canonical as they are made. The graph leaves itself out of what it counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from kg.release.format.dumps import DUMPS
from kg.release.format.facts import Totals
from kg.release.format.objects import sha256
from kg.release.format.tree import SHARDS, GraphMap, Shard
from kg.release.manifest import Manifest
from kg.terms import PREFIXES, Iris

LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
ENGLISH = "http://id.loc.gov/vocabulary/iso639-1/en"
SPARQL_PROTOCOL = "http://www.w3.org/TR/sparql11-protocol/"
FORMATS = "http://www.w3.org/ns/formats/"
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
TITLE = "Attested: what news articles say"
PUBLISHER = "Attested editors"
ABOUT = (
    "Statements from news articles, each with its claimant, how surely it is made, and the passage that bears it out. "
    "Being recorded here does not make a statement true."
)
GRAPH_TITLES = {
    "authority": "Authority records",
    "codes": "Code lists",
    "description": "Description of the release",
    "ontology": "Ontology",
    "queries": "Stored queries",
    "shapes": "Shapes",
}

_NAME = re.compile(r"[A-Za-z0-9_-]+")

Pairs = Iterable[tuple[str, str]]
"""Prefixed name of a property, and a term in N-Triples."""


def describe(manifest: Manifest, graphs: GraphMap, totals: Totals) -> bytes:
    """Return the description graph of a release in canonical N-Quads."""
    iris = Iris(manifest.base_iri)
    made = _Description(manifest, iris)
    lines = {
        *made.catalog(),
        *made.dataset(),
        *made.release(),
        *made.coverage(totals),
        *made.contents(totals),
        *made.graphs(graphs),
        *made.distributions(),
        *made.service(),
        *made.provenance(),
    }
    # The last triple of all counts itself
    lines |= {*_say(_iri(iris.graph("description")), ("void:triples", _number(len(lines) + 1)))}
    ending = f" <{iris.graph('description')}> .\n"
    return "".join(sorted(line + ending for line in lines)).encode()


class _Description:
    """The triples of the description graph, in N-Triples without the final dot."""

    def __init__(self, manifest: Manifest, iris: Iris) -> None:
        self.manifest, self.iris = manifest, iris
        self.base = iris.base
        self.data = _iri(f"{self.base}dataset")
        self.service_iri = _iri(f"{self.base}sparql")
        self.editors = _iri(f"{self.base}id/attested-editors")
        self.release_iri = iris.release(manifest.id)
        self.issued = f'"{manifest.issued}"^^{_iri(PREFIXES["xsd"] + "dateTime")}'

    def catalog(self) -> Iterator[str]:
        """Yield the catalog (DCAT 3 §6.3), its publisher, and the document that describes everything (VoID §6)."""
        yield from _say(
            _iri(f"{self.base}dataset#catalog"),
            ("rdf:type", _term("dcat:Catalog")),
            *_titled("Catalog of Attested"),
            (
                "dcterms:description",
                _text("The dataset of Attested, its releases, and the service that answers queries.", "en"),
            ),
            ("dcterms:license", _iri(LICENCE)),
            ("dcterms:publisher", self.editors),
            ("dcterms:modified", self.issued),
            ("dcat:dataset", self.data),
            ("dcat:service", self.service_iri),
            ("foaf:homepage", _iri(self.base)),
        )
        yield from _say(self.editors, ("rdf:type", _term("foaf:Agent")), ("foaf:name", _text(PUBLISHER, "en")))
        yield from _say(
            _iri(f"{self.base}.well-known/void"),
            ("rdf:type", _term("void:DatasetDescription")),
            *_titled("Description of Attested"),
            ("foaf:primaryTopic", self.data),
            ("foaf:topic", _iri(self.release_iri)),
        )

    def dataset(self) -> Iterator[str]:
        """Yield the dataset; each release is a version of it (DCAT 3 §11)."""
        yield from _say(
            self.data,
            *self._common(TITLE),
            ("dcterms:modified", self.issued),
            ("dcat:hasVersion", _iri(self.release_iri)),
            ("dcat:hasCurrentVersion", _iri(self.release_iri)),
            ("foaf:homepage", _iri(self.base)),
            ("void:uriSpace", _text(self.base)),
            ("void:sparqlEndpoint", self.service_iri),
            *(("void:feature", _iri(FORMATS + name)) for name in ("Turtle", "N-Triples", "RDF_XML", "JSON-LD")),
        )
        if self.manifest.previous:
            yield from _say(self.data, ("dcat:hasVersion", _iri(self.iris.release(self.manifest.previous))))

    def _common(self, title: str) -> Iterator[tuple[str, str]]:
        yield from _titled(title)
        yield from (
            ("rdf:type", _term("dcat:Dataset")),
            ("rdf:type", _term("void:Dataset")),
            ("dcterms:description", _text(ABOUT, "en")),
            ("dcterms:license", _iri(LICENCE)),
            ("dcterms:creator", self.editors),
            ("dcterms:publisher", self.editors),
            ("dcterms:language", _iri(ENGLISH)),
        )
        yield from (("dcat:keyword", _text(word, "en")) for word in ("news", "claims", "provenance"))

    def release(self) -> Iterator[str]:
        """Yield the release as a version of the dataset."""
        node = _iri(self.release_iri)
        yield from _say(
            node,
            ("rdf:type", _term("dcat:Dataset")),
            ("rdf:type", _term("void:Dataset")),
            ("rdf:type", _term("prov:Entity")),
            *_titled(f"{TITLE}, release {self.manifest.id}"),
            ("dcterms:description", _text(ABOUT, "en")),
            ("dcterms:license", _iri(LICENCE)),
            ("dcterms:publisher", self.editors),
            ("dcat:isVersionOf", self.data),
            ("dcat:version", _text(self.manifest.id)),
            ("dcterms:identifier", _text(f"sha256:{self.manifest.digest}")),
            ("dcterms:issued", self.issued),
        )
        if self.manifest.previous:
            before = _iri(self.iris.release(self.manifest.previous))
            yield from _say(node, ("dcat:previousVersion", before), ("prov:wasRevisionOf", before))

    def coverage(self, totals: Totals) -> Iterator[str]:
        """Yield which places and days the data speak of: places with an outside identity, and the outermost days."""
        places = sorted({place for found in totals.places.values() for place in found})
        yield from _say(self.data, *(("dcterms:spatial", place) for place in places))
        first, last = totals.value("first_day"), totals.value("last_day")
        if first and last:
            period = _iri(f"{self.base}dataset#temporal")
            yield from _say(self.data, ("dcterms:temporal", period))
            yield from _say(
                period,
                ("rdf:type", _term("dcterms:PeriodOfTime")),
                ("rdfs:label", _text("Days spoken of", "en")),
                ("dcat:startDate", first),
                ("dcat:endDate", last),
            )

    def contents(self, totals: Totals) -> Iterator[str]:
        """Yield what the dataset holds (VoID §4): triples, and how many of each class and property."""
        pairs = [
            ("void:triples", _number(totals.triples)),
            ("void:classes", _number(len(totals.classes))),
            ("void:properties", _number(len(totals.properties))),
        ]
        pairs += [("void:vocabulary", _iri(name)) for name in _vocabularies([*totals.classes, *totals.properties])]
        pairs += [("void:exampleResource", v[0]) for n, v in totals.chosen.items() if n.startswith("<")]
        for kind, counts, size in (("class", totals.classes, "entities"), ("property", totals.properties, "triples")):
            for term, number in counts.items():
                if term.startswith("_:"):
                    continue
                part = _iri(f"{self.base}dataset#{kind}-{self._fragment(term)}")
                pairs.append((f"void:{kind}Partition", part))
                yield from _say(part, (f"void:{kind}", term), (f"void:{size}", _number(number)))
        yield from _say(self.data, *pairs)

    def _fragment(self, term: str) -> str:
        """Return a name for a term within the dataset's IRI, made of its prefixed name where it has one."""
        iri = term[1:-1]
        for prefix, namespace in self.iris.prefixes().items():
            rest = iri.removeprefix(namespace)
            if rest != iri and _NAME.fullmatch(rest):
                return f"{prefix}-{rest}"
        return sha256(iri.encode())[:16]

    def graphs(self, graphs: GraphMap) -> Iterator[str]:
        """Yield the named graphs as parts of the dataset, each with its title and size."""
        for part in graphs.parts():
            yield from _parts(self.iris, part)
        yield from _part(self.iris, self.iris.graph("description"))

    def distributions(self) -> Iterator[str]:
        """Yield the files that hold the whole dataset (DCAT 3 §6.8), which are made when they are asked for."""
        release = _iri(self.release_iri)
        for dump in DUMPS.values():
            node, file = _iri(f"{self.base}dataset#{dump.key}"), _iri(f"{self.release_iri}/{dump.name}")
            yield from _say(self.data, ("dcat:distribution", node))
            yield from _say(release, ("dcat:distribution", node), ("void:dataDump", file))
            yield from _say(
                node,
                ("rdf:type", _term("dcat:Distribution")),
                *_titled(dump.title),
                ("dcterms:license", _iri(LICENCE)),
                ("dcat:downloadURL", file),
                ("dcat:accessURL", self.data),
                ("dcat:mediaType", _iri(MEDIA_TYPES + dump.media_type)),
                *((("dcat:compressFormat", _iri(MEDIA_TYPES + "application/gzip")),) if dump.packed else ()),
            )

    def service(self) -> Iterator[str]:
        """Yield the SPARQL endpoint as a data service (DCAT 3 §6.9), which describes itself."""
        yield from _say(
            self.service_iri,
            ("rdf:type", _term("dcat:DataService")),
            *_titled("SPARQL endpoint of Attested"),
            ("dcterms:license", _iri(LICENCE)),
            ("dcterms:conformsTo", _iri(SPARQL_PROTOCOL)),
            ("dcat:endpointURL", self.service_iri),
            ("dcat:endpointDescription", self.service_iri),
            ("dcat:servesDataset", self.data),
        )

    def provenance(self) -> Iterator[str]:
        """Yield how the release was made: the build and its software (PROV-O)."""
        build, software = _iri(f"{self.release_iri}#build"), _iri(f"{self.base}dataset#software")
        name, _, version = self.manifest.software.partition(" ")
        yield from _say(
            _iri(self.release_iri),
            ("prov:wasGeneratedBy", build),
            ("prov:generatedAtTime", self.issued),
            ("prov:wasAttributedTo", self.editors),
        )
        yield from _say(
            build,
            ("rdf:type", _term("prov:Activity")),
            ("rdfs:label", _text("kg build", "en")),
            ("prov:endedAtTime", self.issued),
            ("prov:wasAssociatedWith", software),
        )
        yield from _say(
            software,
            ("rdf:type", _term("prov:SoftwareAgent")),
            ("rdfs:label", _text(f"{name} {version}")),
            ("schema:softwareVersion", _text(version)),
        )


@lru_cache(maxsize=4 * SHARDS)
def _parts(iris: Iris, shard: Shard) -> tuple[str, ...]:
    """Return what is said of the graphs of a shard: of one that stays, from release to release the same."""
    lines: list[str] = []
    for iri, entry in shard.entries.items():
        if iri:
            lines += _part(iris, iri, ("void:triples", _number(entry.triples)))
        slug = iri.removeprefix(iris.graph("article/"))
        if slug != iri:
            lines += _say(_iri(iri), ("prov:wasDerivedFrom", _iri(iris.article(slug))))
    return tuple(lines)


def _part(iris: Iris, iri: str, *more: tuple[str, str]) -> Iterator[str]:
    name = iri.removeprefix(iris.graph(""))
    title = GRAPH_TITLES.get(name, f"What is encoded of {name.removeprefix('article/')}")
    yield from _say(_iri(f"{iris.base}dataset"), ("void:subset", _iri(iri)))
    types = (("rdf:type", _term("void:Dataset")), ("rdf:type", _term("sd:Graph")))
    yield from _say(_iri(iri), *types, *_titled(title), *more)


def _say(subject: str, *pairs: tuple[str, str]) -> Iterator[str]:
    return (f"{subject} {_term(name)} {value}" for name, value in pairs)


def _titled(title: str) -> Pairs:
    return [("dcterms:title", _text(title, "en")), ("rdfs:label", _text(title, "en"))]


def _term(name: str) -> str:
    prefix, _, rest = name.partition(":")
    return _iri(PREFIXES[prefix] + rest)


def _iri(iri: str) -> str:
    return f"<{iri}>"


def _text(text: str, language: str = "") -> str:
    return json.dumps(text, ensure_ascii=False) + (f"@{language}" if language else "")


def _number(number: int) -> str:
    return f'"{number}"^^<{PREFIXES["xsd"]}integer>'


def _vocabularies(terms: Iterable[str]) -> list[str]:
    """Return the namespaces of the properties and classes in use, each up to its last ``#`` or ``/``."""
    iris = (term[1:-1] for term in terms if term.startswith("<"))
    return sorted({iri[: max(iri.rfind("#"), iri.rfind("/")) + 1] for iri in iris} - {""})
