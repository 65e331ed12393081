"""Things are found by their names and other names, browsed by letter and facet, and all of it is in the address.

What is expected was read from data/authority and data/articles.
"""

from __future__ import annotations

import json
import re
import threading
import unicodedata
from html import unescape
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from catalogue.cataloguing import Kept
from helpers.releasing import dataset
from helpers.serving import BASE, Server
from kg.catalogue.finding import browse
from kg.catalogue.finding.search import alike, find
from kg.catalogue.view import View, open_catalogue
from kg.catalogue.words import sought_words, to_match
from kg.names import fold
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.web.lists.index import Item, facets, items


def labels(server: Server, text: str) -> list[str]:
    found = json.loads(server.get(f"/search.json?q={quote(text)}").text)
    return [item["label"] for item in found["results"]]


@pytest.fixture
def own(tmp_path: Path) -> View:
    """The catalogue of a few names with diacritics and the like."""
    names = [
        ("zurich", "Zürich", "Zurich"),
        ("lodz", "Łódź", None),
        ("sao-paulo", "São Paulo", "Sampa"),
        ("the-kremlin", "the Kremlin", None),
        ("press", "a press remark on the Kremlin wall", None),
        ("markup", '<b>\\"bold\\"</b> & OR NOT', None),
    ]
    return of_names(tmp_path, names)


def of_names(folder: Path, names: list[tuple[str, str, str | None]]) -> View:
    other = {None: ""}
    return Kept(folder).publish(
        authority="".join(
            f'id:{key} a att:Entity ; rdfs:label "{name}"{other.get(alt, f" ; skos:altLabel {json.dumps(alt)}")} .\n'
            for key, name, alt in names
        )
    )


def paths(view: View, text: str) -> list[str]:
    return view.paths(record for _, record in find(view, text).best)


def listed(view: View, text: str, language: str = "en") -> list[Item]:
    found = find(view, text)
    return items(view, [record for _, record in found.best], found.words, language)


def browsed(view: View, group: str, language: str = "en", **selection: list[str]) -> list[Item]:
    return items(view, browse.page(view, group, browse.select(view, group, selection), 1000), (), language)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Russia", "Russia"),
        ("kremlin", "Kremlin"),  # others only speak of it
        ("MOSCOW", "Russia"),
        ("kyiv", "Ukraine"),
        ("annexed four", "Russia says that it has annexed four Ukrainian regions"),
    ],
)
def test_a_name_or_another_name_is_found_first(server: Server, text: str, first: str) -> None:
    assert labels(server, text)[0] == first


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("one-shot", "article/florida-talks/statement/031-2"),
        ("Kremlin", "id/kremlin"),
        ("annexation", "article/florida-talks/statement/007-2"),
        ("vladimir putin", "id/putin"),
        ("who disputes whose claims", "query/who-disputes-what"),
        ("monitor", "id/un-human-rights-monitors"),
    ],
)
def test_words_of_a_reader_find_what_the_data_have_of_them(releases: Path, text: str, wanted: str) -> None:
    view = open_catalogue(releases).at(Releases(releases).active_id())
    found = find(view, text)
    assert wanted in view.paths(record for _, record in found.best)


def test_where_nothing_has_all_words_what_has_most_is_found_and_that_is_said(server: Server, own: View) -> None:
    assert paths(own, "kremlin paulo wall") == ["id/press"]
    assert find(own, "kremlin paulo wall").is_partial
    assert paths(own, "sampa zzz") == ["id/sao-paulo"]
    assert not find(own, "kremlin wall").is_partial
    page = server.get("/search?q=sergei+putin", "text/html").text
    assert "Nothing here has all of these words" in page
    assert 'href="/doc/putin"' in page
    assert json.loads(server.get("/search.json?q=sergei+putin").text)["partial"] is True


def test_more_than_is_counted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    view = of_names(tmp_path, [(f"e{n}", f"lake {n}", None) for n in range(30)] + [("a", "lake", None)])
    monkeypatch.setattr("kg.catalogue.finding.search.MOST", 20)
    found = find(view, "lake")
    assert found.more == {"entity"}
    assert found.counts == {"entity": 20}
    assert paths(view, "lake")[0] == "id/a"  # the same name is never crowded out


