"""The folders that are measured: data of so many invented articles, made once, and their releases, made each time."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import kg.bench.invented
from kg.settings import Settings

SEED = 1
MARK = ".made"
"""File whose content changes where the data would be made otherwise."""


def bring_data(settings: Settings, folder: Path, articles: int, progress: Callable[[str], None]) -> Path:
    """Return a data folder of so many invented articles below ``folder``, made now unless it is there already."""
    target = folder / f"{articles}" / "data"
    mark = _mark(settings.data_dir / "codes")
    if (target / MARK).is_file() and (target / MARK).read_text() == mark:
        return target
    if target.exists():
        shutil.rmtree(target)
    progress(f"making {articles:,} invented articles in {target}")
    kg.bench.invented.generate(settings.data_dir, target, articles, SEED, progress)
    (target / MARK).write_text(mark)
    return target


def fresh(folder: Path) -> Path:
    """Return a folder that is not there: what was, is deleted."""
    if folder.exists():
        shutil.rmtree(folder)
    return folder


def _mark(codes: Path) -> str:
    """Return a digest of what the data are made by and from: the seed, this package's generator, and code lists."""
    made_by = Path(kg.bench.invented.__file__).parent.glob("*.py")
    whole = hashlib.sha256(str(SEED).encode())
    for path in sorted([*made_by, *codes.glob("*.ttl")]):
        whole.update(path.read_bytes())
    return whole.hexdigest()
