"""Which trials there are, in the order in which they run."""

from __future__ import annotations

from torture import connections, crashes, durability, fuzz, hostile, outbound, queries
from torture.trial import Trial

TRIALS: tuple[Trial, ...] = (
    queries.TRIAL,
    outbound.TRIAL,
    crashes.TRIAL,
    *durability.TRIALS,
    hostile.TRIAL,
    fuzz.TRIAL,
    connections.TRIAL,
)
