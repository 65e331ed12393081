"""Who may import whom: imports go only downwards, and each engine is used by one module."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from documents.packages import imports
from helpers.serving import HOME

SOURCE = HOME / "src" / "kg"
LAYERS = [
    {"cli"},
    {"commands"},
    {"bench"},  # above web: it measures the pages that web makes
    {"web", "annotate"},
    {"editing"},
    {"mcp"},
    {"client"},
    {"release"},
    {"catalogue"},
    {"corpus"},
    {"store"},
    {"queries", "cite", "reading"},
    {"terms", "settings", "names", "journal"},
    {"durable"},
    {"errors", "children"},
]
"""From the top down: a part imports only itself and what is on a lower line."""

FORBIDDEN = {
    "cli": {"pyoxigraph", "pyshacl", "flask", "rdflib"},
    "commands": {"pyoxigraph", "pyshacl", "flask", "rdflib"},
    "bench": {"flask", "pyoxigraph", "pyshacl"},
    "web": {"pyoxigraph", "pyshacl"},
    "annotate": {"pyoxigraph", "pyshacl"},
    "editing": {"flask", "pyoxigraph", "pyshacl"},
    "catalogue": {"flask", "pyoxigraph", "pyshacl", "rdflib", "kg.store"},
    "store": {"flask", "pyshacl", "rdflib", "kg.corpus"},
    "mcp": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "client": {"flask", "pyoxigraph", "pyshacl"},
    "release": {"flask", "pyoxigraph", "pyshacl"},
    "corpus": {"flask"},
    "queries": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "cite": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "reading": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "terms": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "durable": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "journal": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "names": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "settings": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "children": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
    "errors": {"flask", "pyoxigraph", "pyshacl", "rdflib"},
}
SUBPACKAGES = {
    "bench": [{"scale"}, {"invented"}],
    "catalogue": [{"finding"}],
    "corpus": [{"articles", "validation"}, {"evidence"}, {"checks", "cutting"}, {"sources"}, {"rdf"}, {"languages"}],
    "editing": [{"drafting"}],
    "release": [{"work"}, {"change"}, {"keep"}, {"format"}],
    "store": [{"remote"}, {"pool"}, {"evaluation"}, {"federation"}, {"stores"}, {"sparql"}],
    "web": [
        *({"front"}, {"pages", "reconcile", "explain"}, {"protocol"}, {"documents", "guide"}, {"lists"}, {"parts"}),
        *({"watch"}, {"words"}, {"data"}, {"text"}, {"http"}),
    ],
}
"""Package → its subpackages from the top down, in the same way; files next to them make no circle with them."""
MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 40
MOST_FILES = 12
"""Files of a subpackage or of a folder of tests, its ``__init__`` apart."""

TESTS = HOME / "tests"
OF_NO_PACKAGE = {"browser", "conformance", "documents", "helpers", "project", "torture"}
"""Folders of tests that are not named as a package."""

CORPUS_ON_THE_ENGINE = (
    *(
        "validation/advice",
        "validation/causes",
        "validation/nearest",
        "validation/around",
        "validation/changes",
        "validation/constraints",
        "validation/validator",
        "validation/live",
        "validation/reads",
        "validation/validate",
    ),
    *("validation/window", "rdf/convert", "rdf/derive", "rdf/graphs", "rdf/lexical", "rdf/turtle", "sources/literals"),
    *("sources/places", "sources/read", "sources/stored"),
)
"""Files that read by the engine's parser or validator what its store holds: what is checked is what is published."""

ONLY = {
    "pyoxigraph": {
        *(f"corpus/{name}.py" for name in CORPUS_ON_THE_ENGINE),
        *(f"store/stores/{name}.py" for name in ("bulk", "change", "document", "draft")),
        *(f"store/evaluation/{name}.py" for name in ("evaluate", "markup")),
        "store/pool/worker.py",
    },
    "pyshacl": {"corpus/validation/shacl.py"},
    "granian": {"web/serve.py"},
    "prometheus_client": {"web/watch/metrics.py", "web/watch/observe.py"},
    "mcp": {"mcp/server.py", "mcp/tools.py"},
    "click": {
        "cli.py",
        "commands/agents.py",
        "commands/checking.py",
        "commands/editing.py",
        "commands/options.py",
        "commands/records.py",
    },
    "httpx2": {"client/remote.py"},
    "gcld3": {"corpus/cutting/detect.py"},
    "mammoth": {"corpus/cutting/markup.py"},
    "markdown_it": {"corpus/cutting/markup.py"},
    "selectolax": {"corpus/cutting/markup.py"},
    "sentencex": {"corpus/cutting/sentences.py"},
    "pyroaring": {
        "catalogue/finding/browse.py",
        "catalogue/check.py",
        "catalogue/finding/names.py",
        "catalogue/sets.py",
        "catalogue/view.py",
    },
    "rapidfuzz": {
        "catalogue/finding/names.py",
        "catalogue/finding/naming.py",
        "catalogue/finding/search.py",
        "editing/add.py",
        "editing/find.py",
    },
    "Stemmer": {"catalogue/words.py"},
}
"""Package → the files that may import it."""

