"""An article that an editor has just begun, in a copy of the repository's data."""

from __future__ import annotations

import shutil
from pathlib import Path

from helpers.serving import HOME
from kg.corpus.articles.new import Reference, start_article
from kg.settings import Settings


def begun(folder: Path, text: str, given: Reference, slug: str = "tarn-pier") -> Settings:
    """Begin an article of a text as kg new does; return settings for the copy, its text and a folder of releases."""
    data, texts = folder / "data", folder / "texts"
    shutil.copytree(HOME / "data", data)
    texts.mkdir()
    path = texts / f"{slug}.txt"
    path.write_text(text, "utf-8")
    settings = Settings(home=HOME, data=data, texts=texts, releases=folder / "releases")
    start_article(settings, slug, path, "en", given)
    return settings
