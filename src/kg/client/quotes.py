"""Whether some words are those of a passage: by the passage's digest, or by the words that are recorded as printed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from kg.client.records import Verdict
from kg.client.values import Iri
from kg.corpus.text import digest, normalise, read_texts

_QUOTES = "\"'“”„‘’«»‹›"


@dataclass(frozen=True, slots=True)
class Place:
    """A passage with its article's slug, the digests of both, and the offsets in code points."""

    passage: Iri
    slug: str
    digest: str
    whole: str | None
    start: int
    end: int


class Texts:
    """The available article texts; without a folder there are none."""

    def __init__(self, folder: Path | None) -> None:
        """Read the folder; raises DataError for a file that is not UTF-8."""
        self._texts = read_texts(folder)

    def words(self, slug: str, whole: str | None, start: int, end: int, told: str) -> str | None:
        """Return the words of a passage, or None where no available text has words of its digest at its place."""
        text = self._texts.text_of(slug, whole)
        words = None if text is None else text[start:end]
        return words if words is not None and digest(words) == told else None


def verify(quote: str, place: Place, texts: Texts, recorded: Collection[str], release: str) -> Verdict:
    """Return whether a quotation is part of a passage.

    White space and the quotation marks about it are not compared; all else is, letter for letter. A whole passage is
    recognised by its digest alone; a part of it where the text is available, or where it was recorded as printed.
    """
    sought = normalise(quote).strip(_QUOTES).strip()

    def verdict(holds: bool | None, how: str) -> Verdict:
        return Verdict(holds, how, place.passage, place.digest, release)

    if not sought:
        return verdict(None, "The quotation is empty. Send the words that are to be verified.")
    if place.digest in (digest(quote), digest(sought)):
        return verdict(True, "The words are the whole passage: their SHA-256 is the passage's digest.")
    words = texts.words(place.slug, place.whole, place.start, place.end, place.digest)
    if words is not None:
        if sought in normalise(words):
            return verdict(True, "The words are in the passage, whose available text has the passage's digest.")
        return verdict(False, "The words are not in the passage, whose available text has the passage's digest.")
    if any(sought in normalise(printed) for printed in recorded):
        return verdict(True, "The encoders recorded the words as printed there; the text is not available here.")
    return verdict(
        None,
        "The article's text is not available here, and the words are neither the whole passage nor recorded as printed."
        f" Those who hold the text compare code points {place.start} to {place.end} with SHA-256 {place.digest}.",
    )
