"""Which trials there are, in the order in which they run."""

from __future__ import annotations

from torture.failures import crashes, durability, readers, states
from torture.inputs import fuzz, hostile, outbound
from torture.load import connections, costs, floods, queries
from torture.trial import Trial

TRIALS: tuple[Trial, ...] = (
    queries.TRIAL,
    outbound.TRIAL,
    crashes.TRIAL,
    *durability.TRIALS,
    hostile.TRIAL,
    fuzz.TRIAL,
    connections.TRIAL,
    connections.CROWD_TRIAL,
    *floods.TRIALS,
    readers.TRIAL,
    states.TRIAL,
    costs.TRIAL,
)
