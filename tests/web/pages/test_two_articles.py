"""A release of two articles: every passage is shown with its article, and no page has an id twice."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from rdflib import RDF

from helpers.serving import BASE, Server
from helpers.slow import mostly_slow
from kg.terms import Iris
from kg.web.data.resources import Resources
from kg.web.parts.figures import figure_groups
from web.pages.test_html import Checked

PATHS = [
    *("/", "/figures", "/timeline", "/issues", "/articles", "/browse", "/browse?group=statement", "/statements"),
    *("/doc/russia", "/doc/issue-territory", "/doc/november-2025", "/article/other-talks", "/search?q=russia"),
    *("/article/other-talks/passage/007", "/article/other-talks/statement/007-2", "/reconcile/preview?id=russia"),
]


@pytest.fixture(scope="module")
def both(two_articles: Path) -> Iterator[Server]:
    running = Server(two_articles)
    yield running
    running.stop()


@pytest.mark.parametrize("path", mostly_slow(PATHS, PATHS[::3]))
def test_no_page_has_an_id_twice(both: Server, path: str) -> None:
    answer = both.get(path, "text/html")
    assert answer.status == 200
    assert Checked(answer.text).wrong == []


@pytest.mark.parametrize("path", ["/figures", "/timeline", "/doc/issue-territory", "/doc/russia"])
def test_a_passage_is_named_with_its_article_where_there_are_several(both: Server, server: Server, path: str) -> None:
    page = unescape(both.get(path, "text/html").text)
    assert re.search(r"passage \d+ of other-talks\b", page)
    one = unescape(server.get(path, "text/html").text)
    assert re.search(r"passage \d+\b", one)
    assert "of florida-talks" not in one


def test_where_the_article_is_told_beside_it_is_told_once(both: Server) -> None:
    statement = both.get("/article/other-talks/statement/007-2", "text/html").text
    assert re.search(
        r'<a href="/article/other-talks">[^<]+</a>,'
        r' <a href="/article/other-talks/passage/007">passage 7 \(sentence\)</a>',
        statement,
    )
    assert "passage 7 of" not in statement
    assert "<h1>Passage 7 (sentence)</h1>" in both.get("/article/other-talks/passage/007", "text/html").text
    assert "passage 7 of" not in both.get("/article/other-talks", "text/html").text


def test_charts_and_figures_printed_in_two_ways_name_the_article(both: Server) -> None:
    assert "November 2025 · other-talks" in both.get("/figures.svg").text
    page = both.get("/figures", "text/html").text
    differing = page[page.index('class="differs"') : page.index("</aside>")]
    assert "but elsewhere in the same article" in differing
    assert "but in another article" in differing


@pytest.mark.parametrize("path", ["/figures.csv", "/timeline.csv", "/issues.csv"])
def test_rows_name_the_article_of_each_passage(both: Server, server: Server, path: str) -> None:
    rows = list(csv.DictReader(io.StringIO(both.get(path).text)))
    cells = [cell.split("; ") for row in rows if (cell := row["passages"])]
    assert {part.rsplit(" ", 1)[0] for cell in cells for part in cell} == {"florida-talks", "other-talks"}
    assert all(part.rsplit(" ", 1)[1].isdigit() for cell in cells for part in cell)
    one = csv.DictReader(io.StringIO(server.get(path).text))
    assert all(part.startswith("florida-talks ") for row in one for part in row["passages"].split("; ") if part)


def test_passages_stand_in_the_order_of_the_article(server: Server) -> None:
    page = server.get("/article/florida-talks/statement/010-1", "text/html").text
    helping = page[page.index("Read with the help of") :]
    assert helping.index(">passage 4 (") < helping.index(">passage 5 (")


def test_groups_of_figures_that_end_alike_have_keys_of_their_own() -> None:
    iris = Iris(BASE)
    att = iris.term("")
    lines = []
    for number, (slug, unit) in enumerate([("one", "persons"), ("two", "persons"), ("one", "tonnes")]):
        article = f"{BASE}article/{slug}"
        figure, observation = f"<{article}/statement/{number}>", f"<{article}/observation/{number}>"
        told = {
            "indicator": f"<{BASE}code/lost>",
            "unit": f"<{BASE}code/{unit}>",
            "period": f"<{article}/period/this-year>",
            "value": '"7"',
        }
        lines += [f"{figure} <{RDF.type}> <{att}Figure> .", f"{figure} <{att}prints> {observation} ."]
        lines.append(f"{observation} <{RDF.type}> <{att}Observation> .")
        lines += [f"{observation} <{att}{name}> {value} ." for name, value in told.items()]
    found = Resources("\n".join(lines).encode(), iris)
    groups = figure_groups(found, {each.iri for each in found.of_type("att:Observation")}, {}, 0)
    assert len({group.key for group in groups}) == len(groups) == 3
