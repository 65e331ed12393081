"""The language of pages: catalogues that lack nothing, which language a request gets, and whose words are marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from helpers.kinds import KINDS, PREVIEWS
from helpers.releasing import begin, dataset
from helpers.serving import BASE, HOME, Answer, Server, application
from kg.reading.phrases import PHRASES
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.release.work.build import build
from kg.settings import Settings
from kg.terms import Iris
from kg.web.data.context import Context
from kg.web.data.resources import Resources, unescape
from kg.web.text import language
from kg.web.text.language import speaking
from kg.web.words.codes import digits, duration, lang_attribute, size_words
from web.pages.test_html import VOID

HTML = "text/html"
TRANSLATED = sorted(set(language.NAMES) - {language.SOURCE})
FIXED = re.compile(r"%\(\w+\)s|</?\w+>")
"""What a translation keeps: the places of values, and markup."""


# The catalogues


@pytest.fixture(scope="session")
def texts(tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    """The texts that templates and code have now, extracted as ``make messages`` does."""
    extracted = tmp_path_factory.mktemp("messages") / "pages.pot"
    recipe = (HOME / "Makefile").read_text("utf-8")
    keywords = re.findall(r"-k \S+", re.search(r"pybabel -q extract .*", recipe)[0])
    options = [part for keyword in keywords for part in keyword.split()]
    mapping = ["-F", str(HOME / "babel.cfg")]
    CommandLineInterface().run(
        ["pybabel", "-q", "extract", *mapping, *options, "-o", str(extracted), str(HOME / "src")]
    )
    return [message for message in _read(extracted, None) if message.id]


def _read(file: Path, locale: str | None) -> Catalog:
    with file.open("rb") as opened:
        return read_po(opened, locale=locale)


def _catalogue(locale: str) -> Catalog:
    return _read(HOME / "src/kg/web/translations" / f"{locale}.po", locale)


def _forms(said: str | tuple[str, ...] | list[str]) -> list[str]:
    return [said] if isinstance(said, str) else list(said)


def test_each_language_of_pages_has_sentences_for_statements() -> None:
    assert set(language.NAMES) <= set(PHRASES)


def test_the_texts_of_templates_and_code_are_found(texts: list[Message]) -> None:
    ids = [message.id for message in texts]
    for text in ("Skip to the content", "stated outright", ("%(num)s byte", "%(num)s bytes"), "All examples, by theme"):
        assert text in ids


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_catalogue_has_every_text_and_no_other(texts: list[Message], locale: str) -> None:
    translated = {message.id: message for message in _catalogue(locale) if message.id}
    assert set(translated) == {message.id for message in texts}, "run `make messages` and translate what it adds"
    assert [message.id for message in translated.values() if message.fuzzy] == []
    assert [message.id for message in translated.values() if not all(_forms(message.string))] == []


@pytest.mark.parametrize("locale", TRANSLATED)
def test_translations_keep_the_places_of_values_and_markup(texts: list[Message], locale: str) -> None:
    catalogue = _catalogue(locale)
    kept = 0
    for message in texts:
        sources, forms = _forms(message.id), _forms(catalogue[message.id].string)
        assert len(forms) == (1 if len(sources) == 1 else catalogue.num_plurals), message.id
        for number, form in enumerate(forms):
            expected = sorted(FIXED.findall(sources[min(number, len(sources) - 1)]))
            assert sorted(FIXED.findall(form)) == expected, message.id
            kept += len(expected)
    assert kept > 50


# Which language a request gets


def _is_german(answer: Answer) -> bool:
    """Return whether all of a page is said to be German, and is; fails where the page is at odds with itself."""
    signs = {
        "lang": '<html lang="de">' in answer.text,
        "header": answer.headers["Content-Language"] == "de",
        "heading": "<h1>Streitfragen</h1>" in answer.text,
        "way": '<nav aria-label="Hauptnavigation">' in answer.text,
    }
    assert len(set(signs.values())) == 1, signs
    if not signs["lang"]:
        assert '<html lang="en">' in answer.text
        assert "<h1>Issues</h1>" in answer.text
        assert answer.headers["Content-Language"] == "en"
    return signs["lang"]


@pytest.mark.parametrize(
    ("path", "headers", "german"),
    [
        ("/issues", {}, False),
        ("/issues?lang=de", {}, True),
        ("/issues", {"Accept_Language": "de"}, True),
        ("/issues", {"Accept_Language": "de-AT,de;q=0.9,en;q=0.5"}, True),
        ("/issues", {"Accept_Language": "en;q=0.9,de;q=0.5"}, False),
        ("/issues", {"Accept_Language": "fr"}, False),
        ("/issues", {"Cookie": "lang=de"}, True),
        # what is chosen in the address goes before the choice remembered, and that before the browser's
        ("/issues?lang=en", {"Cookie": "lang=de", "Accept_Language": "de"}, False),
        ("/issues", {"Cookie": "lang=en", "Accept_Language": "de"}, False),
        # a language that there is not falls back to the next
        ("/issues?lang=xx", {}, False),
        ("/issues?lang=xx", {"Accept_Language": "de"}, True),
        ("/issues?lang=xx", {"Cookie": "lang=de"}, True),
        ("/issues", {"Cookie": "lang=xx", "Accept_Language": "de"}, True),
    ],
)
def test_a_request_gets_its_language(server: Server, path: str, headers: dict[str, str], german: bool) -> None:
    answer = server.get(path, HTML, **headers)
    assert answer.status == 200
    assert _is_german(answer) is german
    assert _varies(answer)


@pytest.mark.parametrize(
    "path", ["/feed.atom", "/feed/records.atom", "/opensearch.xml", "/timeline.svg", "/figures.csv"]
)
def test_whatever_is_said_in_a_language_tells_caches_so(server: Server, path: str) -> None:
    english, german = (server.get(path, Accept_Language=language) for language in ("en", "de"))
    assert english.status == german.status == 200
    assert english.body == german.body or _varies(german)


def test_what_hangs_on_no_language_does_not_say_so(server: Server) -> None:
    for path in ("/doc/russia.ttl", "/code/flat.nt", "/robots.txt"):
        assert not _varies(server.get(path, Accept_Language="de"))


def _varies(answer: Answer) -> bool:
    vary = {name.strip() for name in ", ".join(answer.headers.get_all("Vary", [])).split(",")}
    return {"Accept-Language", "Cookie"} <= vary


def test_a_choice_is_remembered(server: Server) -> None:
    chosen = server.get("/issues?lang=de", HTML)
    cookie, *rest = chosen.headers["Set-Cookie"].split("; ")
    assert cookie == "lang=de"
    assert {"SameSite=Lax", "Path=/"} <= set(rest)
    assert _is_german(server.get("/issues", HTML, Cookie=cookie))


@pytest.mark.parametrize("path", ["/issues", "/issues?lang=xx"])
def test_what_is_not_chosen_is_not_remembered(server: Server, path: str) -> None:
    assert server.get(path, HTML, Accept_Language="de").headers["Set-Cookie"] is None


def test_each_page_leads_to_itself_in_the_other_language(server: Server) -> None:
    assert 'href="/figures?indicator=x%26y&amp;lang=de" lang="de"' in server.get("/figures?indicator=x%26y", HTML).text


def test_the_query_page_is_german(server: Server) -> None:
    text = server.query("SELECT ?x { VALUES ?x { 1 } }", HTML, lang="de").text
    for said in ("<h1>Abfrage</h1>", ">1 Zeile</h2>", ">Präfixe</summary>", ">Ausführen</button>"):
        assert said in text
    assert ">Keine Zeilen</h2>" in server.query("SELECT ?x { VALUES ?x { } }", HTML, lang="de").text
    assert ">Ja</h2>" in server.query("ASK { }", HTML, lang="de").text


def test_the_list_of_statements_is_german(server: Server) -> None:
    text = server.get("/statements?lang=de", HTML).text
    assert "<h1>Aussagen</h1>" in text
    assert re.search(r'<a rel="next" [^>]*>Weiter</a>', text)
    of_one = server.get("/statements?of=id/crimea&lang=de", HTML).text
    assert re.search(r"<h1>Aussagen, die auf <a [^>]+>Krim</a> verweisen</h1>", of_one)


NUMBERS = [
    (digits, 1234567, "1,234,567", "1.234.567"),
    (digits, "-1234.50", "-1,234.50", "-1.234,50"),
    (digits, "0.5", "0.5", "0,5"),
    (digits, "1,5", "1,5", "1,5"),
    (digits, "v1.2", "v1.2", "v1.2"),
    (size_words, 1, "1 byte", "1 Byte"),
    (size_words, 1_234, "1.23 kB", "1,23 kB"),
    (size_words, 1_234_000_000_000, "1,234 GB", "1.234 GB"),
    (duration, 1.26, "1.3 s", "1,3 s"),
    (duration, 0.012, "12 ms", "12 ms"),
]


@pytest.mark.parametrize(("write", "value", "english", "german"), NUMBERS)
def test_numbers_are_written_as_the_language_does(write: object, value: object, english: str, german: str) -> None:
    assert callable(write)
    for chosen, expected in (("en", english), ("de", german)):
        with speaking(chosen):
            assert write(value) == expected


# Labels of the graph

COUNCIL, WISH = "/id/harrowmere-council", "/article/sample/statement/003-1"
WISHED = "Ada Quill wants a rebuilding of the pier"
"""Labels of what articles share are in both languages; statements have English ones only."""


@pytest.fixture(scope="module")
def sample_server(sample_home: Path, sample_release: Path) -> Iterator[Server]:
    """A server of the sample."""
    running = Server(sample_release, KG_HOME=str(sample_home), KG_TEXTS="")
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("path", "chosen", "heading"),
    [
        (COUNCIL, "en", "<h1>Harrowmere town council</h1>"),
        (COUNCIL, "de", "<h1>Stadtrat von Harrowmere</h1>"),
        (WISH, "en", f"<h1>{WISHED}</h1>"),
        (WISH, "de", f'<h1 lang="en">{WISHED}</h1>'),
    ],
)
def test_a_label_is_in_the_pages_language_or_marked_as_english(
    sample_server: Server, path: str, chosen: str, heading: str
) -> None:
    answer = sample_server.get(f"{path}?lang={chosen}", HTML)
    if answer.status == 303:
        answer = sample_server.get(answer.headers["Location"], HTML, Cookie=f"lang={chosen}")
    assert answer.status == 200
    assert heading in answer.text


@pytest.mark.parametrize(
    ("path", "link", "german", "english"),
    [
        ("/issues", '<a href="/id/issue-harrowmere-pier"{}>{}</a>', "Zukunft des Anlegers", "Future of the pier"),
        ("/statements", f'<a href="{COUNCIL}"{{}}>{{}}</a>', "Stadtrat von Harrowmere", "Harrowmere town council"),
        ("/statements", f'<a href="{WISH}"{{}}>{{}}</a>', None, WISHED),
    ],
)
def test_labels_in_links_are_marked_too(
    sample_server: Server, path: str, link: str, german: str | None, english: str
) -> None:
    assert link.format("", english) in sample_server.get(f"{path}?lang=en", HTML).text
    expected = link.format("", german) if german else link.format(' lang="en"', english)
    assert expected in sample_server.get(f"{path}?lang=de", HTML).text


THING = f"<{BASE}id/x>"
LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"


@pytest.mark.parametrize(
    ("literals", "chosen", "shown", "mark"),
    [
        (['"pier"@en', '"Steg"@de'], "de", "Steg", ""),
        (['"pier"@en', '"Steg"@de'], "en", "pier", ""),
        (['"Steg"@de-AT', '"pier"@en'], "de", "Steg", ""),
        (['"jetée"@fr', '"pier"@en-GB'], "de", "pier", ' lang="en-GB"'),
        (['"jetée"@fr'], "de", "jetée", ' lang="fr"'),
        (['"Pier 7"'], "de", "Pier 7", ""),
        ([], "de", "x", ""),
    ],
)
def test_the_label_that_suits_is_chosen(literals: list[str], chosen: str, shown: str, mark: str) -> None:
    lines = "".join(f"{THING} {LABEL} {literal} .\n" for literal in literals)
    reader = cast(Context, SimpleNamespace(language=chosen))
    thing = Resources(lines.encode(), Iris(BASE), reader).get(f"{BASE}id/x")
    with speaking(chosen):
        assert (thing.label, str(lang_attribute(thing))) == (shown, mark)


class Marked(HTMLParser):
    """The texts of a page outside its head and its pictures, each with the language that it is said to be in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.texts: set[tuple[str, str]] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("lang") or (self.open[-1][1] if self.open else "")))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        inside = {tag for tag, _ in self.open}
        if self.open and not inside & {"head", "script", "svg", "code", "pre"}:
            self.texts.add((" ".join(data.split()), self.open[-1][1]))


