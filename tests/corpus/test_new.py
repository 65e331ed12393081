"""``kg new``: a folder that conforms at once and holds no sentence of the text; or a message, and nothing."""

from __future__ import annotations

import errno
import os
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rdflib import Graph

from helpers.serving import HOME
from kg import cli
from kg.corpus.cutting.marks import LONGEST_HEADING
from kg.corpus.validation.validate import check
from kg.settings import Settings

SAMPLE_TEXTS = HOME / "tests" / "data" / "texts"
TEXT = SAMPLE_TEXTS / "sample.txt"
FILES = ["article.ttl", "events.ttl", "passages.ttl", "statements-001.ttl", "things.ttl", "words.ttl"]
LONGEST_RUN = 7
"""Words of an article that may be side by side in the repository; see the rule on rights in data/README.md."""


def run_new(data: Path, slug: str, text: Path = TEXT, *options: str) -> Result:
    environment = {name: None for name in os.environ if name.startswith("KG_")}
    arguments = ["new", "--text", str(text), "--data", str(data), *options, "--", slug]
    return CliRunner().invoke(cli.main, arguments, env=environment)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder that holds one article, of two files."""
    folder = tmp_path / "data"
    (folder / "articles" / "taken").mkdir(parents=True)
    (folder / "articles" / "taken" / "article.ttl").write_text("# the editor's work\n", "utf-8")
    return folder


def tree(folder: Path) -> dict[str, bytes | None]:
    """Return what a folder holds, whole."""
    return {str(p.relative_to(folder)): p.read_bytes() if p.is_file() else None for p in sorted(folder.rglob("*"))}


def refuse(data: Path, slug: str, text: Path = TEXT, *options: str, code: int = 1) -> str:
    """Run a command that has to fail and leave nothing behind; return its message."""
    before = tree(data.parent)
    result = run_new(data, slug, text, *options)
    assert (result.exit_code, result.stdout) == (code, "")
    assert isinstance(result.exception, SystemExit), "the failure is told, not thrown"
    assert tree(data.parent) == before
    return " ".join(result.stderr.split())


# What it makes


def test_new_makes_the_folder_and_says_what_it_holds_and_what_to_do_next(data: Path) -> None:
    result = run_new(data, "sample")
    assert (result.exit_code, result.stderr) == (0, "")
    folder = data / "articles" / "sample"
    *shown, first, second = result.stdout.splitlines()
    assert len(shown) == 27
    assert shown[7].split() == ["8", "§1", "list-item", "444–469", "Who", "pays", "for", "the", "repairs?"]
    assert first == f"{folder}: 27 passages, language en"
    assert "kg cut" in second
    assert "data/README.md" in second
    assert sorted(path.name for path in folder.iterdir()) == FILES


def test_new_makes_the_passages_of_the_sample(data: Path) -> None:
    run_new(data, "sample")
    committed = HOME / "tests" / "data" / "valid" / "articles" / "sample" / "passages.ttl"
    mended = committed.read_text("utf-8").replace('  att:speaker "The council" ;\n  att:corrected true ;\n', "")
    assert (data / "articles" / "sample" / "passages.ttl").read_text("utf-8") == mended


def test_every_file_that_new_makes_is_turtle(data: Path) -> None:
    run_new(data, "sample")
    sizes = {
        name: len(Graph().parse(data / "articles" / "sample" / name, publicID="https://x.example/")) for name in FILES
    }
    assert sizes["passages.ttl"] > 12 * 7
    assert sizes["article.ttl"] > 8
    assert sizes["events.ttl"] == sizes["statements-001.ttl"] == 0


def test_a_new_article_conforms_before_anything_is_added(sample: Settings, tmp_path: Path) -> None:
    texts = Path(shutil.copytree(SAMPLE_TEXTS, tmp_path / "texts"))
    (texts / "second-one.txt").write_text("It rained in the town. Who pays?\n- Nobody\n| A | B |\n| 1 | 2 |\n", "utf-8")
    assert run_new(sample.data_dir, "second-one", texts / "second-one.txt").exit_code == 0
    report = check(sample.with_(texts=texts))
    assert report.results == (), report.to_text()
    assert "evidence of second-one against its text" in report.checked


def test_new_makes_the_folder_of_articles_where_there_is_none_yet(tmp_path: Path) -> None:
    assert run_new(tmp_path / "data", "first").exit_code == 0
    assert (tmp_path / "data" / "articles" / "first" / "article.ttl").is_file()


# What it never writes


def runs_of(text: str, length: int) -> set[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text.lower())
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


def borrowed(folder: Path, text: str) -> set[tuple[str, ...]]:
    """Return the runs of words that the files of a folder share with the text and that are longer than allowed."""
    written = (runs_of(path.read_text("utf-8"), LONGEST_RUN + 1) for path in folder.iterdir())
    return set().union(*written) & runs_of(text, LONGEST_RUN + 1)


def test_new_writes_no_eight_words_of_the_text(data: Path) -> None:
    run_new(data, "sample")
    text = TEXT.read_text("utf-8")
    assert len(runs_of(text, LONGEST_RUN + 1)) > 80
    assert borrowed(data / "articles" / "sample", text) == set()


def test_new_writes_no_word_of_the_text_but_those_of_its_own_templates(data: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text(
        "Zyzzogeton\nQuixotry vexes jackdaws. Who pays?\n- Fjord waltz\n| Glyph | Nymph |\n", "utf-8"
    )
    run_new(data, "second", tmp_path / "odd.txt", "--language", "en")
    for path in (data / "articles" / "second").iterdir():
        assert not re.search("zyzzogeton|quixotry|jackdaws|fjord|waltz|glyph|nymph", path.read_text("utf-8").lower())


def test_new_writes_no_eight_words_of_the_real_article(data: Path, real_texts: Path) -> None:
    texts = sorted(real_texts.glob("*.txt"))
    assert texts, f"{real_texts} holds no text"
    for number, text in enumerate(texts):
        assert run_new(data, f"real-{number}", text).exit_code == 0
        assert borrowed(data / "articles" / f"real-{number}", text.read_text("utf-8")) == set()


# What it refuses


@pytest.mark.parametrize(
    "slug",
    [
        "",
        "Sample",
        "two words",
        "two_words",
        "a--b",
        "-a",
        "a-",
        "é",
        "a/b",
        "..",
        "../up",
        "/up",
        "a.b",
        "a\n",
        "٣",
    ],
)
def test_new_refuses_a_slug_that_cannot_stand_in_an_iri(data: Path, slug: str) -> None:
    assert "use lower-case letters, digits and single hyphens" in refuse(data, slug)


def test_new_refuses_a_folder_that_exists_and_leaves_it_as_it_is(data: Path) -> None:
    message = refuse(data, "taken")
    assert f"{data / 'articles' / 'taken'} exists already" in message
    assert "Choose another name, or remove the folder" in message


def test_new_takes_a_folder_that_is_empty(data: Path) -> None:
    (data / "articles" / "second").mkdir()
    assert run_new(data, "second").exit_code == 0
    assert sorted(path.name for path in (data / "articles" / "second").iterdir()) == FILES


def test_new_refuses_a_text_that_is_not_utf_8(data: Path, tmp_path: Path) -> None:
    text = tmp_path / "latin.txt"
    text.write_bytes(b"It rained. Caf\xe9s shut.\n")
    message = refuse(data, "second", text)
    assert f"{text} is not UTF-8 at byte 14. Save it as UTF-8." in message


@pytest.mark.parametrize(
    "words", ["", " \n\t\n", "|---|\n", "A heading\n", "- an item\n", " ".join(["word"] * LONGEST_HEADING)]
)
def test_new_refuses_a_text_without_a_sentence(data: Path, tmp_path: Path, words: str) -> None:
    text = tmp_path / "empty.txt"
    text.write_text(words, "utf-8")
    message = refuse(data, "second", text, "--language", "en")
    assert f"{text} holds no sentence" in message
    assert "Give a plain text in UTF-8, a paragraph a line." in message


def test_new_refuses_a_text_that_is_not_there(data: Path, tmp_path: Path) -> None:
    message = refuse(data, "second", tmp_path / "missing.txt", code=2)
    assert "missing.txt' does not exist" in message


def test_new_leaves_nothing_behind_where_the_disk_is_full(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = Path.open

    def fail_on_events(path: Path, *given: Any, **named: Any) -> Any:
        if "events.ttl" in path.name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return opening(path, *given, **named)

    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    monkeypatch.setattr(Path, "open", fail_on_events)
    assert os.strerror(errno.ENOSPC) in refuse(data, "second", tmp_path / "page.html")
    assert not (tmp_path / "second.txt").exists()


# Language


def turtle(data: Path, slug: str) -> str:
    return (data / "articles" / slug / "article.ttl").read_text("utf-8")


GERMAN = "Am 31. August endete die Frist. Der Verband nahm 412 Einwände an und prüft sie bis zum Winter."


def test_new_writes_the_language_that_it_detects(data: Path, tmp_path: Path) -> None:
    (tmp_path / "de.txt").write_text(GERMAN, "utf-8")
    result = run_new(data, "second", tmp_path / "de.txt")
    assert 'dcterms:language "de" ;' in turtle(data, "second")
    assert "2 passages, language de" in result.stdout


def test_new_writes_the_language_that_it_is_told_and_cuts_by_it(data: Path, tmp_path: Path) -> None:
    (tmp_path / "de.txt").write_text(GERMAN, "utf-8")
    run_new(data, "second", tmp_path / "de.txt", "--language", "de-AT")
    assert 'dcterms:language "de-AT" ;' in turtle(data, "second")


def test_new_refuses_to_guess_the_language_of_a_short_text(data: Path, tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("Il a plu.", "utf-8")
    message = refuse(data, "second", tmp_path / "short.txt")
    assert "cannot be detected in its text. Give it, as in --language en." in message


def test_new_refuses_what_is_no_code_of_a_language(data: Path) -> None:
    assert "'German' is no language: give a code as in en, de or fr-CA." in refuse(
        data, "second", TEXT, "--language", "German"
    )


# What identifies the article


def test_new_records_what_identifies_the_article_and_lists_the_rest_as_not_given(data: Path) -> None:
    options = ["--headline", 'The "old" pier', "--publisher", "Ledger", "--author", "Jo Penn", "--author", "Ada Quill"]
    options += ["--published", "2024-06-21", "--address", "https://ledger.example/pier", "--licence", "CC BY 4.0"]
    assert run_new(data, "second", TEXT, *options).exit_code == 0
    graph = Graph().parse(data / "articles" / "second" / "article.ttl", publicID="https://x.example/")
    schema, att = "https://schema.org/", "https://x.example/ns#"
    found = {
        (str(p).removeprefix(schema).removeprefix(att), str(o).removeprefix(schema))
        for s, p, o in graph
        if str(s).endswith("/second") and str(p).startswith((schema, att + "notGiven"))
    }
    assert found == {
        ("headline", 'The "old" pier'),
        ("publisher", "Ledger"),
        ("author", "Jo Penn"),
        ("author", "Ada Quill"),
        ("datePublished", "2024-06-21"),
        ("url", "https://ledger.example/pier"),
        ("license", "CC BY 4.0"),
        ("notGiven", "dateModified"),
    }


def test_what_new_records_of_an_article_conforms(sample: Settings, tmp_path: Path) -> None:
    options = ["--headline", "Two plans", "--published", "2024-06-21", "--modified", "2024-06-22"]
    options += ["--licence", "https://licence.example/by"]
    texts = Path(shutil.copytree(SAMPLE_TEXTS, tmp_path / "texts"))
    (texts / "second.txt").write_text("It rained in the town on Monday. Nobody came to the fair.", "utf-8")
    assert run_new(sample.data_dir, "second", texts / "second.txt", *options).exit_code == 0
    report = check(sample.with_(texts=texts))
    assert report.results == (), report.to_text()


def test_new_refuses_an_address_that_is_none(data: Path) -> None:
    message = refuse(data, "second", TEXT, "--address", "ledger.example/pier")
    assert "'ledger.example/pier' is no address" in message


# Other kinds of files

PAGE = """<html lang="en"><head><title>Not this</title><script>var nor = "this";</script></head><body><nav>Home</nav>
<article><h1>Harrow <em>floods</em></h1><p class="byline">Jo Penn, Harrow</p>
<figure><img src="x.jpg"><figcaption>The weir on Monday</figcaption></figure>
<p>It rained<br>on Monday. The old &amp; new weir broke, Dr. Quill said.</p><p>Nobody came to help</p>
<ul><li>one</li><li>two. Three</li></ul>
<table><tr><th>Year</th><th>Count</th></tr><tr><td>2023</td><td>9</td></tr></table>
<p><strong>Who pays for the weir?</strong></p><p>The county. It must.</p><p>It said so.</p>
<p><strong>The trust denies it. Why?</strong></p><p>Ask the trust.</p></article><footer>Ad</footer></body></html>"""
MARKDOWN = """# Harrow *floods*

