"""Releases of earlier layouts → this layout, under their own identifiers."""

from __future__ import annotations

from kg.release.change.commit import Progress
from kg.release.publish import Releases


def upgrade(releases: Releases, progress: Progress) -> int:
    return 0
