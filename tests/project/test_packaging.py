"""What is installed without the repository: a ``kg`` that serves the first article, from a reproducible wheel."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from helpers.serving import HOME, Server

PARTS = ("src", "ontology", "data", "queries", "pyproject.toml", "README.md", "LICENSE")


def make_wheel(folder: Path) -> Path:
    """Return a wheel made of a copy of the sources, as somebody who has downloaded them makes it."""
    sources = folder / "sources"
    sources.mkdir(parents=True)
    for part in PARTS:
        path = HOME / part
        skip = shutil.ignore_patterns("__pycache__")
        shutil.copytree(path, sources / part, ignore=skip) if path.is_dir() else shutil.copy(path, sources / part)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1764288000", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([*command, "-w", str(folder), str(sources)], check=True, env=environment)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_wheel(tmp_path_factory.mktemp("wheel"))


def test_a_wheel_that_is_made_again_is_the_same_to_the_byte(wheel: Path, tmp_path: Path) -> None:
    again = make_wheel(tmp_path / "elsewhere")
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(wheel.read_bytes()).digest()


def test_a_wheel_holds_types_the_first_article_and_no_text(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "kg/py.typed" in names
    for part in ("ontology", "data", "queries"):
        held = {name.removeprefix("kg/first/") for name in names if name.startswith(f"kg/first/{part}/")}
        assert held == {str(path.relative_to(HOME)) for path in (HOME / part).rglob("*") if path.is_file()}


def test_an_installed_kg_serves_the_first_article_in_an_empty_folder(
    wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed, empty = tmp_path / "installed", tmp_path / "empty"
    zipfile.ZipFile(wheel).extractall(installed)
    empty.mkdir()
    monkeypatch.chdir(empty)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    running = Server(empty / "releases", KG_HOME="", KG_TEXTS="")
    try:
        assert "Territory" in running.get("/doc/issue-territory", "text/html").text
    finally:
        running.stop()
    assert sorted(path.name for path in empty.iterdir()) == ["releases"]
