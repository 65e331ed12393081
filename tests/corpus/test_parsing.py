"""What is checked is what is published: data are read by the engine's parser, and validated by the specifications."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from kg.corpus.rdf import derive as derivation
from kg.corpus.rdf.derive import Context, asserted
from kg.corpus.rdf.graphs import GraphFile, make_graph
from kg.corpus.rdf.lexical import is_well_formed, stored_forms
from kg.corpus.rdf.turtle import NotTurtle, read_lines, read_turtle
from kg.corpus.report import Report
from kg.corpus.sources.load import load_corpus
from kg.corpus.sources.read import look, read_graphs
from kg.corpus.sources.seen import Seen
from kg.corpus.sources.sources import Source, find_sources
from kg.corpus.validation.validate import check
from kg.settings import Settings
from kg.terms import PREFIXES, Iris

BASE = Settings().base_iri
XSD = PREFIXES["xsd"]
HEAD = """@prefix att: <ns#> .
@prefix code: <code/> .
@prefix id: <id/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

"""


def lay(settings: Settings, text: str | bytes) -> Path:
    """Add a file to the records; return its path."""
    path = settings.data_dir / "authority" / "more.ttl"
    path.write_bytes(text if isinstance(text, bytes) else (HEAD + text).encode())
    return path


def found(report: Report) -> set[tuple[str, int]]:
    return {(result.shape, result.place.line if result.place else 0) for result in report.results}


# Turtle


@pytest.mark.parametrize(
    "iri", ["https://quay.example/find?by[name]=pier", "https://quay.example/#a#b", "https://quay.example/at#34.7%"]
)
def test_an_iri_that_the_engine_refuses_is_a_finding_with_its_line(sample: Settings, iri: str) -> None:
    path = lay(sample, f'id:pier a att:Place ; rdfs:label "pier"@en , "Pier"@de ;\n  schema:sameAs <{iri}> .\n')
    report = check(sample)
    assert found(report) == {("Syntax", 9)}
    assert [result.place.file for result in report.results if result.place] == [path]
    assert "Invalid IRI" in (report.results[0].message or "")


def test_white_space_before_a_language_tag_is_turtle(sample: Settings) -> None:
    lay(sample, 'id:pier a att:Place ; rdfs:label "pier" @en , "Pier"@de .\n')
    assert check(sample).results == ()


def test_a_byte_order_mark_is_no_part_of_the_data(sample: Settings) -> None:
    lay(sample, codecs.BOM_UTF8 + HEAD.encode() + b'id:pier a att:Place ; rdfs:label "pier"@en , "Pier"@de .\n')
    assert check(sample).results == ()


def test_what_is_not_utf_8_is_told_with_its_line() -> None:
    with pytest.raises(NotTurtle, match="not UTF-8 at byte 14") as error:
        read_turtle(b"# one\n# two\n# \xe9\n", BASE)
    assert error.value.line == 3


@pytest.mark.parametrize(
    "text", ["<a> <b> <<( <c> <d> <e> )>> .", "<a> <b> <c> {| <d> <e> |} .", '<a> <b> "c"@en--ltr .']
)
def test_what_is_of_rdf_1_2_is_refused(text: str) -> None:
    with pytest.raises(NotTurtle, match=r"RDF 1\.2") as error:
        read_turtle(f"\n\n{text}\n".encode(), BASE)
    assert error.value.line == 3


@pytest.mark.parametrize(("marks", "line"), [("<=>", 9), ("=>", 11), (">", 13), ("<|=>", 9)])
def test_marks_of_a_conflict_in_git_are_told_at_the_first(marks: str, line: int) -> None:
    mine, base, theirs = ('id:slip a att:Place ;\n  rdfs:label "slip"@en .\n' for _ in range(3))
    lines = [f"{HEAD}id:pier a att:Place .\n", "<<<<<<< HEAD\n", mine]
    lines += ["||||||| 1a2b3c4\n", base] if "|" in marks else []
    lines += ["=======\n", theirs, ">>>>>>> other/branch\n", 'id:quay rdfs:label "quay\\#1"@en .\n']
    text = "".join(one for one in lines if one[0] not in "<|=>" or one[0] in marks)
    with pytest.raises(NotTurtle, match="Keep what is right of both") as refused:
        list(read_turtle(text.encode(), BASE))
    assert refused.value.line == line


def test_a_line_of_equals_signs_in_a_text_is_no_conflict() -> None:
    text = f'{HEAD}id:pier rdfs:comment """A rule:\n=======\n""" .\nid:slip a .\n'
    with pytest.raises(NotTurtle) as refused:
        list(read_turtle(text.encode(), BASE))
    assert refused.value.line == text.count("\n")
    assert "git" not in refused.value.why


def test_each_triple_has_the_line_on_which_it_ends() -> None:
    text = b"<a> <b> <c> ,\n<d> ;\n\n# no\n<e> 1 .\n<f> <g> [\n<h> 'i' ;\n<j> <k>\n] .\n"
    lines = {(quad.predicate.value.removeprefix(BASE), line) for quad, line in read_lines(text, BASE)}
    assert lines == {("b", 1), ("b", 2), ("e", 5), ("h", 7), ("j", 8), ("g", 9)}


# Literals


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("2025-W51-6", "date"),
        ("2025-12-20T10:00:00", "date"),
        ("2025-02-29", "date"),
        ("1900-02-29", "date"),
        ("20251220", "date"),
        ("2025-12-20T24:00:01", "dateTime"),
        ("2025-12-20T10:00", "dateTime"),
        ("2025-12-20T10:00:00", "dateTimeStamp"),
        ("10:00", "time"),
        ("25", "gYear"),
        ("2025-13", "gYearMonth"),
        ("--02-30", "gMonthDay"),
        ("P", "duration"),
        ("P1DT", "duration"),
        ("P1Y", "dayTimeDuration"),
        ("yes", "boolean"),
        ("1,240", "integer"),
        (" 1", "integer"),
        ("1\n", "integer"),
        ("\u0663", "integer"),
        ("1.0", "integer"),
        ("1e5", "decimal"),
        ("INFINITY", "double"),
        ("-1", "nonNegativeInteger"),
        ("0", "positiveInteger"),
        ("128", "byte"),
        ("256", "unsignedByte"),
        ("ABC", "hexBinary"),
        ("a", "base64Binary"),
        ("en_GB", "language"),
    ],
)
def test_a_text_that_xsd_1_1_does_not_allow_is_no_literal_of_its_datatype(text: str, datatype: str) -> None:
    assert not is_well_formed(text, XSD + datatype)


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("2024-02-29", "date"),
        ("2000-02-29Z", "date"),
        ("0000-01-01", "date"),
        ("-0044-03-15", "date"),
        ("12025-12-20+14:00", "date"),
        ("2025-12-20T24:00:00", "dateTime"),
        ("2025-12-20T10:00:00.5-05:00", "dateTimeStamp"),
        ("--02-29", "gMonthDay"),
        ("-P1Y2M3DT4H5M6.7S", "duration"),
        ("PT0S", "dayTimeDuration"),
        ("1", "boolean"),
        ("+01", "integer"),
        (".5", "decimal"),
        ("-INF", "float"),
        ("1E-7", "double"),
        ("-0", "nonNegativeInteger"),
        ("-128", "byte"),
        ("", "hexBinary"),
        ("YQ==", "base64Binary"),
        ("de-CH-1996", "language"),
        ("anything", "string"),
        ("anything", "anyURI"),
    ],
)
def test_a_text_that_xsd_1_1_allows_is_a_literal_of_its_datatype(text: str, datatype: str) -> None:
    assert is_well_formed(text, XSD + datatype)


def test_of_datatypes_that_xsd_does_not_define_nothing_is_said() -> None:
    assert is_well_formed("anything", "https://quay.example/depth")


@pytest.mark.parametrize("day", ["2025-W51-6", "2025-12-20T10:00:00"])
def test_a_date_that_is_none_is_a_finding_with_its_line(sample: Settings, day: str) -> None:
    lay(sample, f'id:pier a att:Place ; rdfs:label "pier"@en , "Pier"@de ;\n  rdfs:comment "{day}"^^xsd:date .\n')
    assert found(check(sample)) == {("LiteralForm", 9)}


def test_a_literal_that_its_shape_reports_is_not_reported_twice(sample: Settings) -> None:
    path = sample.data_dir / "articles" / "sample" / "events.ttl"
    text = path.read_text("utf-8")
    day = '"2024-12-31"^^xsd:date'
    assert text.count(day) == 1
    path.write_text(text.replace(day, '"2024-12-32"^^xsd:date'), "utf-8")
    assert {result.shape for result in check(sample).results} == {"PeriodDays"}


def test_a_literal_that_the_store_would_rewrite_is_a_finding_with_its_line(sample: Settings) -> None:
    lay(sample, 'id:pier a att:Place ; rdfs:label "pier"@en , "Pier"@de ;\n  rdfs:comment "1.50"^^xsd:decimal .\n')
    report = check(sample)
    assert found(report) == {("LiteralStored", 9)}
    assert '"1.5"' in (report.results[0].message or "")


def test_only_literals_that_the_store_rewrites_have_another_form() -> None:
    def typed(text: str, datatype: str) -> Literal:
        return Literal(text, datatype=NamedNode(XSD + datatype))

    kept = [typed("1", "integer"), typed("x", "integer"), typed("01", "string"), typed("2025-12-20", "date")]
    assert stored_forms([*kept, typed("01", "integer")]) == {typed("01", "integer"): typed("1", "integer")}


# The end of a text in a pattern (SHACL §4.4.3: XPath's $, without the flag m, is the end of the text)


@pytest.mark.parametrize(("term", "shape"), [("att:printed", "FewWords"), ("att:digest", "Digest")])
def test_a_line_end_at_the_end_of_a_text_is_no_end_of_it(sample: Settings, term: str, shape: str) -> None:
    path = next(
        path
        for path in sorted((sample.data_dir / "articles" / "sample").glob("*.ttl"))
        if f'{term} "' in path.read_text("utf-8")
    )
    before, _, rest = path.read_text("utf-8").partition(f'{term} "')
    words, _, after = rest.partition('"')
    path.write_text(f'{before}{term} "{words}\\n"{after}', "utf-8")
    assert shape in {result.shape for result in check(sample.with_(texts=None)).results}


# Graphs as they are published


def test_the_graphs_that_are_published_hold_what_the_files_hold_and_the_classes_above(sample: Settings) -> None:
    corpus = load_corpus(sample)
    graphs = {read.source.graph: read.graph for read in read_graphs(sample)}
    assert set(graphs) == {str(name) for name in corpus.graphs}
    context = Context.of(Iris(BASE), (quad for graph in graphs.values() if graph for quad in graph.quads()))
    for name, graph in graphs.items():
        assert graph
        own = [*corpus.graphs[corpus.graph(name.removeprefix(f"{BASE}graph/")).identifier]]  # type: ignore[index]
        held = graph.quads() if name.endswith(("/shapes", "/queries")) else asserted(graph.quads(), context)
        assert len(held) == len(own), name


def test_what_is_known_is_not_read_and_what_changed_is(sample: Settings) -> None:
    known = {read.source.graph: read.key for read in read_graphs(sample)}
    assert all(read.graph is None for read in read_graphs(sample, known))
    lay(sample, 'id:pier a att:Place ; rdfs:label "pier"@en , "Pier"@de .\n')
    assert [read.source.graph for read in read_graphs(sample, known) if read.graph] == [f"{BASE}graph/authority"]


def test_of_files_that_were_seen_only_those_are_opened_that_changed(
    sample: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.corpus.sources.seen.MOMENT", 0)
    memory = tmp_path / "seen.json"
    known = {read.source.graph: read.key for read in read_graphs(sample, looked=look(sample, Seen(memory)))}
    lay(sample, 'id:pier a att:Place ; rdfs:label "pier"@en , "Pier"@de .\n')
    opened: list[str] = []
    digest = Source.digest

    def listen(self: Source, settings: Settings) -> str:
        opened.append(self.graph)
        return digest(self, settings)

    monkeypatch.setattr(Source, "digest", listen)
    changed = [
        read.source.graph for read in read_graphs(sample, known, looked=look(sample, Seen(memory))) if read.graph
    ]
    assert changed == opened == [f"{BASE}graph/authority"]


def test_the_folder_of_data_may_be_the_one_that_kg_runs_in(sample: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = find_sources(sample)
    monkeypatch.chdir(sample.data_dir)
    here = find_sources(sample.with_(data=Path()))
    assert [source.graph for source in here] == [source.graph for source in whole]
    assert [[file.resolve() for file in source.files] for source in here] == [[*source.files] for source in whole]


def test_every_graph_is_read_anew_where_the_class_hierarchy_changes(sample: Settings) -> None:
    known = {read.source.graph: read.key for read in read_graphs(sample)}
    with (sample.ontology_dir / "kg.ttl").open("a", encoding="utf-8") as file:
        file.write("att:Place rdfs:subClassOf att:Actor .\n")
    assert all(read.graph for read in read_graphs(sample, known))


A, B, C, D = (NamedNode(BASE + name) for name in "abcd")


def quad(subject: NamedNode, cls: NamedNode) -> Quad:
    return Quad(subject, NamedNode(PREFIXES["rdf"] + "type"), cls, NamedNode(f"{BASE}graph/one"))


HIERARCHY = Context(BASE, {A: frozenset({B, C}), B: frozenset({C}), D: frozenset({C})}, {}, {}, frozenset())


def derive(quads: set[Quad], context: Context, before: Iterable[Quad] = ()) -> set[Quad]:
    return derivation.derive(NamedNode(f"{BASE}graph/one"), quads, context, before)


def test_every_class_above_is_derived_and_taken_away_again() -> None:
    thing = NamedNode(f"{BASE}thing")
    derived = derive({quad(thing, A)}, HIERARCHY)
    assert derived == {quad(thing, A), quad(thing, B), quad(thing, C)}
    assert asserted(derived, HIERARCHY) == {quad(thing, A)}
    assert derive(derived, HIERARCHY) == derived


def test_what_a_class_that_was_taken_away_implied_goes_with_it() -> None:
    thing = NamedNode(f"{BASE}thing")
    before = derive({quad(thing, A)}, HIERARCHY)
    assert derive(before - {quad(thing, A)}, HIERARCHY, before) == set()
    assert derive(before - {quad(thing, A)} | {quad(thing, D)}, HIERARCHY, before) == {quad(thing, D), quad(thing, C)}


def test_a_graph_is_canonical_whatever_its_order_and_blank_node_labels() -> None:
    def graph(text: str) -> GraphFile:
        return make_graph(f"{BASE}graph/one", read_turtle(text.encode(), BASE), HIERARCHY)

    assert graph("<a> <b> [ <c> 1 ] , [ <c> 2 ] .") == graph("_:x <c> 2 . _:y <c> 1 . <a> <b> _:y , _:x .")
    assert graph("<a> <b> [] .").nquads.endswith(b"_:c14n0 <https://attested.example/graph/one> .\n")
