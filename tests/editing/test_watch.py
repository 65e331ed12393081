"""While an editor writes, the check reports what came and what was fixed, and validates only what a change concerns."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kg.corpus.report import Report
from kg.corpus.validation.live import Live
from kg.corpus.validation.validate import check
from kg.corpus.validation.validator import Validator
from kg.editing.watch import watch
from kg.errors import DataError
from kg.release.apart import Checker
from kg.settings import Settings

WRONG = '<article/sample/statement/002-9> a <ns#Assertion> ; <ns#draft> "Say more." .\n'


def looks(*changes: Callable[[], object]) -> Callable[[], bool]:
    """Return a wait that makes a change before each look, and then ends the watch."""
    left = iter(changes)

    def wait() -> bool:
        for change in left:
            change()
            return True
        return False

    return wait


def reports(settings: Settings, *changes: Callable[[], object]) -> Iterator[str]:
    return watch(settings, lambda: check(settings).to_text(), looks(*changes))


def test_each_change_tells_what_came_and_what_was_fixed(sample: Settings) -> None:
    path = sample.data_dir / "articles" / "sample" / "more.ttl"
    first, came, moved, fixed = reports(
        sample,
        lambda: path.write_text(WRONG, "utf-8"),
        lambda: path.write_text("# One line further down.\n" + WRONG, "utf-8"),
        path.unlink,
    )
    assert first.endswith("The data conform: 0 violations, 0 warnings.\n")
    assert "more.ttl:1: violation [Draft]" in came
    assert came.endswith("The data do not conform: 1 violation, 0 warnings.\n")
    assert moved == "and 1 as before\nThe data do not conform: 1 violation, 0 warnings.\n"
    assert fixed.startswith("fixed: ")
    assert fixed.endswith("The data conform: 0 violations, 0 warnings.\n")


def test_a_look_at_files_that_did_not_change_checks_nothing(sample: Settings) -> None:
    assert len(list(reports(sample, lambda: None, lambda: None))) == 1


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def article(settings: Settings, name: str) -> Path:
    return settings.data_dir / "articles" / "sample" / name


def said(look: Callable[[], Report]) -> str:
    try:
        return look().to_text()
    except DataError as error:
        return str(error)


def test_after_each_change_the_findings_are_those_of_a_check_of_everything(sample: Settings, tmp_path: Path) -> None:
    texts = shutil.copytree(sample.texts or Path(), tmp_path / "texts")
    own = sample.with_(texts=texts)
    live, more = Live(own), article(own, "more.ttl")
    other = own.data_dir / "articles" / "other"
    records = own.data_dir / "authority" / "harrowmere.ttl"
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: more.write_text(WRONG, "utf-8"),  # a draft: nothing else is said of it
        lambda: more.write_text(WRONG.replace('; <ns#draft> "Say more."', ""), "utf-8"),
        lambda: more.write_text("This is not Turtle.", "utf-8"),
        lambda: replaced(records, "@en", "@de"),  # while a file cannot be read
        more.unlink,
        lambda: replaced(records, "@de", "@en"),
        lambda: shutil.copytree(article(own, "."), other),  # an article that says all of another's again
        lambda: shutil.rmtree(other),
        lambda: replaced(records, "skos:broader", "skos:related"),  # statements are about something else
        lambda: replaced(records, "skos:related", "skos:broader"),
        lambda: replaced(texts / "sample.txt", "pier", "quay"),
        lambda: (texts / "sample.txt").unlink(),
        lambda: replaced(own.home / "ontology" / "shapes.ttl", "sh:minCount 1", "sh:minCount 2"),
        lambda: (own.queries_dir / "about.rq").write_text("SELECT", "utf-8"),
    ]
    seen = set()
    for change in changes:
        change()
        told = said(lambda: live.refresh())
        assert told == said(lambda: check(own))
        seen.add(told)
    assert len(seen) >= 9  # the changes are not without effect


def test_only_what_a_change_concerns_is_validated(sample: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    live = Live(sample)
    live.refresh()
    validated: list[int] = []
    validate_nodes = Validator.validate_nodes
    monkeypatch.setattr(
        Validator, "validate_nodes", lambda self, nodes: (validated.append(len(nodes)), validate_nodes(self, nodes))[1]
    )
    monkeypatch.setattr(Validator, "validate_graph", lambda *_: pytest.fail("a whole graph is validated again"))
    assert live.refresh().conforms
    assert validated == []
    article(sample, "more.ttl").write_text(WRONG, "utf-8")
    assert not live.refresh().conforms
    assert 0 < sum(validated) < 20


def test_the_checker_goes_on_after_data_that_end_it(sample: Settings) -> None:
    more = article(sample, "more.ttl")
    with Checker(sample) as checker:
        first = checker.watch()
        more.write_text("[" * 100_000, "utf-8")
        assert "more.ttl" in checker.watch()
        more.unlink()
        assert checker.watch() == first
