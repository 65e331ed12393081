"""Which language a text is in, by CLD3, the detector of a browser; a text that is too short or mixed gets none."""

from __future__ import annotations

from functools import cache

import gcld3

SUREST = 0.9
"""Probability below which a language is not taken as detected."""
MOST_BYTES = 10_000
"""So much of a text is looked at."""
_RENAMED = {"iw": "he"}


@cache
def _detector() -> gcld3.NNetLanguageIdentifier:
    return gcld3.NNetLanguageIdentifier(min_num_bytes=20, max_num_bytes=MOST_BYTES)


def detect_language(text: str) -> str | None:
    """Return the code of a text's language (BCP 47), or None where it is not recognised."""
    found = _detector().FindLanguage(text)
    if not found.is_reliable or found.probability < SUREST or len(text.split()) < 3:
        return None
    code: str = found.language
    return _RENAMED.get(code, code)
