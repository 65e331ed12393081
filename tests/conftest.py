"""Fixtures: one release of the real data and one running server for the tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import HOME, Server

from kg.release.build import build
from kg.release.manifest import Manifest
from kg.settings import Settings, read_settings


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings of the checkout, with the texts that KG_TEXTS names."""
    return read_settings().with_(home=HOME)


@pytest.fixture(scope="session")
def releases(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one release of the real data. Tests that change releases make a folder of their own."""
    folder = tmp_path_factory.mktemp("releases")
    build(settings.with_(releases=folder), lambda _: None)
    return folder


@pytest.fixture(scope="session")
def manifest(releases: Path) -> Manifest:
    """The manifest of that release."""
    from kg.release.publish import Releases

    return Releases(releases).active()


@pytest.fixture(scope="session")
def server(releases: Path) -> Iterator[Server]:
    """A running server of that release, for tests that only read."""
    running = Server(releases)
    yield running
    running.stop()
