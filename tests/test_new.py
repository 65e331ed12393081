"""``kg new``: a folder that conforms at once and holds no sentence of the text; or a message, and nothing."""

from __future__ import annotations

import errno
import os
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import Graph

from kg import cli
from kg.corpus.text import LONGEST_HEADING
from kg.corpus.validate import check
from kg.settings import Settings
from serving import HOME

SAMPLE_TEXTS = HOME / "tests" / "data" / "texts"
TEXT = SAMPLE_TEXTS / "sample.txt"
FILES = ["article.ttl", "events.ttl", "passages.ttl", "statements-001.ttl", "things.ttl"]
LONGEST_RUN = 7
"""Words of an article that may stand side by side in the repository; see the rule on rights in data/README.md."""


def run_new(data: Path, slug: str, text: Path = TEXT) -> Result:
    environment = {name: None for name in os.environ if name.startswith("KG_")}
    arguments = ["new", "--text", str(text), "--data", str(data), "--", slug]
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


def refuse(data: Path, slug: str, text: Path = TEXT, code: int = 1) -> str:
    """Run a command that has to fail and leave nothing behind; return its message."""
    before = tree(data.parent)
    result = run_new(data, slug, text)
    assert (result.exit_code, result.stdout) == (code, "")
    assert isinstance(result.exception, SystemExit), "the failure is told, not thrown"
    assert tree(data.parent) == before
    return " ".join(result.stderr.split())


# What it makes


def test_new_makes_the_folder_and_says_what_it_holds_and_what_to_do_next(data: Path) -> None:
    result = run_new(data, "sample")
    assert (result.exit_code, result.stderr) == (0, "")
    folder = data / "articles" / "sample"
    first, second = result.stdout.splitlines()
    assert first == f"{folder}: 27 passages (3 heading, 20 sentence, 2 list-item, 1 table-header, 1 table-row)"
    assert "passages.ttl" in second
    assert "data/README.md" in second
    assert sorted(path.name for path in folder.iterdir()) == FILES


def test_new_makes_the_passages_of_the_sample(data: Path) -> None:
    run_new(data, "sample")
    committed = HOME / "tests" / "data" / "valid" / "articles" / "sample" / "passages.ttl"
    assert (data / "articles" / "sample" / "passages.ttl").read_bytes() == committed.read_bytes()


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
    (texts / "second-one.txt").write_text("It rained. Who pays?\n- Nobody\n| A | B |\n| 1 | 2 |\n", "utf-8")
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
    run_new(data, "second", tmp_path / "odd.txt")
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
    message = refuse(data, "second", text)
    assert f"{text} holds no sentence" in message
    assert "Give a plain text in UTF-8, a paragraph a line." in message


def test_new_refuses_a_text_that_is_not_there(data: Path, tmp_path: Path) -> None:
    message = refuse(data, "second", tmp_path / "missing.txt", code=2)
    assert "missing.txt' does not exist" in message


def test_new_leaves_nothing_behind_where_the_disk_is_full(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_text = Path.write_text

    def fail_on_events(path: Path, *given: str, **named: str) -> int:
        if path.name == "events.ttl":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write_text(path, *given, **named)

    monkeypatch.setattr(Path, "write_text", fail_on_events)
    assert os.strerror(errno.ENOSPC) in refuse(data, "second")
