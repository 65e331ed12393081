"""What readers notice of a new release: requests that fail or are slow while a server takes it up."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from statistics import median

from kg.bench.scale.server import Server
from kg.bench.scale.writing import first_article, update_article
from kg.settings import Settings

READERS = 2
BEFORE = AFTER = 2.0
"""Seconds that readers ask before and after the writes."""


@dataclass(frozen=True, slots=True)
class Switches:
    """Requests while releases came, those that failed, and the seconds of the slowest above the median."""

    requests: int
    failed: int
    slowest: float


def measure_switches(settings: Settings, server: Server) -> Switches:
    """Return what readers of a page notice while one release after the other is published."""
    path = f"/article/{first_article(settings)}/statement/002-1"
    stop = threading.Event()
    took: list[float] = []
    failed: list[str] = []

    def read() -> None:
        while not stop.is_set():
            start = time.perf_counter()
            try:
                answer = server.get(path)
            except OSError as error:
                failed.append(str(error))
                continue
            took.append(time.perf_counter() - start)
            if answer.status != 200:
                failed.append(str(answer.status))

    readers = [threading.Thread(target=read, daemon=True) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    time.sleep(BEFORE)
    update_article(settings, server, run_number=1)
    time.sleep(AFTER)
    stop.set()
    for reader in readers:
        reader.join()
    return Switches(len(took) + len(failed), len(failed), max(took) - median(took))
