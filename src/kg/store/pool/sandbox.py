"""What a query worker may not do: call the network, start a process, change a file, or take more than it is given.

pyoxigraph follows SERVICE to any address, with no timeout and no switch to forbid it. To tell by a query's
text would take its parser, so the kernel refuses the calls (seccomp, on Linux for x86-64 and AArch64). The
filter keeps SPARQL in, and what a fault of the engine would let native code do; files stay readable, as the store
has to be.
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import resource
import struct
import sys
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _PR_SET_DUMPABLE = 38, 22, 2, 4
_ALLOW, _ERRNO, _KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # the BPF instructions that are needed
_SYSCALL_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16  # offsets in struct seccomp_data; an argument takes 8 bytes
_X32 = 0x4000_0000  # x86-64's second ABI: the same calls under these higher numbers
_CLONE_THREAD = 0x1_0000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_OPEN_FILES = 512
"""Files that a worker has open at most; a store of ten million quads has some fifty."""


@dataclass(frozen=True, slots=True)
class _Calls:
    """The arch word and the numbers of system calls of a processor."""

    arch: int
    execve: int
    outward: tuple[int, ...]
    """socket, connect, execve, execveat, io_uring_setup (which opens sockets past any filter), ptrace,
    process_vm_readv, process_vm_writev, kill, bpf. socketpair stays: it reaches nobody."""
    others: tuple[int, ...]
    """Those that reach other processes: tkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_open, pidfd_send_signal,
    pidfd_getfd, kcmp, setpriority, sched_setparam, sched_setscheduler, sched_setaffinity, sched_setattr, ioprio_set,
    migrate_pages, move_pages, process_madvise, process_mrelease, perf_event_open; and unshare and setns."""
    own: tuple[int, ...]
    """Those that a process may do to itself: tgkill, prlimit64."""
    changing: tuple[int, ...]
    """Those that change names of files: unlink, rename, link, mkdir, truncate, mknod, openat2."""
    attributes: tuple[int, ...]
    """Those that change what is known of a file: chmod, chown, utime, setxattr, removexattr and those like them."""
    fork: tuple[int, ...]
    """fork and vfork, where there are such calls."""
    clone: int
    clone3: int
    open: int
    """The open call whose flags are its second argument, 0 where there is none."""
    openat: int


_CALLS = {
    "x86_64": _Calls(
        0xC000_003E,
        59,
        (41, 42, 59, 322, 425, 101, 310, 311, 62, 321),
        (200, 129, 297, 434, 424, 438, 312, 141, 142, 144, 203, 314, 251, 256, 279, 440, 448, 298, 272, 308),
        (234, 302),
        (76, 82, 83, 84, 85, 86, 87, 88, 133, 258, 259, 263, 264, 265, 266, 316, 437),
        (90, 91, 92, 93, 94, 260, 268, 452, 132, 235, 261, 280, 188, 189, 190, 197, 198, 199, 463, 466, 469),
        (57, 58),
        56,
        435,
        2,
        257,
    ),
    "aarch64": _Calls(
        0xC000_00B7,
        221,
        (198, 203, 221, 281, 425, 117, 270, 271, 129, 280),
        (130, 138, 240, 434, 424, 438, 272, 140, 118, 119, 122, 274, 30, 238, 239, 440, 448, 241, 97, 268),
        (131, 261),
        (33, 34, 35, 36, 37, 38, 45, 276, 437),
        (52, 53, 54, 55, 452, 88, 5, 6, 7, 14, 15, 16, 463, 466, 469),
        (),
        220,
        435,
        0,
        56,
    ),
}


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def sandbox(*, deadly: bool = False, read_only: bool = False, may_execute: bool = False) -> bool:
    """Make the kernel refuse network, process and exec calls from now on, and return whether it will.

    Other processes, those of the same user among them, cannot be signalled, looked into or slowed down. It holds for
    the calling thread and those it starts later. A ``deadly`` filter ends the process by SIGSYS where another has a
    call fail with EPERM, so that no call is made light of, as LOAD SILENT does. With ``read_only``, no file can be
    made, changed or opened for writing either. ``may_execute`` leaves a process the call to become another program,
    under the same filter. Without the filter nothing changes.
    """
    if sys.platform != "linux" or os.uname().machine not in _CALLS:
        return False
    refusal = _KILL if deadly else _ERRNO | errno.EPERM
    code = _filter(_CALLS[os.uname().machine], refusal, read_only=read_only, may_execute=may_execute)
    instructions = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(instructions))
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0) == 0)


def limit_files() -> None:
    """Have no file grow, and not many open, from now on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _OPEN_FILES if allowed == resource.RLIM_INFINITY else min(_OPEN_FILES, allowed)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def limit_processor(seconds: float) -> None:
    """End this process by SIGXCPU after so many more processor seconds; replaces the previous limit."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, allowed = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + seconds), allowed))


def limit_memory(size: int, *, liftable: bool = False) -> bool:
    """Limit the address space to ``size`` bytes, or the less that is allowed; return whether it was done.

    A limit that is ``liftable`` is taken away by ``lift_memory``; it holds data back, not code that would do that.
    No core is dumped from now on.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    if allowed != resource.RLIM_INFINITY:
        size = min(size, allowed)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (size, allowed if liftable else size))
    except (ValueError, OSError):  # macOS refuses any limit below what a process has mapped, which is a lot
        return False
    return sys.platform == "linux"


