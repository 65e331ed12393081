"""What a release says of itself: VoID, DCAT and PROV agree with the data, wherever they are read."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from rdflib import RDF, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, Namespace

from helpers.releasing import dataset, sizes
from helpers.serving import BASE, Server
from kg.release.format.dumps import DUMPS
from kg.release.keep.dump import make
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.work.build import build
from kg.settings import Settings
from kg.store.stores.bulk import canonical_nquads

HTML = "text/html"
DCAT = Namespace("http://www.w3.org/ns/dcat#")
SCHEMA = Namespace("https://schema.org/")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VOID = Namespace("http://rdfs.org/ns/void#")
DATASET = URIRef(BASE + "dataset")
SERVICE = URIRef(BASE + "sparql")


def read(answer_body: bytes, name: str = "nt") -> rdflib.Graph:
    return rdflib.Graph().parse(data=answer_body, format=name)


@pytest.fixture(scope="module")
def description(server: Server) -> rdflib.Graph:
    """What is at the well-known address."""
    answer = server.get("/.well-known/void", "application/n-triples")
    assert answer.status == 200
    return read(answer.body)


@pytest.fixture(scope="module")
def release(manifest: Manifest) -> URIRef:
    return URIRef(BASE + f"release/{manifest.id}")


@pytest.fixture(scope="module")
def quads(releases: Path, manifest: Manifest) -> list[pyoxigraph.Quad]:
    """The dataset as it was validated."""
    content = dataset(Releases(releases), manifest.id)
    return list(pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.N_QUADS))


def number(graph: rdflib.Graph, subject: rdflib.term.Node, name: str) -> int:
    [value] = graph.objects(subject, VOID[name])
    return int(value)


def test_the_same_description_stands_at_each_of_its_addresses(server: Server, manifest: Manifest) -> None:
    wanted = canonical_nquads(server.get("/.well-known/void", "application/n-triples").body)
    for path in ("/dataset", f"/release/{manifest.id}", "/graph/description"):
        assert canonical_nquads(server.get(path, "application/n-triples").body) == wanted, path


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/rdf+xml", "application/rdf+xml"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/turtle"),
    ],
)
def test_the_well_known_address_gives_rdf_whatever_is_asked(server: Server, accept: str | None, wanted: str) -> None:
    answer = server.get("/.well-known/void", accept)
    assert (answer.status, answer.media_type) == (200, wanted)


def test_a_form_in_which_there_is_no_description_is_406(server: Server) -> None:
    assert server.get("/.well-known/void", "image/png").status == 406


def test_void_gives_the_numbers_of_the_dataset(description: rdflib.Graph, quads: list[pyoxigraph.Quad]) -> None:
    assert number(description, DATASET, "triples") == len(quads)
    assert number(description, DATASET, "properties") == len({quad.predicate for quad in quads})
    assert number(description, DATASET, "classes") == len(
        {q.object for q in quads if q.predicate.value == str(RDF.type)}
    )


def test_void_partitions_the_dataset_by_class_and_by_property(
    description: rdflib.Graph, quads: list[pyoxigraph.Quad]
) -> None:
    things = {(q.subject, q.object.value) for q in quads if q.predicate.value == str(RDF.type)}
    classes = Counter(cls for _, cls in things)
    found = {
        str(description.value(part, VOID["class"])): number(description, part, "entities")
        for part in description.objects(DATASET, VOID.classPartition)
    }
    assert found == classes
    assert found[BASE + "ns#Passage"] == 112
    found = {
        str(description.value(part, VOID.property)): number(description, part, "triples")
        for part in description.objects(DATASET, VOID.propertyPartition)
    }
    assert found == Counter(quad.predicate.value for quad in quads)
    assert sum(found.values()) == len(quads)


def test_every_named_graph_is_a_subset_with_its_own_numbers(
    server: Server, description: rdflib.Graph, releases: Path, manifest: Manifest
) -> None:
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    rows = [row.split(",") for row in server.query(query, "text/csv").text.split()[1:]]
    served = {graph: int(triples) for graph, triples in rows}
    subsets = {str(g): number(description, g, "triples") for g in description.objects(DATASET, VOID.subset)}
    assert subsets == served == sizes(Releases(releases), manifest)
    assert sum(served.values()) == manifest.counts["quads"]


def test_void_names_vocabularies_examples_and_the_ways_in(server: Server, description: rdflib.Graph) -> None:
    vocabularies = {str(v) for v in description.objects(DATASET, VOID.vocabulary)}
    assert {BASE + "ns#", "http://www.w3.org/ns/prov#", "http://www.w3.org/2004/02/skos/core#"} <= vocabularies
    examples = list(description.objects(DATASET, VOID.exampleResource))
    assert len(examples) >= 4
    for example in examples:
        assert server.get("/" + example.removeprefix(BASE)).status in (200, 303)
    assert description.value(DATASET, VOID.uriSpace) == Literal(BASE)
    assert description.value(DATASET, VOID.sparqlEndpoint) == SERVICE
    document = URIRef(BASE + ".well-known/void")
    assert (document, RDF.type, VOID.DatasetDescription) in description
    assert (document, FOAF.primaryTopic, DATASET) in description


def test_dcat_leads_from_the_catalog_to_the_release(
    description: rdflib.Graph, release: URIRef, manifest: Manifest
) -> None:
    [catalog] = description.subjects(RDF.type, DCAT.Catalog)
    assert (catalog, DCAT.dataset, DATASET) in description
    assert (catalog, DCAT.service, SERVICE) in description
    assert (DATASET, DCAT.hasCurrentVersion, release) in description
    assert (release, DCAT.isVersionOf, DATASET) in description
    assert (release, DCAT.version, Literal(manifest.id)) in description
    assert str(description.value(release, DCTERMS.identifier)) == f"sha256:{manifest.digest}"
    assert (SERVICE, RDF.type, DCAT.DataService) in description
    assert (SERVICE, DCAT.endpointURL, SERVICE) in description
    assert (SERVICE, DCAT.endpointDescription, SERVICE) in description
    assert (SERVICE, DCAT.servesDataset, DATASET) in description
    for thing in (DATASET, release):
        licence = description.value(thing, DCTERMS.license)
        assert licence == URIRef("https://creativecommons.org/publicdomain/zero/1.0/")
        assert (thing, DCTERMS.publisher, URIRef(BASE + "id/attested-editors")) in description
        assert description.value(thing, DCTERMS.title)
    assert description.value(DATASET, DCTERMS.description)


@pytest.mark.parametrize(
    ("cls", "mandatory"),
    [
        (DCAT.Catalog, (DCTERMS.title, DCTERMS.description, DCTERMS.publisher)),
        (DCAT.Dataset, (DCTERMS.title, DCTERMS.description)),
        (DCAT.DataService, (DCTERMS.title, DCAT.endpointURL)),
        (DCAT.Distribution, (DCAT.accessURL,)),
        (FOAF.Agent, (FOAF.name,)),
    ],
)
def test_dcat_ap_finds_what_it_holds_mandatory(
    description: rdflib.Graph, cls: URIRef, mandatory: tuple[URIRef, ...]
) -> None:
    """DCAT-AP 3.0.1, chapters 5 to 7: what each class must have."""
    things = set(description.subjects(RDF.type, cls))
    assert things
    lacking = [(thing, name) for thing in things for name in mandatory if description.value(thing, name) is None]
    assert lacking == []
    publishers = set(description.objects(None, DCTERMS.publisher))
    assert publishers <= set(description.subjects(RDF.type, FOAF.Agent))


def test_the_coverage_is_that_of_the_data(description: rdflib.Graph) -> None:
    """The article speaks of Florida and Crimea by name, of 2014 as the first year and of 2025 as the last."""
    places = set(description.objects(DATASET, DCTERMS.spatial))
    assert places == {URIRef(BASE + "id/florida"), URIRef(BASE + "id/crimea")}
    period = description.value(DATASET, DCTERMS.temporal)
    assert str(description.value(period, DCAT.startDate)) == "2014-01-01"
    assert str(description.value(period, DCAT.endDate)) == "2025-12-31"


def test_prov_tells_how_the_release_came_about(description: rdflib.Graph, release: URIRef, manifest: Manifest) -> None:
    build_activity = description.value(release, PROV.wasGeneratedBy)
    assert (build_activity, RDF.type, PROV.Activity) in description
    agent = description.value(build_activity, PROV.wasAssociatedWith)
    assert (agent, RDF.type, PROV.SoftwareAgent) in description
    assert manifest.software.endswith(str(description.value(agent, SCHEMA.softwareVersion)))
    graph = URIRef(BASE + "graph/article/florida-talks")
    assert (graph, PROV.wasDerivedFrom, URIRef(BASE + "article/florida-talks")) in description
    [generated] = description.objects(release, PROV.generatedAtTime)
    assert generated == Literal(manifest.issued, datatype=rdflib.XSD.dateTime)


def test_times_are_written_as_the_store_has_them(server: Server, manifest: Manifest) -> None:
    for media_type in ("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"):
        assert manifest.issued in server.get("/dataset", media_type).text


def test_each_distribution_holds_the_dataset_in_its_form(
    server: Server, description: rdflib.Graph, release: URIRef, quads: list[pyoxigraph.Quad]
) -> None:
    distributions = list(description.objects(release, DCAT.distribution))
    assert len(distributions) == 3
    for distribution in distributions:
        [file] = description.objects(distribution, DCAT.downloadURL)
        assert (release, VOID.dataDump, file) in description
        answer = server.get("/" + file.removeprefix(BASE))
        assert answer.status == 200
        packed = description.value(distribution, DCAT.compressFormat) is not None
        media_type = str(description.value(distribution, DCAT.mediaType)).split("media-types/")[1]
        assert answer.media_type == ("application/gzip" if packed else media_type)
        assert read_dump(answer.body, media_type, packed=packed) == canonical(quads)


def canonical(quads: list[pyoxigraph.Quad]) -> bytes:
    return canonical_nquads(pyoxigraph.serialize(quads, format=pyoxigraph.RdfFormat.N_QUADS) or b"")


def read_dump(body: bytes, media_type: str, *, packed: bool) -> bytes:
    content = gzip.decompress(body) if packed else body
    return canonical(list(pyoxigraph.parse(content, format=pyoxigraph.RdfFormat.from_media_type(media_type))))


def test_dumps_of_the_same_data_are_the_same_bytes(
    settings: Settings, releases: Path, manifest: Manifest, tmp_path: Path
) -> None:
    again, _, _ = build(settings.with_(releases=tmp_path), lambda _: None)
    assert again.digest == manifest.digest
    for name in DUMPS:
        one, other = (b"".join(make(folder, manifest, name)) for folder in (Releases(releases), Releases(tmp_path)))
        assert one == other


def test_no_triple_of_the_description_stands_in_another_graph(releases: Path, manifest: Manifest) -> None:
    """pyoxigraph's union of graphs would give it twice."""
    lines = [
        line.rsplit(" ", 2)[0]
        for name in ("dataset.nq", "description.nq")
        for line in b"".join(make(Releases(releases), manifest, name)).decode().splitlines()
    ]
    assert len(lines) == len(set(lines))


