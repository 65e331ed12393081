"""Which files make which named graph, and a key that stays while a graph need not be read again.

``data/articles/<slug>/`` is a graph of its own, and the authority records, the code lists, the ontology, the shapes
and the stored queries are one each.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.corpus.sources.files import read_bytes
from kg.errors import DataError
from kg.settings import Settings
from kg.terms import SLUG, Iris

Reading = Callable[[Path], None]
"""Called with each file before it is read."""

ONTOLOGY_FILES = {
    "kg.ttl": "ontology",
    "statements.ttl": "ontology",
    "wording.ttl": "ontology",
    "links.ttl": "ontology",
    "figures.ttl": "ontology",
    "time.ttl": "ontology",
    "entities.ttl": "ontology",
    "alignments.ttl": "ontology",
    "shapes.ttl": "shapes",
    "record-shapes.ttl": "shapes",
    "check-shapes.ttl": "shapes",
    "term-shapes.ttl": "shapes",
}
"""Files of the ontology folder and the graph of each."""

OTHER_SUFFIXES = (".jsonld", ".n3", ".nq", ".nt", ".owl", ".rdf", ".trig", ".ttl", ".xml")
"""Ends of the names of files that hold RDF; of these, only .ttl in small letters is read."""

CORRECTIONS = "cutting.toml"
"""File of an article's folder that is not of Turtle."""
FOLDER_VIEWS = ("Thumbs.db", "desktop.ini")
"""Files in which Windows keeps how a folder is shown."""

RECORDS = ("authority", "codes")
"""Folders of the data folder that are one graph each."""

QUERIES = "queries"
"""Short name of the graph of the stored queries."""


@dataclass(frozen=True, slots=True)
class Source:
    """A named graph and the files that it is made of, in the order of their names.

    There are thousands, and most are only asked whether they changed: a path is a string until a file is read.
    """

    graph: str
    paths: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The paths of the files."""
        return tuple(map(Path, self.paths))

    def digest(self, settings: Settings) -> str:
        """Return the SHA-256 of the files' names and contents; raises DataError as kg.corpus.sources.files does."""
        whole = hashlib.sha256()
        for path in self.files:
            content = read_source(path, settings)
            whole.update(f"{path.name} {len(content)}\n".encode())
            whole.update(content)
        return whole.hexdigest()


def read_source(path: Path, settings: Settings) -> bytes:
    """Return what a file of the data, ontology or query folder holds; raises DataError as ``digest`` does."""
    folders = (settings.data_dir, settings.ontology_dir, settings.queries_dir)
    folder = next(folder for folder in folders if path.is_relative_to(folder))
    return read_bytes(path, folder, settings.check_bytes)


def find_sources(settings: Settings, only: str | None = None) -> list[Source]:
    """Return the sources of all graphs, those that others depend on first, then the articles in the order of slugs.

    With ``only``, of the articles just the one of that slug. Raises DataError where a folder is missing or empty, so
    that nothing is ever reported as sound because nothing was read, and for RDF that would never be read.
    """
    iris = Iris(settings.base_iri)
    found: dict[str, list[str]] = {}
    read: set[str] = set()
    for path, name in _files(settings):
        read.add(path)
        if only is None or not name.startswith("article/") or name == f"article/{only}":
            found.setdefault(name, []).append(path)
    _refuse_strays(settings, read)
    found[QUERIES] = [str(path) for path in sorted(settings.queries_dir.rglob("*.rq"))]
    order = sorted(found, key=lambda name: name.startswith("article/"))
    return [Source(iris.graph(name), tuple(found[name])) for name in order]


def _files(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, graph_name in ONTOLOGY_FILES.items():
        path = settings.ontology_dir / name
        if not path.is_file():
            raise DataError(f"{path} is missing. Run kg in the folder that holds ontology/, or set KG_HOME to it.")
        yield f"{settings.ontology_dir}/{name}", graph_name
    data = settings.data_dir
    if not data.is_dir():
        raise DataError(f"{data} is not a folder. Name the data folder, as in: kg check data")
    for name in RECORDS:
        found = _turtle_in(f"{data}/{name}")
        if not found:
            raise DataError(f"{data / name} holds no .ttl file. A data folder needs authority/, codes/ and articles/.")
        yield from ((path, name) for path in found)
    yield from _files_of_articles(f"{data}/articles")


def _files_of_articles(articles: str) -> Iterator[tuple[str, str]]:
    slugs = [slug for slug in _names_in(articles) if os.path.isdir(f"{articles}/{slug}")]  # noqa: PTH112
    if not slugs:
        raise DataError(f"{articles} holds no article. Start one with: kg new SLUG --text FILE")
    for slug in slugs:
        folder = f"{articles}/{slug}"
        if not SLUG.fullmatch(slug):
            raise DataError(f"{folder}: name an article's folder with lower-case letters, digits and hyphens.")
        found = _turtle_in(folder)
        if not found:
            raise DataError(f"{folder} holds no .ttl file. Remove the folder or restore its files.")
        yield from ((path, f"article/{slug}") for path in found)


def _turtle_in(folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in _names_in(folder) if name.endswith(".ttl")]


def _names_in(folder: str) -> list[str]:
    """Return what a folder holds, in order; nothing where there is none."""
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - of thousands
    except (FileNotFoundError, NotADirectoryError):
        return []


def _refuse_strays(settings: Settings, read: Container[str]) -> None:
    """Raise DataError for a file that is not read and holds RDF, or is an article's: nothing in it could be wrong."""
    folders = (settings.data_dir, settings.ontology_dir)
    strays = sorted(path for folder in folders for path in _rdf_below(folder) if path not in read)
    if strays and not strays[0].endswith(".ttl"):
        raise DataError(f"{strays[0]} is never read: data are Turtle, in files called .ttl. Convert it, or remove it.")
    if strays:
        raise DataError(f"{strays[0]} is never read. Move it into authority/, codes/ or articles/SLUG/, or remove it.")
    for path in sorted(_others_below(settings.data_dir / "articles")):
        raise DataError(
            f"{path} is never read: an article's folder holds files called .ttl, and {CORRECTIONS}. Give it its right"
            " name, or keep it elsewhere."
        )


def _rdf_below(folder: Path) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in (*names, *folders):
            if name.lower().endswith(OTHER_SUFFIXES):
                yield f"{parent}/{name}"


def _others_below(articles: Path) -> Iterator[str]:
    """Yield the files of articles' folders that are neither Turtle, nor corrections of the cut, nor an editor's copies.

    Editors of texts write copies while they work, and hidden ones; so do git and browsers of folders.
    """
    for parent, folders, names in os.walk(articles):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            is_copy = name.startswith((".", "#")) or name.endswith(("~", ".orig")) or name in FOLDER_VIEWS
            if parent != str(articles) and name != CORRECTIONS and not name.endswith(".ttl") and not is_copy:
                yield f"{parent}/{name}"
