"""Which trials there are, in the order in which they run."""

from __future__ import annotations

from torture import crashes, durability, outbound
from torture.trial import Trial

TRIALS: tuple[Trial, ...] = (
    crashes.TRIAL,
    *durability.TRIALS,
    outbound.TRIAL,
)
