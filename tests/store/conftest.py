"""A service for a test of its own, and a folder of releases for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.engines.services import Oxigraph
from helpers.releasing import FIRST, publish
from kg.release.publish import Releases


@pytest.fixture
def service() -> Iterator[Oxigraph]:
    running = Oxigraph()
    yield running
    running.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Releases:
    """A folder with the release FIRST."""
    releases = Releases(tmp_path / "releases")
    publish(releases, FIRST)
    return releases
