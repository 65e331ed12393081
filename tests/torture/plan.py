"""Which trials there are, in the order in which they run."""

from __future__ import annotations

from torture import connections, crashes, durability, fuzz, queries
from torture.trial import Trial

TRIALS: tuple[Trial, ...] = (
    queries.TRIAL,
    crashes.TRIAL,
    *durability.TRIALS,
    fuzz.TRIAL,
    connections.TRIAL,
)