def test_a_file_that_is_made_is_served_whole_and_once(server: Server, manifest: Manifest) -> None:
    path = f"/release/{manifest.id}/attested.nq.gz"
    whole = server.get(path)
    assert "immutable" in whole.headers["Cache-Control"]
    assert whole.headers["Access-Control-Allow-Origin"] == "*"
    assert whole.headers.get("Content-Encoding") is None
    assert server.get(path, If_None_Match=whole.headers["ETag"]).status == 304
    head = server.request("HEAD", path)
    assert (head.status, head.headers["ETag"], head.body) == (200, whole.headers["ETag"], b"")
    report = server.get(f"/release/{manifest.id}/report.ttl")
    assert (report.status, report.media_type) == (200, "text/turtle")
    assert json.loads(server.get(f"/release/{manifest.id}/manifest.json").body)["id"] == manifest.id


@pytest.mark.parametrize(
    "path",
    [
        "/release/{}/nothing.nq",
        "/release/{}/store/CURRENT",
        "/release/{}/..%2f..%2fcurrent",
        "/release/{}/.lock",
        "/release/2020-01-01-000000000000",
        "/release/2020-01-01-000000000000/attested.trig",
        "/release/current",
        "/release/..",
    ],
)
def test_what_no_manifest_names_is_not_served(server: Server, manifest: Manifest, path: str) -> None:
    assert server.get(path.format(manifest.id)).status == 404