def lift_memory() -> None:
    """Take a liftable limit of the address space away."""
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))


_Step = tuple[int, int, int, int]
"""An instruction: what it does, how many to skip if so and if not, and its number."""


def _filter(calls: _Calls, refusal: int, *, read_only: bool, may_execute: bool) -> bytes:
    """Return a BPF program that kills on a foreign arch, gives the refusal for forbidden calls, and allows all others.

    clone3 is said not to be there (ENOSYS), so that the C library falls back to clone, whose flags can be looked at.
    """
    forbidden = calls.outward + calls.others + calls.fork
    forbidden += calls.changing + calls.attributes if read_only else ()
    forbidden = tuple(number for number in forbidden if number != calls.execve or not may_execute)
    steps: list[_Step] = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, calls.arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _SYSCALL_AT),
        *_when(_AT_LEAST, _X32, refusal),
        *_when(_EQUAL, calls.clone3, _ERRNO | errno.ENOSYS),
        *_unless_bits(calls.clone, 0, _CLONE_THREAD, refusal),
    ]
    for number in calls.own:
        steps += _unless_own(number, refusal)
    for number in forbidden:
        steps += _when(_EQUAL, number, refusal)
    if read_only:
        for number, argument in ((calls.open, 1), (calls.openat, 2)):
            steps += _if_bits(number, argument, _WRITING, refusal) if number else []
    steps.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _when(test: int, number: int, refusal: int) -> list[_Step]:
    return [(test, 0, 1, number), (_RETURN, 0, 0, refusal)]


def _if_bits(call: int, argument: int, bits: int, refusal: int) -> list[_Step]:
    """Refuse a call with any of the bits in an argument; the number of the call is loaded before and after."""
    load: _Step = (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument)
    return [(_EQUAL, 0, 4, call), load, (_ANY_BIT, 0, 1, bits), (_RETURN, 0, 0, refusal), (_LOAD, 0, 0, _SYSCALL_AT)]


def _unless_bits(call: int, argument: int, bits: int, refusal: int) -> list[_Step]:
    """Refuse a call with none of the bits in an argument."""
    load: _Step = (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument)
    return [(_EQUAL, 0, 4, call), load, (_ANY_BIT, 1, 0, bits), (_RETURN, 0, 0, refusal), (_LOAD, 0, 0, _SYSCALL_AT)]


def _unless_own(call: int, refusal: int) -> list[_Step]:
    """Refuse a call whose first argument names another process than this one, by its number or as 0."""
    load: _Step = (_LOAD, 0, 0, _ARGUMENTS_AT)
    own = [(_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, os.getpid())]
    return [(_EQUAL, 0, 5, call), load, *own, (_RETURN, 0, 0, refusal), (_LOAD, 0, 0, _SYSCALL_AT)]
