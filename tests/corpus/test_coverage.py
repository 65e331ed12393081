"""Coverage: what is not encoded is visible, and nothing of the first article is."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from click.testing import CliRunner

from helpers.serving import HOME, Server
from kg.cli import main
from kg.corpus.evidence.coverage import measure_coverage
from kg.corpus.rdf.graph_view import GraphView
from kg.corpus.sources.load import load_corpus
from kg.errors import DataError
from kg.reading import read_statement
from kg.settings import Settings
from kg.terms import Iris


def test_every_passage_of_the_first_article_is_encoded_or_structural(settings: Settings) -> None:
    (coverage,) = measure_coverage(load_corpus(settings), "florida-talks")
    assert [p.number for p in coverage.passages] == list(range(1, 113))
    assert [p.number for p in coverage.passages if p.state not in ("encoded", "structural")] == []


def test_a_passage_without_statements_is_open_until_a_reason_is_written(sample: Settings) -> None:
    folder = sample.data_dir / "articles" / "sample"
    (folder / "events.ttl").write_text("# none\n", "utf-8")
    (folder / "statements-001.ttl").write_text(
        "@prefix p: <article/sample/passage/> .\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        'p:002 skos:editorialNote "An advertisement."@en .\n',
        "utf-8",
    )
    (coverage,) = measure_coverage(load_corpus(sample))
    states = {p.number: (p.kind, p.state, p.reason) for p in coverage.passages}
    assert states[2][1:] == ("not encoded", "An advertisement.")
    for kind, state, _ in (state for number, state in states.items() if number != 2):
        assert state == ("structural" if kind in ("heading", "table-header") else "open")


def test_text_and_json_tell_the_same() -> None:
    environment = {"KG_HOME": str(HOME), "KG_TEXTS": ""}
    text = CliRunner().invoke(main, ["coverage"], env=environment).output
    (whole,) = json.loads(CliRunner().invoke(main, ["coverage", "--format", "json"], env=environment).output)
    assert whole["article"] == "florida-talks"
    lines = text.splitlines()
    assert len(lines) == len(whole["passages"]) + 1
    for line, passage in zip(lines, whole["passages"], strict=False):
        assert line.split()[0] == str(passage["number"])
        assert passage["state"] in line
        assert all(statement in line for statement in passage["statements"])
    assert f"{len(whole['passages'])} passages" in lines[-1]


def test_each_statement_is_put_into_words_where_a_language_is_asked_for(sample: Settings) -> None:
    environment = {"KG_HOME": str(sample.home)}
    plain, worded = (
        CliRunner().invoke(main, ["coverage", "--format", "json", *more], env=environment).output
        for more in ([], ["--language", "de"])
    )
    assert [p["readings"] for p in json.loads(plain)[0]["passages"] if p["readings"]] == []
    view = GraphView(load_corpus(sample).data, Iris(sample.base_iri))
    statement = f"{sample.base_iri}article/sample/statement/"
    passages = json.loads(worded)[0]["passages"]
    assert any(p["statements"] for p in passages)
    for passage in passages:
        assert passage["readings"] == [str(read_statement(view, statement + s, "de")) for s in passage["statements"]]
    text = CliRunner().invoke(main, ["coverage", "--language", "de"], env=environment).output
    assert all(reading in text for passage in passages for reading in passage["readings"])


def test_of_one_article_each_statement_is_put_into_words_unasked(sample: Settings) -> None:
    text = CliRunner().invoke(main, ["coverage", "sample"], env={"KG_HOME": str(sample.home)}).output
    view = GraphView(load_corpus(sample).data, Iris(sample.base_iri))
    assert str(read_statement(view, f"{sample.base_iri}article/sample/statement/002-1", "en")) in text


def test_the_coverage_of_one_article_leaves_out_the_others(sample: Settings) -> None:
    other = sample.data_dir / "articles" / "other"
    shutil.copytree(sample.data_dir / "articles" / "sample", other)
    for file in other.glob("*.ttl"):
        file.write_text(file.read_text("utf-8").replace("article/sample", "article/other"), "utf-8")
    environment = {"KG_HOME": str(sample.home), "KG_TEXTS": ""}
    for asked, shown in ((["other"], ["other"]), (["sample"], ["sample"]), ([], ["other", "sample"])):
        result = CliRunner().invoke(main, ["coverage", "--format", "json", *asked], env=environment)
        assert result.exit_code == 0, result.output
        found = json.loads(result.output)
        assert sorted(one["article"] for one in found) == shown
        for one in found:
            statements = [statement for passage in one["passages"] for statement in passage["statements"]]
            assert statements
            assert len(one["passages"]) == len({passage["number"] for passage in one["passages"]})


def test_an_unknown_article_is_an_error_that_names_those_there_are(settings: Settings) -> None:
    with pytest.raises(DataError, match="florida-talks"):
        measure_coverage(load_corpus(settings), "nowhere")


def test_the_map_of_an_article_has_a_field_for_each_passage_that_leads_to_what_it_says(server: Server) -> None:
    page = server.get("/article/florida-talks", "text/html").text
    fields = re.findall(r'<a class="field ([\w-]+) w(\d)( head)?" href="#p(\d+)"', page)
    assert [int(number) for _, _, _, number in fields] == list(range(1, 113))
    assert {state for state, _, _, _ in fields} <= {"encoded", "structural"}
    assert [int(number) for _, _, head, number in fields if head] == [2, 17, 23, 39, 46, 59, 76, 91, 98]
    assert all(f'<tr id="p{number}"' in page for _, _, _, number in fields)


def test_the_map_is_shaded_by_state_and_its_legend_says_so(server: Server) -> None:
    page = server.get("/article/florida-talks", "text/html").text
    style = server.get("/static/style.css").text
    legend = dict(re.findall(r'<li><span class="field ([\w-]+)">(\d+)</span>', page))
    states = [state for state, *_ in re.findall(r'<a class="field ([\w-]+) w\d( head)?"', page)]
    assert legend == {s: str(states.count(s)) for s in ("encoded", "structural", "not-encoded", "open")}
    shades = [re.search(rf"\.field\.{state} {{([^}}]*)}}", style) for state in legend]
    assert len({shade.group(1) for shade in shades if shade}) == 4
    for weight in "123":
        rule = re.search(rf"\.field\.w{weight} {{([^}}]*)}}", style)
        assert rule
        assert "background" not in rule.group(1), "the number of statements must not hide the state"
