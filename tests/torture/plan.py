"""Which trials there are, in the order in which they run."""

from __future__ import annotations

from torture import crashes, durability, hostile, outbound, queries
from torture.trial import Trial

TRIALS: tuple[Trial, ...] = (
    queries.TRIAL,
    crashes.TRIAL,
    *durability.TRIALS,
    outbound.TRIAL,
    hostile.TRIAL,
)
