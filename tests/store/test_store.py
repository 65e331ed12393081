"""Guarantees of the store: whole answers in each form, datasets, bindings, marked errors, and what builds ask."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import rdflib

from helpers.storing import (
    ALL,
    EX,
    NQUADS,
    ONE,
    TWO,
    rows,
    subjects,
)
from kg import errors
from kg.store import GRAPH_TYPES, ROW_TYPES, Query
from kg.store.pool.embedded import Pool
from kg.store.sparql.tokens import names_dataset, read_form, read_prefixes
from kg.store.stores.bulk import canonical_nquads, dump_store, load_store

# Answers


@pytest.mark.parametrize("media_type", ROW_TYPES)
def test_solutions_parse_back_from_each_row_type(pool: Pool, media_type: str) -> None:
    answer = pool.query(Query(f"SELECT ?o {{ <{EX}b> <{EX}p> ?o }}", row_type=media_type))
    assert (answer.kind, answer.media_type) == ("solutions", media_type)
    if media_type == "text/csv":
        assert list(csv.reader(io.StringIO(answer.body.decode()))) == [["o"], ['två, "2"']]
    else:
        parser = {"json": "json", "xml": "xml"}.get(media_type.rpartition("+")[2], "tsv")
        [solution] = rdflib.query.Result.parse(io.BytesIO(answer.body), format=parser)
        assert solution.o == rdflib.Literal('två, "2"', lang="sv")


@pytest.mark.parametrize("media_type", ROW_TYPES)
@pytest.mark.parametrize(("pattern", "truth"), [("?s ?p ?o", "true"), (f"?s <{EX}none> ?o", "false")])
def test_ask_answers_in_each_row_type(pool: Pool, media_type: str, pattern: str, truth: str) -> None:
    answer = pool.query(Query(f"ASK {{ {pattern} }}", row_type=media_type))
    assert (answer.kind, answer.media_type) == ("boolean", media_type)
    if media_type.endswith("json"):
        assert json.loads(answer.body)["boolean"] is (truth == "true")
    elif media_type.endswith("xml"):
        assert ElementTree.fromstring(answer.body)[1].text == truth  # noqa: S314 - our own answer
    else:
        assert answer.body.decode() == truth


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib's own JSON-LD parser uses it
@pytest.mark.parametrize("media_type", GRAPH_TYPES)
@pytest.mark.parametrize("text", ["CONSTRUCT WHERE { ?s ?p ?o }", f"DESCRIBE <{EX}a> <{EX}b> ?x {{ ?x <{EX}q> ?y }}"])
def test_a_graph_parses_back_from_each_graph_type(pool: Pool, media_type: str, text: str) -> None:
    answer = pool.query(Query(text, graph_type=media_type))
    assert (answer.kind, answer.media_type) == ("graph", media_type)
    # a graph in TriG or N-Quads is all in the default graph, so it is Turtle or N-Triples too
    parser = {"application/trig": "turtle", "application/n-quads": "nt"}.get(media_type, media_type)
    parsed = rdflib.Graph().parse(data=answer.body, format=parser)
    assert len(parsed) == 4
    assert (rdflib.URIRef(f"{EX}b"), rdflib.URIRef(f"{EX}p"), rdflib.Literal('två, "2"', lang="sv")) in parsed


def test_turtle_uses_the_prefixes_that_the_query_declares(pool: Pool) -> None:
    prologue = f"PREFIX ex: <{EX}> PREFIX skos: <{EX}other/> BASE <{EX}> PREFIX r: <rel/>"
    turtle = pool.query(Query(prologue + "CONSTRUCT WHERE { ?s ex:p 'one' }")).body.decode()
    assert 'ex:a ex:p "one"' in turtle
    assert f"@prefix skos: <{EX}other/>" in turtle


def test_turtle_uses_prefixes_that_are_declared_by_relative_iris(pool: Pool) -> None:
    text = "PREFIX g: <graph/> PREFIX n: <ns#> CONSTRUCT { g:1 n:term <id/x> } {}"
    turtle = pool.query(Query(text, base_iri=EX)).body.decode()
    assert f"@prefix n: <{EX}ns#> ." in turtle
    assert "\ng:1 n:term id:x ." in turtle


@pytest.mark.parametrize(
    ("text", "types"),
    [
        (ALL, {"row_type": None}),
        ("ASK {}", {"row_type": "text/html"}),
        ("DESCRIBE <x:x>", {"graph_type": None}),
    ],
)
def test_a_kind_of_answer_without_an_accepted_type_is_not_acceptable(
    pool: Pool, text: str, types: dict[str, str | None]
) -> None:
    with pytest.raises(errors.QueryNotAcceptable, match="Accept one of: "):
        pool.query(Query(text, **types))


# The dataset


def test_the_default_graph_is_the_union_of_all_graphs(pool: Pool) -> None:
    assert subjects(pool) == ["a", "a", "b"]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [(f"FROM <{ONE}>", ["a", "a"]), (f"FROM NAMED <{ONE}>", []), (f"FROM <{TWO}> FROM NAMED <{ONE}>", ["b"])],
)
def test_a_query_s_own_dataset_is_honoured(pool: Pool, clause: str, expected: list[str]) -> None:
    assert subjects(pool, f"SELECT ?s {clause} {{ ?s ?p ?o }}") == expected


def test_the_request_s_graphs_replace_the_query_s_own(pool: Pool) -> None:
    text = f"SELECT ?s FROM <{ONE}> {{ ?s ?p ?o }}"  # noqa: S608 - it is SPARQL, and of constants
    assert subjects(pool, text, default_graphs=(TWO,)) == ["b"]


def test_a_default_graph_named_twice_is_merged(pool: Pool) -> None:
    assert subjects(pool, default_graphs=(ONE, ONE)) == ["a", "a"]


def test_named_graphs_alone_leave_the_default_graph_empty(pool: Pool) -> None:
    assert subjects(pool, named_graphs=(ONE,)) == []
    in_graphs = "SELECT ?s ?g { GRAPH ?g { ?s ?p ?o } }"
    assert subjects(pool, in_graphs, named_graphs=(ONE,)) == ["a", "a"]
    assert subjects(pool, in_graphs, default_graphs=(ONE,)) == []


def test_a_graph_that_is_no_iri_is_refused_by_name(pool: Pool) -> None:
    with pytest.raises(errors.QuerySyntaxError, match="'graph 1' is not an absolute IRI"):
        pool.query(Query(ALL, default_graphs=("graph 1",)))


def test_relative_iris_resolve_against_the_base(pool: Pool) -> None:
    assert rows(pool, "SELECT ?o { <a> <p> ?o }", base_iri=EX) == [{"o": "one"}]


# Bindings


@pytest.mark.parametrize(
    ("text", "term", "expected"),
    [
        ("SELECT ?s ?v { ?s ?p ?v }", f"<{EX}b>", ["a"]),
        ("SELECT ?s ?v { ?s ?p ?o FILTER(?o = ?v) }", '"one"', ["a"]),
        ("SELECT ?s ?v { ?s ?p ?v }", '"tv\\u00E5, \\"2\\""@sv', ["b"]),
        ("SELECT ?s ?v { ?s ?p ?v }", '"one" } UNION { ?s ?p ?o', None),
        ("SELECT ?s ?v { ?s ?p ?v }", '"one" .\n<x:> <x:> "two"', None),
        ("SELECT ?s ?v { ?s ?p ?v }", "", None),
    ],
)
def test_bindings_bind_and_nothing_else(pool: Pool, text: str, term: str, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(errors.QuerySyntaxError, match=r"\?v cannot be"):
            subjects(pool, text, bindings={"v": term})
    else:
        assert subjects(pool, text, bindings={"v": term}) == expected


def test_a_binding_that_the_select_does_not_name_is_an_error(pool: Pool) -> None:
    with pytest.raises(errors.QueryError, match=r"\?v in its SELECT projection.*Name it after SELECT"):
        pool.query(Query("SELECT ?s { ?s ?p ?v }", bindings={"v": '"one"'}))


# Errors of the query


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("SELECT ?s WHERE ?s ?p ?o }", 1, 17, "expected “{” before “?s ?p ?o }”"),
        ("SELECT ?s\nWHERE { ?s ?p ?o OPTIONL { } }", 2, 18, "cannot be read on from “OPTIONL { } }”"),
        ("SELECT ?s\nWHERE {\n  ?s foo:bar ?o }", 3, 6, "the prefix foo: is not declared. Add a line PREFIX foo: <…>."),
        ("SELECT ?s { ?s a att:Event }", 1, 18, "Add a line PREFIX att: <ns#>."),
        ("SELECT ?s { ?s dcterms:title ?t }", 1, 16, "Add a line PREFIX dcterms: <http://purl.org/dc/terms/>."),
        ("SELECT ?s { ?s ?p <rel> }", 1, 19, "relative where the query has no BASE"),
        ("SELECT ?s { ?s ?p 'é😀 }", 1, 24, "a string is not closed"),
        ("SELEKT ?s { ?s ?p ?o }", 1, 1, "starts with SELECT, ASK, CONSTRUCT or DESCRIBE, not with SELEKT"),
        ("SELECT ?s { ?s ?p ?o } }", 1, 25, "cannot be read to its end"),
        ("SELECT (?s AS ?o) { ?s ?p ?o }", 1, 31, "overrides an existing variable"),
        ("PREFIX a: <x:>\nINSERT DATA { a:b a:b a:b }", None, None, "This is an update (INSERT)"),
        (" # nothing\n", None, None, "There is no query"),
    ],
)
def test_a_syntax_error_says_where_and_what(
    pool: Pool, text: str, line: int | None, column: int | None, said: str
) -> None:
    with pytest.raises(errors.QuerySyntaxError) as caught:
        pool.query(Query(text))
    assert (caught.value.line, caught.value.column) == (line, column)
    assert said in str(caught.value)


def test_a_failed_evaluation_is_an_error_and_not_an_empty_answer(pool: Pool) -> None:
    with pytest.raises(errors.QueryError, match=r"There is no function <x:f> here"):
        pool.query(Query("SELECT ?s { ?s ?p ?o FILTER(<x:f>(?o)) }"))


def test_tokens_tell_form_prefixes_and_dataset() -> None:
    text = """# ASK FROM <x:x>
        BASE <x:> PREFIX from: <#from>
        SELECT ('FROM' AS ?from) { ?from from:a ''' ' FROM <x:x> ''' }"""
    assert (read_form(text), names_dataset(text)) == ("SELECT", False)
    assert read_prefixes(text) == {"from": "#from"}
    assert names_dataset("DESCRIBE from:x\nfrom<x:x>{}")
    assert not names_dataset("ASK { { SELECT * FROM <x:x> {} } }")


# Bulk


def test_canonical_nquads_depend_on_the_dataset_alone() -> None:
    one = b'_:a <x:p> _:b <x:g> .\n_:b <x:p> "\\u00e9" <x:g> .\n'
    two = '_:z <x:p> "é" <x:g> .\n_:z <x:p> "é" <x:g> .\n\n# so it is\n_:a <x:p> _:z <x:g> .'.encode()
    assert canonical_nquads(one) == canonical_nquads(two)
    assert canonical_nquads(one) != canonical_nquads(one.replace(b"_:b <x:p> ", b"_:c <x:p> "))
    assert canonical_nquads(one) == '_:c14n0 <x:p> "é" <x:g> .\n_:c14n1 <x:p> _:c14n0 <x:g> .\n'.encode()
    assert canonical_nquads(b"") == b""


def test_a_dump_equals_what_was_loaded(directory: Path) -> None:
    assert dump_store(directory) == canonical_nquads(NQUADS)


def test_a_dump_shows_what_the_store_rewrote(tmp_path: Path) -> None:
    nquads = b'<x:s> <x:p> "007"^^<http://www.w3.org/2001/XMLSchema#int> <x:g> .\n'
    load_store([nquads], tmp_path / "store")
    assert dump_store(tmp_path / "store") != canonical_nquads(nquads)


def test_bulk_refuses_what_it_cannot_do_right(directory: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.ReleaseError, match="is there already"):
        load_store([NQUADS], directory)
    with pytest.raises(errors.DataError, match="line 1"):
        load_store([b"<x:s> <x:p> <not an iri> <x:g> .\n"], tmp_path / "store")
    with pytest.raises(errors.DataError, match="line 1"):
        canonical_nquads(b"nonsense")
    with pytest.raises(errors.ReleaseError, match="cannot be read"):
        dump_store(tmp_path / "none")
