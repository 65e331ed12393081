"""Promises of the plans of queries: one that cannot be made is told, and costs no later one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.disks import mount_small, unmount
from helpers.storing import ENDLESS, start
from kg.errors import EngineUnavailable
from kg.store import Query


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of temporary files, on a small disk."""
    if not mount_small(tmp_path, "8m"):
        pytest.skip("no small file system can be mounted here: it takes root")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    unmount(tmp_path)


def test_a_plan_without_room_for_an_empty_store_is_told_and_the_next_is_made(directory: Path, small: Path) -> None:
    filler = small / "filler"
    filler.write_bytes(bytes(8 * 2**20))
    with start(directory, query_seconds=0.4) as pool:
        with pytest.raises(EngineUnavailable, match="No empty store can be made"):
            pool.explain(Query(ENDLESS))
        filler.unlink()
        plan = pool.explain(Query(ENDLESS))
        assert (plan.is_complete, plan.root.seconds) == (False, None)
        assert list(small.iterdir()) == []