def test_diacritics_case_and_beginnings_do_not_matter(own: View) -> None:
    for text, path in [
        ("zurich", "id/zurich"),
        ("ZÜR", "id/zurich"),
        ("sao", "id/sao-paulo"),
        ("samp", "id/sao-paulo"),
    ]:
        assert paths(own, text) == [path], text
    assert paths(own, "kremlin") == ["id/the-kremlin", "id/press"]


def test_letters_that_have_no_accent_to_lose_and_accents_apart_do_not_matter_either(tmp_path: Path) -> None:
    names = ["Łódź", "Ærøskøbing", "Groß-Gerau", "Diyarbakır", "Đakovo", "Zu\u0308rich"]
    view = of_names(tmp_path, [(f"e{number}", name, None) for number, name in enumerate(names)])
    for name, text in zip(names, ["lodz", "aeroskobing", "gross", "diyarbakir", "dakovo", "zürich"], strict=True):
        for asked in (text, unicodedata.normalize("NFD", name), unicodedata.normalize("NFC", name)):
            assert [found.text for found in listed(view, asked)] == [name], asked
    assert listed(view, "lod")[0].label == (("Łódź", True),)
    assert listed(view, "zur")[0].label == (("Zu\u0308rich", True),)
    assert alike(view, "lodzz") == "lodz"


def test_a_label_is_found_in_each_of_its_languages_and_shown_in_the_reader_s(tmp_path: Path) -> None:
    view = Kept(tmp_path).publish(
        authority='id:russia a att:Entity ; rdfs:label "Russia"@en, "Russland"@de ; skos:altLabel "the Kremlin"@en .'
    )
    (found,) = listed(view, "russland", "de")
    assert (found.text, found.language, found.other_language) == ("Russland", "de", "en")
    (found,) = listed(view, "russland")
    assert (found.text, found.language) == ("Russia", "en")
    assert (found.other, found.other_language) == ((("Russland", True),), "de")
    assert [item.text for item in browsed(view, "entity", "de")] == ["Russland"]
    assert [item.text for item in browsed(view, "entity", "fr")] == ["Russia"]


def test_english_names_are_marked_on_german_pages(server: Server) -> None:
    for path in ("/search?q=annexed+four", "/browse?group=statement&claimant=russia"):
        page = server.get(path, "text/html", Accept_Language="de").text
        assert re.search(r'<li><a href="/article/[^"]*" lang="en">', page), path
        assert 'laut <span lang="en">Russia</span>' in page
    assert (
        '<bdi lang="en">Russia</bdi>' in server.get("/browse?group=statement", "text/html", Accept_Language="de").text
    )
    assert json.loads(server.get("/suggest?q=krem&languages").text)[4][0] == "en"


def test_what_matched_is_told_apart(own: View) -> None:
    (found,) = listed(own, "sampa")
    assert (found.text, found.other) == ("São Paulo", (("Sampa", True),))
    (found,) = listed(own, "paulo")
    assert found.label == (("São ", False), ("Paulo", True))
    assert listed(own, "remarks")[0].label[:2] == (("a press ", False), ("remark", True))  # by its stem


