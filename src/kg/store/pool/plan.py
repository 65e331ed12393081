"""How a query is answered, from Oxigraph's own command: its plan, with the rows and seconds of each step.

The command is of the same version as the engine that answers queries. It carries the plan out to measure it; where that
takes too long it is ended, and the plan is asked of an empty store, where it is the same, and each pattern counted.
"""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from kg.errors import EngineUnavailable, NotExplained, QueryTimeout
from kg.settings import Settings
from kg.store import Plan, Query, Step
from kg.store.cancel import Cancellation
from kg.store.pool.process import LIMITED
from kg.store.sparql.tokens import names_dataset, read_form

_log = logging.getLogger(__name__)

OUTPUT_BYTES = 4_000_000
"""The longest plan that is read from the command."""
MOST_PATTERNS = 20
"""Patterns of a plan that are counted by themselves."""
MAKING_SECONDS = 30.0
"""An empty store that is not made by then never will be."""
_LINE = re.compile(r"( *)(name|number of results|duration in seconds): (.*),")
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
_TERMS = re.compile(r"""\?\w+|<[^<>]*>|"(?:[^"\\]|\\.)*"(?:\^\^<[^<>]*>|@[\w-]+)?""", re.VERBOSE)


def program() -> Path | None:
    """Return Oxigraph's command, or None where it is not installed with this Python."""
    found = Path(sysconfig.get_path("scripts")) / "oxigraph"
    return found if os.access(found, os.X_OK) else None


class Explainer:
    """Explains queries on a store directory. Safe for use by many threads."""

    def __init__(self, directory: Path, settings: Settings) -> None:
        """Keep what is explained, and how much that may take."""
        self._directory, self._settings = directory, settings

    def explain(self, query: Query, seconds: float, cancellation: Cancellation) -> Plan:
        """Return the plan, without rows where it was not carried out within the seconds.

        Raises NotExplained where there is no such command, QueryCancelled, or EngineUnavailable where it cannot be run.
        """
        try:
            return Plan(self._run(query, self._directory, seconds, cancellation), is_complete=True)
        except QueryTimeout:
            with _empty_store() as empty:
                return Plan(_bare(self._run(query, empty, seconds, cancellation)), is_complete=False)

    def _run(self, query: Query, directory: Path, seconds: float, cancellation: Cancellation) -> Step:
        found = program()
        if found is None:
            raise NotExplained(
                "Oxigraph's command, which explains queries, is not installed here: pip install oxigraph."
            )
        command = self._command(query, found, directory, seconds)
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=os.environ | LIMITED,
        )
        with process:
            try:
                with cancellation.calling(process.kill):
                    _, told = process.communicate(query.text.encode(), timeout=seconds)
            except subprocess.TimeoutExpired:
                raise QueryTimeout("The plan was not carried out in time.", "seconds") from None
            finally:
                process.kill()
        cancellation.require_wanted()
        root = read_plan(told[:OUTPUT_BYTES].decode(errors="replace"))
        if root is None:
            said = told.decode(errors="replace").strip().splitlines()[:1]
            raise EngineUnavailable(f"The query could not be explained: {' '.join(said) or 'the command ended'}.")
        return root

    def _command(self, query: Query, found: Path, directory: Path, seconds: float) -> list[str]:
        limits = (self._settings.worker_memory, seconds + 1)
        allowed = "unsandboxed" if self._settings.unsandboxed else "sandboxed"
        graph = read_form(query.text) in ("CONSTRUCT", "DESCRIBE")
        command = [sys.executable, "-P", "-m", "kg.store.pool.explainer", str(found), str(directory.absolute())]
        command += [*map(str, limits), allowed, "--results-format", "nt" if graph else "json", "--explain", "--stats"]
        command += ["--query-base", query.base_iri] if query.base_iri else []
        return command + (["--union-default-graph"] if query.union and not names_dataset(query.text) else [])


@contextmanager
def _empty_store() -> Iterator[Path]:
    """Give an empty store for the block, made in a tenth of a second; raises EngineUnavailable where it cannot be."""
    with ExitStack() as made:
        try:
            folder = made.enter_context(tempfile.TemporaryDirectory(prefix="kg-plan-", ignore_cleanup_errors=True))
            command = [str(program()), "load", "--location", folder, "--format", "nt"]
            subprocess.run(command, input=b"", check=True, capture_output=True, timeout=MAKING_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            _log.error("No empty store can be made: %s", error)
            raise EngineUnavailable("No empty store can be made to plan the query on. Try again.") from error
        yield Path(folder)


def read_plan(text: str) -> Step | None:
    """Return the plan that the command writes to standard error; None where it writes none.

    It is a structure as Rust prints it, a field a line: the deeper the line is set in, the deeper its step.
    """
    open_steps: list[tuple[int, Step]] = []

    def close(depth: int) -> None:
        while len(open_steps) > 1 and open_steps[-1][0] > depth:
            _, step = open_steps.pop()
            above, held = open_steps[-1]
            open_steps[-1] = above, replace(held, steps=(*held.steps, step))

    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        depth, field, value = len(match[1]), match[2], match[3]
        if field == "name":
            close(depth - 1)
            open_steps.append((depth, Step(_unescape(value[1:-1]))))
        elif open_steps and field == "number of results":
            open_steps[-1] = depth, replace(open_steps[-1][1], rows=int(value))
        elif open_steps:
            open_steps[-1] = depth, replace(open_steps[-1][1], seconds=float(value))
    close(-1)
    return open_steps[0][1] if open_steps else None


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)) if found[1] else _PLAIN.get(found[2], found[2]), text)


def _bare(step: Step) -> Step:
    """Return a step without the rows and seconds that it had over nothing."""
    return Step(step.name, steps=tuple(map(_bare, step.steps)))


def patterns(step: Step) -> Iterator[str]:
    """Yield the patterns of a plan, as groups of SPARQL."""
    if (group := to_group(step.name)) is not None:
        yield group
    for below in step.steps:
        yield from patterns(below)


def to_group(name: str) -> str | None:
    """Return the pattern that a step looks up as a group of SPARQL, None for a step that looks up none."""
    if not name.startswith("QuadPattern("):
        return None
    terms = _TERMS.findall(name)
    triple = " ".join(terms[:3])
    return f"{{ GRAPH {terms[3]} {{ {triple} }} }}" if len(terms) > 3 else f"{{ {triple} }}"


def fill(step: Step, count: Callable[[str], int | None]) -> Step:
    """Return a plan in which each pattern has the rows that it has by itself."""
    group = to_group(step.name)
    below = tuple(fill(each, count) for each in step.steps)
    return replace(step, steps=below, rows=None if group is None else count(group))
