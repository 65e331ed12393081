"""Issues, timeline, figures, articles and about: as tables, charts and files, against the article's Turtle."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from helpers.serving import BASE, Server
from kg.corpus.evidence.coverage import measure_coverage
from kg.corpus.sources.load import load_corpus
from kg.settings import Settings
from kg.web.parts.charts import looks, looks_source
from kg.web.parts.tables import write_csv

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"
STATEMENT = f"{BASE}article/florida-talks/statement/"
SVG = "{http://www.w3.org/2000/svg}"

POSITIONS = {
    ("Territory", "Russia"): 5,
    ("Territory", "Ukraine"): 5,
    ("Territory", "most of the international community"): 1,
    ("Territory", "Ukrainian leaders"): 1,
    ("NATO and alignment", "Russia"): 4,
    ("NATO and alignment", "Ukraine"): 2,
    ("Security guarantees", "Russia"): 2,
    ("Security guarantees", "Ukraine"): 7,
    ("Security guarantees", "European leaders"): 1,
    ("Security guarantees", "US leaders"): 1,
    ("Enforcement", "Russia"): 2,
    ("Enforcement", "Ukraine"): 2,
}
"""Positions by issue and holder, counted in the statements' Turtle."""
DISPUTES = [("007-1", "008-1"), ("007-3", "008-1"), ("019-1", "019-2"), ("020-1", "020-2"), ("011-1", "012-1")]
"""Pairs of opposed positions on territory and alliances: claims and their rejection, and two rows of the table."""
EVENTS = [
    ("2014-01-01", "2014-12-31", "occurred", "seizure-of-crimea"),
    ("2025-12-15", "2025-12-15", "occurred", "joint-statement"),
    ("2025-12-19", "2025-12-19", "occurred", "us-ukraine-talks"),
    ("2025-12-20", "2025-12-20", "scheduled", "us-russia-meeting"),
]
UNDATED = {
    "annexation-of-four-regions": "alleged",
    "florida-meetings": "not stated",
    "us-consultations": "not stated",
    "drafting-work": "ongoing",
    "the-war": "ongoing",
}
FIGURES = {
    "049-2": ("800000", "as printed", "peacetime (not dated)", "ukraine-armed-forces-level", ""),
    "061-1": ("800000", "as printed", "peacetime (not dated)", "ukraine-armed-forces-level", ""),
    "062-1": ("66000000000", "more than", "since February 2022", "us-military-assistance", ""),
    "063-1": ("524000000000", "about", "ten years", "recovery-needs", ""),
    "079-1": ("226", "at least", "November 2025", "killed-november-2025", "094-1"),
    "079-2": ("952", "at least, scope unclear", "November 2025", "injured-november-2025", "094-2"),
    "080-1": ("2311", "as printed", "January to November 2025", "killed-january-november-2025", ""),
    "080-2": ("11084", "as printed", "January to November 2025", "injured-january-november-2025", ""),
    "093-1": ("148", "as printed", "October 2025", "killed-october-2025", ""),
    "093-2": ("929", "as printed", "October 2025", "injured-october-2025", ""),
    "094-1": ("226", "as printed", "November 2025", "killed-november-2025", "079-1"),
    "094-2": ("952", "as printed", "November 2025", "injured-november-2025", "079-2"),
    "095-1": ("2311", "as printed", "January to November 2025", "killed-january-november-2025", ""),
    "095-2": ("11084", "as printed", "January to November 2025", "injured-january-november-2025", ""),
}
"""Figure → value, bound as printed there, period, the observation that it prints, and the one printed differently."""
COMPARABLE = [
    {"093-1", "079-1", "094-1"},
    {"093-2", "079-2", "094-2"},
    {"080-1", "095-1"},
    {"080-2", "095-2"},
    {"049-2", "061-1"},
    {"062-1"},
    {"063-1"},
]
"""Figures that measure the same of the same over as long a time."""
CHARTS = 2
"""Of these, those of more than one count: killed and injured, in October and in November."""


