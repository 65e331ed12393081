"""The stored queries answer what was worked out from the article before they were run."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
import rdflib
from pyoxigraph import QueryResultsFormat, QuerySolutions, QueryTriples, Store
from rdflib.namespace import SH

from helpers.serving import BASE, HOME, Server
from kg.corpus.validation.validate import check
from kg.errors import DataError
from kg.queries import page, read_queries, read_query
from kg.settings import Settings

FILES = sorted((HOME / "queries").glob("*.rq"))
EXPECTED = HOME / "tests" / "expected"


EXAMPLES = ".examples"
"""End of the name of a file that has the answer for the example value of each parameter, where the whole is long."""


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_every_query_has_an_expected_answer_and_the_other_way_round() -> None:
    assert FILES
    assert [path.stem for path in FILES] == sorted(path.stem.removesuffix(EXAMPLES) for path in EXPECTED.glob("*.csv"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_answer_is_the_one_worked_out_from_the_article(server: Server, path: Path) -> None:
    """Rows are compared in order where the query orders them, else in any order."""
    query = read_query(path, BASE)
    expected = EXPECTED / f"{path.stem}.csv"
    if expected.exists():
        answer = server.query(query.text, "text/csv")
    else:
        expected = EXPECTED / f"{path.stem}{EXAMPLES}.csv"
        given = urlencode({parameter.name: parameter.example for parameter in query.parameters})
        answer = server.get(f"/api/{path.stem}.csv?{given}")
    assert answer.status == 200, answer.text
    found, wanted = rows(answer.text), rows(expected.read_text(encoding="utf-8"))
    assert found[0] == wanted[0]
    if "ORDER BY" not in query.text:
        found, wanted = [found[0], *sorted(found[1:])], [wanted[0], *sorted(wanted[1:])]
    assert found == wanted


LACKING = """
BASE <https://attested.example/> PREFIX att: <ns#>
INSERT DATA {
  GRAPH <graph/one> {
    <s1> a att:Statement ; att:evidence <p1> . <s2> a att:Statement , att:Assertion .
    <s3> a att:Statement ; att:evidence <p1> , <p2> .
  }
  GRAPH <graph/two> { <s4> a att:Statement . <s2> a att:Statement }
  GRAPH <graph/three> { <s4> att:evidence <p3> . <e1> a att:Entity , att:State ; att:member <e2> ; att:actsFor <e3> }
}
"""


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("statements-without-evidence", [["statement"], [BASE + "s2"]]),
        ("bare-triples", [["subject", "predicate", "object"], [BASE + "e1", BASE + "ns#member", BASE + "e2"]]),
    ],
)
def test_a_check_whose_answer_is_empty_finds_what_should_not_be(name: str, found: list[list[str]]) -> None:
    store = Store()
    store.update(LACKING)
    text = page(read_query(HOME / "queries" / f"{name}.rq", BASE).text, 1000)
    answer = store.query(text, use_default_graph_as_union=True)
    assert isinstance(answer, QuerySolutions)
    assert rows((answer.serialize(format=QueryResultsFormat.CSV) or b"").decode()) == found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_relation_is_never_told_without_its_negation_and_modality(path: Path) -> None:
    """A row that says what has which relation to what, or which number a figure prints, says how firmly, too."""
    text = read_query(path, BASE).text
    columns = set(re.findall(r"\?(\w+)", re.split(r"\bWHERE\b", text, maxsplit=1)[0]))
    is_said = {"statement", "figure"} & columns and "COUNT(" not in text
    if is_said and columns & {"relation", "object", "indicator"}:
        assert columns >= {"negated", "modality"}


DENIED = """
BASE <https://attested.example/> PREFIX att: <ns#> PREFIX code: <code/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
INSERT DATA {
  <k> att:indicator code:killed ; att:period <t> ; att:value 7 ; att:bound code:as-printed .
  <i> att:indicator code:injured ; att:period <t> ; att:value 9 ; att:bound code:as-printed .
  code:as-printed rdfs:label "as printed"@en . code:flat rdfs:label "outright"@en .
  <t> rdfs:label "May"@en ; att:firstDay 1 ; att:lastDay 31 .
  <f1> att:prints <k> ; att:claimant <monitors> ; att:evidence <p2> ; att:modality code:flat .
  <f2> att:prints <k> ; att:claimant <army> ; att:evidence <p2> ; att:modality code:flat ; att:negated true .
  <monitors> rdfs:label "monitors"@en . <army> rdfs:label "the army"@en .
  <f1> a att:Figure . <f2> a att:Figure . <k> rdfs:label "killed in May"@en ; att:unit code:persons .
  <f0> att:prints <k> ; att:claimant <army> ; att:evidence <p1> ; att:modality code:flat ; att:negated true .
  <p2> <http://www.w3.org/ns/oa#hasSource> <article/some> . <article/some> rdfs:label "some"@en .
}
"""


def test_who_denies_a_number_of_casualties_is_not_named_as_giving_it() -> None:
    """Nor does a denial that is printed first hide who gives the number after it."""
    store = Store()
    store.update(DENIED)
    text = read_query(HOME / "queries" / "casualties-by-period.rq", BASE).text
    answer = store.query(text)
    assert isinstance(answer, QuerySolutions)
    assert [str(row["claimantLabel"].value) for row in answer] == ["monitors"]
    exported = store.query(read_query(HOME / "queries" / "export" / "casualties.rq", BASE).text)
    assert isinstance(exported, QueryTriples)
    given = {t.object.value for t in exported if t.predicate.value == f"{BASE}export/casualties#claimant"}
    assert given == {f"{BASE}monitors"}


def test_every_query_is_published_for_editors_to_offer(server: Server) -> None:
    answer = server.query("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <graph/queries> { ?s ?p ?o } }", "text/turtle")
    graph = rdflib.Graph().parse(data=answer.body, format="turtle")
    published = {str(name): str(text) for name, text in graph.subject_objects(SH.select | SH.construct)}
    assert published == {BASE + f"query/{q.name}": q.text for q in read_queries(HOME / "queries", BASE)}


def test_every_published_query_has_a_page_that_runs_it(server: Server) -> None:
    for path in FILES:
        shown = server.get(f"/query/{path.stem}", "text/html")
        assert shown.status == 200
        assert "/sparql?query=BASE" in shown.text


def test_every_query_says_what_it_asks_in_german_too() -> None:
    for query in read_queries(HOME / "queries", BASE):
        assert [language for language, _ in query.titles] == ["de"], query.name
        assert [language for language, _ in query.descriptions] == ["de"], query.name
        for each in query.parameters:
            assert [language for language, _ in each.translations] == ["de"], (query.name, each.name)


def test_what_a_query_asks_is_published_in_each_of_its_languages(server: Server) -> None:
    text = f"""SELECT ?label ?comment ?told {{ <{BASE}query/about> rdfs:label ?label ; rdfs:comment ?comment .
      <{BASE}query/about#about> sh:description ?told FILTER(LANG(?label) = "de" && LANG(?comment) = "de" &&
      LANG(?told) = "de") }}"""
    prefixes = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX sh: <http://www.w3.org/ns/shacl#> "
    [_, row] = rows(server.query(prefixes + text, "text/csv").text)
    assert row[0] == "Was wird über etwas gesagt, von wem, wie bestimmt und wo?"
    assert row[2] == "wovon die Aussage handelt"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "no-such-parameter.rq",
            "# title: t\n# description: d\n# keywords: k\n# parameter@de: x: was x ist\nASK {}\n",
            "must begin with the name of a parameter and a colon. There is none",
        ),
        ("no-title.rq", "# description: d\n# keywords: k\nASK {}\n", "the header lacks title"),
        ("latin.rq", "# title: d\xe9j\xe0\n# description: d\n# keywords: k\nASK {}\n", "not UTF-8 at byte 10"),
        ("Bad_Name.rq", "# title: t\n# description: d\n# keywords: k\nASK {}\n", "lower-case"),
    ],
)
def test_a_query_file_that_lacks_something_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content, "latin-1")
    with pytest.raises(DataError, match=said):
        read_queries(tmp_path, BASE)


@pytest.mark.parametrize("way", ["removed", "emptied"])
def test_a_folder_without_queries_is_an_error_that_names_it(tmp_path: Path, way: str) -> None:
    folder = tmp_path / "queries"
    if way == "emptied":
        folder.mkdir()
    with pytest.raises(DataError, match=f"{folder} holds no .rq file"):
        read_queries(folder, BASE)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("SELECT ?s WHERE {\n  ?s a\n}\n", 5),
        ("PREFIX a: <b#>\nASK {\n  ?s b:c ?o\n}\n", 6),
        ("ASK {\n  ?s ?p ?o\n", 6),
    ],
    ids=["unfinished triple", "prefix not declared", "unclosed bracket"],
)
def test_a_query_that_is_not_sparql_is_reported_with_its_line(sample: Settings, body: str, line: int) -> None:
    path = sample.queries_dir / "wrong.rq"
    path.write_text(f"# title: t\n# description: d\n# keywords: k\n{body}")
    report = check(sample)
    assert [(r.shape, str(r.place)) for r in report.results] == [("Syntax", f"{path}:{line}")]
