"""What a query worker may not do: call the network, start a program, or take more memory than it is given.

pyoxigraph follows SERVICE to any address, with no timeout and no switch to forbid it. To tell by a query's
text would take its parser, so the kernel refuses the calls (seccomp, on Linux for x86-64 and AArch64). The
filter keeps SPARQL in, not native code: files stay readable, as the store has to be.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct
import sys

_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_ALLOW, _EPERM, _KILL = 0x7FFF_0000, 0x0005_0000 | errno.EPERM, 0x8000_0000
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # the four BPF instructions that are needed
_SYSCALL_AT, _ARCH_AT = 0, 4  # offsets in struct seccomp_data
_X32 = 0x4000_0000  # x86-64's second ABI: the same calls under these higher numbers

# The arch word, and the numbers of socket, connect, execve, execveat, io_uring_setup: io_uring would open
# sockets past any filter. socketpair stays, since it reaches nobody else.
_FORBIDDEN = {
    "x86_64": (0xC000_003E, (41, 42, 59, 322, 425)),
    "aarch64": (0xC000_00B7, (198, 203, 221, 281, 425)),
}


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def sandbox(*, deadly: bool = False) -> bool:
    """Make the kernel answer EPERM to network and exec calls from now on, and return whether it will.

    It holds for the calling thread and those it starts later. Without the filter nothing changes. A ``deadly`` one
    ends the process by SIGSYS instead, so that no call is made light of, as LOAD SILENT does.
    """
    if sys.platform != "linux" or os.uname().machine not in _FORBIDDEN:
        return False
    code = _filter(*_FORBIDDEN[os.uname().machine], _KILL if deadly else _EPERM)
    instructions = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(instructions))
    prctl = ctypes.CDLL(None).prctl
    prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program), 0, 0) == 0)


def limit_memory(size: int) -> bool:
    """Limit the address space to ``size`` bytes, or the less that is allowed; return whether it was done.

    No core is dumped from now on.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    if allowed != resource.RLIM_INFINITY:
        size = min(size, allowed)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (ValueError, OSError):  # macOS refuses any limit below what a process has mapped, which is a lot
        return False
    return sys.platform == "linux"


def _filter(arch: int, forbidden: tuple[int, ...], refusal: int) -> bytes:
    """Return a BPF program that kills on a foreign arch, and gives the refusal for the forbidden calls alone."""
    to_refusal = len(forbidden) + 1
    steps = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _SYSCALL_AT),
        (_AT_LEAST, to_refusal, 0, _X32),
        *((_EQUAL, to_refusal - 1 - i, 0, number) for i, number in enumerate(forbidden)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, refusal),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
