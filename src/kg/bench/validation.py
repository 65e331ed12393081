"""How long validating takes in a resident process, and how it grows with the number of articles."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kg.corpus.checks.all import check_dataset
from kg.corpus.evidence.check import check_texts, find_texts
from kg.corpus.sources.load import Corpus, load_corpus
from kg.corpus.validation.shacl import Core
from kg.errors import DataError
from kg.settings import Settings

RUNS = 7
"""Times that each step is run; the first warms the caches and is left out."""

READING = "read the files"
COPIES = 10
"""Articles of the larger corpus: so many copies of the first article under other names."""


def measure_validation(settings: Settings, progress: Callable[[str], None]) -> str:
    """Return a Markdown table of the least milliseconds for one article and for ten copies of it, with their ratio.

    Raises DataError where the data do not conform.
    """
    progress("one article")
    one = _measure(settings)
    progress(f"{COPIES} articles")
    with tempfile.TemporaryDirectory() as folder:
        ten = _measure(settings.with_(data=_multiply(settings.data_dir, Path(folder) / "data")))
    rows = [f"| {step} | {one[step]:.0f} | {ten[step]:.0f} | {ten[step] / one[step]:.1f} |" for step in one]
    return "\n".join(
        [
            f"The fastest of {RUNS - 1} runs in a resident process, in milliseconds.",
            "",
            f"| step | one article | {COPIES} articles | ratio |",
            "|---|---:|---:|---:|",
            *rows,
            f"| validation as a whole | {_whole(one):.0f} | {_whole(ten):.0f} | {_whole(ten) / _whole(one):.1f} |",
            "",
        ]
    )


def _whole(steps: dict[str, float]) -> float:
    return sum(milliseconds for step, milliseconds in steps.items() if step != READING)


def _measure(settings: Settings) -> dict[str, float]:
    corpus = load_corpus(settings)
    if corpus.results:
        raise DataError("The data do not conform, so there is nothing to measure. See kg check.")
    steps: dict[str, Callable[[], object]] = {
        READING: lambda: load_corpus(settings),
        "SHACL by pyshacl": lambda: Core(corpus.graph("shapes"), corpus.iris).run(corpus),
        "checks of the whole dataset": lambda: check_dataset(corpus),
    }
    if settings.texts is not None:
        steps["evidence against the text"] = lambda: _check_evidence(corpus, settings)
    return {name: _fastest(step) for name, step in steps.items()}


def _check_evidence(corpus: Corpus, settings: Settings) -> None:
    texts, _, _ = find_texts(corpus, settings.texts)
    list(check_texts(corpus, texts))


def _fastest(step: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    return min(times[1:])


def _multiply(data: Path, target: Path) -> Path:
    """Copy a data folder so that it holds the first of its articles so many times, each under a name of its own."""
    shutil.copytree(data, target, ignore=shutil.ignore_patterns("articles"))
    first = min(path for path in (data / "articles").iterdir() if path.is_dir())
    for number in range(COPIES):
        slug = f"copy-{number}"
        folder = target / "articles" / slug
        folder.mkdir(parents=True)
        for path in first.glob("*.ttl"):
            text = path.read_text(encoding="utf-8").replace(f"article/{first.name}", f"article/{slug}")
            (folder / path.name).write_text(text, encoding="utf-8")
    return target
