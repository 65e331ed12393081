"""Reading Markdown: which files there are, and their links, anchors and code blocks."""

from __future__ import annotations

import re
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent.parent
SKIPPED = ("build", "data/articles", "dist", "releases", "tests", "texts")
"""Folders whose Markdown is no documentation; hidden ones are skipped, too."""
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def markdown_files() -> list[Path]:
    """Return every page of documentation in the repository."""
    found = (path for path in HOME.rglob("*.md") if not path.relative_to(HOME).as_posix().startswith(SKIPPED))
    return sorted(path for path in found if not any(p.startswith(".") for p in path.relative_to(HOME).parts))


def links(text: str) -> list[str]:
    """Return the targets of all links and pictures, those in code left out."""
    prose = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))
    return [*re.findall(r"\]\(([^()\s]+)\)", prose), *re.findall(r"(?:src|href)=\"([^\"]+)\"", prose)]


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them; a repeated one gets a number."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", _FENCE.sub("", text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        base = name = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = 0
        while name in found:
            number += 1
            name = f"{base}-{number}"
        found.add(name)
    return found


def blocks(text: str, language: str) -> list[str]:
    """Return the fenced code blocks of a language."""
    return re.findall(rf"^```{re.escape(language)}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
