"""What pages say of themselves to machines, read as Zotero and search engines read it."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import rispy
from rdflib import RDF, Graph, Namespace, URIRef

from helpers.serving import BASE, Server
from kg.release.manifest import Manifest

SCHEMA = Namespace("https://schema.org/")
STATEMENT = "/article/florida-talks/statement/007-2"
LABEL = "Russia says that it has annexed four Ukrainian regions"
QUERY = 'SELECT ?s WHERE { ?s ?p "</script><script>alert(1)</script>\u2028" }'


class Head(HTMLParser):
    """The meta elements, links and data blocks of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.links: list[dict[str, str | None]] = []
        self.unapi: list[str | None] = []
        self.blocks: list[str] = []
        self._in_block = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "meta" and given.get("name"):
            self.metas[given["name"] or ""] = given.get("content") or ""
        elif tag == "link":
            self.links.append(given)
        elif tag == "abbr" and given.get("class") == "unapi-id":
            self.unapi.append(given.get("title"))
        elif tag == "script" and (given.get("src") or "").startswith("/static/"):
            return
        elif tag == "script":
            assert given == {"type": "application/ld+json"}
            self._in_block = True
            self.blocks.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_block = self._in_block and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._in_block:
            self.blocks[-1] += data

    def linked(self, **wanted: str) -> list[str]:
        return [link["href"] or "" for link in self.links if wanted.items() <= link.items()]


UNASSERTED = {"019-6": "CreativeWork", "009-6": "Question"}


def head(server: Server, path: str) -> Head:
    answer = server.get(path, "text/html")
    assert answer.status == 200, answer.text
    return Head(answer.text)


def node(found: Head) -> dict[str, Any]:
    """Return the page of the data block; its context is schema.org's, by which bare names are read."""
    (block,) = found.blocks
    data = json.loads(block)
    assert data["@context"] == "https://schema.org"
    page: dict[str, Any] = data["@graph"][0]
    return page


def zotero_item(found: Head) -> dict[str, str]:
    """Return the item that Zotero's translator for embedded metadata makes, by the fields that it maps.

    Highwire's fields come before those of Dublin Core; ``z:itemType`` decides the type. A creator of Dublin Core
    without a comma is one name in one field, as an institution is.
    """
    highwire = {"title": "citation_title", "date": "citation_publication_date", "url": "citation_public_url"}
    highwire |= {"publisher": "citation_publisher", "language": "citation_language"}
    core = {"creator": "DC.creator", "rights": "DC.rights", "abstractNote": "DC.description"}
    assert found.linked(rel="schema.DC") == ["http://purl.org/dc/elements/1.1/"]
    return {"itemType": found.metas["z:itemType"]} | {
        field: found.metas[name] for field, name in (highwire | core).items()
    }


def test_zotero_picks_up_a_statement(server: Server, manifest: Manifest) -> None:
    item = zotero_item(head(server, STATEMENT))
    assert (item["itemType"], item["title"], item["creator"]) == ("webpage", LABEL, "Attested editors")
    assert item["url"] == f"{BASE}{STATEMENT[1:]}?release={manifest.id}"
    assert item["date"] == manifest.issued[:10].replace("-", "/")
    assert manifest.digest in item["abstractNote"]
    assert zotero_item(head(server, f"/release/{manifest.id}"))["itemType"] == "dataset"


def test_zotero_is_led_to_the_whole_record_by_unapi(server: Server) -> None:
    found = head(server, STATEMENT)
    (endpoint,) = found.linked(rel="unapi-server")
    (identifier,) = found.unapi
    formats = server.get(f"{endpoint}?id={quote(identifier or '')}")
    assert (formats.status, formats.media_type) == (300, "application/xml")
    assert {f.get("name") for f in ElementTree.fromstring(formats.body)} == {"ris", "bibtex", "csljson"}  # noqa: S314
    led = server.get(f"{endpoint}?id={quote(identifier or '')}&format=ris")
    assert led.status == 302
    record, _ = rispy.loads(server.get(led.headers["Location"]).text)
    assert record["title"] == LABEL
    assert server.get(endpoint).status == 200
    for bad, status in (("id=//evil.example", 404), ("id=doc/russia&format=marc", 406), ("id=%0d%0aX:1", 404)):
        assert server.get(f"{endpoint}?{bad}").status == status, bad


def test_references_are_linked_from_the_head(server: Server) -> None:
    found = head(server, "/doc/russia")
    (path,) = found.linked(rel="alternate", type="application/x-bibtex")
    assert server.get(path).text.startswith("@misc{")


def test_a_statement_is_a_claim_of_its_claimant(server: Server) -> None:
    claim = node(head(server, STATEMENT))["mainEntity"]
    assert (claim["@type"], claim["@id"], claim["name"]) == ("Claim", BASE + STATEMENT[1:], LABEL)
    (author,) = claim["author"]
    assert author == {"@type": "Thing", "@id": f"{BASE}id/russia", "name": "Russia"}
    assert claim["appearance"] == [
        {
            "@type": "NewsArticle",
            "@id": f"{BASE}article/florida-talks",
            "name": "The talks of December 2025 on the war in Ukraine",
        }
    ]


