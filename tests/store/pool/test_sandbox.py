"""What the kernel refuses a query worker, each tried in a process of its own."""

from __future__ import annotations

import platform
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from helpers.waiting import PATIENCE

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

OUTWARD = {
    "a socket": "socket.socket()",
    "a program": "os.execv('/bin/true', ['true'])",
    "a child": "os.fork()",
    "a child by way of a program": "subprocess.run(['/bin/true'])",
    "a signal": "os.kill(os.getppid(), 0)",
    "a signal to a thread": "call('tkill', os.getppid(), 0)",
    "a signal to a thread of another": "call('tgkill', os.getppid(), os.getppid(), 0)",
    "a signal with a value": "call('rt_sigqueueinfo', os.getppid(), 0, info)",
    "a signal with a value to a thread": "call('rt_tgsigqueueinfo', os.getppid(), os.getppid(), 0, info)",
    "a handle of a process": "os.pidfd_open(os.getppid())",
    "a signal by a handle": "signal.pidfd_send_signal(0, 0)",
    "a file of another": "call('pidfd_getfd', 0, 0, 0)",
    "a limit of another": "resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    "the priority of another": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 1)",
    "the processors of another": "os.sched_setaffinity(os.getppid(), os.sched_getaffinity(0))",
    "the scheduling of another": "os.sched_setscheduler(os.getppid(), os.SCHED_BATCH, os.sched_param(0))",
    "a namespace": "call('unshare', 0)",
}
CHANGING = {
    "a file to write": "open(path, 'w')",
    "a file to add to": "open(path, 'a')",
    "a file to change": "os.open(path, os.O_RDWR)",
    "an end": "os.truncate(path, 0)",
    "a removal": "os.unlink(path)",
    "another name": "os.rename(path, path + '2')",
    "a link": "os.link(path, path + '2')",
    "a symbolic link": "os.symlink(path, path + '2')",
    "a folder": "os.mkdir(path + '2')",
    "a mode": "os.chmod(path, 0o600)",
    "a mode of an open file": "os.fchmod(os.open(path, os.O_RDONLY), 0o600)",
    "an owner": "os.chown(path, os.getuid(), -1)",
    "an owner of an open file": "os.fchown(os.open(path, os.O_RDONLY), os.getuid(), -1)",
    "a time": "os.utime(path, (1, 1))",
    "a time of an open file": "os.utime(os.open(path, os.O_RDONLY), (1, 1))",
    "an attribute": "os.setxattr(path, 'user.x', b'x')",
    "an attribute of a link": "os.setxattr(path, 'user.x', b'x', follow_symlinks=False)",
    "an attribute of an open file": "os.setxattr(os.open(path, os.O_RDONLY), 'user.x', b'x')",
    "an attribute's removal": "os.removexattr(path, 'user.x')",
    "an attribute's removal from a link": "os.removexattr(path, 'user.x', follow_symlinks=False)",
    "an attribute's removal from an open file": "os.removexattr(os.open(path, os.O_RDONLY), 'user.x')",
}
OLD = {
    "a time in seconds": "call('utime', path.encode(), None)",
    "a time in microseconds": "call('utimes', path.encode(), None)",
    "a time below a folder": "call('futimesat', -100, path.encode(), None)",
}
"""Calls that only x86-64 has."""
NUMBERS = {
    "x86_64": {
        "tkill": 200,
        "tgkill": 234,
        "rt_sigqueueinfo": 129,
        "rt_tgsigqueueinfo": 297,
        "pidfd_getfd": 438,
        "unshare": 272,
        "utime": 132,
        "utimes": 235,
        "futimesat": 261,
    },
    "aarch64": {
        "tkill": 130,
        "tgkill": 131,
        "rt_sigqueueinfo": 138,
        "rt_tgsigqueueinfo": 240,
        "pidfd_getfd": 438,
        "unshare": 97,
    },
}
"""System calls for which Python has no function."""
ALLOWED = {
    "reading": "f = open(path); print(f.read(), end=''); f.close()",
    "threads": "t = threading.Thread(target=print, args=('kept',), kwargs={'end': ''}); t.start(); t.join()",
    "its own limits": "resource.prlimit(os.getpid(), resource.RLIMIT_CORE, (0, 0)); print('kept', end='')",
    "a signal to itself": "call('tgkill', os.getpid(), threading.get_native_id(), 0); print('kept', end='')",
    "a pair of sockets": "[s.close() for s in socket.socketpair()]; print('kept', end='')",
}


def run(how: str, action: str, path: Path) -> subprocess.CompletedProcess[str]:
    script = textwrap.dedent(f"""
        import ctypes, os, resource, signal, socket, struct, subprocess, sys, threading
        from kg.store.pool.sandbox import limit_files, limit_memory, limit_processor, sandbox
        path = sys.argv[1]
        libc = ctypes.CDLL(None, use_errno=True)
        info = ctypes.create_string_buffer(struct.pack("iii", 0, 0, -1), 128)  # SI_QUEUE
        def call(name, *arguments):
            if libc.syscall({NUMBERS[platform.machine()]}[name], *arguments) < 0:
                raise OSError(ctypes.get_errno(), name)
        {how}
        try:
            {action}
        except PermissionError:
            print("refused")
    """)
    command = [sys.executable, "-W", "error", "-c", script, str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "file"
    file.write_text("kept")
    return file


@pytest.mark.parametrize("action", OUTWARD.values(), ids=OUTWARD)
@pytest.mark.parametrize("how", ["assert sandbox()", "assert sandbox(read_only=True)"], ids=["writer", "worker"])
def test_nothing_reaches_out_of_the_process(how: str, action: str, path: Path) -> None:
    assert run(how, action, path).stdout == "refused\n"


@pytest.mark.parametrize("action", CHANGING.values(), ids=CHANGING)
def test_no_file_is_changed_by_a_worker(action: str, path: Path) -> None:
    assert run("assert sandbox(read_only=True)", action, path).stdout == "refused\n"
    assert path.read_text() == "kept"
    assert [found.name for found in path.parent.iterdir()] == ["file"]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="other processors never had these calls")
@pytest.mark.parametrize("action", OLD.values(), ids=OLD)
def test_no_time_of_a_file_is_changed_by_an_older_call(action: str, path: Path) -> None:
    assert run("assert sandbox(read_only=True)", action, path).stdout == "refused\n"


def test_who_ends_by_itself_does_so(path: Path) -> None:
    assert run("assert sandbox(read_only=True)", "os.abort()", path).returncode == -6  # SIGABRT


@pytest.mark.parametrize("action", ALLOWED.values(), ids=ALLOWED)
def test_what_an_engine_needs_is_allowed(action: str, path: Path) -> None:
    done = run("assert sandbox(read_only=True); limit_files()", action, path)
    assert (done.stdout, done.stderr) == ("kept", "")


def test_a_deadly_filter_ends_the_process(path: Path) -> None:
    assert run("assert sandbox(deadly=True)", "socket.socket()", path).returncode == -31  # SIGSYS


def test_processor_time_ends(path: Path) -> None:
    endless = "[None for _ in iter(int, 1)]"
    assert run("limit_memory(2_000_000_000); limit_processor(0.5)", endless, path).returncode == -24  # SIGXCPU


def test_no_file_grows(path: Path) -> None:
    done = run("limit_files()", "open(path, 'a').write('x'); raise SystemExit(1)", path)
    assert done.returncode != 0
    assert path.read_text() == "kept"
