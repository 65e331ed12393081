"""Fixtures: one release of the real data and one running server for the tests that only read."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helpers.serving import HOME, Server
from helpers.storing import directory, pool
from kg.release.bounds import collect_rarely
from kg.release.manifest import Manifest
from kg.release.work.build import build
from kg.settings import Settings, read_settings
from kg.store.pool.process import FORKS

__all__ = ["directory", "pool"]


def pytest_collection_finish() -> None:
    """Have Python look for garbage rarely: among thousands of tests it took a fifth of the time of those that parse."""
    collect_rarely()


def pytest_unconfigure() -> None:
    """End the process that forks the query workers of the pools in this process."""
    FORKS.end()


FIRST = (
    "browser/annotate/test_annotate.py",
    "browser/",
    "web/pages/test_asking.py",
    "test_annotate.py",
    "corpus/validation/test_changes.py",
    "corpus/validation/test_advice.py",
    "web/documents/test_dereference.py",
    "release/test_description.py",
)
"""What takes longest, by the beginning of its path: it begins first, so that all workers end together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first; files stay whole, since their tests share what they start."""
    items.sort(key=lambda item: place_of(item.path.relative_to(HOME / "tests").as_posix()))


def place_of(path: str) -> int:
    """Return the place of a file among those that begin first."""
    return next((place for place, start in enumerate(FIRST) if path.startswith(start)), len(FIRST))


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a copy, for this worker alone, of the folder of releases that the first to want it makes for all."""
    top = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has a folder below that of the run
        top = top.parent
    original, made = top / f"{name}-for-all", top / f"{name}-is-made"
    with (top / f"{name}-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            make(original)
            made.touch()
    return shutil.copytree(original, factory.mktemp(name) / "releases")


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The settings of the checkout, with the texts that KG_TEXTS names."""
    return read_settings().with_(home=HOME)


@pytest.fixture(scope="session")
def releases(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one release of the real data. Tests that change releases make a folder of their own."""
    return made_once(tmp_path_factory, "real", lambda folder: build(settings.with_(releases=folder), lambda _: None))


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


# The sample: the invented article of data/valid with the real code lists and ontology, in a home of its own.

SAMPLE_DATA = HOME / "tests" / "data" / "valid"
SAMPLE_TEXTS = HOME / "tests" / "data" / "texts"


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample, for tests that only read; those that change it take ``sample``."""
    home = tmp_path_factory.mktemp("sample") / "home"
    shutil.copytree(HOME / "ontology", home / "ontology")
    shutil.copytree(HOME / "data" / "codes", home / "data" / "codes")
    shutil.copytree(SAMPLE_DATA, home / "data", dirs_exist_ok=True)
    shutil.copytree(HOME / "queries", home / "queries")
    return home


@pytest.fixture(scope="session")
def sample_release(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one release of the sample; ``releasing.begin`` copies it for tests that go on from it."""
    own = Settings(home=sample_home, texts=SAMPLE_TEXTS)
    return made_once(tmp_path_factory, "of-sample", lambda folder: build(own.with_(releases=folder), lambda _: None))


@pytest.fixture
def sample(sample_home: Path, tmp_path: Path) -> Settings:
    """Settings for a copy of the sample that the test may spoil; its text is available."""
    home = shutil.copytree(sample_home, tmp_path / "home")
    return Settings(home=home, releases=tmp_path / "releases", texts=SAMPLE_TEXTS)


@pytest.fixture(scope="session")
def real_texts() -> Path:
    """The folder of the real articles' texts, which the repository does not hold; a test is skipped without it."""
    texts = read_settings().texts
    if texts is None:
        pytest.skip("KG_TEXTS is not set, so the articles' texts are not available; name the folder that holds them")
    return texts


@pytest.fixture(scope="session")
def two_articles(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one release of two articles: the real one, and a copy of it that counts the same population."""
    folder = tmp_path_factory.mktemp("two-articles")
    data = shutil.copytree(HOME / "data", folder / "data")
    copy = shutil.copytree(data / "articles" / "florida-talks", data / "articles" / "other-talks")
    for path in copy.glob("*.ttl"):
        path.write_text(path.read_text("utf-8").replace("article/florida-talks", "article/other-talks"), "utf-8")
    observations = copy / "observations.ttl"
    counted = "<article/florida-talks/thing/civilians-in-the-war>"
    observations.write_text(observations.read_text("utf-8").replace("x:civilians-in-the-war", counted), "utf-8")
    build(settings.with_(releases=folder / "releases", data=data, texts=None), lambda _: None)
    return folder / "releases"


INVENTED = HOME / "tests" / "data" / "articles"


@pytest.fixture(scope="session")
def three_articles(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings for the repository's data with the two invented articles added, for tests that only read."""
    folder = tmp_path_factory.mktemp("three")
    data = shutil.copytree(HOME / "data", folder / "data")
    for article in sorted(INVENTED.iterdir()):
        target = data / "articles" / article.name
        target.mkdir()
        for path in article.glob("*.ttl"):
            shutil.copy(path, target)
        for kind in ("authority", "codes"):
            for path in (article / kind).glob("*.ttl"):
                shutil.copy(path, data / kind / f"{article.name}-{path.name}")
    return Settings(home=HOME, data=data, releases=folder / "releases")


@pytest.fixture(scope="session")
def grown(three_articles: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release of the three articles; its earlier release has the real one alone."""

    def make(folder: Path) -> None:
        build(Settings(home=HOME, releases=folder), lambda _: None)
        build(three_articles.with_(releases=folder), lambda _: None)

    return made_once(tmp_path_factory, "grown", make)
