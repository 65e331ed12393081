"""Two more articles of other make and matter: an interview in German, and a report with a table and other units.

Both are invented. Each folder in ``tests/data/articles`` holds an article's files, its ``text.txt``, and the shared
records and codes that it brought, in ``authority/`` and ``codes/``: they are laid beside the repository's own data,
and no shape and no line of code knows of them. ``tests/data/obvious-queries.md`` asks all three articles twenty
questions, with answers that were worked out from the texts before any of it was encoded.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from rdflib import RDF, Graph
from rdflib.namespace import Namespace

from helpers.serving import BASE, HOME, Server
from kg.corpus.evidence.coverage import measure_coverage
from kg.corpus.report import VIOLATION, Result
from kg.corpus.sources.load import load_corpus
from kg.corpus.validation.validate import check
from kg.release.work.build import build
from kg.settings import Settings
from web.pages.test_html import Checked

ARTICLES = HOME / "tests" / "data" / "articles"
INTERVIEW, REPORT = "wasser-halmstetten", "skarrow-audit"
ATT = Namespace(BASE + "ns#")
KINDS = ("Assertion", "Position", "Evaluation", "Figure", "Conditional", "Question")


@dataclass(frozen=True)
class Asked:
    """A question with its query, the rows that the answer must hold, and those that it may hold."""

    number: str
    query: str
    must: frozenset[str]
    may: frozenset[str]


def read_asked() -> list[Asked]:
    """The questions of obvious-queries.md; the first block holds the prefixes of all."""
    text = (HOME / "tests" / "data" / "obvious-queries.md").read_text("utf-8")
    head, *parts = re.split(r"^## (?=\d+\. )", text, flags=re.MULTILINE)
    prefixes = re.findall(r"```sparql\n(.*?)```", head, re.DOTALL)[0]
    asked = []
    for part in parts:
        query, answer = re.search(r"```sparql\n(.*?)```\n```answer\n(.*?)```", part, re.DOTALL).groups()  # type: ignore[union-attr]
        rows = [row for row in answer.splitlines() if row != "none"]
        may = frozenset(row.removeprefix("? ") for row in rows if row.startswith("? "))
        must = frozenset(row for row in rows if not row.startswith("? "))
        asked.append(Asked(part.split(".")[0], prefixes + query, must, may))
    return asked


ASKED = read_asked()


@pytest.fixture(scope="module")
def findings(three_articles: Settings, tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """What is wrong with the three articles, the two invented ones held against their texts."""
    texts = tmp_path_factory.mktemp("texts")
    for article in ARTICLES.iterdir():
        shutil.copy(article / "text.txt", texts / f"{article.name}.txt")
    return list(check(three_articles.with_(texts=texts)).results)


@pytest.fixture(scope="module")
def served(three_articles: Settings) -> Iterator[Server]:
    """A running server of a release of the three articles."""
    build(three_articles, lambda _: None)
    running = Server(three_articles.releases)
    yield running
    running.stop()


def of(slug: str, findings: list[Result]) -> list[Result]:
    """The findings in the files that an article's folder added."""
    return [result for result in findings if result.place and slug in str(result.place.file)]


def test_what_the_report_says_its_text_bears_out(findings: list[Result]) -> None:
    assert of(REPORT, findings) == []


def test_what_the_interview_says_its_text_bears_out(findings: list[Result]) -> None:
    assert of(INTERVIEW, findings) == []


def test_the_articles_bring_data_and_nothing_else() -> None:
    """No shape, no query and no code is changed for them: a folder holds Turtle and the text."""
    brought = {path.relative_to(ARTICLES / path.relative_to(ARTICLES).parts[0]) for path in ARTICLES.rglob("*.*")}
    assert {path.parent.name for path in brought} == {"", "authority", "codes"}
    assert {path.suffix for path in brought} == {".ttl", ".txt"}


@pytest.mark.parametrize(("slug", "most"), [(INTERVIEW, 6), (REPORT, 3)])
def test_the_vocabulary_grows_slowly(slug: str, most: int) -> None:
    """So many new relations for a hundred statements at most."""
    graph = Graph()
    for path in (ARTICLES / slug).rglob("*.ttl"):
        graph.parse(path, publicID=BASE)
    statements = {node for kind in KINDS for node in graph.subjects(RDF.type, ATT[kind])}
    relations = set(graph.subjects(RDF.type, ATT.Relation))
    assert len(statements) > 80
    assert 100 * len(relations) <= most * len(statements)


@pytest.mark.parametrize("slug", [INTERVIEW, REPORT])
def test_labels_that_say_more_than_their_triples_are_few_and_say_why(slug: str) -> None:
    """At most 2 of 100 statements carry the written reason."""
    graph = Graph()
    for path in (ARTICLES / slug).glob("*.ttl"):
        graph.parse(path, publicID=BASE)
    statements = {node for kind in KINDS for node in graph.subjects(RDF.type, ATT[kind])}
    assert 100 * len(set(graph.subjects(ATT.labelNote))) <= 2 * len(statements)


