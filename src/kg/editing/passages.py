"""Where in the files of an article is what a passage says: below the comment line that names the passage.

There is such a line for each passage from the start, so that two editors who work on different passages never write at
the same place, and their changes merge.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from kg.corpus.evidence.anchors import ANCHOR, anchor
from kg.editing.desk import Desk
from kg.editing.turtle import Block, Edit, Turtle
from kg.errors import DataError

_STATEMENT = re.compile(r"/statement/([^/#-]+)-")


class Places:
    """Finds the place for what is new on a passage."""

    def __init__(self, desk: Desk, folder: Path, numbers: Mapping[str, int]) -> None:
        """Take the folder of an article, and the number of each passage by its name."""
        self._desk, self._numbers = desk, numbers
        self._paths = sorted(folder.glob("statements*.ttl"))
        if not self._paths:
            raise DataError(f"{folder} has no file of statements. Make statements-001.ttl as kg new does.")

    def stage(self, name: str, text: str) -> Path:
        """Put blocks at the end of what is said in a passage, and return their file."""
        path, edit = self._edit(name, text)
        self._desk.edit(path, [edit])
        return path

    def turtle(self, name: str) -> Turtle:
        """Return the file to which something new on a passage is written."""
        return self._desk.turtle(self._edit(name, "")[0])

    def _edit(self, name: str, text: str) -> tuple[Path, Edit]:
        for path in self._paths:
            found = self._below_anchor(self._desk.turtle(path), name, text)
            if found is not None:
                return path, found
        path, after = self._by_number(self._numbers.get(name, 0))
        turtle = self._desk.turtle(path)
        first = next((block for block in turtle.blocks if "/statement/" in block.subject), None)
        whole = f"{anchor(name)}\n\n{text}"
        return path, turtle.insertion(after, whole) if after or not first else turtle.preceding(first, whole)

    def _below_anchor(self, turtle: Turtle, name: str, text: str) -> Edit | None:
        lines = list(ANCHOR.finditer(turtle.text))
        place = next((number for number, match in enumerate(lines) if match[1] == name), None)
        if place is None:
            return None
        start = lines[place].end()
        end = lines[place + 1].start() if place + 1 < len(lines) else len(turtle.text)
        inside = [block for block in turtle.blocks if start <= block.start < end]
        if inside:
            return turtle.insertion(inside[-1], text)
        return turtle.below(start, text)

    def _by_number(self, number: int) -> tuple[Path, Block | None]:
        """Return the file, and the block after which the statements of a passage come: by the order of passages."""
        last: tuple[Path, Block] | None = None
        for path in self._paths:
            for block in self._desk.turtle(path).blocks:
                match = _STATEMENT.search(block.subject)
                if match and self._numbers.get(match[1], 0) <= number:
                    last = (path, block)
        return last or (self._paths[0], None)