class Rows(HTMLParser):
    """The rows of a page's tables: the id of each, the links and the words of each cell."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[tuple[str | None, list[list[str]], list[str]]] = []
        self.within = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.within = self.within or tag in ("td", "th")
        if tag == "tr":
            self.rows.append((values.get("id"), [], []))
        elif tag in ("td", "th"):
            self.rows[-1][1].append([])
            self.rows[-1][2].append("")
        elif tag == "a" and self.within and values.get("href"):
            self.rows[-1][1][-1].append(str(values["href"]))

    def handle_endtag(self, tag: str) -> None:
        self.within = self.within and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.within:
            self.rows[-1][2][-1] += f" {data.strip()}" if data.strip() else ""


def rows_of(server: Server, path: str) -> list[dict[str, str]]:
    answer = server.get(path)
    assert (answer.status, answer.media_type) == (200, "text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


DENIED = {"016-2", "019-4", "019-5", "058-7"}
"""Positions on an issue that are encoded with ``att:negated true``."""


def drawing(svg: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - it is our own server's


def statements_in(links: list[str]) -> set[str]:
    return {link.rpartition("/")[2] for link in links if re.match(r"/article/[^/]+/statement/[^#]+$", link)}


def test_issues_have_each_position_of_each_party(server: Server) -> None:
    rows = rows_of(server, "/issues.csv")
    assert Counter((row["issue"], row["party"]) for row in rows) == POSITIONS
    rejection = [row for row in rows if row["statement"] == f"{STATEMENT}008-1"]
    assert len(rejection) == 2
    opposed = {f"{STATEMENT}007-1", f"{STATEMENT}007-3"}
    assert all(set(row["opposes"].split("; ")) == opposed for row in rejection)
    assert {row["contradicts"] for row in rejection} == {""}
    assert all("changed by force" in row["reasons"] for row in rejection)
    assert {(row["passages"], row["context"]) for row in rejection} == {("florida-talks 8", "florida-talks 7")}


def test_what_is_only_reported_of_a_party_is_its_position_and_not_what_it_says(server: Server) -> None:
    """Passage 11 reports what Russia opposes; the table of passage 18 attributes each side's direction to it."""
    rows = {row["statement"].removeprefix(STATEMENT): row for row in rows_of(server, "/issues.csv")}
    assert (rows["011-1"]["party"], rows["011-1"]["claimants"]) == ("Russia", "the article itself (florida-talks)")
    assert (rows["019-2"]["party"], rows["019-2"]["claimants"]) == ("Ukraine", "Ukraine")


def test_a_denied_stance_is_marked_as_negated(server: Server) -> None:
    """Read off the encoding: the positions on an issue that have `att:negated true`, such as that Russia will not give
    up the four regions."""
    rows = rows_of(server, "/issues.csv")
    denied = {row["statement"].removeprefix(STATEMENT) for row in rows if row["negated"] == "true"}
    assert denied == DENIED
    assert {row["negated"] for row in rows} == {"", "true"}


def test_each_cell_of_the_matrix_leads_to_its_statements_and_their_passages(server: Server) -> None:
    page = Rows(server.get("/issues", HTML).text)
    territory, *_ = [cells for key, cells, _ in page.rows if key == "issue-territory"]
    _, russia, ukraine, others, itself = territory
    assert statements_in(russia) >= {"007-1", "007-3", "019-1"}
    assert statements_in(ukraine) >= {"008-1", "019-2"}
    assert statements_in(others) >= {"008-1"}
    assert statements_in(itself) >= {"019-3", "019-4", "019-5"}
    for number in ("007", "019"):
        assert f"/article/florida-talks/passage/{number}" in russia
    assert {key for key, _, _ in page.rows if key} == {
        *("issue-territory", "issue-alignment", "issue-guarantees", "issue-enforcement")
    }


def disputes_on(server: Server) -> list[tuple[tuple[str, str], list[str]]]:
    """The pairs of statements on the issues page, what is disputed first, with the words of the row."""
    rows = Rows(server.get("/issues", HTML).text.partition('id="disputes"')[2]).rows
    pairs = []
    for _, cells, words in rows:
        named = [next((s for link in cell for s in statements_in([link])), "") for cell in cells[:2]]
        if all(named):
            pairs.append(((named[0], named[1]), words))
    return pairs


def test_what_disputes_what_is_a_row_each_with_the_reasons(server: Server) -> None:
    found = dict(disputes_on(server))
    assert set(DISPUTES) <= set(found)
    assert {pair for pair, words in found.items() if "changed by force" in words[2]} == set(DISPUTES[:2])
    assert all("Opposed positions." in words[1] for words in found.values())
    assert "most of the international community" in found["007-1", "008-1"][1]


def test_two_statements_that_oppose_each_other_are_one_dispute(server: Server) -> None:
    pairs = [frozenset(pair) for pair, _ in disputes_on(server)]
    assert pairs.count(frozenset(("020-4", "020-5"))) == 1
    assert len(pairs) == len(set(pairs))


