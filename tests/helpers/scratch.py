"""Small releases of any data, published as they are, for a service that holds one of them at a time."""

from __future__ import annotations

import time

from helpers.serving import BASE
from helpers.waiting import PATIENCE
from kg.release.publish import Releases
from kg.release.work.build import publish_dataset

EX = "http://example.org/"
G = f"{BASE}graph/"
FIRST = f"<{EX}a> <{EX}p> <{EX}b> <{G}one> .\n<{EX}a> <{EX}p> <{EX}c> <{G}two> .\n<{EX}x> <{EX}p> _:n <{G}old> .\n"
OBJECTS = f"SELECT ?o {{ ?s <{EX}p> ?o FILTER(isIRI(?o)) }} ORDER BY ?o"


def publish(releases: Releases, nquads: str) -> str:
    """Publish the dataset, once nobody else does, and return the release's identifier."""
    with releases.lock(time.monotonic() + PATIENCE):
        return publish_dataset(releases, nquads.encode(), BASE)[0].id
