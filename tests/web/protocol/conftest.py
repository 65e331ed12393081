"""Servers that take writes, for the tests of the protocol's modules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.writing import Scratch, WritingServer


@pytest.fixture(scope="module")
def gated(releases: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WritingServer]:
    """A server of the real data that takes writes."""
    running = WritingServer(shutil.copytree(releases, tmp_path_factory.mktemp("gated") / "releases"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """A server of an empty release without shapes."""
    running = Scratch(tmp_path_factory.mktemp("scratch") / "releases", KG_WRITE_BYTES="400000")
    yield running
    running.stop()
