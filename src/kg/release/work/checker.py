"""The checker: a child process that checks or builds a folder of data, which may be hostile, and ends.

Run as ``python -m kg.release.work.checker`` by kg.release.apart, with the settings in its environment. Messages of
kg.store.pool.wire come on standard input, each for one job; on standard output go the name of each file before it is
read, each step, and the answer. The process has no network and starts no program, its memory is limited, and SIGALRM
ends it where a job is not done at its deadline.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from kg.corpus.crew import Crew
from kg.corpus.evidence.check import find_texts
from kg.corpus.evidence.coverage import measure_coverage
from kg.corpus.report import WARNING
from kg.corpus.sources.load import load_corpus
from kg.corpus.sources.read import count_workers
from kg.corpus.sources.sources import Reading
from kg.corpus.validation.live import Live
from kg.corpus.validation.validate import check
from kg.errors import KgError, NotConforming
from kg.release.bounds import Bounds, collect_rarely
from kg.release.work.build import build
from kg.settings import Settings, read_settings
from kg.store.pool.sandbox import sandbox
from kg.store.pool.wire import from_error, receive, to_line

MOST_WORKERS = 8
OUT_OF_MEMORY = 3
TOO_DEEP = 4
"""Exit statuses for what the data did to the process; kg.release.apart puts it into words."""

Message = tuple[dict[str, Any], bytes]
Tell = Callable[..., None]


def main() -> int:
    """Do what standard input asks for; return the process's exit status."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.unraisablehook = _report_unraisable
    settings = read_settings()
    collect_rarely()
    crew = Crew(count_workers(settings), lambda: _confine(settings))
    bounds = _confine(settings)
    if not bounds.memory_limited:
        print("kg: this system cannot hold the checker back; check only data that you trust.", file=sys.stderr)
    with crew, os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)  # so that nothing a library prints is taken for the answer

        def tell(body: bytes = b"", **header: Any) -> None:
            if "step" in header:
                bounds(header["step"])
            answers.writelines((to_line(header, body), body))
            answers.flush()

        try:
            _work(settings, bounds, tell, crew)
        except MemoryError:
            return OUT_OF_MEMORY
        except RecursionError:
            return TOO_DEEP
    return 0


def _work(settings: Settings, bounds: Bounds, tell: Tell, crew: Crew) -> None:
    """Do one job after the other, each within the limits, until standard input ends."""
    while True:
        try:
            asked, _ = receive(sys.stdin.buffer, 0)
        except EOFError:
            return
        bounds.again()
        header, body = _answer(settings, asked, tell, crew)
        tell(body, **header)
        bounds.rest()


def _report_unraisable(failure: sys.UnraisableHookArgs) -> None:
    """Report what went wrong while something was cleared away, unless it is memory: the exit status says that."""
    if not isinstance(failure.exc_value, MemoryError):
        sys.__unraisablehook__(failure)


def _confine(settings: Settings) -> Bounds:
    """Hold this process to what it may do; the bounds say whether the system can."""
    bounds = Bounds(settings.check_seconds, settings.check_memory)
    bounds.memory_limited = sandbox(deadly=True) and bounds.memory_limited
    return bounds


def _answer(settings: Settings, asked: dict[str, Any], tell: Tell, crew: Crew) -> Message:
    def reading(path: Path) -> None:
        tell(file=str(path))

    try:
        return JOBS[asked.pop("job")](settings, tell, reading, crew, **asked)
    except NotConforming as error:
        return {"error": NotConforming.__name__}, str(error).encode()
    except KgError as error:
        return from_error(error), b""


def _check(settings: Settings, tell: Tell, reading: Reading, crew: Crew, form: str) -> Message:
    report = check(settings, reading, crew)
    tell(file=None)
    text = {"text": report.to_text, "json": report.to_json, "turtle": report.to_turtle}[form]()
    return {"conforms": report.conforms}, text.encode()


@lru_cache(maxsize=1)
def _live(settings: Settings) -> Live:
    return Live(settings)


def _watch(settings: Settings, tell: Tell, reading: Reading, _crew: Crew) -> Message:
    report = _live(settings).refresh(reading)
    tell(file=None)
    return {"conforms": report.conforms}, report.to_text().encode()


def _coverage(
    settings: Settings,
    tell: Tell,
    reading: Reading,
    _crew: Crew,
    article: str | None,
    form: str,
    language: str | None,
) -> Message:
    folder = settings.data_dir / "articles" / (article or "")
    corpus = load_corpus(settings, reading, article if article and folder.is_dir() else None)
    tell(file=None)
    found = measure_coverage(corpus, article, language, find_texts(corpus, settings.texts)[0])
    if form == "json":
        return {}, ("[" + ", ".join(one.to_json().strip() for one in found) + "]\n").encode()
    return {}, "\n".join(one.to_text() for one in found).encode()


def _build(settings: Settings, tell: Tell, reading: Reading, crew: Crew) -> Message:
    manifest, report, is_new = build(settings, lambda step: tell(step=step), reading, crew)
    return {
        "identifier": manifest.id,
        "is_new": is_new,
        "unchecked": report.unchecked,
        "warnings": report.counts[WARNING],
    }, b""


JOBS: dict[str, Callable[..., Message]] = {"check": _check, "watch": _watch, "coverage": _coverage, "build": _build}


if __name__ == "__main__":
    sys.exit(main())