def test_the_timeline_has_each_event_in_the_order_of_time_and_those_without_a_date_last(server: Server) -> None:
    rows = rows_of(server, "/timeline.csv")
    found = [(r["firstDay"], r["lastDay"], r["status"], r["iri"].rpartition("/")[2]) for r in rows]
    assert found[: len(EVENTS)] == EVENTS
    assert {name: status for _, _, status, name in found[len(EVENTS) :]} == UNDATED
    assert rows[3]["participants"] == "Russian delegation; US delegation"
    assert rows[3]["place"] == "Florida"
    by_name = {row["iri"].rpartition("/")[2]: row for row in rows}
    assert by_name["annexation-of-four-regions"]["claimants"] == "Russia"
    assert by_name["us-russia-meeting"]["inferred"] == "attestedBy"


def test_what_a_status_was_called_before_leads_on(server: Server) -> None:
    moved = server.get("/timeline?status=planned&lang=de", HTML)
    assert (moved.status, moved.headers["Location"]) == (301, "/timeline?lang=de&status=scheduled")


@pytest.mark.parametrize("value", ["scheduled", "Scheduled", "geplant", "code/scheduled", f"{BASE}code/scheduled"])
def test_a_status_is_named_by_its_key_its_label_or_its_iri(server: Server, value: str) -> None:
    rows = rows_of(server, f"/timeline.csv?status={quote(value)}")
    assert [row["iri"].rpartition("/")[2] for row in rows] == ["us-russia-meeting"]


def test_what_is_only_relative_stands_apart_and_gets_no_date(server: Server) -> None:
    text = server.get("/timeline", HTML).text
    before, _, after = text.partition('id="relative"')
    for period in ("this-week", "recent", "for-years", "mid-december", "years-ahead", "right-now"):
        assert f"/article/florida-talks/period/{period}" in after
        assert f"/article/florida-talks/period/{period}" not in before
    assert '<time datetime="2025-12-20">' in before
    assert "<time" not in after.partition("<footer")[0]


def test_the_shape_tells_the_status_as_well_as_the_word(server: Server) -> None:
    chart = drawing(server.get("/timeline.svg").body)
    shapes = [sorted(part.get("class") or "" for part in group) for group in chart.iter(f"{SVG}svg")]
    assert sum(kinds == ["full"] for kinds in shapes) == 3
    assert sum(kinds == ["open dashed"] for kinds in shapes) == 1
    assert [t.text for t in chart.iter(f"{SVG}text") if t.text and t.text.endswith("scheduled")] == [
        "20 Dec 2025 · scheduled"
    ]


def test_every_figure_has_its_bound_period_observation_and_what_differs_from_it(server: Server) -> None:
    rows = rows_of(server, "/figures.csv")
    found = {
        row["statement"].removeprefix(STATEMENT): (
            *(row["value"], row["bound"], row["period"], row["observation"].rpartition("/")[2]),
            row["differsFrom"].removeprefix(STATEMENT),
        )
        for row in rows
    }
    assert found == FIGURES
    printed = {row["statement"].removeprefix(STATEMENT): row["printed"] for row in rows}
    assert set(printed["079-1"].split("; ")) == {"at least", "226"}
    assert printed["094-1"] == "226"
    assert set(printed["062-1"].split("; ")) == {"Over", "$66B"}
    remarks = [row["remarks"] for row in rows if row["statement"] == f"{STATEMENT}062-1"]
    assert "varies by definition" in remarks[0]


def test_only_figures_that_measure_the_same_share_a_table_and_several_counts_a_chart(server: Server) -> None:
    text = server.get("/figures", HTML).text
    sections = re.findall(r"<section aria-labelledby=.*?</section>", text, re.DOTALL)
    tables = [Rows(section).rows for section in sections]
    firsts = [{cells[1][0].rpartition("/")[2] for _, cells, _ in rows if cells[1:] and cells[1]} for rows in tables]
    assert sorted(map(sorted, firsts)) == sorted(map(sorted, COMPARABLE))
    assert sum(section.count('role="img"') for section in sections) == CHARTS
    single = next(section for section in sections if "062-1" in section)
    assert "more than 66 billion" in single
    assert "US dollars" in single


def test_one_count_printed_twice_is_one_bar(server: Server) -> None:
    chart = server.get("/figures.svg?indicator=killed").text
    assert chart.count('class="bar"') == 3, "October, November, January to November"


