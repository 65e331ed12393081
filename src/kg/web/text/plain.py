"""What data say, shown so that it cannot pass for something else: the ``finalize`` of every template.

Jinja escapes markup. Beyond that, a character that turns the direction of what follows, or controls a terminal, is
shown by its number; and what is very long is cut on the page, and says so. Templates need do nothing for that, but:

- what a reader sends back or copies, as a query in its form, is written ``{{ text | as_sent }}``;
- an address in ``href``, ``src`` or ``action`` from the data is a Resource's ``path``, or passes ``is_web_link``.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from kg.web.text.language import ngettext

MOST_WORDS = 10_000
"""Characters of one literal that a page shows."""
MOST_TEXT = 250_000
"""Characters of any other text: more than the longest query has in an address."""
CELL = 300
"""Characters of one cell of a table of results."""

_TURNING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
"""Controls (Unicode class Cc but tab and ends of lines), directional formatting (UAX #9 §2), and marks like them."""


class Words(str):
    """The text of a literal, which may be of any length."""

    __slots__ = ()


class AsSent(Markup):
    """Text that is shown to the letter, since it is sent back or copied."""

    __slots__ = ()


def as_sent(text: object) -> AsSent:
    """Return text for a page, its markup escaped and nothing else changed."""
    return AsSent(escape(text))


def show(value: Any) -> Any:
    """Return what a template shows of a value."""
    if not isinstance(value, str) or isinstance(value, AsSent):
        return value
    if len(value) <= MOST_WORDS and value.isprintable():  # all that _TURNING matches is not
        return value
    if isinstance(value, Markup):
        turned = turn_visible(value)
        return value if turned is value else Markup(turned)  # noqa: S704 - it was markup; what is put in is none
    return turn_visible(shorten(value, MOST_WORDS if isinstance(value, Words) else MOST_TEXT))


def shorten(text: str, most: int) -> str:
    """Return the text, or its beginning and how much more there is."""
    more = len(text) - most
    if more <= 0:
        return text
    said = ngettext("%(num)s more character in the data", "%(num)s more characters in the data", more)
    return f"{text[:most]}… ({said})"


def in_address(path: str) -> str:
    """Return a path with those characters percent-encoded (RFC 3987 §3.1), so that it leads where it did."""
    return path if path.isprintable() else _TURNING.sub(lambda match: quote(match[0]), path)


def turn_visible(text: str) -> str:
    """Return the text with each character that is not seen but changes what is seen as its number, as in ⟨U+202E⟩."""
    if text.isprintable() or text.replace("\n", "").isprintable():  # the usual case, found fastest
        return text
    return _TURNING.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)
