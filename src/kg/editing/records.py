"""Records over time: renamed, merged, split, withdrawn. What an IRI named once is never forgotten, and never reused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg.editing.desk import Desk
from kg.editing.history import FILE, former, note
from kg.editing.turtle import RDF_TYPE, Block, Turtle, Value, literal
from kg.errors import DataError, SettingsError
from kg.settings import Settings
from kg.terms import PREFIXES

LABEL, ALSO = PREFIXES["rdfs"] + "label", PREFIXES["skos"] + "altLabel"
OWN = {
    RDF_TYPE,
    LABEL,
    PREFIXES["rdfs"] + "comment",
    *(PREFIXES["skos"] + name for name in ("prefLabel", "definition", "inScheme", "topConceptOf")),
}
"""Properties that a merged record keeps of the one that stays, and does not take from the other."""
SPLIT = "{old} was split into {new}. Put the right one in its place, then take this line out."


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: in how many files, and what an editor has to look at."""

    files: tuple[Path, ...]
    notes: tuple[str, ...] = field(default=())


def rename(settings: Settings, old: str, new: str, why: str = "Renamed.") -> Done:
    """Give a record another name, everywhere; raises DataError where there is none, or the new name is taken."""
    work = _Records(settings)
    source, target = work.iri(old), work.iri(new)
    work.require(source)
    work.require_free(target)
    if work.folder(source) != work.folder(target):
        raise DataError(f"{old} and {new} lie in different places. Give a name that begins as the old one does.")
    work.move(source, target)
    work.note(source, [target], why)
    return work.write()


def merge(settings: Settings, old: str, new: str, why: str = "Merged: both are one thing.") -> Done:
    """Put one record in place of another; it takes over the names and links of that.

    What it does not take over, a comment or definition, is reported. Raises DataError where one of them is missing, or
    they are of different kinds.
    """
    work = _Records(settings)
    source, target = work.iri(old), work.iri(new)
    if source == target:
        raise SettingsError("A record cannot be merged with itself.")
    kinds = [_values_of(work.require(iri), RDF_TYPE) for iri in (source, target)]
    if kinds[0] != kinds[1]:
        raise DataError(f"{old} and {new} are of different kinds. Give both the same class first.")
    work.take_over(source, target)
    work.remove(source)
    work.move(source, target)
    work.drop_loops(target)
    work.note(source, [target], why)
    return work.write()


def split(settings: Settings, old: str, new: Sequence[str], why: str = "Split: it stood for several things.") -> Done:
    """Give up a record for several others, which exist; statements that used it become drafts.

    Raises DataError where one of them is missing, or something that cannot be a draft uses it.
    """
    work = _Records(settings)
    source, targets = work.iri(old), [work.iri(name) for name in new]
    if len(targets) < 2 or source in targets:
        raise SettingsError("A record is split into two or more others.")
    for iri in (source, *targets):
        work.require(iri)
    users = [user for user in work.users(source) if not work.is_part(user, source)]
    fixed = sorted({work.short(user) for user in users if "/statement/" not in user})
    if fixed:
        raise DataError(f"{old} is used by {_some(fixed)}. Put one of the new records there first.")
    work.draft(users, SPLIT.format(old=old, new=", ".join(new)))
    work.remove(source)
    work.note(source, targets, why)
    return work.write()


def withdraw(settings: Settings, name: str, why: str, is_published: Callable[[str], bool] = lambda _: False) -> Done:
    """Take out a record or statement that nothing uses; raises DataError where something does, or there is none.

    One that was published, as ``is_published`` says of an IRI, may be in no file any more: then only that is recorded.
    """
    work = _Records(settings)
    iri = work.iri(name)
    if work.is_described(iri) or not is_published(iri):
        work.require(iri)
    users = sorted({work.short(user) for user in work.users(iri) if not work.is_part(user, iri)})
    if users:
        raise DataError(f"{name} is used by {_some(users)}. Put something else there first, or merge it.")
    work.remove(iri)
    work.note(iri, [], why)
    return work.write()


