"""Which trials there are, in the order in which they run."""

from __future__ import annotations

from torture import fuzz
from torture.trial import Trial

TRIALS: tuple[Trial, ...] = (fuzz.TRIAL,)
