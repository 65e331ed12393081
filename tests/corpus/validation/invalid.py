"""The invalid files of ``tests/data/invalid``, and which of them can be laid side by side.

Each file of ``tests/data/invalid`` is laid over the sample. Its name is that of the shape that rejects it, with a word
on the variant behind a hyphen where there are several, and it opens with three comment lines::

    # goes to: articles/sample/invalid.ttl        or another file, followed by (appended) or (in its place)
    # wrong: what is wrong
    # found at: the words on the line to be reported
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from rdflib import RDFS

from helpers.serving import HOME
from kg.settings import Settings
from kg.terms import Iris

IRIS = Iris(Settings().base_iri)
SAMPLE_DATA = HOME / "tests" / "data" / "valid"
INVALID_FOLDER = HOME / "tests" / "data" / "invalid"
INVALID = sorted(path.stem for path in INVALID_FOLDER.glob("*.ttl"))
WITHOUT_SHAPE = {"Syntax"}
"""Checks that no shape describes: what is not Turtle is no data that a shape could be about."""

HEADER = re.compile(r"# goes to: (\S+)(?: \((appended|in its place)\))?\n# wrong: (.+)\n# found at: (.+)\n\n")


@dataclass(frozen=True, slots=True)
class Invalid:
    """An invalid file: which shape rejects it, where it is laid, and the words on the line to be reported."""

    shape: str
    target: str
    mode: str | None
    wrong: str
    token: str
    text: str

    def lay_over(self, settings: Settings, name: str | None = None) -> str:
        """Write the file where it goes, or next to it under a name; return the ``file:line`` to be reported."""
        folder = settings.home if self.target.startswith("ontology/") else settings.data_dir
        path = (folder / self.target).with_name(name or Path(self.target).name)
        if self.mode is None:
            path.parent.mkdir(exist_ok=True)
            assert not path.exists()
        else:
            assert path.exists()
        before = path.read_text("utf-8") if self.mode == "appended" else ""
        path.write_text(before + self.text, "utf-8")
        return f"{path}:{find_line(path, self.token)}"


def read_invalid(name: str) -> Invalid:
    text = (INVALID_FOLDER / f"{name}.ttl").read_text("utf-8")
    header = HEADER.match(text)
    assert header, f"{name}.ttl does not open with the three lines: goes to, wrong, found at"
    return Invalid(name.partition("-")[0], *header.groups(), text)


def find_line(path: Path, token: str) -> int:
    """Return the number of the first line that holds the token, comments left out."""
    lines = enumerate(path.read_text("utf-8").split("\n"), start=1)
    return next(number for number, line in lines if token in line and not line.startswith("#"))


# Side by side: a folder holds as many invalid files as do not meddle with each other

NEW_STATEMENT = re.compile(r"\b(s:\d{3}-)9\b")
STATEMENT = re.compile(rf"{IRIS.base}article/\w+/statement/[\d-]+")
UNTOLD = {IRIS.term(name) for name in ("words", "inference", "about", "labelNote")} | {
    str(RDFS.label),
    str(RDFS.comment),
}
"""What one statement may have otherwise and still say what another says (kg.corpus.checks.statements)."""


def renumbered(invalid: Invalid, number: int) -> Invalid:
    """Return an invalid file with another number for its new statement."""
    text, token = (NEW_STATEMENT.sub(rf"\g<1>{number}", part) for part in (invalid.text, invalid.token))
    return replace(invalid, text=text, token=token)


def read_quads(text: str) -> list[Quad]:
    return list(parse(text, format=RdfFormat.TURTLE, base_iri=IRIS.base))


def claims(invalid: Invalid, known: set[str]) -> set[object]:
    """Return what no other file next to it may have: what it describes, new names, labels, statements."""
    if invalid.mode == "in its place" or invalid.shape in WITHOUT_SHAPE:
        return {"everything"}
    above = (HOME / invalid.target).read_text("utf-8") if invalid.mode == "appended" else ""
    quads = read_quads("".join(re.findall("@prefix .*\n", above)) + invalid.text)
    said: dict[str, set[str]] = defaultdict(set)
    found: set[object] = {quad.subject.value for quad in quads}
    for quad in quads:
        if not STATEMENT.fullmatch(quad.subject.value):
            found |= {quad.object.value} - known if quad.predicate.value == str(RDFS.label) else set()
        elif quad.predicate.value not in UNTOLD:
            said[quad.subject.value].add(f"{quad.predicate} {quad.object}")
        found |= {name.value for name in (quad.predicate, quad.object) if isinstance(name, NamedNode)} - known
    return found | set(map(frozenset, said.values()))


def side_by_side() -> list[dict[str, Invalid]]:
    """Return the invalid files by name, in as few lots as they can be laid in together."""
    folders = (SAMPLE_DATA, HOME / "data" / "codes", HOME / "ontology")
    quads = [
        quad for folder in folders for path in folder.rglob("*.ttl") for quad in read_quads(path.read_text("utf-8"))
    ]
    known = {term.value for quad in quads for term in quad.triple if isinstance(term, NamedNode)}
    lots: list[tuple[set[object], dict[str, Invalid]]] = []
    for number, name in enumerate(INVALID, start=9000):
        invalid = renumbered(read_invalid(name), number)
        own = claims(invalid, known)
        taken = next((lot for lot in lots if not own & lot[0] and "everything" not in own | lot[0]), None)
        if taken is None:
            lots.append(taken := (set(), {}))
        taken[0].update(own)
        taken[1][name] = invalid
    return [lot for _, lot in lots]
