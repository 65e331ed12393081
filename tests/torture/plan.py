"""Which trials there are, in the order in which they run."""

from __future__ import annotations

from torture import connections, costs, crashes, durability, floods, fuzz, hostile, outbound, queries, readers, states
from torture.trial import Trial

TRIALS: tuple[Trial, ...] = (
    queries.TRIAL,
    outbound.TRIAL,
    crashes.TRIAL,
    *durability.TRIALS,
    hostile.TRIAL,
    fuzz.TRIAL,
    connections.TRIAL,
    *floods.TRIALS,
    readers.TRIAL,
    states.TRIAL,
    costs.TRIAL,
)
