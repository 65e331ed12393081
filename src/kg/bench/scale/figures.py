"""Figures and the targets that they are held against."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

BySize = Mapping[int, float]
"""Number of articles → the figure."""
LIKE = 2 / 3
"""Share of a page's bytes from which a smaller page shows about as much."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure is to reach, in words and as a test of the figures of all sizes."""

    words: str
    holds: Callable[[BySize], bool]


def at_most(limit: float, words: str) -> Target:
    """Return the target that no figure is above a limit."""
    return Target(words, lambda found: max(found.values()) <= limit)


def steady(limit: float, factor: float, words: str) -> Target:
    """Return the target that no figure is above a limit, nor the largest size's above so many times the smallest's."""
    return Target(words, lambda found: max(found.values()) <= limit and growth(found) <= factor)


def growth(found: BySize) -> float:
    """Return how many times the figure of the smallest size that of the largest is."""
    first, last = found[min(found)], found[max(found)]
    return last / first if first else (1.0 if not last else math.inf)


def find_like(sizes: Mapping[int, int]) -> int:
    """Return the smallest number of articles at which a page has nearly as many bytes as at the largest.

    A list of one row is no measure of a list of fifty: a page is compared with one that shows about as much.
    """
    last = sizes[max(sizes)]
    return min(articles for articles, size in sizes.items() if size >= LIKE * last)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what is measured, how it is written, and its target, if it has one."""

    words: str
    form: str
    target: Target | None = None

    def show(self, figure: float) -> str:
        """Return the figure as the table has it."""
        return self.form.format(figure)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that each of some like requests took, and the processor seconds that one took on average."""

    seconds: tuple[float, ...]
    spent: float = 0.0

    def at(self, share: float) -> float:
        """Return the seconds within which a share of the requests were answered."""
        return rank(self.seconds, share)


def together(parts: Sequence[Times]) -> Times:
    """Return the times of requests that were measured in parts, of one request or more each."""
    seconds = tuple(second for part in parts for second in part.seconds)
    return Times(seconds, sum(part.spent * len(part.seconds) for part in parts) / len(seconds))


def rank(values: Sequence[float], share: float) -> float:
    """Return the value that is not exceeded by a share of the values (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
