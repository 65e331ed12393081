"""What a write costs at so many copies of the first article: ``python tests/scale.py 1 20 100``, a table on standard
output.

Each is built, built again unchanged and with one article changed; then one triple at a time is written, by the process
that writes for a server. Disk is what the folder of releases grows by for each write, in blocks.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kg.corpus.crew import Crew
from kg.release.publish import Releases
from kg.release.submit import Writer
from kg.release.work.build import build
from kg.settings import Settings
from kg.store.stores.writes import Update
from serving import BASE, HOME

WRITES = 20
COMMENT = "http://www.w3.org/2000/01/rdf-schema#comment"
TABLE = "| {} | {:.1f} s | {:.2f} s | {:.2f} s | {:.0f} ms | {:.0f} ms | {:.0f} kB |"


def multiply(data: Path, copies: int) -> None:
    """Give a data folder so many articles, all but the first copies of it."""
    first = min(path for path in (data / "articles").iterdir() if path.is_dir())
    for number in range(1, copies):
        copy = shutil.copytree(first, data / "articles" / f"copy-{number}")
        for path in copy.glob("*.ttl"):
            text = path.read_text("utf-8").replace(f"article/{first.name}", f"article/copy-{number}")
            path.write_text(text, "utf-8")


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def used(folder: Path) -> int:
    """Return the bytes of disk that a folder takes, what has several names counted once."""
    found = {status.st_ino: status.st_blocks * 512 for status in (path.lstat() for path in folder.rglob("*"))}
    return sum(found.values())


def measure(copies: int) -> str:
    """Return a row of the table."""
    with tempfile.TemporaryDirectory() as top:
        data = shutil.copytree(HOME / "data", Path(top) / "data")
        multiply(data, copies)
        settings = Settings(home=HOME, data=data, releases=Path(top) / "releases")
        with Crew(2) as crew:
            first, same = (timed(lambda: build(settings, lambda _: None, crew=crew)) for _ in range(2))
            path = next((data / "articles" / "florida-talks").glob("*.ttl"))
            path.write_text(path.read_text("utf-8") + f'\n<article/florida-talks> <{COMMENT}> "more"@en .\n', "utf-8")
            one = timed(lambda: build(settings, lambda _: None, crew=crew))
        writes, disk = write_triples(settings)
    return TABLE.format(copies, first, same, one, statistics.median(writes) * 1000, sorted(writes)[-2] * 1000, disk)


def write_triples(settings: Settings) -> tuple[list[float], float]:
    """Return the seconds of each write, and the kilobytes of disk for each."""
    folder = Releases(settings.releases).folder
    writer = Writer(settings)
    article = f"<{BASE}article/florida-talks>"
    texts = [
        f'INSERT DATA {{ GRAPH <{BASE}graph/article/florida-talks> {{ {article} <{COMMENT}> "{n}"@en }} }}'
        for n in range(WRITES + 1)
    ]
    writer.submit(Update(texts.pop()), "text/plain")
    before = used(folder)
    seconds = [timed(lambda text=text: writer.submit(Update(text), "text/plain")) for text in texts]  # type: ignore[misc]
    writer.close()
    return seconds, (used(folder) - before) / WRITES / 1000


if __name__ == "__main__":
    print("| articles | first build | unchanged | one article changed | write p50 | write p95 | disk per write |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for count in map(int, sys.argv[1:] or ["1", "20", "100"]):
        print(measure(count), flush=True)
