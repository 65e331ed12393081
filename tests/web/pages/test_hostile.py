"""What hostile clients and wrong data can do to the site: hostile IRIs, other texts, failures that nobody foresaw."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import logging
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import pytest
from flask import Flask
from markupsafe import Markup

from helpers.serving import BASE, Server, application
from helpers.writing import Scratch
from kg.settings import Settings
from kg.store.evaluation.spreadsheet import for_spreadsheet
from kg.terms import Iris
from kg.web.data.context import Context
from kg.web.data.page_queries import iri_term_or_404
from kg.web.data.resources import Resources
from kg.web.data.texts import Texts
from kg.web.documents.document import CITED, LINKS_BYTES
from kg.web.http.logs import JsonFormatter
from kg.web.parts.charts import timeline_chart
from kg.web.parts.figures import figure_groups
from kg.web.parts.timeline import timeline
from kg.web.text.plain import MOST_WORDS, Words, as_sent, show
from torture.inputs import hostile_data
from web.pages.test_pages import HTML, Links

RDFS_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
SAME_AS = "https://schema.org/sameAs"
SCRIPTS = ("javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x")


def triples() -> Iterator[str]:
    """An entity, and a statement about it, each of whose links would run a script if it were one."""
    thing, said = f"{BASE}id/mallory", f"{BASE}article/evil/statement/001-1"
    yield f'<{thing}> <{RDFS_LABEL}> "<script>alert(1)</script>"@en'
    yield f"<{thing}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}ns#Person>"
    yield f"<{said}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}ns#Statement>"
    yield f"<{said}> <{BASE}ns#subject> <{thing}>"
    yield f"<{thing}> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{BASE}ns#\u202eX>"
    for script in SCRIPTS:
        yield f"<{thing}> <{SAME_AS}> <{script}>"
        yield f'<{thing}> <{SAME_AS}> "{script}"'
        yield f"<{said}> <{BASE}ns#claimant> <{script}>"
        yield f"<{said}> <{BASE}ns#evidence> <{script}>"
        yield f'<{said}> <{BASE}ns#cell> "{script}"'
        yield f'<{script}> <{RDFS_LABEL}> "click"@en'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """A server of a release whose data are hostile."""
    graph = f"{BASE}graph/evil"
    nquads = "".join(f"{triple} <{graph}> .\n" for triple in triples()).encode()
    running = Scratch(tmp_path_factory.mktemp("hostile") / "releases", nquads)
    yield running
    running.stop()


@pytest.mark.parametrize("path", ["/doc/mallory", "/article/evil/statement/001-1", "/browse", "/statements"])
def test_no_hostile_iri_of_the_data_is_a_link_on_a_page(hostile: Server, path: str) -> None:
    answer = hostile.get(path, HTML)
    assert answer.status == 200
    page = Links(answer.text)
    assert page.scripts == 0
    assert not [link for link in page.links if link.lower().startswith(("javascript:", "data:", "vbscript:"))]


def test_the_entity_page_still_shows_hostile_iris_as_text(hostile: Server) -> None:
    text = hostile.get("/doc/mallory", HTML).text
    assert all(script in text for script in SCRIPTS)


@pytest.mark.parametrize("query", ["SELECT * { ?s ?p ?o }", "CONSTRUCT WHERE { ?s ?p ?o }"])
def test_no_hostile_term_is_a_link_among_the_results_of_a_query(hostile: Server, query: str) -> None:
    answer = hostile.query(query, HTML)
    assert all(script in answer.text for script in SCRIPTS)
    page = Links(answer.text)
    assert page.scripts == 0
    assert not [link for link in page.links if link.lower().startswith(("javascript:", "data:", "vbscript:"))]


@pytest.mark.parametrize("path", ["/", "/doc/mallory", "/nowhere", "/sparql?query=nonsense", "/static/style.css"])
def test_no_answer_may_be_framed(hostile: Server, path: str) -> None:
    assert "frame-ancestors 'none'" in hostile.get(path, HTML).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["/sparql?query=ASK+{}", "/doc/mallory", "/export/data.ttl", "/static/style.css", "/-"]
)
def test_what_is_no_page_loads_nothing(hostile: Server, path: str) -> None:
    answer = hostile.get(path, "text/turtle,application/json,text/plain,text/css")
    assert answer.media_type != HTML
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("iri", "term"),
    [
        (f"{BASE}id/é", f"<{BASE}id/é>"),
        (f"{BASE}id/a> <b", f"<{BASE}id/a%3E%20%3Cb>"),
        (BASE + 'a"{}|^`\\', f"<{BASE}a%22%7B%7D%7C%5E%60%5C>"),
        (f"{BASE}a\n\t\x00", f"<{BASE}a%0A%09%00>"),
    ],
)
def test_an_address_cannot_break_out_of_the_term_that_it_becomes(iri: str, term: str) -> None:
    assert iri_term_or_404(iri) == term


# Words of passages


def passage(words: str, start: int, end: int) -> Resources:
    """A passage at these offsets whose digest is that of the words."""
    place, bears = f"{BASE}article/evil/passage/001", hashlib.sha256(words.encode()).hexdigest()
    number = '"^^<http://www.w3.org/2001/XMLSchema#integer>'
    return Resources(
        f'<{place}> <{BASE}ns#digest> "{bears}" .\n'
        f"<{place}> <http://www.w3.org/ns/oa#hasSelector> <{place}#position> .\n"
        f'<{place}#position> <http://www.w3.org/ns/oa#start> "{start}{number} .\n'
        f'<{place}#position> <http://www.w3.org/ns/oa#end> "{end}{number} .\n'.encode(),
        Iris(BASE),
    )


class OneText:
    """The texts of a folder with one text, whatever digest is asked for."""

    def text_of(self, *_: str | None) -> str:
        return "alpha beta"


def test_a_passage_is_shown_only_where_the_words_bear_its_digest() -> None:
    texts = Texts(None)
    texts._texts = OneText()  # type: ignore[assignment]
    place = f"{BASE}article/evil/passage/001"
    assert texts.passage("evil", None, passage("beta", 6, 10).get(place)) == "beta"
    assert texts.passage("evil", None, passage("beta", 0, 5).get(place)) is None
    assert texts.passage("evil", None, passage("other", 6, 10).get(place)) is None


# Failures that nobody foresaw


def test_an_unforeseen_failure_is_logged_under_the_identifier_that_the_client_gets(
    releases: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.setFormatter(JsonFormatter())
    with application(settings.with_(releases=releases, workers=1)) as app:
        monkeypatch.setattr(Context, "ask_resources", lambda *_: {}["a secret"])
        with caplog.at_level(logging.ERROR, "kg.web.app"):
            answer = app.test_client().get("/timeline")
    assert answer.status_code == 500
    identifier = re.search(r"logged as (\w+)", answer.text)
    assert identifier
    (line,) = caplog.text.splitlines()
    logged = json.loads(line)
    assert logged["request_id"] == identifier.group(1)
    assert logged["path"] == "/timeline"
    assert "a secret" in logged["error"]
    assert "secret" not in answer.text


# What is seen


TURNED = "\u202e"


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u200f", "\x1b", "\x9b", "\x00"])
def test_a_character_that_turns_or_controls_is_shown_by_its_number(char: str) -> None:
    assert show(f"a{char}b") == f"a⟨U+{ord(char):04X}⟩b"
    assert show(Markup("<b>%s</b>") % char) == f"<b>⟨U+{ord(char):04X}⟩</b>"
    assert as_sent(f"<{char}>") == f"&lt;{char}&gt;"
    assert show(as_sent(char)) == char


def test_text_in_other_scripts_is_left_alone() -> None:
    text = "עברית العربية 日本\tline\nline"
    assert show(text) == text


def test_a_long_literal_is_cut_and_an_address_is_not() -> None:
    shown = show(Words("a" * (MOST_WORDS + 7)))
    assert shown == "a" * MOST_WORDS + "… (7 more characters in the data)"
    assert len(show("a" * 200_000)) == 200_000


@pytest.mark.parametrize("suffix", CITED)
def test_no_record_is_named_like_a_form_of_another(suffix: str) -> None:
    assert not Iris(BASE).is_record(f"{BASE}id/report.{suffix}")
    assert not Iris(BASE).is_record(f"{BASE}article/talks/event/meeting.{suffix}")


@pytest.mark.parametrize(
    "name", ["id/st.-petersburg", "id/georgia-(country)", "id/київ", "id/v1.2", "code/a@b", "id/x#end"]
)
def test_a_name_of_any_script_and_with_points_is_a_record(name: str) -> None:
    assert Iris(BASE).is_record(BASE + name)


def test_an_iri_with_two_slashes_is_no_address_here() -> None:
    assert Iris(BASE).path(f"{BASE}/evil.example") is None
    assert Iris(BASE).path(f"{BASE}id/russia") == "/id/russia"


def test_a_query_is_given_back_to_the_letter(hostile: Server) -> None:
    query = f"SELECT ('</textarea>{TURNED}' AS ?x) {{}}"
    page = hostile.query(query, HTML).text
    area = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert area
    assert html.unescape(area[1]) == query
    assert TURNED not in page.replace(area[0], "").replace(quote_plus(TURNED), "")


# Spreadsheets


FORMULAS = "SELECT ?x { VALUES ?x { '=1+1' '+1+1' '-1+1' '@SUM(1)' '\\t=1' '-12.5' 'a,=1' 'plain' -3 } }"


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("csv", ["'=1+1", "'+1+1", "'-1+1", "'@SUM(1)", "'\t=1", "-12.5", "a,=1", "plain", "-3"]),
        (
            "tsv",
            ['"\'=1+1"', '"\'+1+1"', '"\'-1+1"', '"\'@SUM(1)"', '"\'\\t=1"', '"\'-12.5"', '"a,=1"', '"plain"', "-3"],
        ),
    ],
)
def test_no_cell_of_a_download_is_a_formula(hostile: Server, name: str, marked: list[str]) -> None:
    answer = hostile.get("/sparql?" + urlencode({"query": FORMULAS, "accept": name}))
    text = answer.text
    rows = [row[0] for row in csv.reader(io.StringIO(text, newline=""))] if name == "csv" else text.splitlines()
    assert rows[1:] == marked
    assert "attachment" in answer.headers["Content-Disposition"]


def test_downloads_at_the_same_time_do_not_disturb_each_other() -> None:
    rows = [b"=x\n" * 500 + b"y" * length for length in (10, 200_000)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            done = list(threads.map(lambda n: for_spreadsheet(rows[n % 2], "text/csv"), range(100)))
    finally:
        sys.setswitchinterval(interval)
    assert all(text.startswith(b"'=x\r\n") for text in done)


def test_what_a_program_asks_for_is_the_answer_itself(hostile: Server) -> None:
    answer = hostile.query(FORMULAS, "text/csv")
    assert "\r\n=1+1\r\n" in answer.text


# Data that no shape has seen


BESIDE = (
    *("/timeline.svg", "/timeline.csv", "/figures.svg", "/figures.csv", "/reconcile", "/reconcile/properties"),
    *("/reconcile/preview?id=mallory", "/reconcile/suggest/entity?prefix=a", "/article/evil/statement/001-1.trig"),
    *("/search.json?q=script", "/suggest?q=a", "/api", "/api/openapi.json", "/sitemap.xml", "/metrics", "/health"),
)
"""What is no page, and made from the same data."""
LARGEST = 900_000
"""Bytes of a page that ``make torture`` allows."""


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """A server of the release that ``make torture`` opens in a browser, with shorter literals."""
    running = Scratch(tmp_path_factory.mktemp("evil") / "releases", hostile_data.nquads(20_000))
    yield running
    running.stop()


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_data_however_wrong_make_a_page_fail(evil: Server, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("http.client._MAXLINE", 200_000)  # an IRI of 8,000 characters is in Link ten times
    addresses = [*hostile_data.addresses(), *BESIDE]
    statuses = {path: evil.get(path, HTML, Accept_Language=language).status for path in addresses}
    assert not [path for path, status in statuses.items() if status >= 500]
    assert [path for path, status in statuses.items() if status == 200 and path.startswith("/article/evil")]


@pytest.mark.parametrize("text", hostile_data.QUERIES[:3])
def test_a_table_of_long_terms_is_no_long_page(evil: Server, text: str) -> None:
    answer = evil.query(text, HTML)
    assert answer.status == 200
    assert len(answer.body) < LARGEST
    assert answer.text.count("<tr>") == 1 + 400


def test_many_columns_are_no_long_page(evil: Server) -> None:
    names = " ".join(f"?x{n}" for n in range(2_000))
    answer = evil.query(f"SELECT {names} {{ ?s ?p ?o }} LIMIT 400", HTML)
    assert (answer.status, len(answer.body) < LARGEST) == (200, True)
    assert "Rows 1 to 2 are shown; a download has all." in answer.text


def test_what_is_no_number_and_no_date_is_shown_as_the_text_it_is(evil: Server) -> None:
    assert "__class__" in evil.get("/timeline", HTML).text
    assert "__class__" in evil.get("/figures", HTML).text
    assert "Passage None" not in evil.get("/article/evil/passage/001", HTML).text


@pytest.mark.parametrize(
    ("first", "last", "when"),
    [
        ("2025-11-01", "2025-11-30", "1 to 30 Nov 2025"),
        ("2025-02-30", "2025-11-30", "autumn (2025-02-30, 2025-11-30)"),
        ("2025-11-30", "2025-11-01", "autumn (2025-11-30, 2025-11-01)"),
        ("2025-11-01Z", None, "autumn (2025-11-01Z)"),
        ("9999-12-31", "9999-12-31", "31 Dec 9999"),
        (None, "0001-01-01", "until 1 Jan 1"),
    ],
)
def test_a_time_is_told_by_its_days_or_by_the_texts_in_their_place(
    first: str | None, last: str | None, when: str
) -> None:
    found = Resources(period(firstDay=first, lastDay=last), Iris(BASE))
    with Flask("kg.web").test_request_context():
        observations = {each.iri for each in found.of_type("att:Observation")}
        (count,) = figure_groups(found, observations, {}, 0)[0].counts
        times = timeline(found, [f"{BASE}e"], [])
        (moment,) = (*times.dated, *times.undated)
        assert (moment.when, bool(times.dated)) == (when, not when.startswith("autumn"))
        assert timeline_chart(times.dated).height >= 0
    assert count.value == "about ten"


def period(**days: str | None) -> bytes:
    """An event and an observation of a period with these days, and the figure that prints the observation."""
    is_a, ns = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", f"{BASE}ns#"
    lines = [f'<{BASE}p> <{RDFS_LABEL}> "autumn"', f'<{BASE}o> <{ns}value> "about ten"']
    kinds = (("e", "Event"), ("f", "Figure"), ("o", "Observation"))
    lines += [f"<{BASE}{name}> <{is_a}> <{ns}{kind}>" for name, kind in kinds]
    lines += [f"<{BASE}{name}> <{ns}period> <{BASE}p>" for name in "eo"]
    lines.append(f"<{BASE}f> <{ns}prints> <{BASE}o>")
    lines += [f'<{BASE}p> <{ns}{name}> "{day}"' for name, day in days.items() if day]
    return "".join(f"{line} .\n" for line in lines).encode()


# What looks like a pattern


BRACES = ("{x}", "{}", "{:>9}", "{:>9999999999}", "{0.__class__}", "%s", "%(x)s")
NAMED = (
    *("/id/{}", "/doc/{}", "/doc/{}.ttl", "/code/{}", "/query/{}", "/ns/{}", "/graph/{}", "/article/{}"),
    *("/article/{}/passage/001", "/article/a/passage/{}", "/article/{}/statement/{}", "/article/a/statement/{}.trig"),
    *("/article/{}/statement/1.trig", "/article/{}/event/{}", "/article/{}/period/x", "/article/{}/voice"),
    *("/article/{}/encoding.ttl", "/release/{}", "/export/{}", "/api/{}", "/reconcile/preview?id={}"),
    *("/browse?letter={}", "/browse?type={}", "/query?example={}", "/about?release={}", "/statements?of={}"),
)


@pytest.mark.parametrize("path", NAMED)
def test_no_part_of_an_address_is_taken_for_a_pattern(hostile: Server, path: str) -> None:
    addresses = [path.replace("{}", quote(text, safe="")) for text in BRACES]
    statuses = {address: hostile.get(address, HTML).status for address in addresses}
    assert not [address for address, status in statuses.items() if status >= 500], statuses


# Headers and redirects


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example", "//evil.example/%2e%2e", "/\\evil.example", "/id//evil.example", "/id/%2f%2fevil.example",
        "/id/%5cevil.example", "/export//evil.example", "/sparql//", "/id/%0d%0aSet-Cookie:%20x=1", "/%0d%0aX:y/",
        "/sparql?query=ASK%7B%7D&accept=csv%0d%0aX:y", "/?lang=de%0d%0aX:y",
    ],
)  # fmt: skip
def test_no_address_redirects_elsewhere_or_adds_a_header(hostile: Server, path: str) -> None:
    answer = hostile.get(path, HTML)
    assert answer.status in (200, 303, 308, 400, 404)
    location = urlsplit(answer.headers.get("Location") or hostile.url)
    assert location.netloc in ("", f"127.0.0.1:{hostile.port}")
    assert not answer.headers.get("Location", "/").startswith(("//", "/\\"))
    assert "X" not in answer.headers
    assert "x=1" not in answer.headers.get("Set-Cookie", "")


def test_the_name_of_a_class_breaks_no_header(hostile: Server) -> None:
    link = hostile.get("/doc/mallory", HTML).headers["Link"]
    assert link.isascii()
    assert "%E2%80%AE" in link


# Writes from elsewhere


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
@pytest.mark.parametrize("path", ["/update", "/graphs?graph=urn:csrf"])
def test_a_form_of_another_site_cannot_write(hostile: Scratch, path: str, media_type: str) -> None:
    before = hostile.state()
    answer = hostile.request(
        "POST",
        path,
        b"update=INSERT DATA { <urn:a> <urn:b> 1 }",
        Content_Type=media_type,
        Origin="https://evil.example",
        Sec_Fetch_Site="cross-site",
        Cookie="Authorization=Bearer a token for tests only; token=a token for tests only",
    )
    assert answer.status == 401
    assert hostile.state() == before


def test_an_address_of_thousands_of_characters_makes_no_header_that_clients_refuse(hostile: Scratch) -> None:
    path = "id/" + "x" * 3_000
    said = f"<{BASE}{path}> <{RDFS_LABEL}> 'long'"
    assert hostile.update(f"INSERT DATA {{ GRAPH <{BASE}graph/evil> {{ {said} }} }}").status == 200
    for accept in ("text/turtle", HTML):
        answer = hostile.get("/doc/" + "x" * 3_000, accept)
        assert answer.status == 200
        assert len(answer.headers["Link"]) <= LINKS_BYTES
        assert answer.headers["Link"].startswith(f"<{BASE}doc/xxx")
