"""Promises of the memory by which long answers reach the front: whole, in a file, and none of it stays behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pyoxigraph import Store

from helpers.disks import mount_small, unmount
from helpers.storing import child_pids, is_well, start
from kg.errors import EngineUnavailable, QueryTooLarge
from kg.store import ROW_TYPES, Query
from kg.store.evaluation.evaluate import evaluate
from kg.store.pool.embedded import Pool
from kg.store.pool.shared import KEPT_BYTES, Shared, map_shared
from kg.store.pool.wire import SPOOL_BYTES

PIECE = 16_000


def ask(size: int) -> str:
    """Return a query whose answer in CSV is its only name, a line of so many bytes, and their ends."""
    return f"SELECT (CONCAT({', '.join(['?x'] * (size // PIECE))}) AS ?y) {{ BIND('{'z' * PIECE}' AS ?x) }}"


def csv(size: int) -> bytes:
    """Return that answer (SPARQL 1.1 Query Results CSV §3)."""
    return b"y\r\n" + b"z" * (size // PIECE * PIECE) + b"\r\n"


@pytest.mark.parametrize("size", [PIECE, SPOOL_BYTES - PIECE, SPOOL_BYTES + PIECE, KEPT_BYTES + PIECE])
def test_answers_of_every_length_come_whole_one_after_the_other(pool: Pool, size: int) -> None:
    for length in (size, PIECE, size):
        text = ask(length)
        assert pool.query(Query(text, "text/csv")).body == csv(length)
        found = pool.query(Query(text, "text/csv", spooled=True))
        assert (found.file is not None) == (len(csv(length)) > SPOOL_BYTES)
        if found.file is None:
            assert found.body == csv(length)
        else:
            with found.file as file:
                assert file.tell() == len(csv(length))
                file.seek(0)
                assert file.read() == csv(length)


def test_a_long_answer_leaves_no_memory_behind_and_a_shorter_one_leaves_it_to_the_next() -> None:
    shared = Shared(2 * KEPT_BYTES)
    memory = map_shared(os.dup(shared.fileno()))
    memory[:KEPT_BYTES] = b"a" * KEPT_BYTES
    assert shared.read(KEPT_BYTES) == b"a" * KEPT_BYTES
    assert os.fstat(shared.fileno()).st_blocks * 512 >= KEPT_BYTES
    memory[: KEPT_BYTES + 1] = b"b" * (KEPT_BYTES + 1)
    with shared.copy(KEPT_BYTES + 1) as file:
        assert os.fstat(file.fileno()).st_size == KEPT_BYTES + 1
    assert os.fstat(shared.fileno()).st_blocks == 0
    memory[:3] = b"new"  # the worker goes on with what it has mapped
    assert shared.read(3) == b"new"
    memory.close()
    shared.close()


def test_memory_that_a_worker_made_shorter_ends_the_answer_and_not_the_front() -> None:
    shared = Shared(1_000_000)
    os.truncate(shared.fileno(), 10)
    for take in (shared.read, shared.copy):
        with pytest.raises(EOFError):
            take(11)
    shared.close()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of temporary files, with room for 524,288 bytes: two whole pieces of an answer and a part of one."""
    if not mount_small(tmp_path, "512k"):
        pytest.skip("no small file system can be mounted here: it takes root")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield tmp_path
    unmount(tmp_path)


def test_a_disk_that_gets_full_ends_the_answer_and_never_shortens_it(small: Path) -> None:
    with closing(Shared(600_000)) as shared:
        for size in (600_000, 700_000):  # the piece that does not fit is the last, and the last but one
            os.truncate(shared.fileno(), size)
            with pytest.raises(OSError, match="No space left on device"):
                shared.copy(size)
            assert shutil.disk_usage(small).used == 0
        with shared.copy(524_288) as file:
            assert os.fstat(file.fileno()).st_size == 524_288


@pytest.mark.usefixtures("small")
def test_a_long_answer_that_the_disk_cannot_take_is_told_and_a_shorter_one_comes_whole(directory: Path) -> None:
    with start(directory) as pool:
        for _ in range(2):
            with pytest.raises(EngineUnavailable, match=r"cannot keep an answer of 592,005 bytes .*No space left"):
                pool.query(Query(ask(592_000), "text/csv", spooled=True))
            found = pool.query(Query(ask(512_000), "text/csv", spooled=True))
            assert found.file is not None
            with found.file as file:
                file.seek(0)
                assert file.read() == csv(512_000)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_worker_holds_its_own_memory_and_the_front_that_of_living_workers(directory: Path) -> None:
    def held(process: str) -> int:
        links = [str(link.readlink()) for link in Path(f"/proc/{process}/fd").iterdir() if link.is_symlink()]
        return sum("kg-answer" in link for link in links)

    before = held("self")
    with start(directory, workers=2) as pool:
        assert [held(str(pid)) for pid in child_pids(pool)] == [1] * len(child_pids(pool))
        assert held("self") == before + len(child_pids(pool))
        assert is_well(pool)
    assert held("self") == before


def test_an_answer_that_xml_makes_longer_than_may_be_is_an_error() -> None:
    """A carriage return takes five bytes in XML (XML 1.0 §2.11)."""
    query = Query("SELECT ('" + r"\r" * 1_000 + "' AS ?x) {}", ROW_TYPES[1])
    whole = evaluate(Store(), query, 10_000, 1, network_denied=True)
    assert whole.body.count(b"&#13;") == 1_000
    with pytest.raises(QueryTooLarge, match="longer than 5,000 bytes") as caught:
        evaluate(Store(), query, 5_000, 1, network_denied=True)
    assert caught.value.limit == "answer-bytes"
