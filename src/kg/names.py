"""How names are compared, everywhere alike: without case, diacritics, punctuation and a leading article."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart → what they are typed as where no keyboard has them."""

_BETWEEN = re.compile(r"[\W_]+")
_ARTICLE = re.compile(r"^(?:an?|the) ")
_SHORT = 200
"""Characters of a text that is a name, and so is likely to be compared again."""


def plain(text: str) -> str:
    """Return the words of a text without case and diacritics, set apart by one space each."""
    return _known(text) if len(text) <= _SHORT else _plain(text)


def _plain(text: str) -> str:
    if text.isascii():
        return " ".join(_BETWEEN.sub(" ", text.lower()).split())
    letters = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(c))
    return " ".join(_BETWEEN.sub(" ", bare).split())


_known = lru_cache(maxsize=16_384)(_plain)


def fold(name: str) -> str:
    """Return a name as it is compared and sorted: its plain words without an article before them."""
    return _ARTICLE.sub("", plain(name))
