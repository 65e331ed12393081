"""Files of a data folder as an editor's command changes them: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kg.corpus.sources.files import read_bytes
from kg.editing.turtle import Block, Edit, Turtle, apply, require_turtle
from kg.errors import DataError
from kg.journal import recover, write_all
from kg.settings import Settings
from kg.terms import Iris


class Desk:
    """The files of a data folder, with changes that are not written yet."""

    def __init__(self, settings: Settings) -> None:
        """Open the folder of the settings; nothing is read before it is asked for.

        What a command that was killed left half written is completed first.
        """
        self.settings, self.iris = settings, Iris(settings.base_iri)
        self.data = settings.data_dir
        recover(self.data)
        self._read: dict[Path, Turtle] = {}
        self._changed: dict[Path, str | None] = {}
        self._found: dict[Path, bytes | None] = {}

    def article_folder(self, slug: str) -> Path:
        """Return the folder of an article; raises DataError where there is none."""
        folder = self.data / "articles" / slug
        if not folder.is_dir():
            known = sorted(path.name for path in (self.data / "articles").glob("*") if path.is_dir())
            raise DataError(f"There is no article {slug}. There is {', '.join(known) or 'none'}.")
        return folder

    def paths(self) -> list[Path]:
        """Return all files of Turtle in the folder, those of shared records first."""
        folders = ("authority/*.ttl", "codes/*.ttl", "articles/*/*.ttl")
        return [path for pattern in folders for path in sorted(self.data.glob(pattern))]

    def turtle(self, path: Path) -> Turtle:
        """Return a file as it is now, changes included; raises DataError for what is no Turtle."""
        if path not in self._read:
            text = self._changed.get(path)
            if text is None:
                text = self._text(path)
            self._read[path] = Turtle(text, self.iris.base, str(path))
        return self._read[path]

    def _bytes(self, path: Path) -> bytes:
        return read_bytes(path, self.data, self.settings.check_bytes)

    def _text(self, path: Path) -> str:
        content = self._found.get(path)
        if content is None:
            content = self._found[path] = self._bytes(path)
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(f"{path} is not UTF-8 at byte {error.start}. Save it as UTF-8.") from None

    def find(self, subject: str, paths: Iterable[Path] | None = None) -> Iterator[tuple[Path, Block]]:
        """Give the blocks of a subject, each with its file."""
        for path in self.paths() if paths is None else paths:
            for block in self.turtle(path).find(subject):
                yield path, block

    def edit(self, path: Path, edits: Iterable[Edit]) -> None:
        """Make edits to a file."""
        found = list(edits)
        if found:
            self.put(path, apply(self.turtle(path).text, found))

    def put(self, path: Path, text: str | None) -> None:
        """Give a file this content, or take it away with None."""
        if path not in self._found:
            self._found[path] = self._bytes(path) if path.exists() else None
        self._changed[path] = text
        self._read.pop(path, None)

    def put_beside(self, path: Path, there: bytes | None, text: str) -> None:
        """Write a text outside the folder along with the files in it; ``there`` is what the caller found there."""
        self._found[path], self._changed[path] = there, text

    def text(self, path: Path) -> str | None:
        """Return what a file holds now, changes included, or None where there is none."""
        if path in self._changed:
            return self._changed[path]
        return self._text(path) if path.exists() else None

    def states(self) -> dict[Path, tuple[str | None, str | None]]:
        """Return each file that is to be written, with its text as it was read here and as it will be."""
        before = {path: content.decode("utf-8") for path, content in self._found.items() if content is not None}
        return {path: (before.get(path), text) for path, text in self._changed.items()}

    @property
    def changed(self) -> list[Path]:
        """The files that are to be written."""
        return sorted(self._changed)

    def write(self) -> None:
        """Write all changes, or none.

        Raises DataError where one would be no Turtle, where a file cannot be written, or was changed since it was read
        here.
        """
        require_turtle(self._changed, self.iris.base)
        texts = {path: None if text is None else text.encode("utf-8") for path, text in self._changed.items()}
        write_all(texts, self.data, self._found)
        for kept in (self._changed, self._found, self._read):
            kept.clear()
