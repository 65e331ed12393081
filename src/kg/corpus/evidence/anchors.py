"""Comment lines that name the passages of an article, each above what the passage says.

They keep what two editors write on different passages apart, so that it merges line by line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

ANCHOR = re.compile(r"^# Passage p:([^\s,.]+)\r?$", re.MULTILINE)


def anchor(name: str) -> str:
    """Return the line that names a passage."""
    return f"# Passage p:{name}"


def anchored(text: str, names: Sequence[str]) -> str:
    """Return a file of statements with a line for each passage in order, and none for a passage that there is not."""
    known, newline = set(names), "\r\n" if "\r\n" in text else "\n"
    lines = re.compile(ANCHOR.pattern + r"\n(?:\r?\n)?", re.MULTILINE)
    kept = lines.sub(lambda match: match[0] if match[1] in known else "", text)
    for place, name in enumerate(names):
        there = {match[1]: match.start() for match in ANCHOR.finditer(kept)}
        if name not in there:
            following = next((there[other] for other in names[place + 1 :] if other in there), len(kept))
            before = kept[:following].rstrip("\r\n")
            kept = f"{before}{2 * newline}{anchor(name)}{2 * newline}{kept[following:]}"
    return kept.rstrip("\r\n") + newline
