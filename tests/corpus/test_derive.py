"""What is derived from a graph, and that all of it goes again; expected values are read off the Turtle of each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from rdflib import URIRef

from helpers.serving import HOME
from kg.corpus.rdf import derive as derivation
from kg.corpus.rdf.derive import Context, asserted
from kg.corpus.rdf.graphs import GraphFile, follows_alike, make_graph
from kg.corpus.sources.load import load_corpus
from kg.corpus.sources.read import read_context, read_graphs
from kg.corpus.sources.sources import find_sources
from kg.settings import Settings
from kg.terms import PREFIXES, Iris

IRIS = Iris(Settings().base_iri)
ARTICLE = IRIS.graph("article/sample")
HEAD = """
@prefix att: <ns#> .
@prefix code: <code/> .
@prefix e: <article/sample/event/> .
@prefix id: <id/> .
@prefix o: <article/sample/observation/> .
@prefix p: <article/sample/passage/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix s: <article/sample/statement/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix t: <article/sample/period/> .
@prefix v: <article/sample/> .
@prefix x: <article/sample/thing/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
AUTHORITY = """
id:town a att:Place ; rdfs:label "Town"@en .
id:council a att:Organisation ; rdfs:label "Council"@en ; att:concerns id:town .
id:mayor a att:Person ; rdfs:label "Mayor"@en ; att:actsFor id:council .
id:works a att:Topic ; rdfs:label "works"@en .
id:repairs a att:Topic ; rdfs:label "repairs"@en ; skos:broader id:works .
id:visitors a att:Population ; rdfs:label "visitors"@en ; att:concerns id:town .
"""


def read(turtle: str, graph: str = ARTICLE) -> set[Quad]:
    triples = parse(HEAD + turtle, format=RdfFormat.TURTLE, base_iri=IRIS.base)
    return {Quad(q.subject, q.predicate, q.object, NamedNode(graph)) for q in triples}


@pytest.fixture(scope="module")
def ontology() -> set[Quad]:
    """The real ontology, its graph the one that it has in a release."""
    corpus = load_corpus(Settings(home=HOME))
    text = corpus.graph("ontology").serialize(format="nt", encoding="utf-8")
    name = NamedNode(IRIS.graph("ontology"))
    return {Quad(q.subject, q.predicate, q.object, name) for q in parse(text, format=RdfFormat.N_TRIPLES)}


@pytest.fixture(scope="module")
def context(ontology: set[Quad]) -> Context:
    return Context.of(IRIS, ontology | read(AUTHORITY, IRIS.graph("authority")))


def implied(quads: set[Quad], context: Context) -> set[Quad]:
    return derivation.implied(NamedNode(ARTICLE), quads, context)


def derive(quads: set[Quad], context: Context, before: set[Quad] = frozenset()) -> set[Quad]:  # type: ignore[assignment]
    return derivation.derive(NamedNode(ARTICLE), quads, context, before)


def values(quads: set[Quad], subject: str, predicate: str) -> set[str]:
    """Return the values of a property, both in short form; IRIs of ours without their base."""
    one, name = (NamedNode(f"{IRIS.prefixes()[p]}{local}") for p, local in (split(subject), split(predicate)))
    return {q.object.value.removeprefix(IRIS.base) for q in quads if (q.subject, q.predicate) == (one, name)}


def split(name: str) -> tuple[str, str]:
    prefix, _, local = name.partition(":")
    return ("graph", f"../article/sample/{local}") if prefix == "a" else (prefix, local)


def about(turtle: str, context: Context, statement: str = "002-1") -> set[str]:
    node = NamedNode(f"{IRIS.article('sample')}/statement/{statement}")
    name = NamedNode(IRIS.term("about"))
    found = implied(read(turtle), context)
    return {q.object.value.removeprefix(IRIS.base) for q in found if (q.subject, q.predicate) == (node, name)}


# att:about


@pytest.mark.parametrize(
    "place",
    ["subject", "object", "recipient", "respect", "purpose", "means", "exchange", "comparedWith", "place", "holder"],
)
def test_a_statement_is_about_what_fills_its_places(place: str, context: Context) -> None:
    assert about(f"s:002-1 a att:Assertion ; att:{place} id:town .", context) == {"id/town"}


