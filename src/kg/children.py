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
_M_ARENA_MAX, _M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD = -8, -3, -1
"""Parameters of mallopt(3)."""


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


def give_memory_back(arenas: int, mapped: int) -> None:
    """Have this process give memory back that it needs no more (mallopt(3)); to be called before it has threads.

    Its threads take memory from so many ``arenas``, and what has ``mapped`` bytes or more is mapped by itself. The C
    library has eight arenas a processor, and maps less and less by itself: in each arena stays what long answers took,
    under what is still needed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:  # musl has none
        mallopt(_M_ARENA_MAX, arenas)
        mallopt(_M_MMAP_THRESHOLD, mapped)
        mallopt(_M_TRIM_THRESHOLD, mapped)
