"""Promises of the parent of query workers: what it cannot do for one of them costs no other."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.storing import ENDLESS, child_pids, is_running, is_well, start
from helpers.waiting import wait_until
from kg.errors import QueryTimeout
from kg.store import Query
from kg.store.pool.process import ForkServer

FAILING_FORK = """
import errno, os, pathlib
def fork(usual=os.fork, full=pathlib.Path(__file__).with_name("full")):
    if full.exists():
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return usual()
os.fork = fork
"""
"""What Python runs first in the parent: while there is a file, no process can be forked, as where too many run."""


@pytest.fixture
def forks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ForkServer:
    """The parent of all workers that the test starts."""
    (tmp_path / "sitecustomize.py").write_text(FAILING_FORK)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    forks = ForkServer()
    for module in ("process", "embedded"):
        monkeypatch.setattr(f"kg.store.pool.{module}.FORKS", forks)
    return forks


def lack_processes(_: int, folder: Path) -> Callable[[], None]:
    """Let no more processes be forked; return what lets them again."""
    (folder / "full").touch()
    return (folder / "full").unlink


def lack_files(number: int, _: Path) -> Callable[[], None]:
    """Let a process open no more files; return what lets it again."""
    if sys.platform != "linux":
        pytest.skip("needs prlimit(2)")
    import resource

    usual = resource.prlimit(number, resource.RLIMIT_NOFILE)
    resource.prlimit(number, resource.RLIMIT_NOFILE, (3, usual[1]))
    return lambda: resource.prlimit(number, resource.RLIMIT_NOFILE, usual) and None


@pytest.mark.parametrize("lack", [lack_processes, lack_files])
def test_a_worker_that_cannot_be_forked_ends_no_other_and_is_forked_once_it_can(
    directory: Path,
    forks: ForkServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    lack: Callable[[int, Path], Callable[[], None]],
) -> None:
    with start(directory, query_seconds=0.4) as pool:
        parent, before = forks._process, child_pids(pool)
        assert parent is not None
        end = lack(parent.pid, tmp_path)
        with pytest.raises(QueryTimeout):
            pool.query(Query(ENDLESS))
        assert wait_until(lambda: "could not be replaced" in caplog.text)
        assert is_well(pool)
        end()
        assert wait_until(lambda: pool.stats().alive == pool.stats().wanted)
        assert sum(map(is_running, before)) == len(before) - 1
        assert forks._process is parent
