"""Which pages, and which parts of pages, are generated, and from what."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from documents.packages import draw, list_packages
from documents.reference import commands_page, settings_page

HOME = Path(__file__).resolve().parent.parent.parent

PAGES: dict[str, Callable[[], str]] = {"docs/settings.md": settings_page, "docs/commands.md": commands_page}
"""Path of a page → what makes it."""

PARTS: dict[str, Callable[[], str]] = {
    "packages": lambda: draw("kg"),
    "web": lambda: draw("kg.web"),
    "contents": list_packages,
}
"""Name of a part of docs/internals.md, which is between two comments → what makes it."""

_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def contents() -> dict[Path, str]:
    """Return what each file with something generated in it is to hold."""
    internals = HOME / "docs" / "internals.md"
    text = _PART.sub(lambda found: found[1] + PARTS[found[2]]() + found[3], internals.read_text(encoding="utf-8"))
    return {HOME / path: page() for path, page in PAGES.items()} | {internals: text}
