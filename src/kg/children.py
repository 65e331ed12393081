"""Child processes: forked to run one function, and ended with their parent, however that ended."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

_PR_SET_PDEATHSIG, _PR_SET_NAME = 1, 15
"""Operations of prctl(2)."""


def fork(work: Callable[[], int]) -> int:
    """Return the number of a child process that runs ``work`` and exits with the status it returns.

    An exception is printed to standard error and gives status 1. The child never returns to the caller's code, and is
    killed when its parent ends.
    """
    parent = os.getpid()
    return os.fork() or _run(work, parent)


def _run(work: Callable[[], int], parent: int) -> NoReturn:
    status = 1
    try:
        end_with_parent(parent)
        status = work()
    except BaseException:  # whatever it is, it must not go on in the parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def end_with_parent(parent: int | None = None, sign: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when its parent ends; does nothing on systems other than Linux.

    ``parent`` is the parent's process number, passed by the process that forks: if that one has ended already, the
    signal is sent at once.
    """
    if sys.platform == "linux":
        expected = parent or os.getppid()
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, sign, 0, 0, 0)
        if os.getppid() != expected:
            os.kill(os.getpid(), sign)


def name_process(name: bytes) -> None:
    """Give this process the name that the system's list shows (proc_pid_comm(5)), of at most 15 bytes; Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name, 0, 0, 0)