def test_what_nobody_asserts_is_no_claim(server: Server) -> None:
    """The content of a table cell that another statement demands, and an indirect question."""
    kinds = {path: node(head(server, f"/article/florida-talks/statement/{path}"))["mainEntity"] for path in UNASSERTED}
    assert {path: kind["@type"] for path, kind in kinds.items()} == UNASSERTED
    assert not any("author" in kind for kind in kinds.values())


def test_a_claim_of_the_article_itself_has_no_other_author(server: Server) -> None:
    claim = node(head(server, "/article/florida-talks/statement/007-4"))["mainEntity"]
    assert claim["@type"] == "Claim"
    assert "author" not in claim
    assert [source["@type"] for source in claim["appearance"]] == ["NewsArticle"]


@pytest.mark.parametrize("path", ["/article/florida-talks", STATEMENT, "/doc/russia", "/"])
def test_one_id_is_one_thing(server: Server, path: str) -> None:
    """No node of the data block has the types of two things, and the page is not what it is about."""
    types: dict[str, set[str]] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if "@id" in value and "@type" in value:
                types.setdefault(value["@id"], set()).add(json.dumps(value["@type"]))
            for each in value.values():
                walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    (block,) = head(server, path).blocks
    walk(json.loads(block))
    assert types
    assert {iri: kinds for iri, kinds in types.items() if len(kinds) > 1} == {}


KINDS = [
    ("/doc/putin", "Person"),
    ("/doc/nato", "Organization"),
    ("/doc/crimea", "Place"),
    ("/doc/russia", "Thing"),
    ("/doc/joint-statement", "CreativeWork"),
    ("/article/florida-talks", "NewsArticle"),
    ("/article/florida-talks/statement/009-6", "Question"),
    ("/article/florida-talks/passage/007", "CreativeWork"),
    ("/code/flat", "DefinedTerm"),
    ("/query/who-disputes-what", "SoftwareSourceCode"),
    ("/dataset", "Dataset"),
]


@pytest.mark.parametrize(("path", "kind"), KINDS)
def test_the_type_of_each_kind_of_page(server: Server, path: str, kind: str) -> None:
    assert node(head(server, path))["mainEntity"]["@type"] == kind


def test_the_home_page_is_a_catalogue_that_can_be_searched(server: Server) -> None:
    (block,) = head(server, "/").blocks
    site = json.loads(block)["@graph"][1]
    assert site["@type"] == ["WebSite", "DataCatalog"]
    assert site["potentialAction"]["target"]["urlTemplate"] == f"{BASE}search?q={{search_term_string}}"


def test_it_is_json_ld_and_claims_nothing_bare(server: Server) -> None:
    """Read by rdflib with schema.org's vocabulary as context: its own would have to be fetched."""
    (block,) = head(server, STATEMENT).blocks
    data = json.loads(block) | {"@context": {"@vocab": str(SCHEMA)}}
    graph = Graph().parse(data=json.dumps(data), format="json-ld")
    assert (URIRef(BASE + STATEMENT[1:]), RDF.type, SCHEMA.Claim) in graph
    between = set(graph.predicates(URIRef(f"{BASE}id/russia"), None))
    assert between == {RDF.type, SCHEMA.name}


def test_nothing_in_a_data_block_ends_it(server: Server) -> None:
    answer = server.get(f"/sparql?query={quote(QUERY)}", "text/html")
    assert (
        answer.text.count("<script") == answer.text.count("</script>") == 1 + answer.text.count('<script src="/static/')
    )
    (block,) = Head(answer.text).blocks
    assert "<" not in block
    assert "\u2028" not in block
    json.loads(block)


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/", ""),
        ("/doc/russia.html", "doc/russia"),
        ("/doc/russia?lang=de", "doc/russia"),
        ("/statements?of=id/russia&lang=en", "statements?of=id%2Frussia"),
        ("/issues", "issues"),
        ("/article/florida-talks", "article/florida-talks"),
    ],
)
def test_a_page_has_one_address_in_all_languages(server: Server, path: str, canonical: str) -> None:
    found = head(server, path)
    assert found.linked(rel="canonical") == [BASE + canonical]
    (german,) = found.linked(rel="alternate", hreflang="de")
    assert german == f"{BASE}{canonical}{'&' if '?' in canonical else '?'}lang=de"
    assert found.linked(rel="alternate", hreflang="x-default") == [BASE + canonical]
    assert "robots" not in found.metas


def test_pages_without_end_are_not_listed_and_errors_say_nothing(server: Server) -> None:
    assert head(server, f"/sparql?query={quote('ASK {}')}").metas["robots"] == "noindex"
    missing = Head(server.get("/doc/nobody", "text/html").text)
    assert missing.linked(rel="canonical") == []
    assert missing.blocks == []
