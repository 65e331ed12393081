"""References to everything that can be cited, read by the parsers of others."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import quote

import bibtexparser
import pybtex.database
import pytest
import rispy
from bibtexparser.model import Entry
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.serving import BASE, Server
from kg import cite
from kg.cite import Article, Citation
from kg.release.manifest import Manifest

STATEMENT = "/article/florida-talks/statement/007-2"
LABEL = "Russia says that it has annexed four Ukrainian regions"
TITLE = "The talks of December 2025 on the war in Ukraine"
QUERY = "SELECT ?s WHERE { ?s a <ns#Issue> } ORDER BY ?s"

HOSTILE = Citation(
    kind="statement",
    title="{50%} of \\LaTeX & $x_1^2$ #~ “Škoda”\r\nER  - \u2028end",
    detail="claimant: A",
    iri="https://x.example/id/a_b",
    url="https://x.example/id/a_b%20c?release=1&x=2#f",
    release="2026-01-02-0123456789ab",
    issued="2026-01-02T03:04:05Z",
    digest="0" * 64,
)
PLAIN_TITLE = "{50%} of \\LaTeX & $x_1^2$ #~ “Škoda” ER - end"


SIGNS = {
    "textbackslash": "\\",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textbraceleft": "{",
    "textbraceright": "}",
}
TITLES = st.text(
    st.sampled_from("aZ {}\\\"'@%#&$_^~,=()[]|<>\u2028\rЖ中ש\u0627\u0301🙂") | st.characters(exclude_categories=["Cs"])
)
"""Titles of the characters that mean something to some reader, and of any script."""


def read_bibtex(text: str) -> dict[str, str]:
    """The first entry of a file that holds what is cited and, where it is said in an article, that article."""
    return read_entries(text)[0]


def read_entries(text: str) -> list[dict[str, str]]:
    library = bibtexparser.parse_string(text)
    assert library.failed_blocks == []
    return [_fields(entry) for entry in library.entries]


def _fields(entry: Entry) -> dict[str, str]:
    return {field.key: field.value for field in entry.fields} | {"type": entry.entry_type, "key": entry.key}


def unescape_bibtex(value: str) -> str:
    for name, sign in SIGNS.items():
        value = value.replace(f"\\{name}{{}}", f"\0{ord(sign)};")
    value = re.sub(r"\\([$&#_%])", r"\1", value)
    return re.sub(r"\0(\d+);", lambda m: chr(int(m[1])), value)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(title=TITLES)
def test_whatever_a_title_holds_each_reader_finds_it_and_the_entry_after_it(title: str) -> None:
    cited = replace(HOSTILE, title=title)
    plain = " ".join(re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]+", " ", title).split())
    two = cite.to_bibtex(cited) + cite.to_bibtex(replace(HOSTILE, iri=HOSTILE.iri + "2", title="After"))
    first, second = pybtex.database.parse_string(two, "bibtex").entries.values()
    assert unescape_bibtex(first.fields["title"].removeprefix("{").removesuffix("}")) == plain
    assert second.fields["title"] == "{After}"
    assert [entry["title"] for entry in read_entries(two)] == [first.fields["title"], "{After}"]
    assert [entry.get("title", "") for entry in rispy.loads(cite.to_ris(cited))] == [plain]
    assert [entry["title"] for entry in json.loads(cite.to_csl(cited))] == [plain]


@pytest.mark.parametrize("script", ["київ", "東京", "القاهرة", "Škoda_1", "a{b", "a b,c", "%41", "🙂", "(x)"])
def test_a_key_is_one_that_each_reader_of_bibtex_takes(script: str) -> None:
    text = cite.to_bibtex(replace(HOSTILE, iri=f"https://x.example/id/{script}"))
    [key] = pybtex.database.parse_string(text, "bibtex").entries
    assert [entry["key"] for entry in read_entries(text)] == [key]
    assert re.fullmatch(r"[A-Za-z0-9:.+/-]+", key)


def test_no_character_of_a_title_breaks_a_form() -> None:
    bibtex = read_bibtex(cite.to_bibtex(HOSTILE))
    title = bibtex["title"].removeprefix("{").removesuffix("}")
    assert unescape_bibtex(title) == PLAIN_TITLE
    bare = re.sub(r"\\text\w+\{\}|\\[$&#_%]", "", title)
    assert not set(bare) & set("\\{}$&#_%~^"), bare
    assert bibtex["url"] == HOSTILE.url
    assert bibtex["author"] == "{Attested editors}"
    (ris,) = rispy.loads(cite.to_ris(HOSTILE))
    assert ris["title"] == PLAIN_TITLE
    assert ris["urls"] == [HOSTILE.url]
    (csl,) = json.loads(cite.to_csl(HOSTILE))
    assert csl["title"] == PLAIN_TITLE
    assert cite.to_text(HOSTILE).count("\n") == 0


def test_a_reference_says_who_what_when_and_which_release(server: Server, manifest: Manifest) -> None:
    url = f"{BASE}{STATEMENT[1:]}?release={manifest.id}"
    year, month, day = (int(part) for part in manifest.issued[:10].split("-"))

    bibtex = read_bibtex(server.get(STATEMENT + ".bib").text)
    assert (bibtex["type"], bibtex["title"], bibtex["url"]) == ("misc", f"{{{LABEL}}}", url)
    assert (bibtex["version"], bibtex["year"], bibtex["month"]) == (manifest.id, str(year), str(month))
    assert "attributed to Russia" in bibtex["note"]
    assert manifest.digest in bibtex["note"]

    ris, _ = rispy.loads(server.get(STATEMENT + ".ris").text)
    assert (ris["type_of_reference"], ris["title"], ris["urls"]) == ("ELEC", LABEL, [url])
    assert (ris["authors"], ris["year"], ris["edition"]) == (["Attested editors"], str(year), manifest.id)
    assert server.get(STATEMENT + ".ris").body.count(b"\r\n") == server.get(STATEMENT + ".ris").body.count(b"\n")

    csl, _ = json.loads(server.get(STATEMENT + ".csl.json").text)
    assert csl["issued"] == {"date-parts": [[year, month, day]]}
    assert csl["author"] == [{"literal": "Attested editors"}]
    assert (csl["title"], csl["URL"], csl["version"]) == (LABEL, url, manifest.id)

    text = server.get(STATEMENT + ".txt").text
    assert text.startswith(f"Attested editors ({year}). “{LABEL}” [statement; attributed to Russia; stated outright, ")
    assert "stated outright, printed “it says”; passage 7]. Said in: [" in text
    assert text.rstrip().endswith(f"sha256:{manifest.digest}. {url}")


def test_the_article_is_cited_beside_and_what_it_does_not_give_is_named(server: Server) -> None:
    """The available text gives no title, author, publisher, date or address."""
    missing = "Title, author, publisher, date not given in the available text."
    _, bibtex = read_entries(server.get(STATEMENT + ".bib").text)
    assert (bibtex["title"], bibtex["key"]) == (f"{{[{TITLE}]}}", "article-florida-talks")
    assert bibtex["note"].startswith(missing)
    assert not {"author", "year", "url"} & set(bibtex)
    _, ris = rispy.loads(server.get(STATEMENT + ".ris").text)
    assert (ris["type_of_reference"], ris["title"]) == ("NEWS", f"[{TITLE}]")
    _, csl = json.loads(server.get(STATEMENT + ".csl.json").text)
    assert (csl["type"], csl["title"]) == ("article-newspaper", f"[{TITLE}]")
    assert "author" not in csl
    assert "(title, author, publisher, date not given)" in server.get(STATEMENT + ".txt").text


def test_an_article_is_cited_with_what_it_gives() -> None:
    article = Article(
        label="A report",
        headline="Auditors fault the port",
        author="A. Writer",
        publisher="Skarrow Ledger",
        date="2024-06-21",
        url="https://ledger.example/1",
        iri=f"{BASE}article/skarrow-audit",
        digest="0" * 64,
    )
    cited = replace(HOSTILE, article=article)
    _, bibtex = read_entries(cite.to_bibtex(cited))
    assert (bibtex["title"], bibtex["author"]) == ("{Auditors fault the port}", "{A. Writer}")
    assert (bibtex["howpublished"], bibtex["year"], bibtex["month"]) == ("Skarrow Ledger", "2024", "6")
    _, ris = rispy.loads(cite.to_ris(cited))
    assert (ris["title"], ris["authors"], ris["publisher"]) == (article.headline, [article.author], article.publisher)
    _, csl = json.loads(cite.to_csl(cited))
    assert (csl["issued"], csl["URL"]) == ({"date-parts": [[2024, 6, 21]]}, article.url)
    line = "Said in: A. Writer, “Auditors fault the port”, Skarrow Ledger, 2024-06-21, https://ledger.example/1."
    assert line in cite.to_text(cited)


def test_a_passage_is_cited_alike_in_every_language_and_names_its_article(server: Server) -> None:
    title = "Passage 7 of The talks of December 2025 on the war in Ukraine"
    for language in ("en", "de"):
        answer = server.get("/article/florida-talks/passage/007.csl.json", Accept_Language=language)
        assert json.loads(answer.text)[0]["title"] == title
        page = server.get("/article/florida-talks/passage/007", "text/html", Accept_Language=language).text
        assert f'<meta name="citation_title" content="{title}">' in page
        (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
        assert json.loads(block)["@graph"][0]["mainEntity"]["name"] == title


CITED = [
    ("/doc/russia", "/id/russia", "state"),
    (STATEMENT, STATEMENT, "statement"),
    ("/article/florida-talks", "/article/florida-talks", "article"),
    ("/article/florida-talks/passage/007", "/article/florida-talks/passage/007", "passage"),
    ("/code/flat", "/code/flat", "code"),
    ("/query/who-disputes-what", "/query/who-disputes-what", "query"),
    ("/ns", "/ns", "ontology"),
]


@pytest.mark.parametrize(("document", "iri", "kind"), CITED, ids=[kind for _, _, kind in CITED])
@pytest.mark.parametrize("suffix", cite.FORMS)
def test_each_kind_of_thing_comes_in_each_form_by_suffix_and_by_accept(
    server: Server, document: str, iri: str, kind: str, suffix: str
) -> None:
    media_type = cite.FORMS[suffix]
    by_suffix, by_accept = server.get(f"{document}.{suffix}"), server.get(document, media_type)
    for answer in (by_suffix, by_accept):
        assert (answer.status, answer.media_type) == (200, media_type)
        assert f'<{document}.{suffix}>; rel="alternate"; type="{media_type}"' in answer.headers["Link"]
    assert by_suffix.body == by_accept.body
    if suffix == "csl.json":
        item, *_ = json.loads(by_suffix.text)
        assert item["genre"] == kind
        assert f"IRI: {BASE[:-1]}{iri}." in item["note"]


@pytest.mark.parametrize("path", ["/release/{}", "/dataset"])
def test_a_release_is_cited_as_data(server: Server, manifest: Manifest, path: str) -> None:
    path = path.format(manifest.id)
    (csl,) = json.loads(server.get(path + ".csl.json").text)
    assert (csl["type"], csl["version"], csl["URL"]) == ("dataset", manifest.id, f"{BASE}release/{manifest.id}")
    (ris,) = rispy.loads(server.get(path, cite.RIS).text)
    assert ris["type_of_reference"] == "DATA"


def test_a_query_is_cited_with_its_digest_and_the_release(server: Server, manifest: Manifest) -> None:
    answer = server.get(f"/cite.csl.json?query={quote(QUERY)}")
    (csl,) = json.loads(answer.text)
    assert cite.digest_of(QUERY) in csl["note"]
    again = server.get(csl["URL"].removeprefix(BASE[:-1]), "text/csv")
    assert again.text == server.query(QUERY, "text/csv").text
    assert f"release={manifest.id}" in csl["URL"]
    assert server.get(f"/cite?query={quote(QUERY)}", cite.BIBTEX).media_type == cite.BIBTEX


@pytest.mark.parametrize(
    ("path", "accept", "status", "word"),
    [
        ("/doc/nobody.bib", None, 404, "no record"),
        ("/article/florida-talks/statement/999-9.ris", None, 404, "no record"),
        ("/cite.bib", None, 400, "query"),
        ("/cite.bib?query=a&query=b", None, 400, "one query"),
        ("/cite.bib?query=%FF", None, 400, "UTF-8"),
        ("/cite.bib?query=" + "a" * 64_001, None, 400, "64,000"),
        ("/cite.endnote?query=a", None, 404, "/cite.ris"),
        ("/cite?query=a", "image/png", 406, "bibtex"),
        ("/doc/russia", "image/png", 406, "bibtex"),
        ("/graph/queries.bib", None, 404, "no record"),
    ],
)
def test_what_cannot_be_cited_is_told_of(server: Server, path: str, accept: str | None, status: int, word: str) -> None:
    answer = server.get(path, accept)
    assert (answer.status, word in answer.text) == (status, True), answer.text


def test_the_page_shows_the_reference_and_its_forms(server: Server) -> None:
    page = server.get(STATEMENT, "text/html").text
    reference = re.search(r'<p class="reference" lang="en">(.*?)</p>', page)
    assert reference
    assert reference[1] == server.get(STATEMENT + ".txt").text.strip()
    for suffix in cite.FORMS:
        assert re.search(rf'href="{STATEMENT}\.{re.escape(suffix)}\?release=[^"]*"', page)
    asked = server.get(f"/sparql?query={quote(QUERY)}", "text/html").text
    assert '"/cite.bib?query=' in asked
