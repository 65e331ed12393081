"""The modules of ``src/kg`` as a drawing: packages, and imports between them as arrows."""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent / "src"
Arrows = dict[str, set[str]]


@cache
def modules() -> dict[str, Path]:
    """Return every module by its dotted name; a package by its ``__init__``."""
    found = {}
    for path in sorted((SOURCE / "kg").rglob("*.py")):
        name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = path
    return found


def arrows(folder: str) -> Arrows:
    """Return, for each package of a package, the packages next to it that it imports.

    The packages of ``kg`` are its packages and modules; those of a package below it are its packages alone.
    """
    known = modules()
    found: Arrows = {package: set() for package in (_package(name, folder, known) for name in known) if package}
    for name, path in known.items():
        own = _package(name, folder, known)
        for imported in imports(path) & known.keys():
            other = _package(imported, folder, known)
            if own and other and own != other:
                found[own].add(other)
    return found


def _package(name: str, folder: str, known: dict[str, Path]) -> str | None:
    if not name.startswith(folder + "."):
        return None
    package = name.removeprefix(folder + ".").partition(".")[0]
    is_package = known[f"{folder}.{package}"].name == "__init__.py"
    return package if is_package or folder == "kg" else None


@cache
def imports(path: Path) -> set[str]:
    """Return the full names of the modules, and of what is taken from them, that a file imports anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def reachable(start: str, graph: Arrows) -> set[str]:
    """Return what the arrows lead to from a package, over any number of packages."""
    found: set[str] = set()
    todo = [start]
    while todo:
        for package in graph[todo.pop()] - found:
            found.add(package)
            todo.append(package)
    return found


def reduced(graph: Arrows) -> Arrows:
    """Return the fewest arrows that lead to the same packages: an arrow that another way replaces is left out."""
    few = {package: set(others) for package, others in graph.items()}
    for package in sorted(few):
        for other in sorted(few[package]):
            few[package].discard(other)
            if other not in reachable(package, few):
                few[package].add(other)
    return few


def draw(folder: str) -> str:
    """Return the drawing of a package's packages in Mermaid."""
    lines = ["```mermaid", "flowchart TD"]
    for package, others in sorted(reduced(arrows(folder)).items()):
        lines += [f"  {package} --> {other}" for other in sorted(others)] or [f"  {package}"]
    return "\n".join([*lines, "```"]) + "\n"


def list_packages() -> str:
    """Return a table of all packages, and the modules next to them, each with what its docstring says it is."""
    known = modules()
    packages = {name for name, path in known.items() if path.name == "__init__.py"}
    lines = ["| package | what it is for | files |", "|---|---|---|"]
    counts: dict[str, int] = defaultdict(int)
    for name in known:
        counts[name.rpartition(".")[0]] += name not in packages
    for name, path in known.items():
        if name != "kg" and (name in packages or name.count(".") == 1):
            number = str(counts[name]) if name in packages else ""
            lines.append(f"| `{name}` | {_about(path)} | {number} |")
    return "\n".join(lines) + "\n"


def _about(path: Path) -> str:
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(said.partition("\n\n")[0].split())
    return first.replace("``", "`").replace("|", r"\|")