It rained
on Monday. The [weir](x) broke.

- one
- two

| A | B |
|---|---|
| 1 | 2 |
"""


def shown(result: Result) -> list[tuple[str, str]]:
    """Return the kind and the words of each passage that was shown."""
    lines = (line for line in result.stdout.splitlines() if re.match(r" *\d+[ *] ", line))
    found = [re.match(r" *\d+[ *] (?:§\d+ *| +)([\w-]+) +\d+–\d+  (.*)", line) for line in lines]
    return [match.groups() for match in found if match]  # type: ignore[misc]


def test_a_web_page_gives_its_article_with_what_its_markup_tells(data: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    result = run_new(data, "second", tmp_path / "page.html")
    assert shown(result) == [
        ("heading", "Harrow floods"),
        ("byline", "Jo Penn, Harrow"),
        ("caption", "The weir on Monday"),
        ("sentence", "It rained on Monday."),
        ("sentence", "The old & new weir broke, Dr. Quill said."),
        ("sentence", "Nobody came to help"),
        ("list-item", "one"),
        ("list-item", "two. Three"),
        ("table-header", "| Year | Count |"),
        ("table-row", "| 2023 | 9 |"),
        ("question", "Who pays for the weir?"),
        ("answer", "The county."),
        ("answer", "It must."),
        ("answer", "It said so."),
        ("question", "The trust denies it."),
        ("question", "Why?"),
        ("answer", "Ask the trust."),
    ]


def test_the_plain_text_of_a_page_stands_beside_it_and_bears_the_passages_out(sample: Settings, tmp_path: Path) -> None:
    texts = Path(shutil.copytree(SAMPLE_TEXTS, tmp_path / "texts"))
    (texts / "page.html").write_text(PAGE, "utf-8")
    assert str(texts / "second.txt") in run_new(sample.data_dir, "second", texts / "page.html").stdout
    report = check(sample.with_(texts=texts))
    assert "evidence of second against its text" in report.checked
    assert report.results == (), report.to_text()


def test_markdown_is_read_as_what_it_shows(data: Path, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(MARKDOWN, "utf-8")
    assert shown(run_new(data, "second", tmp_path / "page.md", "--language", "en")) == [
        ("heading", "Harrow floods"),
        ("sentence", "It rained on Monday."),
        ("sentence", "The weir broke."),
        ("list-item", "one"),
        ("list-item", "two"),
        ("table-header", "| A | B |"),
        ("table-row", "| 1 | 2 |"),
    ]


def word_file(path: Path, body: str) -> Path:
    """Write a Word file with that body, of the parts that ECMA-376 asks for."""
    types = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    office = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{types}.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
        "</Relationships>",
        "word/document.xml": f'<w:document xmlns:w="{office}/wordprocessingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>",
    }
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return path


def test_a_word_file_gives_its_headings_paragraphs_and_tables(data: Path, tmp_path: Path) -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    cells = "".join(f"<w:tc><w:p>{run.format(cell)}</w:p></w:tc>" for cell in ("Year", "Count"))
    body = (
        f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr>{run.format("Harrow floods")}</w:p>'
        f"<w:p>{run.format('It rained on Monday. Nobody came.')}</w:p><w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    )
    file = word_file(tmp_path / "article.docx", body)
    assert shown(run_new(data, "second", file, "--language", "en")) == [
        ("heading", "Harrow floods"),
        ("sentence", "It rained on Monday."),
        ("sentence", "Nobody came."),
        ("table-header", "| Year | Count |"),
    ]


def test_new_refuses_a_word_file_that_is_none(data: Path, tmp_path: Path) -> None:
    (tmp_path / "article.docx").write_bytes(b"not a zip file")
    message = refuse(data, "second", tmp_path / "article.docx")
    assert "cannot be read as a Word file" in message
    assert "Save it as .docx or as plain text." in message


def test_new_writes_over_no_other_text(data: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    (tmp_path / "second.txt").write_text("Another text.", "utf-8")
    assert "second.txt exists already and holds another text" in refuse(data, "second", tmp_path / "page.html")
    (tmp_path / "second.txt").write_bytes("Das gehört dem Hafen.".encode("latin-1"))
    assert "second.txt exists already and holds another text" in refuse(data, "second", tmp_path / "page.html")