@pytest.mark.parametrize(
    "name", ["claimant", "via", "askedBy", "issue", "relation", "quality", "attribution", "period"]
)
def test_a_statement_is_not_about_who_says_it_or_how(name: str, context: Context) -> None:
    assert about(f"s:002-1 a att:Assertion ; att:subject id:town ; att:{name} id:mayor .", context) == {"id/town"}


def test_a_statement_is_about_what_its_things_act_for_and_what_their_names_contain(context: Context) -> None:
    found = about("s:002-1 a att:Assertion ; att:subject id:mayor ; att:object id:repairs .", context)
    assert found == {"id/mayor", "id/council", "id/town", "id/repairs", "id/works"}


def test_a_statement_is_about_what_things_of_its_own_article_lead_to(context: Context) -> None:
    found = about(
        "x:volunteers a att:Group ; att:concerns id:town . s:002-1 a att:Position ; att:object x:volunteers .", context
    )
    assert found == {"article/sample/thing/volunteers", "id/town"}


def test_a_statement_is_about_what_statements_within_it_are_about_and_never_about_statements(context: Context) -> None:
    nested = """
        s:002-1 a att:Conditional ; att:antecedent s:002-2 ; att:consequent s:002-3 .
        s:002-2 a att:Assertion ; att:subject id:works .
        s:002-3 a att:Assertion ; att:subject id:mayor ; att:object s:002-4 .
        s:002-4 a att:Assertion ; att:object id:visitors , s:002-1 .
    """
    assert about(nested, context) == {"id/works", "id/mayor", "id/council", "id/town", "id/visitors"}
    assert about(nested, context, "002-2") == {"id/works"}


def test_a_figure_is_about_what_its_observation_counts_and_measures(context: Context) -> None:
    found = about(
        "s:002-1 a att:Figure ; att:prints o:v . o:v a att:Observation ; att:indicator code:killed ;"
        " att:population id:visitors ; att:unit code:persons .",
        context,
    )
    assert found == {"code/killed", "id/visitors", "id/town"}


def test_a_statement_is_about_the_participants_and_the_place_of_its_events(context: Context) -> None:
    found = about(
        "e:m a att:Event ; att:participant id:mayor ; att:place id:town ; att:partOf e:n . e:n a att:Event ."
        " s:002-1 a att:Assertion ; att:subject e:m .",
        context,
    )
    events = {"article/sample/event/m", "article/sample/event/n"}
    assert found == events | {"id/mayor", "id/council", "id/town"}


def test_links_between_statements_make_none_about_what_another_is_about(context: Context) -> None:
    links = "sameContentAs overlapsWith contradicts opposes supports qualifies contrastsWith exampleOf elaborates"
    linked = " ; ".join(f"att:{name} s:002-2" for name in links.split())
    turtle = (
        f"s:002-1 a att:Assertion ; att:subject id:town ; {linked} . s:002-2 a att:Position ; att:object id:works ."
    )
    assert about(turtle, context) == {"id/town"}


# Other vocabularies


def has(quads: set[Quad], subject: str, predicate: str, value: str) -> bool:
    return any(
        (q.subject.value, q.predicate.value, q.object.value) == (IRIS.base + subject, predicate, value) for q in quads
    )


def test_the_classes_and_properties_above_are_stated(context: Context) -> None:
    found = implied(
        read(
            "s:002-1 a att:Position ; att:evidence p:002 ; att:claimant v:voice ; att:period t:may ;"
            " att:modality code:flat ."
        ),
        context,
    )
    one, prov = "article/sample/statement/002-1", PREFIXES["prov"]
    assert has(found, one, PREFIXES["rdf"] + "type", IRIS.term("Statement"))
    assert has(found, one, PREFIXES["rdf"] + "type", prov + "Entity")
    assert has(found, one, prov + "wasDerivedFrom", IRIS.passage("sample", 2))
    assert has(found, one, prov + "wasAttributedTo", f"{IRIS.article('sample')}/voice")
    assert has(found, one, PREFIXES["time"] + "hasTime", f"{IRIS.article('sample')}/period/may")
    assert len(found) == 5


