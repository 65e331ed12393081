"""Dereferencing: every IRI that the served dataset holds leads somewhere, with its forms, links and dates."""

from __future__ import annotations

import gzip
import http.client
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.utils import parsedate_to_datetime
from itertools import chain
from pathlib import Path

import pyoxigraph
import pytest
import rdflib

from helpers.releasing import begin, sizes
from helpers.serving import BASE, HOME, Server
from helpers.slow import mostly_slow, slow
from helpers.waiting import PATIENCE, wait_until
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.work.build import build
from kg.settings import Settings
from kg.web.data.turtle import to_trig, to_turtle

HTML = "text/html"
RDF = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/ld+json": "json-ld",
}
SUFFIXES = {"html": HTML, "ttl": "text/turtle", "nt": "application/n-triples", "rdf": "application/rdf+xml"} | {
    "jsonld": "application/ld+json"
}
KINDS = [
    "id/russia",
    "id/issue-territory",
    "id/november-2025",
    "code/flat",
    "code/modality",
    "article/florida-talks",
    "article/florida-talks/voice",
    "article/florida-talks/encoding",
    "article/florida-talks/passage/007",
    "article/florida-talks/passage/007#position",
    "article/florida-talks/statement/007-2",
    "article/florida-talks/event/us-russia-meeting",
    "article/florida-talks/period/this-week",
    "ns",
    "ns#claimant",
    "ns/2.0.0",
    "shapes",
    "shapes#StatementClaimant",
    "query/who-disputes-what",
    "query/claims",
    "graph/article/florida-talks",
    "graph/authority",
    "graph/codes",
    "graph/description",
    "graph/ontology",
    "graph/queries",
    "graph/shapes",
    "dataset",
    "dataset#catalog",
]
"""An IRI of each kind that is minted; the release's own is added in the test."""

LARGE = {"graph/article/florida-talks", "graph/codes", "graph/shapes", "graph/ontology", "article/florida-talks"}
"""Those whose RDF takes long to read in every form; graph/queries and graph/authority are of the same kind."""

THREADS = 4


def head(connection: http.client.HTTPConnection, path: str, accept: str) -> tuple[int, http.client.HTTPMessage]:
    """Return the status and headers of a HEAD request on a connection that stays open."""
    connection.request("HEAD", path, headers={"Accept": accept})
    response = connection.getresponse()
    response.read()
    return response.status, response.headers


def minted(server: Server) -> list[str]:
    """Return all IRIs below the base in any place of any quad that is served."""
    found = set()
    query = "SELECT DISTINCT ?g { GRAPH ?g {} }"
    for graph in server.query(query, "text/csv").text.split()[1:]:
        answer = server.get("/graph/" + graph.removeprefix(BASE + "graph/") + ".nt")
        for triple in pyoxigraph.parse(answer.body, format=pyoxigraph.RdfFormat.N_TRIPLES):
            found |= {t.value for t in (triple.subject, triple.predicate, triple.object) if hasattr(t, "value")}
        found.add(graph)
    return sorted(iri for iri in found if iri.startswith(BASE) and not re.search(r"\s", iri))


def follow(connection: http.client.HTTPConnection, path: str, accept: str) -> tuple[int, str]:
    """Return the status and media type of what a path leads to, after a 303, or a 301 from a replaced query."""
    status, headers = head(connection, path, accept)
    if status in (301, 303):
        status, headers = head(connection, headers["Location"], accept)
    return status, headers.get_content_type()


@slow("test_each_kind_of_iri_comes_in_every_form_and_tells_of_itself")
def test_every_iri_of_the_dataset_leads_somewhere_for_people_and_for_programs(server: Server) -> None:
    iris = minted(server)
    assert len(iris) > 1300
    paths = sorted({"/" + iri.removeprefix(BASE).split("#")[0] for iri in iris})
    assert {"/id/russia", "/sparql", "/.well-known/void", "/ns/2.0.0", "/dataset", "/graph/shapes"} <= set(paths)
    # What has one form only: the home page, files and exports, whose suffix names it, and a document in RDF
    fixed = re.compile(r"/|/release/[^/]+/.+|/export/.+|/\.well-known/void")

    def walk(share: list[str]) -> list[tuple[str, str, int, str]]:
        wrong = []
        with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as connection:
            for path in share:
                for accept in ("text/turtle", HTML):
                    status, media_type = follow(connection, path, "*/*" if fixed.fullmatch(path) else accept)
                    if status != 200 or (media_type != accept and not fixed.fullmatch(path)):
                        wrong.append((path, accept, status, media_type))
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        wrong = list(chain.from_iterable(pool.map(walk, [paths[i::THREADS] for i in range(THREADS)])))
    assert wrong == []


