"""The outcome of a test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test's name and, where it did not pass, how it failed."""

    name: str
    failure: str | None = None

    @property
    def passed(self) -> bool:
        """True where the test passed."""
        return self.failure is None
