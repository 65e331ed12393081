"""Waiting for what must come about: for as long as a busy machine may take, and no longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 180.0
"""Seconds after which what has not come about never will. Nobody waits that long where all is well."""


def wait_until(holds: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Return whether the condition comes true."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
