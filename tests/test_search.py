"""Things are found by their names and other names, browsed by letter and facet, and all of it is in the address.

What is expected was read from data/authority and data/articles.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import unicodedata
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from rdflib import Dataset, URIRef

from kg.errors import EngineUnavailable, StorageFull
from kg.names import fold
from kg.release.manifest import Manifest
from kg.release.search import FILE_NAME, Item, write_index, write_items
from kg.terms import Iris
from kg.web.index import Index, to_match
from serving import BASE, Server


def labels(server: Server, text: str) -> list[str]:
    found = json.loads(server.get(f"/search.json?q={quote(text)}").text)
    return [item["label"] for item in found["results"]]


@pytest.fixture
def own(tmp_path: Path) -> Index:
    """An index of a few names with diacritics and the like."""
    names = [
        ("/id/zurich", "Zürich", ("Zurich",), "State"),
        ("/id/lodz", "Łódź", (), "Place"),
        ("/id/sao-paulo", "São Paulo", ("Sampa",), "Place"),
        ("/id/the-kremlin", "the Kremlin", (), "Place"),
        ("/id/press", "a press remark on the Kremlin wall", (), "Place"),
        ("/id/markup", '<b>"bold"</b> & OR NOT', (), "Place"),
    ]
    items = [
        Item(path, label, other, "", kind, "entity", (("type", kind, kind),)) for path, label, other, kind in names
    ]
    write_items(items, tmp_path / FILE_NAME)
    return Index(tmp_path / FILE_NAME)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Russia", "Russia"),
        ("kremlin", "Russia"),  # its other name is the Kremlin; others only speak of it
        ("MOSCOW", "Russia"),
        ("kyiv", "Ukraine"),
        ("annexed four", "Russia says it has annexed four Ukrainian regions"),
    ],
)
def test_a_name_or_another_name_is_found_first(server: Server, text: str, first: str) -> None:
    assert labels(server, text)[0] == first


def test_diacritics_case_and_beginnings_do_not_matter(own: Index) -> None:
    for text, path in [
        ("zurich", "/id/zurich"),
        ("ZÜR", "/id/zurich"),
        ("sao", "/id/sao-paulo"),
        ("samp", "/id/sao-paulo"),
    ]:
        assert [found.path for found in own.search(text)] == [path], text
    assert [found.path for found in own.search("kremlin")] == ["/id/the-kremlin", "/id/press"]


def test_letters_that_have_no_accent_to_lose_and_accents_apart_do_not_matter_either(tmp_path: Path) -> None:
    names = ["Łódź", "Ærøskøbing", "Groß-Gerau", "Diyarbakır", "Đakovo", "Zu\u0308rich"]
    items = [Item(f"/id/{number}", name, (), "", "Place", "entity") for number, name in enumerate(names)]
    write_items(items, tmp_path / FILE_NAME)
    index = Index(tmp_path / FILE_NAME)
    for name, text in zip(names, ["lodz", "aeroskobing", "gross", "diyarbakir", "dakovo", "zürich"], strict=True):
        for asked in (text, unicodedata.normalize("NFD", name), unicodedata.normalize("NFC", name)):
            assert [found.text for found in index.search(asked)] == [name], asked
    assert index.search("lod")[0].label == (("Łódź", True),)
    assert index.search("zur")[0].label == (("Zu\u0308rich", True),)
    assert index.alike("lodzz") == "lodz"


def test_a_label_is_found_in_each_of_its_languages_and_shown_in_the_reader_s(tmp_path: Path) -> None:
    data = """
    PREFIX att: <ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    <id/russia> a att:Entity ; rdfs:label "Russia"@en, "Russland"@de ; skos:altLabel "the Kremlin"@en .
    """
    dataset = Dataset()
    dataset.graph(URIRef(BASE + "graph/x")).parse(data=data, format="turtle", publicID=BASE)
    write_index(dataset, Iris(BASE), set(), tmp_path)
    index = Index(tmp_path / FILE_NAME)
    (found,) = index.search("russland", language="de")
    assert (found.text, found.language, found.other_language) == ("Russland", "de", "en")
    (found,) = index.search("russland")
    assert (found.text, found.language) == ("Russia", "en")
    assert (found.other, found.other_language) == ((("Russland", True),), "de")
    assert [item.text for item in index.browse("entity", {}, language="de")[1]] == ["Russland"]
    assert [item.text for item in index.browse("entity", {}, language="fr")[1]] == ["Russia"]


def test_english_names_are_marked_on_german_pages(server: Server) -> None:
    for path in ("/search?q=annexed+four", "/browse?group=statement&claimant=russia"):
        page = server.get(path, "text/html", Accept_Language="de").text
        assert re.search(r'<li><a href="/article/[^"]*" lang="en">', page), path
        assert 'laut <span lang="en">Russia</span>' in page
    assert (
        '<bdi lang="en">Russia</bdi>' in server.get("/browse?group=statement", "text/html", Accept_Language="de").text
    )
    assert json.loads(server.get("/suggest?q=krem&languages").text)[4][0] == "en"


def test_what_matched_is_told_apart(own: Index) -> None:
    (found,) = own.search("sampa")
    assert (found.text, found.other) == ("São Paulo", (("Sampa", True),))
    (found,) = own.search("paulo")
    assert found.label == (("São ", False), ("Paulo", True))


HOSTILE = [
    *['"', "*", "NEAR(a b)", "a OR b", "label:x", "^a", "(", "-a", "{a}"],
    *["a" * 10_000, "\x00", "'; DROP TABLE items", "\u202eabc"],
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_words_are_the_index_s_own_syntax(own: Index, text: str) -> None:
    own.search(text)
    own.count(text)
    own.alike(text)
    assert re.fullmatch(r'(?:"\w+"\*)?(?: "\w+"\*)*', to_match(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_get_a_page_that_helps(server: Server, text: str) -> None:
    for path in ("/search", "/search.json", "/suggest"):
        assert server.get(f"{path}?q={quote(text)}", "text/html").status == 200
    assert "<b>" not in server.get("/search?q=%3Cb%3Ex", "text/html").text


def test_words_that_are_like_known_ones_are_suggested(server: Server) -> None:
    page = server.get("/search?q=teritory", "text/html")
    assert page.status == 200
    assert 'href="/search?q=territory"' in page.text
    assert "/browse" in server.get("/search?q=qqqqqqqq", "text/html").text
    assert server.get("/search", "text/html").status == 200


def test_a_statement_that_is_found_names_its_claimant(server: Server) -> None:
    page = unescape(server.get("/search?q=annexed+four", "text/html").text)
    item = re.search(r'<li><a href="/article/florida-talks/statement/007-2">.*?</li>', page, re.DOTALL)
    assert item
    assert "Russia says it" in item.group()
    assert "said outright" in item.group()


def test_results_are_counted_and_paged_by_group(server: Server) -> None:
    whole = json.loads(server.get("/search.json?q=ukraine").text)
    assert whole["counts"]["statement"] > 50
    first = json.loads(server.get("/search.json?q=ukraine&group=statement").text)["results"]
    second = json.loads(server.get("/search.json?q=ukraine&group=statement&page=2").text)["results"]
    assert len(first) == 50
    assert {item["group"] for item in first + second} == {"statement"}
    assert not {item["iri"] for item in first} & {item["iri"] for item in second}


@pytest.mark.parametrize(
    "path",
    [
        "/search?q=a&group=nothing",
        "/browse?group=x",
        "/browse?page=0",
        "/browse?page=x",
        "/browse?letter=ab",
        "/browse?page=000000001" + "9" * 30,
        "/search?q=a&group=issue&page=1" + "0" * 5000,
    ],
)
def test_what_cannot_be_is_told(server: Server, path: str) -> None:
    answer = server.get(path, "text/html")
    assert answer.status == 400
    assert "parameter" in answer.text


def test_a_group_without_a_match_is_said_to_have_none(server: Server) -> None:
    page = server.get("/search?q=annexed&group=article", "text/html")
    assert (page.status, "Nothing of this kind matches." in page.text) == (200, True)
    assert '<ul class="found">' not in page.text


def test_a_period_is_found_in_each_month_or_year_that_it_spans(tmp_path: Path) -> None:
    periods = {
        "year": '"2014-01-01", "2014-12-31"; att:precision <code/year>',
        "months": '"2025-01-01", "2025-11-30"',
        "long": '"2022-02-24", "2025-01-01"',
        "open": '"2022-02-24"',
    }
    told = {name: days.replace(", ", "; att:lastDay ") for name, days in periods.items()}
    data = "PREFIX att: <ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n" + "".join(
        f'<article/a/{name}> a att:Event; rdfs:label "{name}"@en; att:period [ att:firstDay {days} ] .\n'
        for name, days in told.items()
    )
    dataset = Dataset()
    dataset.graph(URIRef(BASE + "graph/x")).parse(data=data, format="turtle", publicID=BASE)
    write_index(dataset, Iris(BASE), set(), tmp_path)
    index = Index(tmp_path / FILE_NAME)

    def found(time: str) -> list[str]:
        return [item.text for item in index.browse("event", {"date": [time]})[1]]

    assert found("2014") == ["year"]
    assert found("2014-01") == []
    assert [found(f"2025-{month:02}") for month in (1, 6, 11, 12)] == [["months"], ["months"], ["months"], []]
    assert (found("2022"), found("2023"), found("2025")) == (["long", "open"], ["long"], ["long"])


def test_suggestions_are_names_kinds_and_addresses(server: Server) -> None:
    answer = server.get("/suggest?q=krem")
    assert answer.media_type == "application/x-suggestions+json"
    words, names, kinds, addresses = json.loads(answer.text)
    assert (words, names[0], kinds[0]) == ("krem", "Russia", "State")
    assert addresses[0] == f"{server.url}/doc/russia"
    assert json.loads(server.get("/suggest").text) == ["", [], [], []]


def test_the_opensearch_description_leads_to_them(server: Server) -> None:
    answer = server.get("/opensearch.xml")
    assert answer.media_type == "application/opensearchdescription+xml"
    root = ElementTree.fromstring(answer.text)  # noqa: S314 - our own
    name = "{http://a9.com/-/spec/opensearch/1.1/}"
    templates = {url.get("type"): url.get("template") for url in root.findall(f"{name}Url")}
    assert templates["text/html"] == f"{server.url}/search?q={{searchTerms}}"
    assert len(root.findtext(f"{name}ShortName") or "") <= 16
    assert '<link rel="search"' in server.get("/", "text/html").text


def test_a_disk_without_room_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = sqlite3.connect

    def connect(*given: Any, **named: Any) -> sqlite3.Connection:
        base = usual(*given, **named)
        base.execute("PRAGMA max_page_count = 4")
        return base

    monkeypatch.setattr("kg.release.search.sqlite3.connect", connect)
    with pytest.raises(StorageFull, match="no room"):
        write_items((), tmp_path / FILE_NAME)


def test_every_named_thing_is_in_the_index(releases: Path, manifest: Manifest) -> None:
    groups = Index(releases / manifest.id / FILE_NAME).groups()
    assert groups["statement"] == manifest.counts["statements"]
    assert groups["issue"] == manifest.counts["issues"]
    assert groups["event"] == manifest.counts["events"]


def test_facets_count_what_the_data_say(releases: Path, manifest: Manifest) -> None:
    index = Index(releases / manifest.id / FILE_NAME)
    russia = {"claimant": ["russia"]}
    total, found = index.browse("statement", russia, limit=1000)
    dataset = (releases / manifest.id / "dataset.nq").read_text(encoding="utf-8")
    said = re.findall(rf"^<({BASE}article/\S+)> <{BASE}ns#claimant> <{BASE}id/russia>", dataset, re.MULTILINE)
    assert {BASE + item.path[1:] for item in found} == set(said)
    assert total == len(set(said))
    facets = index.facets("statement", russia)
    assert sum(value.count for value in facets["type"]) == total
    assert next(value for value in facets["claimant"] if value.value == "russia").is_selected
    for value in facets["type"]:
        assert index.browse("statement", russia | {"type": [value.value]})[0] == value.count
    assert sum(index.letters("statement", russia).values()) == total


def test_facets_count_what_following_them_lists(server: Server) -> None:
    for path in ("/browse?letter=R", "/browse?group=statement&letter=R"):
        page = unescape(server.get(path, "text/html").text)
        links = re.findall(
            r'<li><a rel="nofollow" href="([^"]*)"(?! aria-current)><bdi>[^<]*</bdi> <span>(\d+)</span>', page
        )
        assert links
        for link, count in links:
            followed = server.get(link, "text/html").text
            assert re.search(rf'<h1>.*<span class="count">{count}</span>', followed), link


def test_the_voices_of_two_articles_are_told_apart(tmp_path: Path) -> None:
    said = "".join(
        f"""
        <article/{slug}/statement/1> a att:Statement ; rdfs:label "said in {slug}"@en ;
          att:claimant <article/{slug}/voice> .
        <article/{slug}/voice> a att:Actor ; rdfs:label "the voice of {slug}"@en .
        """
        for slug in ("one", "two")
    )
    dataset = Dataset()
    prefixes = "PREFIX att: <ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"
    dataset.graph(URIRef(BASE + "graph/x")).parse(data=prefixes + said, format="turtle", publicID=BASE)
    write_index(dataset, Iris(BASE), set(), tmp_path)
    index = Index(tmp_path / FILE_NAME)
    values = index.facets("statement", {})["claimant"]
    assert {(value.value, value.label, value.count) for value in values} == {
        ("article/one/voice", "the voice of one", 1),
        ("article/two/voice", "the voice of two", 1),
    }


def test_a_selection_stands_in_the_address_and_can_be_taken_back(server: Server) -> None:
    page = unescape(server.get("/browse?group=statement&claimant=russia&type=Position", "text/html").text)
    assert "Statements" in page
    assert 'href="/browse?group=statement"' in page
    assert 'href="/browse?group=statement&type=Position"' in page  # without the claimant
    nothing = server.get("/browse?group=statement&claimant=russia&type=Figure", "text/html")
    assert nothing.status == 200
    assert "Nothing is listed under all of this" in nothing.text
    unknown = server.get("/browse?group=statement&claimant=nobody", "text/html")
    assert unknown.status == 404
    assert "/browse?group=statement" in unknown.text


def test_a_facet_shows_those_that_most_have_and_folds_the_others(server: Server) -> None:
    text = server.get("/browse?group=statement&claimant=putin", "text/html").text
    claimants = text.partition("<summary>Who says it</summary>")[2]
    first, folded, rest = claimants.partition('<details class="rest">')
    rest = rest.partition("</details>")[0]
    total = len(set(re.findall(r"[?&;]claimant=([^&\"]+)\"", claimants)) | {"putin"})
    assert folded
    assert first.count("<li>") == 9  # the one chosen, and eight
    assert rest.count("<li>") == total - 9
    assert "✓ <bdi" in first
    assert f"<summary>{total - 9} more</summary>" in rest


def test_the_same_items_give_the_same_bytes(tmp_path: Path) -> None:
    items = [
        Item(f"/id/{n}", f"Thing {n}", (), "", "Place", "entity", (("type", "Place", "Place"),)) for n in range(50)
    ]
    write_items(items, tmp_path / "a")
    write_items(reversed(items), tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_or_damaged_index_is_told_and_stops_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="kg build"):
        Index(tmp_path / "none").search("x")
    (tmp_path / "bad").write_bytes(b"no database" * 1000)
    with pytest.raises(EngineUnavailable, match="kg build"):
        Index(tmp_path / "bad").groups()


@pytest.mark.usefixtures("own")
def test_the_index_of_a_release_from_before_names_had_languages_is_read(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as base:
        base.execute("ALTER TABLE items DROP COLUMN languages")
    (found,) = Index(tmp_path / FILE_NAME).search("zurich", language="de")
    assert (found.text, found.language) == ("Zürich", None)


def test_many_threads_search_at_once(own: Index) -> None:
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(len(own.search("kremlin")))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [2] * 16


def test_names_are_sorted_without_article_case_and_diacritics() -> None:
    assert [fold(text) for text in ("The Hague", "an École", "Å")] == ["hague", "ecole", "a"]