HOSTILE = [
    *['"', "*", "NEAR(a b)", "a OR b", "label:x", "^a", "(", "-a", "{a}"],
    *["a" * 10_000, "\x00", "'; DROP TABLE items", "\u202eabc"],
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_words_are_the_index_s_own_syntax(own: View, text: str) -> None:
    find(own, text)
    alike(own, text)
    one = r'\((?:"\w+"\* OR )?"=\w+"\)'
    assert re.fullmatch(rf"(?:{one}(?: AND {one})*)?", to_match(sought_words(text)))


def test_a_long_beginning_is_looked_for_by_the_few_words_that_begin_so() -> None:
    """The index gathers all that begins so before it gives the first; of whole words it gives it at once."""
    assert to_match(sought_words("republ"), known=lambda _: ["republic"]) == '("republic" OR "=republ")'
    assert to_match(sought_words("republ"), known=lambda _: []) == '("republ"* OR "=republ")'
    assert to_match(sought_words("repu"), known=lambda _: ["republic"]) == '("repu"* OR "=repu")'


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_get_a_page_that_helps(server: Server, text: str) -> None:
    for path in ("/search", "/search.json", "/suggest"):
        answer = server.get(f"{path}?q={quote(text)}", "text/html")
        assert answer.status == (200 if len(quote(text)) < 8_000 else 414)
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
    assert "<span>Russia</span> says it" in item.group()
    assert "stated outright" in item.group()


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
    data = "".join(
        f'<article/a/{name}> a att:Event; rdfs:label "{name}"@en; att:period [ att:firstDay {days} ] .\n'
        for name, days in told.items()
    )
    view = Kept(tmp_path).publish(article__a=data)

    def found(time: str) -> list[str]:
        return [item.text for item in browsed(view, "event", date=[time])]

    assert found("2014") == ["year"]
    assert found("2014-01") == []
    assert [found(f"2025-{month:02}") for month in (1, 6, 11, 12)] == [["months"], ["months"], ["months"], []]
    assert (found("2022"), found("2023"), found("2025")) == (["long", "open"], ["long"], ["long"])


def test_suggestions_are_names_kinds_and_addresses(server: Server) -> None:
    answer = server.get("/suggest?q=krem")
    assert answer.media_type == "application/x-suggestions+json"
    words, names, kinds, addresses = json.loads(answer.text)
    assert (words, names[0], kinds[0]) == ("krem", "Kremlin", "Organisation")
    assert addresses[0] == f"{server.url}/doc/kremlin"
    assert json.loads(server.get("/suggest").text) == ["", [], [], []]


def test_a_program_is_told_who_says_a_statement_that_is_found_and_how_firmly(server: Server) -> None:
    """047-5, that Ukraine surrenders territory, is asserted by nobody; 007-2 is said outright by Russia."""
    found = {}
    for words in ("surrenders", "annexed four"):
        for each in json.loads(server.get(f"/search.json?q={quote(words)}").text)["results"]:
            found[each["iri"].rpartition("/")[2]] = each
    supposed = {"iri": f"{BASE}code/supposed", "label": "hypothetical (nobody asserts it)"}
    assert (found["047-5"]["claimants"], found["047-5"]["modality"]) == ([], supposed)
    outright = {"iri": f"{BASE}code/flat", "label": "stated outright"}
    assert found["007-2"]["claimants"] == [{"iri": f"{BASE}id/russia", "label": "Russia"}]
    assert found["007-2"]["modality"] == outright
    entities = json.loads(server.get("/search.json?q=russia&group=entity").text)["results"]
    assert entities
    assert not any({"claimants", "modality"} & each.keys() for each in entities)


def test_a_suggested_statement_says_who_says_it_and_how_firmly(server: Server) -> None:
    told = {}
    for words in ("war is ended", "annexed four"):
        _, names, kinds, _ = json.loads(server.get(f"/suggest?q={quote(words)}").text)
        told |= dict(zip(names, kinds, strict=True))
    assert told["The war is ended"] == "Assertion · hypothetical (nobody asserts it)"
    assert told["Russia says that it has annexed four Ukrainian regions"].endswith(
        " · Russia says it · stated outright"
    )
    german = json.loads(server.get("/suggest?q=war+is+ended", Accept_Language="de").text)
    assert "hypothetisch" in german[2][german[1].index("The war is ended")]


def test_the_opensearch_description_leads_to_them(server: Server) -> None:
    answer = server.get("/opensearch.xml")
    assert answer.media_type == "application/opensearchdescription+xml"
    root = ElementTree.fromstring(answer.text)  # noqa: S314 - our own
    name = "{http://a9.com/-/spec/opensearch/1.1/}"
    templates = {url.get("type"): url.get("template") for url in root.findall(f"{name}Url")}
    assert templates["text/html"] == f"{server.url}/search?q={{searchTerms}}"
    assert len(root.findtext(f"{name}ShortName") or "") <= 16
    assert '<link rel="search"' in server.get("/", "text/html").text


def test_every_named_thing_is_in_the_catalogue(releases: Path, manifest: Manifest) -> None:
    counts = open_catalogue(releases).at(manifest.id).counts()
    for group in ("statement", "issue", "event", "article"):
        assert counts[group] == manifest.counts[f"{group}s"], group
    assert counts["query"] == manifest.counts["queries"]
    totals = open_catalogue(releases).at(manifest.id).totals()
    for name in ("statements", "figures", "issues", "events", "articles", "passages"):
        assert totals[name] == manifest.counts[name], name
    assert totals["entities"] == counts["entity"]  # the number that browsing shows


def test_facets_count_what_the_data_say(releases: Path, manifest: Manifest) -> None:
    view = open_catalogue(releases).at(manifest.id)
    russia = {"claimant": ["russia"]}
    found = browsed(view, "statement", claimant=["russia"])
    held = dataset(Releases(releases), manifest.id).decode()
    said = re.findall(rf"^<({BASE}article/\S+)> <{BASE}ns#claimant> <{BASE}id/russia>", held, re.MULTILINE)
    assert {BASE + item.path[1:] for item in found} == set(said)
    selected = browse.select(view, "statement", russia)
    total = browse.count(view, "statement", selected)
    assert total == len(set(said))
    facets = browse.facets(view, "statement", russia)
    assert sum(value.count for value in facets["type"].shown) == total
    assert next(value for value in facets["claimant"].shown if value.value == "russia").is_selected
    for value in facets["type"].shown:
        both = browse.select(view, "statement", russia | {"type": [value.value]})
        assert browse.count(view, "statement", both) == value.count
    assert sum(browse.letters(view, "statement", selected).values()) == total


def test_a_listed_facet_can_be_had_whole(server: Server) -> None:
    page = server.get("/browse?group=statement&all=claimant", "text/html")
    assert page.status == 200
    assert server.get("/browse?group=statement&all=colour", "text/html").status == 400


def test_a_page_past_the_end_is_told_as_that(server: Server, manifest: Manifest) -> None:
    number = manifest.counts["statements"]
    pages = -(-number // 50)
    assert server.get(f"/browse?group=statement&page={pages}", "text/html").status == 200
    answer = server.get(f"/browse?group=statement&page={pages + 1}", "text/html")
    assert (answer.status, f"{number} are listed" in answer.text) == (404, True)


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
    graphs = {
        f"article__{slug}": f"""
        <article/{slug}/statement/1> a att:Statement ; rdfs:label "said in {slug}"@en ;
          att:claimant <article/{slug}/voice> .
        <article/{slug}/voice> a att:Actor, att:Entity ; rdfs:label "the voice of {slug}"@en .
        """
        for slug in ("one", "two")
    }
    view = Kept(tmp_path).publish(**graphs)
    found = facets(view, "statement", {}, "", "")
    assert {(value.value, value.label, value.count) for value in found["claimant"].values} == {
        ("article/one/voice", "the voice of one", 1),
        ("article/two/voice", "the voice of two", 1),
    }
    assert {value.value for value in found["article"].values} == {"one", "two"}


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
    text = server.get("/browse?group=statement&claimant=russia", "text/html").text
    claimants = text.partition("<summary>Who says it</summary>")[2]
    first, folded, rest = claimants.partition('<details class="rest">')
    rest = rest.partition("</details>")[0]
    total = len(set(re.findall(r"[?&;]claimant=([^&\"]+)\"", claimants)) | {"russia"})
    assert folded
    assert first.count("<li>") == 9  # the one chosen, and eight
    assert rest.count("<li>") == total - 9
    assert "✓ <bdi" in first
    assert f"<summary>{total - 9} more</summary>" in rest


def test_many_threads_search_at_once(own: View) -> None:
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(len(paths(own, "kremlin")))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [2] * 16


def test_names_are_sorted_without_article_case_and_diacritics() -> None:
    assert [fold(text) for text in ("The Hague", "an École", "Å")] == ["hague", "ecole", "a"]
