"""The benchmark, as a Markdown file: how long validating takes, and what each kind of page takes and weighs."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable
from pathlib import Path

import kg
from kg.bench.pages import measure_pages, to_table
from kg.bench.validation import measure_validation
from kg.release.change.build import build
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
            "# Benchmarks",
            "",
            f"Made by `kg bench` with attested-kg {kg.__version__}, Python {platform.python_version()},"
            f" {os.cpu_count()} processors.",
            "",
            "## Validation",
            "",
            validation,
            "## Pages",
            "",
            to_table(pages),
        ]
    )
