"""One cause makes one finding, at its line, with the name that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.corpus.report import Report, Result
from kg.corpus.validation.validate import check
from kg.errors import NotConforming
from kg.release.apart import build as build_apart
from kg.release.work.build import build
from kg.settings import Settings

HEAD = """\
@prefix att: <ns#> .
@prefix code: <code/> .
@prefix id: <id/> .
@prefix p: <article/sample/passage/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix s: <article/sample/statement/> .
@prefix v: <article/sample/> .

"""
STATEMENT = """\
s:002-9 a att:Assertion ;
  rdfs:label "The old ferry pier of Harrowmere starts"@en ;
  att:claimant v:voice ;
  att:evidence p:002 ;
  att:subject id:harrowmere-pier ;
  att:relation code:harrowmere-begins ;
  att:modality code:flat .
"""


def write(settings: Settings, text: str) -> Path:
    path = settings.data_dir / "articles" / "sample" / "more.ttl"
    path.write_text(HEAD + text, "utf-8")
    return path


def only(report: Report) -> Result:
    assert len(report.results) == 1, report.to_text()
    return report.results[0]


@pytest.mark.parametrize(
    ("right", "wrong", "meant"),
    [
        ("id:harrowmere-pier", "id:harowmere-pier", "id:harrowmere-pier"),
        ("code:flat", "code:flatt", "code:flat"),
        ("v:voice", "id:harrowmere-trusst", "id:harrowmere-trust"),
        ("code:harrowmere-begins", "code:harrowmere-beginns", "code:harrowmere-begins"),
        ("att:subject", "att:subjekt", "att:subject"),
        ("att:Assertion", "att:Asertion", "att:Assertion"),
    ],
)
def test_a_misspelt_name_makes_one_finding_with_the_nearest_name(
    sample: Settings, right: str, wrong: str, meant: str
) -> None:
    path = write(sample, STATEMENT.replace(right, wrong))
    found = only(check(sample))
    assert f"Is {meant} meant?" in str(found.message)
    assert found.place is not None
    assert wrong in path.read_text("utf-8").splitlines()[found.place.line - 1]


def test_a_name_that_is_like_no_other_is_reported_without_a_guess(sample: Settings) -> None:
    write(sample, STATEMENT.replace("id:harrowmere-pier", "id:chinchilla"))
    assert "meant?" not in str(only(check(sample)).message)


def test_a_number_used_twice_is_told_once_with_both_places(sample: Settings) -> None:
    text = STATEMENT.replace("s:002-9", "s:002-1").replace("starts", "opens")
    path = write(sample, text)
    found = only(check(sample))
    assert found.shape == "DescribedOnce"
    assert {path.name, "statements-001.ttl"} == _files(f"{found.place} {found.message}")


def _files(message: str) -> set[str]:
    return {Path(word.rpartition(":")[0]).name for word in message.split() if ".ttl:" in word}


def test_a_wrong_prefix_is_told_once_on_its_line(sample: Settings) -> None:
    path = sample.data_dir / "articles" / "sample" / "statements-001.ttl"
    text = path.read_text("utf-8")
    path.write_text(text.replace("<article/sample/statement/>", "<article/simple/statement/>"), "utf-8")
    report = check(sample)
    first = [r for r in report.results if r.shape == "ArticleFolder"]
    assert len(first) == 1
    assert first[0].place is not None
    assert "@prefix s:" in path.read_text("utf-8").splitlines()[first[0].place.line - 1]
    assert len(report.results) == 1, report.to_text()


def test_a_build_that_is_refused_tells_what_check_tells(sample: Settings) -> None:
    write(sample, STATEMENT.replace("v:voice", "id:harrowmere-trusst"))
    with pytest.raises(NotConforming) as refused:
        build(sample, lambda _: None)
    assert str(refused.value).startswith(check(sample).to_text())
    assert "Is id:harrowmere-trust meant?" in str(refused.value)


def test_a_build_tells_how_many_warnings_stand(sample: Settings) -> None:
    write(sample, STATEMENT.replace("ferry pier", "rotten ferry pier"))
    assert build_apart(sample, lambda _: None).warnings == len(check(sample).results) == 1


def test_data_that_do_not_conform_still_do_not(sample: Settings) -> None:
    write(sample, STATEMENT.replace("v:voice", "id:nobody-at-all"))
    assert not check(sample).conforms


def test_a_copy_of_a_file_is_told_once_with_both_files(sample: Settings) -> None:
    folder = sample.data_dir / "articles" / "sample"
    copy = folder / "statements-001 (conflicted copy).ttl"
    copy.write_bytes((folder / "statements-001.ttl").read_bytes())
    found = only(check(sample))
    assert found.shape == "DescribedOnce"
    assert str(copy) in str(found.message)
    assert "35 things of this file" in str(found.message), "as many as the sample has statements, and what they add"
    assert found.place is not None
    assert found.place.file.name == "statements-001.ttl"
    with pytest.raises(NotConforming, match="conflicted copy"):
        build(sample, lambda _: None)


def test_a_statement_that_two_files_hold_is_told_though_both_say_the_same(sample: Settings) -> None:
    path = write(sample, STATEMENT)
    assert check(sample).results == ()
    path.with_name("statements-999.ttl").write_text(path.read_text("utf-8"), "utf-8")
    found = only(check(sample))
    assert found.shape == "DescribedOnce"
    assert {path.name, "statements-999.ttl"} == _files(f"{found.place} {found.message}")
