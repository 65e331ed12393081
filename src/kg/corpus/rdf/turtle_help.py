"""What a parser of Turtle stumbled over → the line to be corrected, and how.

A parser stops at the first unexpected token. What is missing is often on a line before it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches

_TEXT = re.compile(r'"""|"(?:[^"\\]|\\.)*"|<[^>\s]*>')
_HASH = re.compile(r"(?<![\s\\])#")
_SUBJECT = re.compile(r"(?:[\w.-]*:\S|<)")
_UNDECLARED = re.compile(r"prefix ([\w.-]*): has not been declared")
_DECLARED = re.compile(r"^@?prefix\s+([\w.-]*):", re.IGNORECASE)
_CURLY = re.compile("[“”„‟«»]")
_CONFLICT = re.compile(r"(?:<{7}|\|{7}|>{7}) ")
_BETWEEN = re.compile(r"={7}\s*$")
"""The mark between two versions, which may be a line of a text, too."""
_BOTH = (
    "git put two versions here, since both changed: one from <<<<<<< to =======, the other to >>>>>>>."
    " Keep what is right of both, and take out these marks."
)
_UNLIKE = "Correct the line, or the end of the one before it."


def explain(lines: Sequence[str], line: int, why: str) -> tuple[int, str]:
    """Return the line, from 1, to be corrected, and what is wrong there, of a parser's line and reason."""
    here = lines[line - 1] if line <= len(lines) else ""
    conflict = next((number for number, one in enumerate(lines[:line], 1) if _CONFLICT.match(one)), None)
    if conflict or _BETWEEN.match(here):
        return conflict or line, _BOTH
    if "Line jumps are not allowed" in why:
        return line, "the quotation mark that opens a text on this line is not closed. Close it."
    unknown = _UNDECLARED.search(why)
    if unknown:
        return line, _undeclared(unknown[1], [m[1] for one in lines if (m := _DECLARED.match(one))])
    if _CURLY.search(_TEXT.sub("", here).partition("#")[0]):
        return line, 'a text is put in straight quotation marks, as in "text"@en; these are curly. Replace them.'
    opening = _unclosed(lines[:line])
    if "]" in why and opening:
        return opening, "the bracket that opens on this line is not closed. Close it with ]."
    if "dot is expected" in why:
        return _ended_wrongly(lines, line) or (line, f"{why}. {_UNLIKE}")
    return line, f"{why}. {_UNLIKE}"


def _undeclared(prefix: str, declared: Sequence[str]) -> str:
    near = get_close_matches(prefix, declared, 1)
    meant = f"Is {near[0]}: meant?" if near else "Correct it, or declare it at the head of the file."
    return f"no line declares the prefix {prefix}:. {meant}"


def _ended_wrongly(lines: Sequence[str], line: int) -> tuple[int, str] | None:
    """Return the line before, if that is where a mark is missing or wrong."""
    before = next((n for n in range(line - 1, 0, -1) if _code(lines[n - 1])), None)
    if before is None:
        return None
    if _HASH.search(_TEXT.sub('""', lines[before - 1])):
        return before, r"from # on, a line is a comment. In a name write \#, as in s:007-2\#w1."
    end = _code(lines[before - 1])[-1]
    if end in ";.":
        return None
    if _SUBJECT.match(lines[line - 1]):
        return before, "a full stop is missing at the end of this line, before the next thing begins. Add it."
    if end == ",":
        return before, "a comma joins values of one property, and here another property follows. Put a semicolon."
    return before, "a semicolon is missing at the end of this line, before the next property. Add it."


def _code(line: str) -> str:
    """Return a line without its comment and the spaces around it."""
    plain = _TEXT.sub('""', line)
    comment = re.search(r"(?:^|\s)#", plain)
    return (plain[: comment.start()] if comment else plain).strip()


def _unclosed(lines: Sequence[str]) -> int | None:
    """Return the line of the last opening bracket that none closes."""
    opened: list[int] = []
    for number, line in enumerate(lines, 1):
        for mark in re.findall(r"[\[\]]", _code(line)):
            if mark == "[":
                opened.append(number)
            elif opened:
                opened.pop()
    return opened[-1] if opened else None