SPOKEN = [*(kind for kind in KINDS if "answer" not in kind), "preview"]
"""Answers of SPARQL give the language of each value with it."""


@pytest.mark.parametrize("kind", SPOKEN)
def test_no_english_text_of_the_data_stands_unmarked_on_a_german_page(
    server: Server, releases: Path, manifest: Manifest, texts: list[Message], kind: str
) -> None:
    held = dataset(Releases(releases), manifest.id).decode()
    told = re.findall(r'"([^"\\]{15,})"@en ', held)  # shorter ones are words as printed, too
    english = set(map(unescape, told))
    german = {str(text) for message in texts for text in [language.translations("de").gettext(message.id)]}
    page = Marked(server.get((KINDS | PREVIEWS)[kind], HTML, Accept_Language="de").text)
    assert "de" in {tag for _, tag in page.texts}
    assert sorted({text for text, tag in page.texts if tag == "de" and text in english - german}) == []


def test_what_is_put_together_of_both_languages_marks_the_english_part(server: Server) -> None:
    for path, part in [
        ("/statements", '<p class="said"><a href="/article/florida-talks/statement/001-1" lang="en">'),
        ("/article/florida-talks", 'aria-label="Textstelle 7 (Satz): '),
        ("/article/florida-talks", "<dd>Englisch</dd>"),
        ("/ns", '<g lang="en">'),
    ]:
        assert part in server.get(path, HTML, Accept_Language="de").text, part


