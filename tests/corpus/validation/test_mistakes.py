"""Each mistake that an editor makes is reported by one message, at the line to be corrected, that says what to do."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import SAMPLE_TEXTS
from corpus.validation.mistakes import MISTAKES, STATEMENTS, WORDS, Mistake
from helpers.slow import mostly_slow
from kg.corpus.validation.validate import check
from kg.settings import Settings


@pytest.fixture(scope="module")
def home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One copy of the sample; each test leaves it as it was."""
    folder = shutil.copytree(sample_home, tmp_path_factory.mktemp("mistakes") / "home")
    return Settings(home=folder, texts=SAMPLE_TEXTS)


@pytest.fixture
def data(home: Settings) -> Iterator[Path]:
    """The folder of data of that copy, which is put back afterwards."""
    before = {path: path.read_bytes() for path in home.data_dir.rglob("*.ttl")}
    yield home.data_dir
    for path, content in before.items():
        path.write_bytes(content)


def test_there_are_forty_mistakes_and_more_each_of_another_kind() -> None:
    names = [mistake.name for mistake in MISTAKES]
    assert len(set(names)) == len(names) >= 40


@pytest.mark.parametrize(
    "mistake", mostly_slow(MISTAKES, MISTAKES[::4]), ids=lambda mistake: mistake.name.replace(" ", "-")
)
def test_a_mistake_is_told_once_at_its_line_with_what_to_do(home: Settings, data: Path, mistake: Mistake) -> None:
    mistake.make(data)
    report = check(home)
    told = report.to_text()
    assert len(report.results) == 1, told
    assert str(report.results[0].place) == mistake.place(data), told
    assert re.search(mistake.tells, told.splitlines()[0]), told


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"", b"\xef\xbb\xbf"), (b"\n", b"\r\n"), (b"\n  att:", b"\n\tatt:"), (b" ;\n", b"; \n")],
    ids=["byte-order-mark", "line-ends-of-windows", "tabs", "spaces"],
)
def test_how_an_editor_saves_a_file_is_no_mistake(home: Settings, data: Path, old: bytes, new: bytes) -> None:
    path = data / STATEMENTS
    content = path.read_bytes()
    path.write_bytes(content.replace(old, new) if old else new + content)
    assert path.read_bytes() != content
    assert check(home).results == ()


def test_places_of_words_that_are_gone_are_told_once_with_the_command_that_mends_them(
    home: Settings, data: Path
) -> None:
    path = data / WORDS
    text = path.read_text("utf-8")
    path.write_text(text.replace("start 170", "start 171").replace("start 224", "start 225"), "utf-8")
    (found,) = check(home).results
    assert found.place is not None
    assert found.place.file == path.resolve() or found.place.file == path
    assert "kg words sample" in str(found.message)


def test_a_text_that_changed_is_told_once_and_not_for_each_statement(home: Settings, tmp_path: Path) -> None:
    text = (SAMPLE_TEXTS / "sample.txt").read_text("utf-8")
    (tmp_path / "sample.txt").write_text(text.replace("The town council", "Yesterday the town council"), "utf-8")
    report = check(home.with_(texts=tmp_path))
    (found,) = report.results
    assert found.shape == "ArticleDigestMatches"
    assert "kg renew" in str(found.message)
