"""The benchmark: what it measures, and the limits of pages that are counts and no times."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.kinds import KINDS, VARIANTS
from helpers.slow import slow
from kg.bench.pages import EDITOR_BYTES, MOST_BYTES, MOST_SLOW, WITH_EDITOR, Page, measure_pages, to_table
from kg.cli import main
from kg.settings import Settings

PROGRAMS = {"completion", "reconciliation manifest", "API answer", "feed", "sitemap"}
"""What is for programs: it has neither script nor style."""
OTHERS = {"release", "preview"} | PROGRAMS
"""What is measured besides the kinds of tests/helpers/kinds.py."""


@pytest.fixture(scope="module")
def pages(releases: Path, settings: Settings) -> list[Page]:
    """What the pages of the real release take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kg.bench.pages.REQUESTS", 1)
        return measure_pages(settings.with_(releases=releases), lambda _: None)


@slow("test_each_kind_of_page_is_measured_at_an_address_of_the_release")
def test_the_benchmark_measures_each_step_and_writes_what_it_prints(
    tmp_path: Path, sample: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.bench.pages.REQUESTS", 1)
    file = tmp_path / "BENCHMARKS.md"
    environment = {"KG_HOME": str(sample.home), "KG_TEXTS": str(sample.texts)}
    result = CliRunner().invoke(main, ["bench", "--write", str(file)], env=environment)
    assert result.exit_code == 0, result.output
    written = file.read_text("utf-8")
    assert written.startswith("# Benchmarks\n")
    assert written.removeprefix("# Benchmarks\n").strip() in result.output
    rows = re.findall(r"^\| ([\w ]+) \| (\d+) \| (\d+) \| ([\d.]+) \|$", written, re.MULTILINE)
    assert [row[0] for row in rows][1] == "SHACL by pyshacl"
    assert len(rows) == 5
    assert "| timeline |" in written.partition("## Pages")[2]


def test_each_kind_of_page_is_measured_at_an_address_of_the_release(pages: list[Page]) -> None:
    assert {page.kind for page in pages} == KINDS.keys() - VARIANTS | OTHERS
    paths = {page.kind: page.path for page in pages}
    assert len(set(paths.values())) == len(paths)
    assert paths["entity"].startswith("/doc/")
    assert paths["issue"].startswith("/doc/issue-")
    assert re.fullmatch(r"/article/florida-talks/statement/\d{3}-\d+", paths["statement"])


def test_no_page_asks_more_queries_than_may_be_slow(pages: list[Page]) -> None:
    asked = {page.kind: page.queries for page in pages}
    more = {kind: count for kind, count in asked.items() if count > MOST_SLOW}
    # Most ask which things they show, then for these. One of an answer's is the reader's; what is part of an article
    # asks for that unless the first answer has it, a statement for its reading, an issue for its positions, the page
    # of figures for those that differ, and the home page for a statement as an example
    asked_in_articles = dict.fromkeys(("encoding", "event", "voice of an article"), 3)
    others = {"answer": 3, "timeline": 3, "figure": 3, "issue": 4, "statement": 3, "home": 4, "figures": 3}
    assert more == asked_in_articles | others
    assert (asked["articles"], asked["API answer"]) == (0, 1)  # the catalogue lists the articles
    assert all(0 <= page.slow <= page.queries for page in pages)


def test_script_and_style_of_each_page_stay_below_their_limit(pages: list[Page]) -> None:
    assert {page.kind for page in pages if page.assets == 0} == PROGRAMS
    assert {
        page.kind: page.assets for page in pages if page.assets >= MOST_BYTES and page.kind not in WITH_EDITOR
    } == {}
    assert {page.kind for page in pages if MOST_BYTES <= page.assets < EDITOR_BYTES} == WITH_EDITOR


def test_a_page_past_a_limit_is_shown_as_such() -> None:
    light = Page("light", "/", 1.0, 2.0, queries=3, slow=2, size=10, assets=19_999)
    heavy = Page("heavy", "/", 1.0, 2.0, queries=3, slow=2, size=10, assets=20_000)
    slow = Page("slow", "/", 1.0, 2.0, queries=3, slow=3, size=10, assets=19_999)
    shown = re.findall(r"^\| (\w+) .* \| (\S+) \|$", to_table([light, heavy, slow]), re.MULTILINE)
    assert shown == [("light", "yes"), ("heavy", "**no**"), ("slow", "**no**")]