def test_counts_of_a_release_are_named_in_the_page_s_language(server: Server) -> None:
    page = server.get("/dataset", HTML, Accept_Language="de").text
    assert "Aussagen: " in page
    assert "statements: " not in page
    assert "statements: " in server.get("/dataset", HTML).text


def test_an_article_with_two_titles_is_listed_once_in_the_page_s_language(
    sample: Settings, sample_release: Path
) -> None:
    article = sample.home / "data" / "articles" / "sample" / "article.ttl"
    text = article.read_text("utf-8")
    article.write_text(re.sub(r'(rdfs:label "[^"]*"@en)', r'\1, "Ein Beispiel"@de', text, count=1), "utf-8")
    begin(sample_release, sample)
    build(sample, lambda _: None)
    with application(sample) as app:
        client = app.test_client()
        pages = {tag: client.get("/articles", headers={"Accept-Language": tag}).text for tag in ("en", "de")}
    assert pages["de"].count(">Ein Beispiel</a>") == pages["en"].count('<tr><th scope="row">') == 1
    numbers = {tag: re.findall(r"</span>(\d+)</td>", page) for tag, page in pages.items()}
    assert numbers["en"] == numbers["de"]
    assert int(numbers["en"][2]) == sum(map(int, numbers["en"][3:]))
    assert int(numbers["en"][2]) == len(re.findall(r" a att:Passage", (article.parent / "passages.ttl").read_text()))
