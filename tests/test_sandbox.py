"""What the kernel refuses a query worker, each tried in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")

OUTWARD = {
    "a socket": "socket.socket()",
    "a program": "os.execv('/bin/true', ['true'])",
    "a child": "os.fork()",
    "a child by way of a program": "subprocess.run(['/bin/true'])",
    "a signal": "os.kill(os.getppid(), 0)",
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
}
ALLOWED = {
    "reading": "f = open(path); print(f.read(), end=''); f.close()",
    "threads": "t = threading.Thread(target=print, args=('kept',), kwargs={'end': ''}); t.start(); t.join()",
    "a pair of sockets": "[s.close() for s in socket.socketpair()]; print('kept', end='')",
}


def run(how: str, action: str, path: Path) -> subprocess.CompletedProcess[str]:
    script = textwrap.dedent(f"""
        import os, socket, subprocess, sys, threading
        from kg.store.sandbox import limit_files, limit_memory, limit_processor, sandbox
        path = sys.argv[1]
        {how}
        try:
            {action}
        except PermissionError:
            print("refused")
    """)
    command = [sys.executable, "-W", "error", "-c", script, str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


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
