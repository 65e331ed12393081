"""Guarantees of what a build remembers of files: unchanged ones are not read, and no change goes unnoticed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kg.corpus.sources import seen as remembering
from kg.corpus.sources.seen import Seen, status_of
from kg.corpus.sources.sources import Source

GRAPH = "http://example.org/graph/article/a"


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """A source of two files, which count as written long ago."""
    monkeypatch.setattr(remembering, "MOMENT", 0)
    paths = (tmp_path / "a.ttl", tmp_path / "b.ttl")
    for path in paths:
        path.write_text("<x:a> <x:b> 1 .\n")
    return Source(GRAPH, tuple(map(str, paths)))


def remember(source: Source, path: Path) -> Seen:
    seen = Seen(path)
    seen.note(source, "digest", status_of(source))
    seen.keep([source])
    return Seen(path)


def test_files_that_are_as_they_were_are_known(source: Source, tmp_path: Path) -> None:
    assert Seen(tmp_path / "seen.json").digest(source) is None
    assert remember(source, tmp_path / "seen.json").digest(source) == "digest"


def test_a_change_of_equal_length_whose_time_was_set_back_is_noticed(source: Source, tmp_path: Path) -> None:
    file = source.files[1]
    before = file.stat()
    seen = remember(source, tmp_path / "seen.json")
    file.write_text("<x:a> <x:b> 2 .\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert file.stat().st_mtime_ns == before.st_mtime_ns
    assert seen.digest(source) is None


def test_a_file_more_or_less_is_noticed(source: Source, tmp_path: Path) -> None:
    seen = remember(source, tmp_path / "seen.json")
    assert seen.digest(Source(GRAPH, source.paths[:1])) is None
    source.files[0].unlink()
    assert seen.digest(source) is None


def test_what_changed_a_moment_ago_is_read_again(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may change once more within the same time, and be as long."""
    monkeypatch.setattr(remembering, "MOMENT", 3_600_000_000_000)
    assert status_of(source) is None


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"form": 99, "sources": {}}', '{"form": 1, "sources": [1]}'])
def test_what_is_remembered_may_be_lost(source: Source, tmp_path: Path, content: str) -> None:
    (tmp_path / "seen.json").write_text(content)
    assert Seen(tmp_path / "seen.json").digest(source) is None
    assert remember(source, tmp_path / "seen.json").digest(source) == "digest"