class _Records:
    def __init__(self, settings: Settings) -> None:
        self._desk = Desk(settings)
        self._iris = self._desk.iris
        self._notes: list[str] = []

    def iri(self, name: str) -> str:
        """Return the IRI of a name as an editor writes it: ``id:x``, ``code:x``, ``article/slug/…`` or whole."""
        prefix, colon, local = name.partition(":")
        if colon and prefix in ("id", "code"):
            return f"{self._iris.base}{prefix}/{local}"
        if name.startswith(self._iris.base):
            return name
        if name.startswith(("id/", "code/", "article/")):
            return self._iris.base + name
        raise SettingsError(f"{name!r} is no name of a record: write id:x, code:x or article/SLUG/statement/012-1.")

    def short(self, iri: str) -> str:
        """Return an IRI without the base."""
        return iri.removeprefix(self._iris.base).partition("#")[0]

    def is_part(self, iri: str, whole: str) -> bool:
        """Return whether an IRI is that of a thing, or of its words and inferences."""
        return iri == whole or iri.startswith(whole + "#")

    def folder(self, iri: str) -> Path:
        """Return the folder of data that an IRI belongs to."""
        kind, _, rest = iri.removeprefix(self._iris.base).partition("/")
        if kind == "article":
            return self._desk.article_folder(rest.partition("/")[0])
        return self._desk.data / {"id": "authority", "code": "codes"}[kind]

    def require(self, iri: str) -> list[tuple[Path, Block]]:
        """Return the blocks of a record; raises DataError where there is none."""
        found = list(self._desk.find(iri))
        if not any(block.get(RDF_TYPE) for _, block in found) or iri in former(self._desk, self.folder(iri)):
            raise DataError(f"There is no record {self.short(iri)}. See kg find.")
        return found

    def is_described(self, iri: str) -> bool:
        """Return whether a file says anything of an IRI."""
        return any(self._desk.find(iri))

    def require_free(self, iri: str) -> None:
        """Raise DataError where a name is taken, or was once."""
        if iri in former(self._desk, self.folder(iri)):
            raise DataError(f"{self.short(iri)} named something else once, and was given up. Give another name.")
        if self.is_described(iri):
            raise DataError(f"{self.short(iri)} exists already. See kg merge.")

    def _paths(self) -> Iterator[Path]:
        return (path for path in self._desk.paths() if path.name != FILE)

    def users(self, iri: str) -> Iterator[str]:
        """Give the subjects of which a record is a value."""
        for path in self._paths():
            for block in self._desk.turtle(path).blocks:
                if any(value.iri == iri for one in block.properties for value in one.values):
                    yield block.subject

    # Changes

    def move(self, old: str, new: str) -> None:
        """Put one IRI in place of another in all files."""
        for path in self._paths():
            self._desk.edit(path, self._desk.turtle(path).renaming(old, new))

    def remove(self, iri: str) -> None:
        """Take out all that is said of a record, and of its words and inferences."""
        for path in self._paths():
            turtle = self._desk.turtle(path)
            self._desk.edit(
                path, [turtle.removal(block) for block in turtle.blocks if self.is_part(block.subject, iri)]
            )

    def take_over(self, old: str, new: str) -> None:
        """Give a record the names and links of another, and note what it is not given."""
        wanted: dict[str, list[str]] = {}
        for path, block in self._desk.find(old):
            turtle = self._desk.turtle(path)
            for one in block.properties:
                name = ALSO if one.iri == LABEL else one.iri
                if name not in OWN:
                    wanted.setdefault(name, []).extend(_written(value) for value in one.values)
                elif name not in (RDF_TYPE, PREFIXES["skos"] + "prefLabel"):
                    self._notes += [f"not taken over: {turtle.shorten(one.iri)} {value.text}" for value in one.values]
        path, block = next(self._desk.find(new))
        had = {value.text for one in block.properties if one.iri in (LABEL, ALSO) for value in one.values}
        for name, values in wanted.items():
            path, block = next(self._desk.find(new))
            there = block.get(name)
            turtle = self._desk.turtle(path)
            known = had | {_written(value) for value in (there.values if there else ())}
            added = [value for value in dict.fromkeys(values) if value not in known]
            if added:
                self._desk.edit(path, [turtle.adding(block, name, [self._local(turtle, value) for value in added])])

    def _local(self, turtle: Turtle, written: str) -> str:
        return turtle.shorten(written[1:-1]) if written.startswith("<") else written

    def drop_loops(self, iri: str) -> None:
        """Take out what a record says of itself after it was put in place of another."""
        for path, block in list(self._desk.find(iri)):
            turtle = self._desk.turtle(path)
            loops = [value for one in block.properties for value in one.values if value.iri == iri]
            self._desk.edit(path, turtle.without(block, loops) if loops else [])

    def draft(self, users: Sequence[str], text: str) -> None:
        """Make drafts of the statements that some subjects are, or are words of."""
        name = self._iris.term("draft")
        for statement in sorted({user.partition("#")[0] for user in users}):
            path, block = next(self._desk.find(statement))
            if block.get(name) is None:
                self._desk.edit(path, [self._desk.turtle(path).adding(block, name, [literal(text)])])
                self._notes.append(f"a draft now: {self.short(statement)}")

    def note(self, old: str, new: Sequence[str], why: str) -> None:
        """Record in the history what happened to a name."""
        note(self._desk, self.folder(old), old, new, why)

    def write(self) -> Done:
        """Write all files."""
        files = tuple(self._desk.changed)
        self._desk.write()
        return Done(files, tuple(self._notes))


def _written(value: Value) -> str:
    """Return a value as it reads in any file: an IRI whole, anything else as it stands."""
    return f"<{value.iri}>" if value.iri else value.text


def _values_of(blocks: list[tuple[Path, Block]], predicate: str) -> set[str | None]:
    return {v.iri for _, block in blocks for one in block.properties if one.iri == predicate for v in one.values}


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