CLIENT = {"kg.client", "kg.client.Connection", "kg.client.connect"}
"""What kg itself offers, imported only when it is called."""

FILES = sorted(SOURCE.rglob("*.py"))


def part(path: Path) -> str:
    """Return the part of the package that a file belongs to."""
    first = path.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


def layer(name: str) -> int:
    return next(index for index, parts in enumerate(LAYERS) if name in parts)


def test_there_are_files_to_check() -> None:
    assert len(FILES) > 20
    assert {part(path) for path in FILES} - {"__init__"} == set().union(*LAYERS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_go_only_downwards(path: Path) -> None:
    own = part(path)
    if own == "__init__":
        assert imports(path) <= {"__future__", "__future__.annotations", "pathlib", "pathlib.Path", *CLIENT}
        return
    for name in imports(path):
        if name.startswith("kg.") and name.split(".")[1] != own and (SOURCE / name.split(".")[1]).exists():
            assert layer(name.split(".")[1]) > layer(own), f"{own} imports {name}"
        assert not any(name == f or name.startswith(f + ".") for f in FORBIDDEN[own]), f"{own} imports {name}"


def subpackage(module: str) -> tuple[str, str] | None:
    """Return the package and the subpackage of a module: of one next to them, its own name."""
    parts = module.split(".")
    if len(parts) < 3 or parts[0] != "kg" or parts[1] not in SUBPACKAGES:
        return None
    beside = (SOURCE / parts[1] / f"{parts[2]}.py").exists() or (SOURCE / parts[1] / parts[2]).is_dir()
    return (parts[1], parts[2]) if beside else None


def test_every_subpackage_has_its_row_and_few_files() -> None:
    for package in {path.relative_to(SOURCE).parts[0] for path in FILES if len(path.relative_to(SOURCE).parts) > 2}:
        subpackages = {path.parent.name: path.parent for path in FILES if path.parent.parent == SOURCE / package}
        assert subpackages.keys() == set().union(*SUBPACKAGES[package]), package
        for name, folder in subpackages.items():
            assert count_files(folder) <= MOST_FILES, name


def count_files(folder: Path) -> int:
    return len(set(folder.glob("*.py")) - {folder / "__init__.py"})


def test_folders_of_tests_are_named_as_packages_and_have_few_files() -> None:
    folders = {path.parent for path in TESTS.rglob("*.py")} - {TESTS}
    for folder in folders | {TESTS}:
        assert count_files(folder) <= MOST_FILES, folder
    for place in {folder.relative_to(TESTS) for folder in folders}:
        assert place.parts[0] in OF_NO_PACKAGE or (SOURCE / place / "__init__.py").exists(), place


@pytest.mark.parametrize("package", sorted(SUBPACKAGES))
def test_rooms_import_only_downwards_and_in_no_circle(package: str) -> None:
    rows = {name: number for number, names in enumerate(SUBPACKAGES[package]) for name in names}
    arrows: dict[str, set[str]] = {}
    for path in FILES:
        own = subpackage(".".join(("kg", *path.relative_to(SOURCE).with_suffix("").parts)))
        if own is None or own[0] != package or own[1] == "__init__":
            continue
        others = {found[1] for found in map(subpackage, imports(path)) if found and found[0] == package} - {own[1]}
        arrows.setdefault(own[1], set()).update(others)
        for other in others & rows.keys() if own[1] in rows else ():
            assert rows[own[1]] < rows[other], f"{path} imports {other}"
    ended: set[str] = set()
    while leaves := {name for name, others in arrows.items() if name not in ended and others <= ended | {name}}:
        ended |= leaves
    assert arrows.keys() - ended == set()


def test_what_a_request_needs_is_passed_and_never_looked_up() -> None:
    for name in ("request", "g", "current_app"):
        using = {str(path.relative_to(SOURCE)) for path in FILES if f"flask.{name}" in imports(path)}
        assert using <= {"web/app.py", "web/http/policy.py", "web/text/language.py", "annotate/app.py"}, name


@pytest.mark.parametrize("package", sorted(ONLY))
def test_each_engine_has_one_door(package: str) -> None:
    found = {str(path.relative_to(SOURCE)) for path in FILES if any(n.split(".")[0] == package for n in imports(path))}
    assert found == ONLY[package]


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("kg.web.app", "pyoxigraph"),
        ("kg.web.app", "pyshacl"),
        ("kg.cli", "rdflib"),
        ("kg", "kg.client"),
        ("kg.client", "flask"),
        ("kg.store.pool.worker", "pyshacl"),
    ],
)
def test_a_process_loads_no_engine_that_it_must_not_hold(module: str, absent: str) -> None:
    script = f"import sys, {module}; sys.exit({absent!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


def test_files_and_functions_stay_short() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= MOST_LINES, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno + 1 < MOST_LINES_OF_A_FUNCTION, f"{path}: {node.name}"
