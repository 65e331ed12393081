"""The benchmark of size: the articles that it invents, and that it measures every line of its table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from helpers.serving import HOME
from helpers.slow import slow
from kg.bench import merge
from kg.bench.invented import generate
from kg.bench.scale.figures import Times, at_most, find_like, growth, rank, steady, together
from kg.bench.scale.reading import Page
from kg.bench.scale.rows import ROWS
from kg.bench.scale.table import page_growth, page_table
from kg.cli import main
from kg.corpus.validation.validate import check
from kg.settings import Settings


def quiet(_: str) -> None:
    """Say nothing."""


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three invented articles."""
    folder = tmp_path_factory.mktemp("invented") / "data"
    generate(HOME / "data", folder, 3, 7, quiet)
    return folder


def test_a_seed_gives_the_same_articles_and_another_gives_others(three: Path, tmp_path: Path) -> None:
    generate(HOME / "data", tmp_path / "same", 3, 7, quiet)
    generate(HOME / "data", tmp_path / "other", 3, 8, quiet)
    assert contents(tmp_path / "same") == contents(three)
    assert contents(tmp_path / "other").keys() != contents(three).keys()


def test_the_first_articles_of_a_larger_folder_are_those_of_a_smaller_one(three: Path, tmp_path: Path) -> None:
    generate(HOME / "data", tmp_path / "two", 2, 7, quiet)
    assert contents(tmp_path / "two").items() < contents(three).items()


def test_invented_articles_conform(three: Path) -> None:
    report = check(Settings(home=HOME, data=three))
    assert report.to_text().count("not checked") == 3  # there are no texts
    assert report.counts["violation"] == 0, report.to_text()


def test_a_target_holds_only_where_no_size_goes_beyond_it() -> None:
    assert at_most(3, "").holds({1: 3.0, 10: 2.0})
    assert not at_most(3, "").holds({1: 3.1, 10: 2.0})
    assert steady(3, 1.5, "").holds({10: 3.0, 1: 2.0})
    assert not steady(3, 1.5, "").holds({10: 2.9, 1: 1.9})
    assert not steady(3, 1.5, "").holds({10: 3.1, 1: 3.0})


def test_growth_is_from_the_smallest_size_to_the_largest() -> None:
    assert growth({100: 3.0, 1: 2.0, 10: 9.0}) == 1.5
    assert growth({1: 0.0, 10: 0.0}) == 1.0
    assert growth({1: 0.0, 10: 1.0}) == float("inf")


def test_a_page_is_compared_with_the_smallest_one_that_shows_as_much() -> None:
    assert find_like({1: 400, 10: 2000, 100: 3000, 1000: 2900}) == 10
    assert find_like({1: 400, 1000: 9000}) == 1000
    listed = {1: (0.001, 400), 10: (0.004, 2000), 1000: (0.006, 2900)}
    pages = {n: {"list": Page("/", Times((took,)), size)} for n, (took, size) in listed.items()}
    base, grown = page_growth(pages, "list")
    assert (base, round(grown, 3)) == (10, 1.5)
    pages[1000]["sitemap"] = pages[10]["list"]
    assert "| list | 1 | 4 | 6 | 1.5 × of 10 | 0 | 2,900 |" in page_table(pages)
    assert "| sitemap |  |  | 4 | – | 0 | 2,000 |" in page_table(pages)


def test_a_rank_is_the_value_that_a_share_does_not_exceed() -> None:
    values = [float(number) for number in range(20, 0, -1)]
    assert (rank(values, 0.5), rank(values, 0.95), rank(values, 0.99), rank(values, 0.0)) == (10.0, 19.0, 20.0, 1.0)


def test_times_that_were_taken_in_turns_are_those_of_all_requests() -> None:
    whole = together([Times((3.0,), 4.0), Times((1.0, 2.0), 1.0)])
    assert (whole.seconds, whole.spent) == ((3.0, 1.0, 2.0), 2.0)


def test_a_part_that_is_measured_anew_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "BENCHMARKS.md"
    assert merge(file, "## Size\n\nold\n") == "# Benchmarks\n\n## Size\n\nold\n"
    file.write_text(merge(file, "## Size\n\nold\n"))
    file.write_text(merge(file, "## One article\n\n### Pages\n\nother\n"))
    assert merge(file, "## Size\n\nnew\n") == "# Benchmarks\n\n## One article\n\n### Pages\n\nother\n\n## Size\n\nnew\n"


@pytest.mark.parametrize("articles", ["0", "1,x", "", "1,-2"])
def test_numbers_of_articles_that_are_none_are_refused(articles: str) -> None:
    result = CliRunner().invoke(main, ["bench", "--scale", "--articles", articles])
    assert result.exit_code == 2
    assert "as in 1,10,100" in result.output


def test_what_cannot_be_measured_by_itself_is_refused() -> None:
    result = CliRunner().invoke(main, ["bench", "--scale", "--articles", "1", "--only", "pages,weather"])
    assert result.exit_code != 0
    assert "'weather' cannot be measured" in result.output
    assert "verify, backup" in result.output


@slow("test_a_target_holds_only_where_no_size_goes_beyond_it")
def test_every_line_is_measured_and_written_at_each_size(tmp_path: Path) -> None:
    file, folder = tmp_path / "BENCHMARKS.md", tmp_path / "scale"
    arguments = ["bench", "--scale", "--articles", "2,1", "--folder", str(folder), "--write", str(file)]
    result = CliRunner().invoke(main, arguments, env={"KG_HOME": str(HOME)})
    assert result.exit_code == 0, result.output
    written = file.read_text("utf-8")
    table = written.partition("### Pages")[0]
    assert "|  | 1 article | 2 articles | growth | reach | reached |" in table
    for row in ROWS.values():
        figures = re.search(rf"^\| {re.escape(row.words)} \| ([\d.,]+)[^|]* \| ([\d.,]+)[^|]* \|", table, re.MULTILINE)
        assert figures, row.words
        assert f"1 articles: {row.words}: " in result.output  # told while the rest is measured
    assert re.search(r"^\| article \| \d+ \| \d+ \|", written, re.MULTILINE)
    assert len(re.findall(r"^\| [a-z-]+ \| .* \|$", written.partition("stored queries")[2], re.MULTILINE)) >= 10
    data = contents(folder / "1" / "data")
    assert not any(b"revision" in content for content in data.values())  # what was changed is as it was
