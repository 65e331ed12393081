"""The exports: every statement once in each vocabulary, with the values of the article, and nothing stated bare."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple
from rdflib import RDF, RDFS, URIRef
from rdflib.namespace import DCTERMS, PROV, Namespace

from helpers.serving import BASE, HOME, Server
from kg.errors import DataError
from kg.queries import read_queries
from kg.release.manifest import Manifest
from kg.store import Answer
from kg.web.documents import nanopublications

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
FILES = sorted((HOME / "queries" / "export").glob("*.rq"))
EXPORTS = {query.name: query for query in read_queries(HOME / "queries", BASE) if query.formats}
TYPES = {
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "jsonld": "application/ld+json",
    "trig": "application/trig",
    "nq": "application/n-quads",
}
NP = "http://www.nanopub.org/nschema#"
QB = Namespace("http://purl.org/linked-data/cube#")
RDF_TYPE, REIFIES = NamedNode(str(RDF.type)), NamedNode(str(RDF) + "reifies")
SCHEMA = Namespace("https://schema.org/")
STATEMENT = BASE + "article/florida-talks/statement/"
THING = BASE + "article/florida-talks/thing/"
OWN, LINKS = "#nanopub", "#links-nanopub"
"""How the IRIs of a statement's nanopublications end: of what it says, and of what the encoders linked."""


def att(name: str) -> NamedNode:
    return NamedNode(f"{BASE}ns#{name}")


COMBINATION = att("combination")


