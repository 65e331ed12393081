"""Tests that only ``make test-all`` runs: each names a quick test of its file that shows the same."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pytest
from _pytest.mark.structures import ParameterSet


def slow(sibling: str) -> pytest.MarkDecorator:
    """Mark a test as slow; ``sibling`` is the quick test with it, by which ``make test`` still tests it."""
    return pytest.mark.slow(sibling=sibling)


def mostly_slow(values: Iterable[object], quick: Collection[object]) -> list[ParameterSet]:
    """Return parameters of a test, of which all but the ``quick`` ones are slow."""
    given = list(values)
    assert quick, "a test needs a parameter that is quick"
    assert all(value in given for value in quick), [value for value in quick if value not in given]
    return [pytest.param(value, marks=() if value in quick else (pytest.mark.slow,)) for value in given]