def test_a_period_begins_and_ends_at_instants_of_its_days_where_it_has_them(context: Context) -> None:
    found = implied(
        read(
            't:a a att:Period ; att:firstDay "2024-01-01"^^xsd:date . t:b a att:Period ; att:precision code:undated .'
        ),
        context,
    )
    start, time = "article/sample/period/a#beginning", PREFIXES["time"]
    assert has(found, "article/sample/period/a", time + "hasBeginning", IRIS.base + start)
    assert has(found, start, time + "inXSDDate", "2024-01-01")
    assert not [q for q in found if q.predicate.value == time + "hasEnd"]
    assert not [q for q in found if "period/b#" in q.subject.value]


def test_things_and_events_bear_their_label_for_skos_clients_and_statements_do_not(context: Context) -> None:
    found = implied(
        read('x:a a att:Topic ; rdfs:label "a"@en . e:m a att:Event ; rdfs:label "m"@en .')
        | read('s:002-1 a att:Position ; rdfs:label "p"@en .'),
        context,
    )
    name = PREFIXES["skos"] + "prefLabel"
    assert {(q.subject.value.rsplit("/", 1)[1], q.object.value) for q in found if q.predicate.value == name} == {
        ("a", "a"),
        ("m", "m"),
    }


def test_the_encoding_made_the_graph_and_the_inferences_and_no_statement(context: Context) -> None:
    found = implied(
        read(
            "v:encoding a att:Encoding . s:002-1 a att:Position . <article/sample/statement/002-1#i1> a att:Inference ."
        ),
        context,
    )
    made = {q.subject.value for q in found if q.predicate.value == PREFIXES["prov"] + "wasGeneratedBy"}
    assert made == {ARTICLE, f"{IRIS.article('sample')}/statement/002-1#i1"}


# Taking it away again


@pytest.fixture(scope="module")
def sample_graphs(sample_home: Path) -> list[GraphFile]:
    """The graphs of the whole sample as they are published."""
    return [read.graph for read in read_graphs(Settings(home=sample_home)) if read.graph]


def test_what_is_derived_of_the_whole_sample_goes_again(sample_home: Path, sample_graphs: list[GraphFile]) -> None:
    context = Context.of(IRIS, (quad for graph in sample_graphs for quad in graph.quads()))
    corpus = load_corpus(Settings(home=sample_home))
    derived = 0
    for graph in sample_graphs:
        published = set(graph.quads())
        stated = corpus.graphs[URIRef(graph.iri)]
        if graph.iri in (IRIS.graph("shapes"), IRIS.graph("queries")):
            assert len(published) == len(stated), graph.iri
        else:
            assert len(asserted(published, context)) == len(stated), graph.iri
            assert make_graph(graph.iri, asserted(published, context), context) == graph
        derived += len(published) - len(stated)
    assert derived > 500


def test_nothing_follows_from_the_properties_that_are_not_told(sample_graphs: list[GraphFile]) -> None:
    context = Context.of(IRIS, (quad for graph in sample_graphs for quad in graph.quads()))
    [graph] = [graph for graph in sample_graphs if graph.iri == ARTICLE]
    whole = asserted(graph.quads(), context)
    untold = {quad.predicate for quad in whole} - context.told
    assert len(untold) > 20
    for predicate in untold:
        left = {quad for quad in whole if quad.predicate != predicate}
        assert implied(left, context) == implied(whole, context), predicate
        assert follows_alike(graph.nquads, make_graph(ARTICLE, left, context).nquads, context), predicate
    for predicate in {quad.predicate for quad in whole} & context.told:
        left = {quad for quad in whole if quad.predicate != predicate}
        assert not follows_alike(graph.nquads, make_graph(ARTICLE, left, context).nquads, context), predicate


def test_the_context_of_what_is_published_is_that_of_what_is_stated(
    sample_home: Path, sample_graphs: list[GraphFile]
) -> None:
    settings = Settings(home=sample_home)
    stated = read_context(settings, find_sources(settings))
    shared = {IRIS.graph(name) for name in derivation.SHARED}
    published = Context.of(IRIS, (quad for graph in sample_graphs if graph.iri in shared for quad in graph.quads()))
    assert published.order == stated.order
    assert not published.moved(stated)


def test_deriving_twice_is_deriving_once(context: Context) -> None:
    once = derive(read("s:002-1 a att:Position ; att:holder id:mayor ; att:evidence p:002 ."), context)
    assert derive(once, context) == once