def quads(server: Server, path: str) -> list[Quad]:
    answer = server.get(path)
    assert answer.status == 200, answer.text
    return list(pyoxigraph.parse(answer.body, format=RdfFormat.from_media_type(answer.media_type)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def statements(server: Server) -> set[str]:
    """The IRIs of all statements."""
    return set(server.query("SELECT DISTINCT ?s { ?s a <ns#Statement> }", "text/csv").text.split()[1:])


def test_the_exports_are_those_of_the_folder() -> None:
    assert sorted(EXPORTS) == [path.stem for path in FILES] == ["casualties", "claims", "nanopublications", "reifiers"]


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_each_export_comes_in_the_forms_that_it_names_and_in_no_other(server: Server, name: str) -> None:
    sizes = set()
    links = server.get(f"/export/{name}").headers["Link"]
    for suffix in EXPORTS[name].formats:
        answer = server.get(f"/export/{name}.{suffix}")
        assert (answer.status, answer.media_type) == (200, TYPES[suffix])
        assert server.get(f"/export/{name}", TYPES[suffix]).body == answer.body
        assert f'</export/{name}.{suffix}>; rel="alternate"; type="{TYPES[suffix]}"' in links
        parsed = pyoxigraph.parse(answer.body, format=RdfFormat.from_media_type(TYPES[suffix]))  # type: ignore[arg-type]
        sizes.add(len(set(parsed)))
    assert len(sizes) == 1
    other = next(suffix for suffix in TYPES if suffix not in EXPORTS[name].formats)
    assert server.get(f"/export/{name}.{other}").status == 404
    assert server.get(f"/export/{name}", "image/png").status == 406


@pytest.mark.parametrize("name", sorted(EXPORTS))
def test_a_browser_is_led_to_the_question_with_its_links(server: Server, name: str) -> None:
    answer = server.get(f"/export/{name}", HTML)
    assert (answer.status, answer.headers["Location"]) == (303, f"/query/{name}")
    page = server.get(f"/query/{name}", HTML).text
    for suffix in EXPORTS[name].formats:
        assert f'href="/export/{name}.{suffix}"' in page


@pytest.mark.parametrize("name", ["none", "who-disputes-what", "none.ttl", "claims.exe"])
def test_what_is_no_export_is_404(server: Server, name: str) -> None:
    assert server.get(f"/export/{name}").status == 404


def test_the_reifiers_are_the_statements_each_with_what_it_says(server: Server, statements: set[str]) -> None:
    triples = quads(server, "/export/reifiers.ttl")
    groups = {t.subject.value for t in triples if t.predicate == COMBINATION}
    assert {t.subject.value for t in triples} == statements | groups
    assert {group.split("#")[0] for group in groups} < statements
    terms: dict[str, list[Triple]] = defaultdict(list)
    for triple in triples:
        if triple.predicate == REIFIES:
            assert isinstance(triple.object, Triple)
            terms[triple.subject.value].append(triple.object)
    assert [(t.subject.value, t.predicate.value, t.object.value) for t in terms[STATEMENT + "007-2"]] == [
        (BASE + "id/russia", BASE + "code/takes-over", THING + "four-ukrainian-regions")
    ]
    [figure] = terms[STATEMENT + "094-1"]
    counted = NamedNode(THING + "civilians-in-the-war")
    assert (figure.subject, figure.predicate) == (counted, NamedNode(BASE + "code/killed"))
    assert figure.object == Literal(226)
    [described] = terms[STATEMENT + "001-3"]
    assert described.object == NamedNode(BASE + "code/hardline")


def test_what_stands_together_is_reified_as_a_group_that_names_its_members(server: Server) -> None:
    query = f"""SELECT ?how ?member {{ <{STATEMENT}073-2> <ns#subjectCombination> ?how ; <ns#subject> ?member }}"""
    rows = [row.split(",") for row in server.query(query, "text/csv").text.splitlines()[1:]]
    assert len(rows) > 1
    group = NamedNode(STATEMENT + "073-2#subjects")
    triples = quads(server, "/export/reifiers.ttl")
    assert {t.object.value for t in triples if t.subject == group and t.predicate == COMBINATION} == {rows[0][0]}
    members = {t.object.value for t in triples if t.subject == group and t.predicate == NamedNode(str(RDFS.member))}
    assert members == {member for _, member in rows}
    [term] = [t.object for t in triples if t.subject.value == STATEMENT + "073-2" and t.predicate == REIFIES]
    assert term.subject == group


def test_only_what_lacks_a_part_of_the_triple_reifies_nothing(server: Server, statements: set[str]) -> None:
    reifying = {t.subject.value for t in quads(server, "/export/reifiers.nt") if t.predicate == REIFIES}
    query = """SELECT DISTINCT ?s { ?s a <ns#Statement>
        FILTER NOT EXISTS { ?s <ns#subject> ?a ; <ns#relation> ?r ; <ns#object>|<ns#quality> ?b }
        FILTER NOT EXISTS { ?s a <ns#Figure> } FILTER NOT EXISTS { ?s a <ns#Conditional> } }"""
    without = set(server.query(query, "text/csv").text.split()[1:])
    assert statements - reifying == without
    assert 0 < len(without) < len(statements) / 5


def test_no_export_states_what_is_said_as_a_triple(server: Server) -> None:
    """The relations that statements speak of are predicates in triple terms only."""
    for name, query in EXPORTS.items():
        predicates = {quad.predicate.value for quad in quads(server, f"/export/{name}.{query.formats[0]}")}
        assert not [predicate for predicate in predicates if predicate.startswith(BASE + "code/")], name


@pytest.fixture(scope="module")
def nanopubs(server: Server) -> dict[str, list[Quad]]:
    """The quads of each nanopublication, by its IRI."""
    found: dict[str, list[Quad]] = defaultdict(list)
    for quad in quads(server, "/export/nanopublications.trig"):
        assert isinstance(quad.graph_name, NamedNode)
        statement, _, part = quad.graph_name.value.partition("#")
        found[statement + (LINKS if part.startswith("links-") else OWN)].append(quad)
    return found


def test_there_is_a_nanopublication_for_every_statement(nanopubs: dict[str, list[Quad]], statements: set[str]) -> None:
    assert {iri.removesuffix(OWN) for iri in nanopubs if iri.endswith(OWN)} == statements
    assert {iri.removesuffix(LINKS) for iri in nanopubs if iri.endswith(LINKS)} < statements


def test_every_nanopublication_is_well_formed(nanopubs: dict[str, list[Quad]]) -> None:
    """The criteria of the Nanopublication Guidelines, "Well-formed Nanopublications"."""
    for iri, found in nanopubs.items():
        [typed] = [q for q in found if q.predicate == RDF_TYPE and q.object == NamedNode(NP + "Nanopublication")]
        nanopub, head = typed.subject, typed.graph_name
        assert nanopub == NamedNode(iri)
        parts = {}
        for name in ("hasAssertion", "hasProvenance", "hasPublicationInfo"):
            [link] = [q for q in found if q.predicate == NamedNode(NP + name)]
            assert (link.subject, link.graph_name) == (nanopub, head), iri
            parts[name] = link.object
        graphs = {head, *parts.values()}
        assert len(graphs) == 4
        assert {q.graph_name for q in found} == graphs, "each graph is there and holds something"
        assert sum(q.graph_name == head for q in found) == 4
        for quad in found:
            if quad.graph_name == parts["hasProvenance"]:
                assert parts["hasAssertion"] in (quad.subject, quad.object)
            if quad.graph_name == parts["hasPublicationInfo"]:
                assert nanopub in (quad.subject, quad.object)


def parts(found: list[Quad]) -> set[tuple[str, str, str]]:
    """Return predicate and object of each quad, after the part of the nanopublication in which it is."""
    return {(q.graph_name.value.split("#")[1], q.predicate.value, q.object.value) for q in found}  # type: ignore[union-attr]


def test_a_nanopublication_says_whose_it_is_where_it_stands_and_when_it_was_published(
    server: Server, nanopubs: dict[str, list[Quad]], manifest: Manifest
) -> None:
    said = parts(nanopubs[STATEMENT + "007-2" + OWN])
    assert {
        ("assertion", BASE + "ns#subject", BASE + "id/russia"),
        ("assertion", BASE + "ns#printed", "it says"),
        ("provenance", str(PROV.wasAttributedTo), BASE + "id/russia"),
        ("provenance", str(PROV.wasDerivedFrom), BASE + "article/florida-talks/passage/007"),
        ("pubinfo", str(DCTERMS.created), manifest.issued),
        ("pubinfo", str(PROV.wasDerivedFrom), BASE + f"release/{manifest.id}"),
        ("pubinfo", str(DCTERMS.license), "https://creativecommons.org/publicdomain/zero/1.0/"),
    } <= said
    alone = quads(server, "/article/florida-talks/statement/007-2.trig")
    assert set(alone) == {*nanopubs[STATEMENT + "007-2" + OWN], *nanopubs[STATEMENT + "007-2" + LINKS]}
    links = server.get("/article/florida-talks/statement/007-2").headers["Link"]
    assert '</article/florida-talks/statement/007-2.trig>; rel="alternate"; type="application/trig"' in links
    assert server.get("/article/florida-talks/statement/999-9.trig").status == 404


def test_what_the_encoders_linked_is_theirs_and_not_the_claimants(nanopubs: dict[str, list[Quad]]) -> None:
    own, links = (parts(nanopubs[STATEMENT + "007-2" + name]) for name in (OWN, LINKS))
    issue = (BASE + "ns#issue", BASE + "id/issue-territory")
    assert ("links-assertion", *issue) in links
    assert ("assertion", *issue) not in own
    attributed = {(part, value) for part, predicate, value in links if predicate == str(PROV.wasAttributedTo)}
    assert attributed == {("links-provenance", BASE + "id/attested-editors")}


@pytest.fixture(scope="module")
def claims(server: Server) -> rdflib.Graph:
    """The claims, read by rdflib, which fetches no context: it is in the document."""
    return rdflib.Graph().parse(data=server.get("/export/claims").body, format="json-ld")


def test_every_statement_that_somebody_asserts_is_a_claim_once_and_none_is_rated(
    server: Server, claims: rdflib.Graph
) -> None:
    found = Counter(str(claim) for claim in claims.subjects(RDF.type, SCHEMA.Claim))
    query = """SELECT DISTINCT ?s { ?s a <ns#Statement> ; <ns#modality> ?m
        FILTER(?m NOT IN (<code/supposed>, <code/asked>)) }"""
    assert found == Counter(server.query(query, "text/csv").text.split()[1:])
    assert not {str(p) for p in claims.predicates()} & {SCHEMA + name for name in ("claimReviewed", "reviewRating")}
    for claim in found:
        for name in ("name", "text"):
            assert len(list(claims.objects(URIRef(claim), SCHEMA[name]))) == 1, (claim, name)
        assert list(claims.objects(URIRef(claim), SCHEMA.author))
        assert list(claims.objects(URIRef(claim), SCHEMA.appearance)) == [URIRef(BASE + "article/florida-talks")]


def test_the_text_of_a_claim_keeps_how_surely_it_is_said(claims: rdflib.Graph) -> None:
    def text(number: str) -> str:
        return str(claims.value(URIRef(STATEMENT + number), SCHEMA.text))

    assert text("007-2") == "Russia says that it has annexed four Ukrainian regions (outright, printed “it says”)"
    assert "(scheduled, printed “planned”)" in text("001-4")
    assert claims.value(URIRef(STATEMENT + "007-2"), SCHEMA.author) == URIRef(BASE + "id/russia")
    assert (URIRef(BASE + "article/florida-talks"), RDF.type, SCHEMA.NewsArticle) in claims


def test_a_denied_claim_says_so_in_its_text(server: Server, claims: rdflib.Graph) -> None:
    denied = server.query("SELECT ?s { ?s <ns#negated> true ; <ns#claimant> ?by }", "text/csv").text.split()[1:]
    assert len(denied) > 10
    for iri in denied:
        assert ", as a denial" in str(claims.value(URIRef(iri), SCHEMA.text))


def test_the_claims_are_compact_json_with_a_context_of_their_own(server: Server) -> None:
    document = json.loads(server.get("/export/claims.jsonld").body)
    assert document["@context"] == {"@vocab": "https://schema.org/"}
    claim = next(node for node in document["@graph"] if node["@id"] == STATEMENT + "007-2")
    assert claim["@type"] == "Claim"
    assert claim["author"] == {"@id": BASE + "id/russia"}
    assert len({node["@id"] for node in document["@graph"]}) == len(document["@graph"])


@pytest.fixture(scope="module")
def cube(server: Server) -> rdflib.Graph:
    return rdflib.Graph().parse(data=server.get("/export/casualties.ttl").body, format="turtle")


PRINTED = {
    ("October 2025", "killed", 148, "as-printed"),
    ("October 2025", "injured", 929, "as-printed"),
    ("November 2025", "killed", 226, "at-least"),
    ("November 2025", "injured", 952, "at-least-scope-unclear"),
    ("January to November 2025", "killed", 2311, "as-printed"),
    ("January to November 2025", "injured", 11084, "as-printed"),
}
"""The table of casualties as the article prints it, each with the most cautious bound of table and text."""


def test_the_cube_has_the_six_observations_of_the_table(cube: rdflib.Graph) -> None:
    found = set()
    for observation in cube.subjects(RDF.type, QB.Observation):
        measure = cube.value(observation, QB.measureType)
        assert measure is not None
        period = cube.value(observation, URIRef(BASE + "export/casualties#period"))
        value = cube.value(observation, measure)
        bound = str(cube.value(observation, URIRef(BASE + "export/casualties#bound"))).removeprefix(BASE + "code/")
        found.add((str(cube.value(period, RDFS.label)), str(measure).split("#")[1], int(str(value)), bound))
    assert found == PRINTED
    assert len(list(cube.subjects(RDF.type, QB.Observation))) == 6


INTEGRITY = {
    "IC-1 one dataset for each observation": """
        { ?obs a qb:Observation FILTER NOT EXISTS { ?obs qb:dataSet ?d . ?d a qb:DataSet } }
        UNION { ?obs qb:dataSet ?d1, ?d2 FILTER(?d1 != ?d2) }""",
    "IC-2 one structure for each dataset": """
        ?d a qb:DataSet FILTER NOT EXISTS { ?d qb:structure ?s . ?s a qb:DataStructureDefinition }""",
    "IC-3 the structure has a measure": """
        ?s a qb:DataStructureDefinition
        FILTER NOT EXISTS { ?s qb:component/qb:measure ?m . ?m a qb:MeasureProperty }""",
    "IC-4 a dimension has a range": """
        ?dim a qb:DimensionProperty FILTER NOT EXISTS { ?dim rdfs:range ?range }""",
    "IC-6 only an attribute is optional": """
        ?s qb:component ?c . ?c qb:componentRequired false FILTER NOT EXISTS { ?c qb:attribute ?a }""",
    "IC-11 all dimensions have a value": """
        ?obs qb:dataSet/qb:structure/qb:component/qb:dimension ?dim FILTER NOT EXISTS { ?obs ?dim ?value }""",
    "IC-12 no two observations at one place": """
        ?a qb:dataSet ?d . ?b qb:dataSet ?d . FILTER(?a != ?b)
        FILTER NOT EXISTS {
          ?d qb:structure/qb:component/qb:dimension ?dim . ?a ?dim ?x . ?b ?dim ?y FILTER(?x != ?y)
        }""",
    "IC-13 required attributes have a value": """
        ?obs qb:dataSet/qb:structure/qb:component ?c . ?c qb:componentRequired true ; qb:attribute ?attr .
        FILTER NOT EXISTS { ?obs ?attr ?value }""",
    "IC-15 the measure that the dimension names has a value": """
        ?obs qb:measureType ?m FILTER NOT EXISTS { ?obs ?m ?value }""",
    "IC-16 no other measure has one": """
        ?obs qb:dataSet/qb:structure/qb:component/qb:measure ?other ; qb:measureType ?m ; ?other ?value
        FILTER(?other != ?m)""",
}
"""Integrity constraints of the RDF Data Cube Vocabulary §11.1 that apply; each must find nothing."""


@pytest.mark.parametrize("name", list(INTEGRITY))
def test_the_cube_keeps_the_integrity_constraints(cube: rdflib.Graph, name: str) -> None:
    assert not cube.query(f"ASK {{ {INTEGRITY[name]} }}", initNs={"qb": QB, "rdfs": RDFS}).askAnswer


def test_each_observation_leads_back_to_the_statements_that_print_it(cube: rdflib.Graph) -> None:
    sources = {str(figure) for figure in cube.objects(None, PROV.wasDerivedFrom)}
    in_text, in_table = ("079", "080"), ("093", "094", "095")
    assert sources == {f"{STATEMENT}{passage}-{number}" for passage in in_text + in_table for number in (1, 2)}


@pytest.mark.parametrize("indent", [None, 1], ids=["as the engine writes it", "as another may"])
def test_rows_are_read_one_by_one_whatever_stands_between_and_in_them(indent: int | None) -> None:
    """One by one, so that other requests go on meanwhile. The order is that of graphs, then of quads."""
    marks = '"bindings": [{"subject": "}, {'

    def row(graph: str, text: str) -> dict[str, dict[str, str]]:
        terms = {name: {"type": "uri", "value": f"x:{name}"} for name in ("subject", "predicate")}
        return terms | {"object": {"type": "literal", "value": text}, "graph": {"type": "uri", "value": graph}}

    rows = [row("x:b", "1"), row("x:a", marks), row("x:b", "0")]
    for given, lines in (
        (rows, [(json.dumps(marks), "x:a"), ('"0"', "x:b"), ('"1"', "x:b")]),
        ([], []),
    ):
        body = json.dumps({"head": {"vars": list(row("", ""))}, "results": {"bindings": given}}, indent=indent)
        found = nanopublications.quads(Answer("solutions", "application/sparql-results+json", body.encode()))
        assert found.decode() == "".join(f"<x:subject> <x:predicate> {text} <{graph}> .\n" for text, graph in lines)


def test_an_export_without_formats_or_with_the_name_of_a_question_is_refused(tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    header = "# title: t\n# description: d\n# keywords: k\n"
    (tmp_path / "question.rq").write_text(header + "ASK { ?s ?p ?o }\n")
    one = tmp_path / "export" / "one.rq"
    one.write_text(header + "CONSTRUCT WHERE { ?s ?p ?o }\n")
    with pytest.raises(DataError, match="the header lacks formats"):
        read_queries(tmp_path, BASE)
    one.write_text(header + "# formats: ttl\nCONSTRUCT WHERE { ?s ?p ?o }\n")
    assert [(query.name, query.form, query.formats) for query in read_queries(tmp_path, BASE)] == [
        ("one", "CONSTRUCT", ("ttl",)),
        ("question", "ASK", ()),
    ]
    (tmp_path / "one.rq").write_text(header + "ASK {}\n")
    with pytest.raises(DataError, match="same name"):
        read_queries(tmp_path, BASE)
