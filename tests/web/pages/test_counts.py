"""Each number that a list of things names is that of the rows of the query linked beside it.

The lists of a release of three articles are held against their queries: how many a list has in all, and how many each
value of its filters would leave.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode
from werkzeug.test import Client

from helpers.serving import BASE, HOME, application
from kg.bench.pages import NO_LIMITS
from kg.settings import Settings

COLUMNS = {
    "events": "event",
    "figures": "observation",
    "statements": "statement",
    "things": "thing",
}
"""List → the column of its query with the things that it counts."""
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
HTML, ROWS = "text/html", "application/sparql-results+json"


@dataclass
class Site:
    """The pages of a folder of releases, in this process."""

    client: Client

    def get(self, address: str, accept: str = HTML) -> str:
        answer = self.client.get(address, headers={"Accept": accept})
        assert answer.status_code == 200, (address, answer.status_code)
        return answer.text

    def page(self, address: str) -> LexborNode:
        main = LexborHTMLParser(self.get(address)).css_first("main")
        assert main is not None
        return main

    def rows(self, link: str) -> list[dict[str, str]]:
        """The rows of the query that the query page has behind a link, in the release of the link."""
        area = self.page(link).css_first("textarea[name=query]")
        assert area is not None
        release = re.findall(r"[?&]release=([^&]+)", link)
        return self.answer(area.text(strip=False), *release)

    def ask(self, pattern: str, release: str = "") -> list[dict[str, str]]:
        """What a pattern of SPARQL finds in a release, or in the one that is served."""
        return self.answer(f"BASE <{BASE}> PREFIX att: <ns#> PREFIX rdfs: <{RDFS}> SELECT * {{ {pattern} }}", release)

    def answer(self, query: str, release: str = "") -> list[dict[str, str]]:
        asked = {"query": query} | ({"release": release} if release else {})
        rows = json.loads(self.get(f"/sparql?{urlencode(asked)}", ROWS))["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in rows]

    def links(self, address: str, name: str) -> list[str]:
        """The links of a page to the query of a list."""
        hrefs = [unescape(a.attributes["href"] or "") for a in self.page(address).css("p.ask a")]
        return [href for href in hrefs if f"list={name}" in re.split("[?&]", href)]

    def things(self, address: str, name: str) -> set[str]:
        """The things of the rows of all queries of a list that a page links."""
        column = COLUMNS[name]
        return {row[column] for link in self.links(address, name) for row in self.rows(link)}


def full(value: str) -> str:
    """The path of the entity or code that a value of a facet names."""
    return value if "/" in value else f"id/{value}"


@pytest.fixture(scope="module")
def site(grown: Path) -> Iterator[Site]:
    with application(Settings(home=HOME, releases=grown, workers=1).with_(**NO_LIMITS)) as app:
        yield Site(app.test_client(use_cookies=False))


@pytest.mark.parametrize(
    ("address", "name", "number"),
    [
        ("/timeline?date=2025", "events", 8),
        ("/browse?group=event&date=2025", "things", 8),
        ("/browse?group=statement&date=2025", "things", 14),
        ("/figures?date=2025", "figures", 8),
        ("/statements?date=2024", "statements", 4),
    ],
)
def test_a_year_has_what_falls_in_one_of_its_months_or_days(site: Site, address: str, name: str, number: int) -> None:
    assert len(site.things(address, name)) == number


def test_each_time_without_a_date_is_listed_once_and_with_all_that_is_said_of_it(site: Site) -> None:
    [link] = site.links("/timeline", "times")
    wanted = {row["time"].removeprefix(BASE): int(row["statements"]) for row in site.rows(link)}
    found: list[tuple[str, int]] = []
    for number in (1, 2):
        page = site.page(f"/timeline?relative={number}")
        rows = page.css("table[aria-labelledby=relative] tbody tr")
        for row in rows:
            [told] = re.findall(r"(\d+) statements?:", row.text())
            found.append(((row.css("th a")[0].attributes["href"] or "")[1:], int(told)))
    assert len(wanted) == 13
    assert sorted(found) == sorted(wanted.items())


def test_a_topic_that_is_a_code_has_its_label_and_its_own_statements(site: Site) -> None:
    page = site.page("/browse?group=statement&all=about")
    labels = {a.attributes["href"]: a.text() for a in page.css(".facets a") if "about=" in (a.attributes["href"] or "")}
    assert labels["/browse?group=statement&about=code%2Fkilled"] == "killed 7"
    for topic in ("casualties", "code/killed", "code/number-of-things"):
        address = f"/browse?{urlencode({'group': 'statement', 'about': topic})}"
        wanted = {row["x"] for row in site.ask(f"?x a att:Statement ; att:about <{full(topic)}>")}
        assert site.things(address, "things") == wanted
        assert wanted


def test_a_saved_address_that_names_a_topic_without_its_folder_leads_to_it(site: Site) -> None:
    saved = site.client.get("/browse?group=statement&about=killed&lang=de")
    assert (saved.status_code, saved.headers["Location"]) == (
        302,
        "/browse?group=statement&about=code%2Fkilled&lang=de",
    )
    assert site.client.get("/browse?group=statement&about=casualties").status_code == 200
    assert site.client.get("/browse?group=statement&about=nothing").status_code == 404


@pytest.fixture(scope="module")
def earlier(site: Site) -> str:
    """The identifier of the release with one article."""
    return str(json.loads(site.get("/releases.json", "application/json"))["releases"][-1]["id"])


@pytest.mark.parametrize("address", ["/browse?group=statement", "/search?q=russia&group=statement"])
def test_the_pages_of_a_list_of_an_earlier_release_have_all_that_it_had(site: Site, earlier: str, address: str) -> None:
    following, found, total = f"{address}&release={earlier}", [], 0
    while following:
        page = site.page(following)
        total = int(page.css(".count")[0].text())
        found += [(a.attributes["href"] or "")[1:] for a in page.css("ul.found > li > a:first-child")]
        links = page.css("a[rel=next]")
        following = links[0].attributes["href"] or "" if links else ""
    assert len(found) == len(set(found)) == total > 50
    had = {row["x"].removeprefix(BASE) for row in site.ask("?x a att:Statement", earlier)}
    assert set(found) <= had
    if address.startswith("/browse"):
        assert set(found) == had


@pytest.mark.parametrize(
    ("address", "start"),
    [
        ("/browse?group=statement&letter=R", "/browse?"),
        ("/search?q=the", "/search?"),
        ("/search?q=the&group=statement", "/search?"),
        ("/statements?of=id/russia", "/statements?"),
        ("/timeline", "/timeline?"),
        ("/doc/russia", "/statements?"),
        ("/code/killed", "/statements?"),
    ],
)
def test_what_a_page_of_an_earlier_release_counts_is_listed_from_that_release(
    site: Site, earlier: str, address: str, start: str
) -> None:
    page = site.page(f"{address}{'&' if '?' in address else '?'}release={earlier}")
    links = [href for a in page.css("a") if (href := a.attributes["href"] or "").startswith(start)]
    links = [href for href in links if unquote(href) != address]  # the same page of the release that is served
    assert links
    assert {href for href in links if f"release={earlier}" not in href} == set()


@dataclass
class Choices:
    """The filters of a page: what each is called, its values with how many there are of each, and which is chosen."""

    page: LexborNode

    def of(self, name: str) -> dict[str, int]:
        options = self.page.css(f"form.filters select[name={name}] option[value]")
        told = {option.attributes["value"] or "": re.findall(r"\((\d+)\)$", option.text()) for option in options}
        return {value: int(number[0]) for value, number in told.items() if value}

    @property
    def names(self) -> list[str]:
        return [select.attributes["name"] or "" for select in self.page.css("form.filters select")]


def test_a_list_that_its_filters_leave_empty_says_so(site: Site) -> None:
    for address in (
        "/statements?of=id/russia&article=skarrow-audit",
        "/statements?article=skarrow-audit&claimant=russia",
    ):
        page = site.page(address).text()
        assert "No statement is such. Choose other values above." in page
        assert "No statements mention this." not in page


def test_a_chosen_value_is_counted_among_what_the_other_filters_leave(site: Site) -> None:
    chosen = Choices(site.page("/statements?article=skarrow-audit&claimant=russia"))
    assert (chosen.of("claimant")["russia"], chosen.of("article")["skarrow-audit"]) == (0, 0)
    alone = site.ask("?x a att:Statement ; att:claimant <id/russia>")
    assert Choices(site.page("/statements?claimant=russia")).of("claimant")["russia"] == len(alone) == 11


FILTERED = [
    ("/statements", "statements"),
    ("/statements?article=florida-talks", "statements"),
    ("/statements?of=id/russia&role=about", "statements"),
    ("/timeline", "events"),
    ("/timeline?status=occurred", "events"),
    ("/figures", "figures"),
    ("/figures?article=florida-talks", "figures"),
    ("/figures?indicator=killed", "figures"),
]


def test_figures_that_the_filters_leave_empty_are_not_said_to_be_none_at_all(site: Site) -> None:
    page = site.page("/figures?article=skarrow-audit&indicator=killed").text()
    assert "No figure is such. Choose other values above." in page
    assert "This release has no figures." not in page


@pytest.mark.parametrize(("address", "name"), FILTERED)
def test_each_value_of_a_filter_has_as_many_as_the_query_of_its_list_gives(site: Site, address: str, name: str) -> None:
    """Every other value is looked at."""
    choices = Choices(site.page(address))
    path, _, given = address.partition("?")
    kept = dict(parse_qsl(given))
    checked = 0
    for filter_name in choices.names:
        for value, number in list(choices.of(filter_name).items())[::2]:
            asked = {"list": name, **kept, filter_name: value}
            found = {row[COLUMNS[name]] for row in site.rows(f"/query?{urlencode(asked)}")}
            assert len(found) == number, (path, asked)
            checked += 1
    assert checked >= 5


@pytest.mark.parametrize(
    ("address", "name"),
    [("/figures", "figures"), ("/statements", "statements"), ("/statements?article=skarrow-audit", "statements")],
)
def test_the_number_of_all_is_that_of_the_query(site: Site, address: str, name: str) -> None:
    asked = {"list": name, **dict(parse_qsl(address.partition("?")[2]))}
    wanted = {row[COLUMNS[name]] for row in site.rows(f"/query?{urlencode(asked)}")}
    assert re.findall(r"1 to \d+ of (\d+)", site.page(address).text()) == [str(len(wanted))]


def test_the_filters_of_issues_count_statements_on_issues(site: Site) -> None:
    on_issues = {row["x"] for row in site.ask("?x att:issue ?issue")}
    choices = Choices(site.page("/issues"))
    assert choices.of("claimant")["jorun-tassler"] == 18
    for name in choices.names:
        for value, number in list(choices.of(name).items())[::2]:
            said = site.rows(f"/query?{urlencode({'list': 'statements', name: value})}")
            assert number == len({row["statement"] for row in said} & on_issues) > 0


@pytest.mark.parametrize(
    ("given", "pattern", "number"),
    [
        ("claimant=ukraine", "?x att:claimant <id/ukraine>", 8),
        ("article=skarrow-audit", "FILTER(CONTAINS(STR(?x), '/skarrow-audit/'))", 8),
        ("claimant=ukraine&article=skarrow-audit", "FILTER(false)", 0),
    ],
)
def test_the_rows_of_issues_obey_the_filters_of_the_page_that_links_them(
    site: Site, given: str, pattern: str, number: int
) -> None:
    [link] = [a.attributes["href"] or "" for a in site.page(f"/issues?{given}").css("ul.downloads a")]
    rows = list(csv.DictReader(io.StringIO(site.get(link, "text/csv"))))
    positions = {row["x"] for row in site.ask(f"?x a att:Position ; att:issue ?issue . {pattern}")}
    assert {row["statement"] for row in rows} == positions
    assert len(positions) == number


def test_rows_of_issues_of_what_nobody_says_are_refused(site: Site) -> None:
    assert site.client.get("/issues.csv?claimant=nobody").status_code == 400


@pytest.mark.parametrize(
    ("address", "groups"), [("/figures?indicator=killed", 2), ("/figures?article=florida-talks", 7)]
)
def test_each_table_of_figures_has_a_query_of_its_own(site: Site, address: str, groups: int) -> None:
    sections = site.page(address).css("section")
    assert len(sections) == groups
    for section in sections:
        [link] = [unescape(a.attributes["href"] or "") for a in section.css("p.ask a")]
        shown = [(row.css("td a")[0].attributes["href"] or "")[1:] for row in section.css("tbody tr")]
        assert sorted(shown) == sorted(row["figure"].removeprefix(BASE) for row in site.rows(link))


def test_each_dispute_is_one_row_of_its_query_and_one_of_the_page(site: Site, earlier: str) -> None:
    page = site.page(f"/issues?release={earlier}")
    tables = [
        table for table in page.css("table") if (table.attributes["aria-label"] or "").startswith("What disputes")
    ]
    shown = [
        [(cell.css("a[href*=statement]")[0].attributes["href"] or "")[1:] for cell in row.css("th, td")[:2]]
        for table in tables
        for row in table.css("tbody tr")
    ]
    [link] = [
        each for each in (unescape(a.attributes["href"] or "") for a in page.css("p.ask a")) if "disputes" in each
    ]
    rows = site.rows(link)
    assert sorted(shown) == sorted(
        [row["other"].removeprefix(BASE), row["statement"].removeprefix(BASE)] for row in rows
    )
    stated = {
        frozenset((row["x"], row["y"]))
        for row in site.ask("?x att:contradicts|att:opposes ?y { ?x att:issue ?i } UNION { ?y att:issue ?i }", earlier)
    }
    assert {frozenset((row["statement"], row["other"])) for row in rows} == stated