@pytest.mark.parametrize(
    "path", mostly_slow([*KINDS, "release"], [kind for kind in KINDS if kind not in LARGE] + ["release"])
)
def test_each_kind_of_iri_comes_in_every_form_and_tells_of_itself(
    server: Server, manifest: Manifest, path: str
) -> None:
    path = f"release/{manifest.id}" if path == "release" else path
    address = "/" + path.split("#")[0]
    sizes = set()
    for media_type, name in RDF.items():
        answer = server.get(address, media_type)
        if answer.status == 303:
            answer = server.get(answer.headers["Location"], media_type)
        assert (answer.status, answer.media_type) == (200, media_type)
        graph = rdflib.Graph().parse(data=answer.body, format=name)
        sizes.add(len(graph))
        if not path.startswith("graph/"):
            assert (rdflib.URIRef(BASE + path), None, None) in graph or path == "ns/2.0.0"
    assert len(sizes) == 1
    page = server.get(address, HTML)
    assert page.status in (200, 303)


def test_a_graph_is_served_whole(server: Server, releases: Path, manifest: Manifest) -> None:
    for iri, triples in sizes(Releases(releases), manifest).items():
        answer = server.get("/" + iri.removeprefix(BASE), "application/n-triples")
        assert len(answer.body.splitlines()) == triples, iri
    assert server.get("/graph/none").status == 404


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("/doc/russia", "/doc/russia"),
        ("/article/florida-talks/statement/007-2", "/article/florida-talks/statement/007-2"),
        ("/ns.ttl", "/ns"),
        ("/shapes", "/shapes"),
        ("/graph/codes", "/graph/codes"),
        ("/query/who-disputes-what", "/query/who-disputes-what"),
        ("/dataset", "/dataset"),
    ],
)
def test_the_links_name_the_address_the_forms_and_the_descriptions(server: Server, path: str, document: str) -> None:
    links = server.get(path).headers["Link"]
    assert f'<{BASE}{document[1:]}>; rel="canonical"' in links
    assert '</.well-known/void>; rel="describedby"' in links
    assert f'<{document}.ttl>; rel="describedby"; type="text/turtle"' in links
    for suffix, media_type in SUFFIXES.items():
        assert f'<{document}.{suffix}>; rel="alternate"; type="{media_type}"' in links
        assert server.get(f"{document}.{suffix}").media_type == media_type


def test_the_links_name_what_a_thing_is(server: Server) -> None:
    statement = server.get("/article/florida-talks/statement/007-2").headers["Link"]
    assert f'<{BASE}ns#Assertion>; rel="type"' in statement
    article = server.get("/article/florida-talks").headers["Link"]
    assert '<https://schema.org/NewsArticle>; rel="type"' in article
    assert f'<{BASE}ns#Article>; rel="type"' in article


def test_an_entity_names_what_describes_it_before_it_is_followed(server: Server) -> None:
    answer = server.get("/id/russia")
    assert answer.status == 303
    assert '</doc/russia>; rel="describedby"' in answer.headers["Link"]
    assert '</doc/russia.jsonld>; rel="alternate"; type="application/ld+json"' in answer.headers["Link"]


@pytest.mark.parametrize("path", ["/doc/russia.ttl", "/ns", "/.well-known/void", "/releases", "/export/casualties"])
def test_a_repeated_request_is_answered_with_304_by_tag_and_by_date(
    server: Server, manifest: Manifest, path: str
) -> None:
    first = server.get(path)
    assert first.status == 200
    modified = first.headers["Last-Modified"]
    assert parsedate_to_datetime(modified).strftime("%Y-%m-%dT%H:%M:%SZ") == manifest.issued
    for header, value in (("If_None_Match", first.headers["ETag"]), ("If_Modified_Since", modified)):
        again = server.get(path, **{header: value})
        assert (again.status, again.body) == (304, b"")
    assert server.get(path, If_None_Match='"another"', If_Modified_Since=modified).status == 200
    assert server.get(path, If_Modified_Since="Sun, 06 Nov 1994 08:49:37 GMT").status == 200


def test_turtle_groups_subjects_and_uses_the_prefixes_of_the_project(server: Server) -> None:
    text = server.get("/doc/russia.ttl").text
    body = text[text.index("\n\n") :].strip()
    assert body.startswith("id:russia a ")
    assert re.search(r'^    rdfs:label "Russia"@en, "Russland"@de ;$', body, re.MULTILINE)
    subjects = re.findall(r"^(\S+) ", body, re.MULTILINE)
    assert len(subjects) == len(set(subjects))
    declared = re.findall(r"^@prefix (\w+):", text, re.MULTILINE)
    assert all(re.search(rf"(?<!\w){prefix}:", body) for prefix in declared)


