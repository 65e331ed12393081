"""Checks and builds in a process of their own, so that untrusted data can harm that process alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from os import environ
from typing import Any

from kg.errors import DataError, KgError, NotConforming
from kg.settings import Settings
from kg.store.pool.process import LIMITED
from kg.store.pool.wire import receive, to_error, to_line

REPORT_BYTES = 2**30
NETWORK = "asked for another server or program. Nothing is fetched here: put what is needed into the folder"
TOO_MUCH = "needed more memory than KG_CHECK_MEMORY allows, {memory:,} bytes, or broke the parser. Split or simplify it"
ENDINGS = {
    -signal.SIGALRM: "took more than the {seconds:g} seconds of KG_CHECK_SECONDS. Split or simplify it",
    -signal.SIGSYS: NETWORK,
    -signal.SIGSEGV: TOO_MUCH,
    -signal.SIGABRT: TOO_MUCH,
    -signal.SIGKILL: TOO_MUCH,
    3: TOO_MUCH,
    4: "is nested too deeply. Simplify it",
}
"""Status with which the checker ended → what the data did, in words that follow what they are."""


@dataclass(frozen=True, slots=True)
class Built:
    """Result of a build: the active release, whether it is new, what was not checked, and the number of warnings."""

    identifier: str
    is_new: bool
    unchecked: tuple[str, ...]
    warnings: int


def check(settings: Settings, form: str) -> tuple[bool, str]:
    """Return whether the data conform, and the report as text, json or turtle.

    Raises DataError where they cannot be checked within the limits; the message names the file at fault.
    """
    header, body = _run(settings, {"job": "check", "form": form})
    return header["conforms"], body.decode()


def measure_coverage(settings: Settings, article: str | None, form: str, language: str | None = None) -> str:
    """Return the coverage of an article, or of all, as text or json, with readings in a language if one is given.

    Raises DataError as ``check``.
    """
    asked = {"job": "coverage", "article": article, "form": form, "language": language}
    return _run(settings, asked)[1].decode()


def build(settings: Settings, progress: Callable[[str], None]) -> Built:
    """Make a release as kg.release.build does, within the limits; raises what it raises, and DataError as ``check``."""
    header, _ = _run(settings, {"job": "build"}, progress)
    return Built(header["identifier"], header["is_new"], tuple(header["unchecked"]), header["warnings"])


def _run(
    settings: Settings, asked: dict[str, Any], progress: Callable[[str], None] = lambda _: None
) -> tuple[dict[str, Any], bytes]:
    with Checker(settings) as checker:
        return checker.ask(asked, progress)


class Checker:
    """A process that checks or builds, one job after the other. Where one ends it, the next job starts another."""

    def __init__(self, settings: Settings) -> None:
        """Take the folder; the process starts with the first job."""
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Checker:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.__exit__(None, None, None)
            self._process = None

    def watch(self) -> str:
        """Return the report as text; from the second call on, only what changed and what that concerns is checked.

        Raises DataError as ``check``.
        """
        return self.ask({"job": "watch"})[1].decode()

    def ask(
        self, asked: dict[str, Any], progress: Callable[[str], None] = lambda _: None
    ) -> tuple[dict[str, Any], bytes]:
        """Return the answer to a job; raises the error that it reports, and DataError where the process ends."""
        process = self._process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - for the types
        file = None
        try:
            process.stdin.write(to_line(asked, b""))
            process.stdin.flush()
            while True:
                header, body = receive(process.stdout, REPORT_BYTES)
                if "file" in header:
                    file = header["file"]
                elif "step" in header:
                    progress(header["step"])
                else:
                    return _read(header, body)
        except (EOFError, BrokenPipeError):
            status = process.wait()
            self.__exit__()
            raise _death(self._settings, status, file) from None

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "kg.release.work.checker"]
        environment = environ | LIMITED | self._settings.to_environment()
        try:
            return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        except OSError as error:
            raise KgError(f"No checker can be started: {error}") from error


def _read(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    if header.get("error") == NotConforming.__name__:
        raise NotConforming(body.decode())
    if "error" in header:
        raise to_error(header)
    return header, body


def _death(settings: Settings, status: int, file: str | None) -> KgError:
    said = ENDINGS.get(status)
    if said is None:
        return KgError(f"The checker failed (status {status}); its own message is above.")
    what = file if file and said is not NETWORK else "What the folder holds"  # reading a file asks for nothing
    return DataError(f"{what} {said.format(seconds=settings.check_seconds, memory=settings.check_memory)}.")
