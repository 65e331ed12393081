"""Bounds on work that hold on a busy machine: processor time, and not the clock's."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTimeError(Exception):
    """The block took more processor time than it may."""


@contextmanager
def processor_seconds(most: float) -> Iterator[None]:
    """Raise OutOfTimeError if this process takes more of the processor's time in the block.

    It is for work that takes far less if it grows with its input, and far more if with the square of it.
    """

    def end(_: int, __: FrameType | None) -> None:
        raise OutOfTimeError(f"more than {most} s of processor time")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
