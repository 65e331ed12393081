"""What helps in writing a query: examples by theme, what an IRI stands for, and what an empty answer has not."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from helpers.serving import BASE, Server
from web.protocol.pages_read import HTML, PageRead, words

DATA_QUERIES = frozenset(
    (
        *("bare-triples", "documents-referred-to", "entities-by-type", "evidence-of-a-statement", "said-in-a-passage"),
        *("inferred-properties", "ontology-terms", "outside-links", "passages-without-statements", "relations-used"),
        *("restatements", "sections-of-the-article", "statements-without-evidence", "table-cells-with-statements"),
        *("casualties", "claims", "nanopublications", "reifiers"),
    )
)


def test_every_stored_query_is_an_example_once_and_leads_into_the_form(server: Server) -> None:
    answer = server.get("/query", HTML)
    examples = [link for link in re.findall(r'href="([^"]*)"', answer.text) if link.startswith("/query?example=")]
    names = [parse_qs(urlsplit(link).query)["example"][0] for link in examples]
    assert set(names[:5]) <= set(names[5:])  # the five to begin with are among all again
    names = names[5:]
    count = server.query("SELECT (COUNT(*) AS ?n) { ?q a <http://www.w3.org/ns/shacl#SPARQLExecutable> }", "text/csv")
    assert len(names) == len(set(names)) == int(count.text.split()[1])
    chosen = server.get(examples[0], HTML)
    assert "SELECT" in PageRead(chosen.text).fields["query"]
    assert f"/query/{names[0]}" in PageRead(chosen.text).links


def test_examples_stand_under_six_themes_each_of_which_has_some(server: Server) -> None:
    page = server.get("/query", HTML).text
    themes = re.findall(r"<section><h3>([^<]*)</h3>(.*?)</section>", page, re.DOTALL)
    found = {html.unescape(title): re.findall(r"/query/([\w-]+)/run", content) for title, content in themes}
    assert len(themes) - 2 == 6  # those before are the five questions and the tour
    assert {"Figures": "all-figures", "Who says what": "what-someone-says"}.items() <= {
        title: name for title, names in found.items() for name in names if name in ("all-figures", "what-someone-says")
    }.items()
    assert all(len(names) > 3 for title, names in found.items() if names)


def test_every_stored_query_but_exports_has_a_theme_by_a_keyword_of_its_own_or_tells_of_the_data(
    server: Server,
) -> None:
    last = server.get("/query", HTML).text.rpartition("<section>")[2]
    for name in re.findall(r"/query/([\w-]+)/run", last):
        assert name in DATA_QUERIES, f"{name} fits no theme: give it a keyword of one (kg.web.guide.examples.THEMES)"


def test_an_example_is_run_with_a_value_and_leads_to_its_answer(server: Server) -> None:
    led = server.get("/query/what-someone-says/run?claimant=Ukraine", HTML)
    assert led.status == 303
    address = led.headers["Location"]
    text = parse_qs(urlsplit(address).query)["query"][0]
    assert f"<{BASE}id/ukraine>" in text
    assert f"PREFIX att: <{BASE}ns#>" in text
    rows = PageRead(server.get(address.removesuffix("#answer"), HTML).text).rows
    claimant = rows[0].index(next(head for head in rows[0] if head.startswith("claimant")))
    assert {row[claimant] for row in rows[1:]} == {"Ukraine id:ukraine"}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/query/what-someone-says/run?claiment=Ukraine", 400, "takes claimant"),
        ("/query/nothing-such/run", 404, "no stored query"),
        ("/query/what-someone-says/run?claimant=Nobody+at+all", 404, "Nobody at all"),
    ],
)
def test_an_example_that_cannot_be_run_so_says_why(server: Server, path: str, status: int, said: str) -> None:
    answer = server.get(path, HTML)
    assert (answer.status, said in words(answer)) == (status, True)


def test_each_step_of_the_tour_has_an_answer(server: Server) -> None:
    page = server.get("/query", HTML).text
    steps = [html.unescape(text) for text in re.findall(r'data-query="([^"]*)"', page)]
    assert len(steps) == 3
    for text in steps:
        assert server.query(text, "text/csv").text.count("\n") > 1


def test_what_an_iri_stands_for_is_told_in_short(server: Server) -> None:
    statement = server.get("/query/gist?iri=article/florida-talks/statement/079-1")
    told = words(statement)
    assert "attributed to" in told
    assert "Evidence: passage 79" in told
    figure = words(server.get("/query/gist?iri=article/florida-talks/observation/killed-november-2025"))
    assert "at least 226" in figure
    assert "attributed to" in figure
    assert "Said with no hedge" in words(server.get(f"/query/gist?iri={BASE}code/flat"))
    assert server.get("/query/gist?iri=id/nobody").status == 404
    assert server.get("/query/gist").status == 400


def test_an_example_that_there_is_not_leaves_the_form_as_it_is(server: Server) -> None:
    assert "SELECT" in PageRead(server.get("/query?example=none", HTML).text).fields["query"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("PREFIX att: <ns#> SELECT ?s { ?s a att:Statment }", ["att:Statment", "att:Statement"]),
        ("PREFIX x: <https://attested.example/ns#> SELECT * { ?s x:claiment ?o }", ["x:claiment", "att:claimant"]),
        ("SELECT ?s { ?s ?p <id/rusia> }", ["&lt;id/rusia&gt;"]),
        ("PREFIX att: <ns#> ASK { ?s a att:Evnet }", ["att:Evnet", "att:Event"]),
        ("PREFIX id: <id/> CONSTRUCT { ?s ?p ?o } WHERE { BIND(id:nobody AS ?s) ?s ?p ?o }", ["id:nobody"]),
    ],
)
def test_an_empty_answer_says_which_term_nothing_has(server: Server, query: str, said: list[str]) -> None:
    page = server.query(query, "text/html").text
    hint = re.search(r'<ul class="plain unknown">.*?</ul>', page, re.DOTALL)
    assert hint is not None
    assert re.findall(r"<code>(.*?)</code>", hint[0]) == said


@pytest.mark.parametrize(
    "query",
    [
        "PREFIX att: <ns#> SELECT ?s { ?s a att:Statement , att:Issue }",
        "SELECT ?s { ?s ?p 'att:Statment' } # att:Statment",
        "SELECT ?s { ?s ?p <https://other.example/x> }",
    ],
)
def test_an_empty_answer_names_no_term_that_there_is_or_that_is_not_ours(server: Server, query: str) -> None:
    assert 'class="plain unknown"' not in server.query(query, "text/html").text


def test_a_german_page_has_the_questions_in_german_and_the_api_in_english(server: Server) -> None:
    page = server.get("/query?example=what-someone-says&lang=de", HTML).text
    assert "<strong>Was sagt ein Akteur den Artikeln zufolge?</strong>" in page
    assert "<span>wer die Aussage macht</span>" in page
    assert "<span>wer die Aussage macht</span>" in server.get("/query/what-someone-says?lang=de", HTML).text
    assert ">Was sagt ein Akteur den Artikeln zufolge?</a>" in server.get("/api?lang=de", HTML).text
    for path in ("/api/openapi.json", "/api"):
        told = server.get(f"{path}?lang=de", "application/json").text
        assert "What does an actor say, according to the articles?" in told
        assert "Akteur" not in told


def test_the_names_of_questions_are_in_the_language_of_their_list(server: Server) -> None:
    text = PageRead(server.get("/query?list=queries&lang=de", HTML).text).fields["query"]
    assert "Was sagt ein Akteur" in server.query(text, "text/csv").text