def test_the_page_says_how_many_were_killed_in_november_and_what_at_least_means(server: Server) -> None:
    text = server.get("/figures?indicator=killed", HTML).text
    rows = [words for _, cells, words in Rows(text).rows if "079-1" in statements_in(cells[1] if cells[1:] else [])]
    assert len(rows) == 1
    period, number, printed, who, where, remarks = rows[0]
    assert period.strip() == "November 2025"
    assert set(printed.split()) == {"As", "printed", "at", "least", "226"}
    assert "at least 226" in number
    assert "attributed to" in who
    assert "UN human rights monitors" in who
    assert "passage 79" in where
    assert "Given differently" in remarks
    legend = re.search(r"<strong>at least 226</strong>\s*([^<]*)", text)
    assert legend
    assert legend.group(1).strip() == "The true number is this or higher."
    assert "armed forces</a>" not in text.partition("</nav>")[2].partition("</nav>")[2]


def test_a_lower_bound_is_an_arrow_and_a_plain_number_is_none(server: Server) -> None:
    chart = drawing(server.get("/figures.svg?indicator=killed").body)
    marks = [
        [part.tag.removeprefix(SVG) + "." + (part.get("class") or "") for part in group]
        for group in chart.iter(f"{SVG}svg")
        if any(part.get("class") == "stop" for part in group)
    ]
    assert sorted(map(len, marks)) == [1, 1, 3], "the arrow of “at least 226” alone"


@pytest.mark.parametrize("name", ["timeline", "figures"])
def test_a_chart_stands_alone_with_its_looks_and_no_style_of_its_own(server: Server, name: str) -> None:
    answer = server.get(f"/{name}.svg")
    assert answer.media_type == "image/svg+xml"
    chart = drawing(answer.body)
    assert chart.findtext(f"{SVG}style") == looks()
    assert answer.headers["Content-Security-Policy"] == f"default-src 'none'; style-src {looks_source()}"
    assert not [part for part in chart.iter() if "style" in part.attrib or part.tag == f"{SVG}script"]
    titles = [part.text for part in chart.iter(f"{SVG}title")]
    assert titles
    assert len(titles) == len(list(chart.iter(f"{SVG}desc")))


def test_the_articles_page_counts_as_kg_coverage_does(server: Server, settings: Settings) -> None:
    coverage = measure_coverage(load_corpus(settings))
    rows = Rows(server.get("/articles", HTML).text).rows[1:]
    assert len(rows) == len(coverage)
    for article, (_, cells, words) in zip(coverage, rows, strict=True):
        assert cells[0] == [f"/article/{article.slug}"]
        numbers = [int(re.sub(r"\D", "", word)) for word in words[1:]]
        said = {statement for passage in article.passages for statement in passage.statements}
        assert [numbers[0], *numbers[2:]] == [len(said), len(article.passages), *article.totals.values()]


def test_about_says_how_to_correct_and_names_the_release(server: Server) -> None:
    text = server.get("/about", HTML).text
    assert 'id="corrections"' in text
    assert text.count("/release/2") >= 3


@pytest.mark.parametrize("path", ["/figures", "/figures.csv", "/figures.svg", "/timeline", "/timeline.csv"])
@pytest.mark.parametrize(
    "value", ["nothing", "%3Cscript%3Ealert(1)%3C/script%3E", "%00", "%FF%FE", "'%7D%20%23", "a" * 3000]
)
def test_a_choice_that_there_is_not_is_400_and_says_which_there_are(server: Server, path: str, value: str) -> None:
    name = "indicator" if "figures" in path else "status"
    answer = server.get(f"{path}?{name}={value}", HTML)
    assert answer.status == 400
    assert ("killed" if "figures" in path else "occurred") in answer.text
    assert "<script>" not in answer.text


@pytest.mark.parametrize("path", ["/issues", "/timeline", "/figures", "/articles", "/about"])
def test_a_parameter_that_nobody_knows_changes_nothing(server: Server, path: str) -> None:
    def shown(address: str) -> str:
        return server.get(address, HTML).text.partition('<main id="main"')[2].partition("</main>")[0]

    assert shown(f"{path}?nonsense=%3Cb%3E&x=%00") == shown(path) != ""


def test_a_status_of_no_event_is_an_empty_list_that_says_so(server: Server) -> None:
    answer = server.get("/timeline?status=hypothetical", HTML)
    assert answer.status == 200
    assert "no such event with a date" in answer.text
    assert server.get("/timeline.svg?status=hypothetical").status == 200


def test_no_cell_is_a_formula() -> None:
    cells = ["=1+1", "+x", "-5", "@a", "\tb", "plain"]
    text = write_csv(("a",), [{"a": cell} for cell in cells])
    assert [row["a"] for row in csv.DictReader(io.StringIO("".join(text), newline=""))] == [
        *("'=1+1", "'+x", "-5", "'@a", "'\tb", "plain")
    ]