@pytest.mark.parametrize(
    "line",
    [
        '<http://e/s> <http://e/p> "a\\nb \\"c\\" \\\\n"@en-GB .',
        '<http://e/s> <http://e/p> "first\\nsecond\\"" .',
        '<http://e/s> <http://e/p> "-7"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        '<http://e/s> <http://e/p> "7"^^<http://e/number> .',
        "<http://e/s.t> <http://e/p/q> <http://e/a-> .",
        "_:b <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/> .",
        '<http://e/s> <http://e/p> <<( <http://e/a> <http://e/b> "<< x )>>" )>> .',
    ],
)
def test_what_is_written_as_turtle_reads_back_the_same(line: str) -> None:
    prefixes = {"e": "http://e/"}
    turtle = to_turtle(line.encode() + b"\n", prefixes)
    triples = list(pyoxigraph.parse(turtle, format=pyoxigraph.RdfFormat.TURTLE))
    wanted = list(pyoxigraph.parse(line, format=pyoxigraph.RdfFormat.N_TRIPLES))
    if line.startswith("_:"):
        triples, wanted = [t.object for t in triples], [t.object for t in wanted]  # type: ignore[misc]
    assert triples == wanted
    trig = to_trig((line[:-1] + "<http://e/g> .").encode(), prefixes)
    [quad] = pyoxigraph.parse(trig, format=pyoxigraph.RdfFormat.TRIG)
    assert quad.graph_name == pyoxigraph.NamedNode("http://e/g")


@pytest.fixture(scope="module")
def withdrawing(
    releases: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Server, list[Manifest]]]:
    """A server of the third of three releases: the second adds a place and the third takes it away."""
    top = tmp_path_factory.mktemp("withdrawing")
    data = shutil.copytree(HOME / "data", top / "data")
    own = settings.with_(data=data, releases=top / "releases")
    places = data / "authority" / "places.ttl"
    before = places.read_text(encoding="utf-8")
    manifests = [begin(releases, own)]
    for added in (
        '\nid:atlantis a att:Place ; rdfs:label "Atlantis"@en , "Atlantis"@de .\n',
        '\nid:florida rdfs:comment "third"@en .\n',
    ):
        places.write_text(before + added, encoding="utf-8")
        manifests.append(build(own, lambda _: None)[0])
    running = Server(own.releases)
    yield running, manifests
    running.stop()


@pytest.mark.parametrize("path", ["/id/atlantis", "/doc/atlantis", "/doc/atlantis.ttl"])
def test_what_an_earlier_release_had_is_410_and_names_that_release(
    withdrawing: tuple[Server, list[Manifest]], path: str
) -> None:
    server, (_, second, _) = withdrawing
    page = server.get(path, HTML)
    assert page.status == 410
    assert f'href="/release/{second.id}"' in page.text
    plain = server.get(path)
    assert plain.status == 410
    assert second.id in plain.text
    assert f'</release/{second.id}>; rel="predecessor-version"' in plain.headers["Link"]
    assert server.get(f"/release/{second.id}/attested.trig").text.count("id:atlantis a ") == 1


def test_what_no_release_had_is_404(withdrawing: tuple[Server, list[Manifest]]) -> None:
    assert withdrawing[0].get("/id/nowhere").status == 404


def test_a_release_that_is_not_served_still_has_its_page_its_description_and_its_files(
    withdrawing: tuple[Server, list[Manifest]],
) -> None:
    server, (first, second, third) = withdrawing
    assert f'href="/release/{third.id}"' in server.get(f"/release/{second.id}", HTML).text
    text = server.get(f"/release/{second.id}", "application/n-triples").text
    for name in ("http://www.w3.org/ns/dcat#previousVersion", "http://www.w3.org/ns/prov#wasRevisionOf"):
        assert f"<{BASE}release/{second.id}> <{name}> <{BASE}release/{first.id}> ." in text
    assert "previousVersion" not in server.get(f"/release/{first.id}.ttl").text
    for release in (first, second, third):
        dump = server.get(f"/release/{release.id}/attested.nq.gz")
        assert dump.status == 200
        assert gzip.decompress(dump.body).count(b"\n") == release.counts["quads"] - release.described


def test_what_a_release_has_again_is_not_withdrawn(withdrawing: tuple[Server, list[Manifest]]) -> None:
    server, manifests = withdrawing
    folder = Releases(Path(server.environment["KG_RELEASES"]))
    folder.activate(manifests[1].id)
    try:
        wait_for(server, "/id/atlantis", 303)
        # A copy of the later release is of a later date, and yet is not what is served now
        later = server.get(f"/release/{manifests[2].id}.ttl").headers["Last-Modified"]
        assert server.get("/doc/florida", If_Modified_Since=later).status == 200
    finally:
        folder.activate(manifests[2].id)
        wait_for(server, "/id/atlantis", 410)


def wait_for(server: Server, path: str, status: int) -> None:
    assert wait_until(lambda: server.get(path).status == status), "the server did not take up the release"
