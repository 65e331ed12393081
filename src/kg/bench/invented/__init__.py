"""Generated articles for measuring at size: realistic in form, from a seed, with invented names.

An article has passages (sections, sentences, a table), statements with claimants, holders, hedges and printed words,
positions that oppose each other on issues, figures with observations, conditionals, questions and events. Who and what
it speaks of is drawn from shared records by Zipf's law, as in real news: few names are everywhere, most are rare.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

from kg.bench.invented.article import Article
from kg.bench.invented.names import Names
from kg.bench.invented.shared import write_shared
from kg.bench.invented.statements import Statements
from kg.bench.invented.turtle import write


def generate(source: Path, target: Path, articles: int, seed: int, progress: Callable[[str], None]) -> None:
    """Write a data folder with the code lists of ``source``, invented shared records, and that many articles.

    ``target`` must not exist. The same seed gives the same bytes, and the first articles of a larger folder are those
    of a smaller one.
    """
    shutil.copytree(source / "codes", target / "codes")
    names = Names(random.Random(f"{seed} names"))  # noqa: S311 - nothing secret is drawn
    shared = write_shared(target / "authority", names)
    for number in range(articles):
        rng = random.Random(f"{seed} article {number}")  # noqa: S311
        slug = f"{names.word(rng)}-{number:04}".lower()
        _write_article(target / "articles" / slug, Article(slug, shared, rng))
        if (number + 1) % 100 == 0:
            progress(f"{number + 1} of {articles} articles written")


def _write_article(folder: Path, article: Article) -> None:
    folder.mkdir(parents=True)
    said = Statements(article)
    write(folder / "article.ttl", article.record())
    write(folder / "passages.ttl", article.passages())
    write(folder / "statements.ttl", said.all())
    write(folder / "events.ttl", [*article.periods(), *said.happenings])