def test_the_list_of_releases_is_a_page_and_json(server: Server, manifest: Manifest) -> None:
    page = server.get("/releases", HTML)
    assert (page.status, page.media_type) == (200, HTML)
    assert f'href="/release/{manifest.id}"' in page.text
    for answer in (server.get("/releases", "application/json"), server.get("/releases.json")):
        listed = json.loads(answer.body)
        assert listed["active"] == manifest.id
        [one] = listed["releases"]
        assert (one["id"], one["digest"]["sha256"]) == (manifest.id, manifest.digest)
        for name in (*DUMPS, "report.ttl"):
            assert server.get(one["files"][name]["path"]).status == 200


def test_the_page_of_a_release_gives_the_size_and_digest_of_each_file(server: Server, manifest: Manifest) -> None:
    for path in (f"/release/{manifest.id}", "/dataset"):
        page = server.get(path, HTML).text
        for name in (*DUMPS, "report.ttl"):
            assert f'href="/release/{manifest.id}/{name}"' in page
        assert manifest.files["report.ttl"]["sha256"] in page
        assert not re.search(r'href="[^"]*/store/', page)
    home = server.get("/", HTML).text
    assert all(f'href="/release/{manifest.id}/{name}"' in home for name in DUMPS)


def service_of(server: Server, **headers: str) -> URIRef:
    graph = read(server.get("/sparql", "application/n-triples", **headers).body)
    [service] = graph.subjects(RDF.type, SD.Service)
    assert graph.value(service, SD.endpoint) == service
    return URIRef(str(service))


