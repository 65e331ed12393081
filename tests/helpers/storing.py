"""A small store, a pool of query workers on it, and what tests ask of both. conftest offers the fixtures."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.settings import Settings
from kg.store import Query
from kg.store.pool.embedded import Pool
from kg.store.stores.bulk import load_store

EX = "http://example.org/"
ONE, TWO = f"{EX}graph/1", f"{EX}graph/2"
NQUADS = f"""\
<{EX}a> <{EX}p> "one" <{ONE}> .
<{EX}a> <{EX}q> <{EX}b> <{ONE}> .
<{EX}b> <{EX}p> "två, \\"2\\""@sv <{TWO}> .
_:x <{EX}q> <{EX}a> <{TWO}> .
""".encode()
ALL = "SELECT ?s ?p ?o { ?s ?p ?o }"
PRODUCT = " ".join(f"?s{i} ?p{i} ?o{i} ." for i in range(30))
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} }}"
GREEDY = f"SELECT * {{ {PRODUCT} }} ORDER BY ?o1"
NESTED = "SELECT * " + "{" * 10_000


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "store"
    assert load_store([NQUADS], path) == 4
    return path


@pytest.fixture(scope="module")
def pool(directory: Path) -> Iterator[Pool]:
    """A pool for queries that harm nothing; the store behind it is read-only."""
    with Pool(directory, Settings(workers=2)) as shared:
        yield shared


def start(directory: Path, **limits: object) -> Pool:
    return Pool(directory, Settings().with_(**{"workers": 1, **limits}))


def rows(engine: Pool, text: str, **given: object) -> list[dict[str, str]]:
    answer = engine.query(Query(text, **given))  # type: ignore[arg-type]
    solutions = json.loads(answer.body)["results"]["bindings"]
    return [{name: term["value"] for name, term in solution.items()} for solution in solutions]


def subjects(engine: Pool, text: str = ALL, **given: object) -> list[str]:
    return sorted(row["s"].removeprefix(EX) for row in rows(engine, text + " ", **given) if EX in row["s"])


def is_well(engine: Pool) -> bool:
    return engine.query(Query("ASK { ?s ?p ?o }")).body == b'{"head":{},"boolean":true}'


def child_pids(engine: Pool) -> list[int]:
    return [process.number for process in engine._processes if process.number]  # 0 until it is ready


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or ") Z " not in stat.read_text()