@pytest.mark.parametrize("slug", [INTERVIEW, REPORT])
def test_no_passage_is_left_open(three_articles: Settings, slug: str) -> None:
    totals = measure_coverage(load_corpus(three_articles), slug)[0].totals
    assert totals["open"] == 0


def short(value: str) -> str:
    """An answer's value as obvious-queries.md writes it."""
    if not value:
        return "-"
    if not value.startswith(BASE):
        return value
    value = value.removeprefix(BASE)
    value = re.sub(r"^article/([^/]+)/passage/", r"\1 ", value)
    value = re.sub(r"^article/([^/]+)/(event|thing)/", r"\1 \2 ", value)
    value = re.sub(r"^article/([^/]+)/voice", r"\1 voice", value)
    return re.sub(r"^code/", "code:", re.sub(r"^(id|article)/", "", value))


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.number)
def test_the_first_query_that_comes_to_mind_has_the_right_answer(served: Server, asked: Asked) -> None:
    answer = served.query(asked.query, "text/csv")
    assert answer.status == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    found = {", ".join(short(v) for name, v in row.items() if name not in ("statement", "label")) for row in rows}
    assert asked.must - found == set()
    assert found - asked.must - asked.may == set()


PATHS = [
    *("/", "/figures", "/timeline", "/issues", "/articles", "/browse", "/statements", "/doc/port-of-skarrow"),
    *("/doc/issue-brunnwies-well", "/code/hectares", "/article/wasser-halmstetten", "/article/skarrow-audit"),
    *("/article/wasser-halmstetten/statement/034-1", "/article/skarrow-audit/statement/062-1", "/search?q=nitrate"),
]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("path", PATHS)
def test_every_kind_of_page_is_whole_with_three_articles(served: Server, path: str, language: str) -> None:
    answer = served.get(f"{path}{'&' if '?' in path else '?'}lang={language}", "text/html")
    assert answer.status == 200
    assert Checked(answer.text).wrong == []


@pytest.mark.parametrize(
    ("path", "language", "printed"),
    [
        ("/article/wasser-halmstetten/statement/034-1", "de", ["Euro", "1.975,43", "Jorun Tassler"]),
        ("/article/wasser-halmstetten/statement/014-2", "en", ["at most", "900", "cubic metres", "bis zu"]),
        ("/article/skarrow-audit/statement/034-3", "en", ["less than", "2,000", "tonnes", "Port of Skarrow"]),
        ("/article/skarrow-audit/statement/044-1", "de", ["mindestens", "19", "Hektar", "Saltmarsh Watch"]),
    ],
)
def test_a_figure_in_another_unit_is_printed_with_its_bound(
    served: Server, path: str, language: str, printed: list[str]
) -> None:
    page = served.get(f"{path}?lang={language}", "text/html").text
    assert [words for words in printed if words not in page] == []


def test_every_stored_query_answers_with_three_articles(served: Server) -> None:
    for path in sorted((HOME / "queries").glob("*.rq")):
        assert served.get(f"/api/{path.stem}").status == 200, path.stem
    for path in sorted((HOME / "queries" / "export").glob("*.rq")):
        assert served.get(f"/export/{path.stem}").status == 200, path.stem


@pytest.mark.parametrize("name", ["reifiers.nt", "nanopublications.nq", "claims.nt", "casualties.nt"])
def test_the_parts_of_an_export_by_article_are_together_the_whole(served: Server, name: str) -> None:
    lines, address, parts = set[str](), f"/export/{name}?article=florida-talks", 0
    while address:
        answer = served.get(address)
        assert answer.status == 200
        lines |= set(answer.text.splitlines())
        parts += 1
        following = re.search(r'<([^>]+)>; rel="next"', answer.headers["Link"])
        address = following[1] if following else ""
    assert parts == 3
    assert lines == set(served.get(f"/export/{name}").text.splitlines())


def test_an_export_that_is_too_long_names_its_first_part(three_articles: Settings, served: Server) -> None:
    assert served.get("/export/reifiers.nt").status == 200
    server = Server(three_articles.releases, KG_ANSWER_BYTES="200000")
    try:
        answer = server.get("/export/reifiers.nt", "application/json")
        assert answer.status == 413
        first = re.search(r"/export/reifiers\.nt\?article=[\w-]+", answer.text)
        assert first is not None
        assert first[0].endswith("=florida-talks")
        assert server.get("/export/reifiers.nt?article=none").status == 404
    finally:
        server.stop()


def test_all_violations_of_the_three_articles_are_known(findings: list[Result]) -> None:
    others = [result for result in findings if result not in of(INTERVIEW, findings)]
    assert [result for result in others if result.severity == VIOLATION] == []
