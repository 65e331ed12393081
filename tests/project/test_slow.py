"""What only ``make test-all`` runs has a quick test with it, so that ``make test`` tests every guarantee."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from helpers.serving import HOME
from helpers.slow import mostly_slow

FILES = sorted((HOME / "tests").rglob("test_*.py"))
SLOW = re.compile(r"\bslow\(|mark\.slow\b")


def decorators_of(path: Path) -> dict[str, list[ast.expr]]:
    """Return the tests of a file with their decorators."""
    tree = ast.parse(path.read_text("utf-8"))
    return {each.name: each.decorator_list for each in tree.body if isinstance(each, ast.FunctionDef)}


def sibling_of(decorators: list[ast.expr]) -> str | None:
    """Return the quick test that a slow one names; "" where it names none, None where it is not slow."""
    found = [each for each in decorators if SLOW.match(ast.unparse(each).removeprefix("pytest."))]
    if not found:
        return None
    given = found[0].args if isinstance(found[0], ast.Call) else []
    return str(given[0].value) if given and isinstance(given[0], ast.Constant) else ""


@pytest.mark.parametrize("path", [path for path in FILES if SLOW.search(path.read_text("utf-8"))], ids=lambda p: p.stem)
def test_every_slow_test_names_a_quick_one_of_its_file(path: Path) -> None:
    tests = {name: sibling_of(decorators) for name, decorators in decorators_of(path).items()}
    slow = {name: sibling for name, sibling in tests.items() if sibling is not None}
    quick = tests.keys() - slow.keys()
    wrong = {name: sibling for name, sibling in slow.items() if sibling not in quick}
    assert wrong == {}


def test_of_slow_parameters_one_at_least_is_quick() -> None:
    kept = [each.values[0] for each in mostly_slow("abc", {"b"}) if not each.marks]
    assert kept == ["b"]
    for none in ({}, {"x"}):
        with pytest.raises(AssertionError):
            mostly_slow("abc", none)
