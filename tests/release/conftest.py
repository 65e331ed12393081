"""Folders of small releases for tests of what is done to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.releasing import publish_values
from kg.release.publish import Releases


@pytest.fixture
def four(tmp_path: Path) -> Releases:
    """Four releases, each with one more quad; the last is active."""
    releases = Releases(tmp_path / "releases")
    for count in range(1, 5):
        publish_values(releases, *map(str, range(count)))
    return releases
