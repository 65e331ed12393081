"""Check a folder of data again whenever a file of it changes, and report what came and went."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from kg.settings import Settings

Check = Callable[[], str]
"""Gives the report of the data as text."""


def watch(settings: Settings, check: Check, wait: Callable[[], bool]) -> Iterator[str]:
    """Give the first report, and for each change of a file what is new in the report, what is gone, and its last line.

    ``wait`` is called between two looks at the files, and returns whether to look again.
    """
    seen, before = _state(settings), check()
    yield before
    while wait():
        now = _state(settings)
        if now != seen:
            seen, report = now, check()
            yield _difference(before, report)
            before = report


def _state(settings: Settings) -> dict[Path, tuple[int, int]]:
    """Return size and time of each file that is checked."""
    found: dict[Path, tuple[int, int]] = {}
    folders = (settings.data_dir, settings.ontology_dir, settings.queries_dir, settings.texts)
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder else ():
            if path.suffix in (".ttl", ".toml", ".rq", ".txt") and not path.name.startswith("."):
                try:
                    told = path.stat()
                except OSError:
                    continue  # just taken away, or being replaced
                found[path] = (told.st_size, told.st_mtime_ns)
    return found


def _difference(before: str, after: str) -> str:
    """Return the findings that are gone, those that are new, and the line that sums up.

    One that is on another line now, and is the same otherwise, is neither.
    """
    old, new = ({_without_line(line): line for line in text.splitlines()[:-1]} for text in (before, after))
    gone = [f"fixed: {line}" for key, line in old.items() if key not in new]
    came = [line for key, line in new.items() if key not in old]
    left = sum(": violation [" in line or ": warning [" in line for line in new.values()) - len(came)
    rest = [f"and {left} as before"] if left > 0 else []
    return "\n".join([*gone, *came, *rest, *after.splitlines()[-1:]]) + "\n"


def _without_line(line: str) -> str:
    place, space, rest = line.partition(": ")
    file, colon, number = place.rpartition(":")
    return f"{file}{space}{rest}" if colon and number.isdigit() else line