def test_what_followed_from_a_triple_goes_with_it(context: Context) -> None:
    before = derive(read("s:002-1 a att:Position ; att:holder id:mayor ; att:evidence p:002 ."), context)
    position = read("s:002-1 a att:Position .")
    left = derive(before - position, context, before)
    kept = read("s:002-1 att:holder id:mayor ; att:evidence p:002 .")
    assert left == kept | implied(kept, context)
    assert not [q for q in left if q.predicate.value == IRIS.term("about")]


def test_a_class_that_is_stated_stays_where_nothing_implied_it_before(context: Context) -> None:
    statement = read("s:002-1 a att:Statement .")
    assert derive(statement, context) >= statement
    both = derive(read("s:002-1 a att:Position ; att:holder id:mayor ."), context)
    assert not derive(both - read("s:002-1 a att:Position ."), context, both) & statement
    assert derive(statement, context, statement) >= statement


def test_a_context_tells_which_things_lead_elsewhere_in_another(ontology: set[Quad]) -> None:
    one = Context.of(IRIS, ontology | read(AUTHORITY))
    other = Context.of(IRIS, ontology | read(AUTHORITY + "id:visitors att:partOf id:council ."))
    relabelled = Context.of(IRIS, ontology | read(AUTHORITY + 'id:visitors rdfs:comment "Guests."@en .'))
    assert one.moved(other) == other.moved(one) == {NamedNode(f"{IRIS.base}id/visitors")}
    assert one.moved(relabelled) == set()
    assert one.order == other.order


def test_a_context_tells_which_classes_and_properties_are_above_which(ontology: set[Quad]) -> None:
    above = "att:Position rdfs:subClassOf att:Document ."
    assert Context.of(IRIS, ontology).order != Context.of(IRIS, ontology | read(above)).order
    over = "att:holder rdfs:subPropertyOf att:claimant ."
    assert Context.of(IRIS, ontology).order != Context.of(IRIS, ontology | read(over)).order


@pytest.mark.parametrize("name", ["shapes", "queries"])
def test_nothing_is_derived_among_shapes_and_queries(name: str, context: Context) -> None:
    quads = read("s:002-1 a att:Position .", IRIS.graph(name))
    assert set(make_graph(IRIS.graph(name), quads, context).quads()) == quads


def test_what_is_stated_is_not_taken_for_derived(context: Context) -> None:
    assert asserted(read("s:002-1 a att:Position ."), context) == read("s:002-1 a att:Position .")


BOTH = "s:001-1 a att:Position . s:002-1 a att:Position . "
LINK = "s:001-1 att:opposes s:002-1 ."
BACK = "s:002-1 att:opposes s:001-1 ."
ELSEWHERE = "<article/other/statement/009-1>"


@pytest.mark.parametrize("written", [LINK, BACK, LINK + BACK])
def test_a_link_that_holds_both_ways_is_stated_both_ways_however_it_is_written(written: str, context: Context) -> None:
    whole = derive(read(BOTH + LINK + BACK), context)
    assert whole >= read(LINK + BACK)
    assert derive(read(BOTH + written), context) == whole
    assert derive(asserted(whole, context), context) == whole
    assert len(asserted(whole, context) & read(LINK + BACK)) == 1


@pytest.mark.parametrize("left", [LINK, BACK])
def test_who_takes_one_direction_of_a_link_away_takes_both(left: str, context: Context) -> None:
    before = derive(read(BOTH + LINK + BACK), context)
    assert derive(before - read(LINK + BACK) | read(left), context, before) == derive(read(BOTH), context)


def test_a_link_to_another_article_leads_back_and_was_written_from_this_one(context: Context) -> None:
    written = read(f"s:001-1 a att:Position ; att:opposes {ELSEWHERE} .")
    whole = derive(written, context)
    assert whole >= read(f"{ELSEWHERE} att:opposes s:001-1 .")
    assert asserted(whole, context) == written


def test_a_link_to_what_this_article_does_not_have_leads_nowhere_and_not_back(context: Context) -> None:
    found = derive(read("s:001-1 a att:Position ; att:opposes s:404-1 ."), context)
    assert not found & read("s:404-1 att:opposes s:001-1 .")


def test_a_link_with_a_direction_stays_as_it_is(context: Context) -> None:
    supports = read("s:001-1 att:supports s:002-1 .")
    assert derive(supports, context) == supports
