"""Benchmarks: validation and pages of one article, requests over HTTP, and growth with the number of articles."""

from __future__ import annotations

import os
import platform
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import kg
from kg.bench.http import measure_http
from kg.bench.pages import measure_pages, to_table
from kg.bench.scale import measure_scale
from kg.bench.validation import measure_validation
from kg.release.work.build import build
from kg.settings import Settings


def measure(settings: Settings, progress: Callable[[str], None]) -> str:
    """Return the figures of the data that the settings name; raises DataError or NotConforming for faulty ones."""
    validation = measure_validation(settings, progress)
    with tempfile.TemporaryDirectory() as folder:
        scratch = settings.with_(releases=Path(folder) / "releases")
        build(scratch, progress)
        pages = measure_pages(scratch, progress)
    return "\n".join(
        [
            "## One article",
            "",
            f"Made by `kg bench` with attested-kg {kg.__version__}, Python {platform.python_version()},"
            f" {os.cpu_count()} processors.",
            "",
            "### Validation",
            "",
            validation,
            "### Pages",
            "",
            to_table(pages),
        ]
    )


def merge(file: Path, part: str) -> str:
    """Return the benchmark file with a part that was measured anew; other parts stay as they are."""
    known = file.read_text(encoding="utf-8") if file.exists() else ""
    parts = {text.partition("\n")[0]: text.strip() for text in re.split(r"(?m)^(?=## )", known)[1:]}
    parts[part.partition("\n")[0]] = part.strip()
    return "\n\n".join(["# Benchmarks", *(parts[heading] for heading in sorted(parts))]) + "\n"


__all__ = ["measure", "measure_http", "measure_scale", "merge"]
