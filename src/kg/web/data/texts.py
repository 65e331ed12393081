"""Available article texts, from which pages show passages."""

from __future__ import annotations

from pathlib import Path

from kg.corpus.text import digest, read_texts
from kg.web.data.resources import Resource


class Texts:
    """Article texts, read once; without a folder there are none."""

    def __init__(self, folder: Path | None) -> None:
        """Read the folder."""
        self._texts = read_texts(folder)

    def words_of(self, passage: Resource) -> str | None:
        """Return the words of a passage, or None where its text is not available or its place is not told."""
        source = passage.link("oa:hasSource")
        return None if source is None else self.passage(source.key, source.text("att:digest"), passage)

    def passage(self, slug: str, article_digest: str | None, passage: Resource) -> str | None:
        """Return the words of a passage of an article, or None where no available text bears its digest."""
        text = self._texts.text_of(slug, article_digest)
        selector = passage.link("oa:hasSelector")
        if text is None or selector is None:
            return None
        start, end = selector.number("oa:start"), selector.number("oa:end")
        if start is None or end is None:
            return None
        words = text[start:end]
        return words if digest(words) == passage.text("att:digest") else None
