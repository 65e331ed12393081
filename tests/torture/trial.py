"""One kind of harm: what is tried, what must hold, and what was measured."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

QUICK = bool(os.environ.get("QUICK"))
"""Less of each kind, to see that the trials themselves work. What they then measure is not for SECURITY.md."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a trial measured. ``reached``: all that must hold held; ``failures``: each case where not."""

    measured: str
    reached: bool
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """A line of the table. ``run`` gets where to report its progress."""

    title: str
    reach: str
    run: Callable[[Say], Finding]


def scale(whole: int, quick: int) -> int:
    """Return how many times a thing is tried."""
    return quick if QUICK else whole
