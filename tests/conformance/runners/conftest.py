"""What the replayed suites share: a server of a scratch release, which has no shapes and so no gate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helpers.writing import Scratch


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    running = Scratch(tmp_path_factory.mktemp("scratch") / "releases")
    yield running
    running.stop()