def test_the_service_description_is_about_the_address_it_was_reached_at(server: Server) -> None:
    assert service_of(server) == URIRef(f"{server.url}/sparql")
    assert service_of(server, Host="data.example.org") == URIRef("http://data.example.org/sparql")
    assert server.get("/sparql", "application/n-triples", Host="a>b").status == 400


FORWARDED = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "graph.example.org"}


def test_a_stranger_cannot_pass_for_a_proxy(server: Server) -> None:
    assert service_of(server, **FORWARDED) == URIRef(f"{server.url}/sparql")


def test_behind_a_proxy_that_is_trusted_it_is_about_the_outer_address(releases: Path) -> None:
    running = Server(releases, KG_TRUSTED_PROXIES="1")
    try:
        assert service_of(running, **FORWARDED) == URIRef("https://graph.example.org/sparql")
    finally:
        running.stop()


def test_the_service_description_names_the_graphs_with_their_numbers(
    server: Server, release: URIRef, releases: Path, manifest: Manifest
) -> None:
    graph = read(server.get("/sparql", "application/n-triples").body)
    service = service_of(server)
    assert graph.value(service, SD.defaultDataset) == release
    assert (release, RDF.type, SD.Dataset) in graph
    assert number(graph, graph.value(release, SD.defaultGraph), "triples") == manifest.counts["quads"]
    named = {
        str(graph.value(node, SD.name)): number(graph, graph.value(node, SD.graph), "triples")
        for node in graph.objects(release, SD.namedGraph)
    }
    assert named == sizes(Releases(releases), manifest)
    assert len(list(graph.objects(DATASET, VOID.classPartition))) > 30
