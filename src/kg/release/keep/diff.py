"""What changed from one release to another: as triples, graph by graph, and in words, record by record."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kg.errors import Pruned, ReleaseError
from kg.release.format.delta import Delta, between
from kg.release.manifest import Manifest
from kg.release.publish import Releases
from kg.terms import PREFIXES, Iris

LABELS = (f"<{PREFIXES['rdfs']}label>", f"<{PREFIXES['skos']}prefLabel>")
_LABEL = re.compile(r'"((?:[^"\\]|\\.)*)"(@en\b)?')
_SUBJECT = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Change:
    """What changed of a record: added, removed or changed; its IRI, its label, and its lines taken away and added."""

    kind: str
    iri: str
    label: str
    delta: Delta


def compare(releases: Releases, one: str, other: str) -> dict[str, Delta]:
    """Return what leads from one release to another, by graph IRI: canonical N-Quads taken away and added.

    Where one of them was pruned, it is read from the log of changes, if that goes from one to the other. Raises
    ReleaseError where there is no such release, or the difference is no longer known.
    """
    try:
        return _by_objects(releases, releases.manifest(one), releases.manifest(other))
    except Pruned:
        return _by_log(releases, one, other)


def _by_objects(releases: Releases, one: Manifest, other: Manifest) -> dict[str, Delta]:
    before, after = releases.graphs(one), releases.graphs(other)
    found = {}
    for iri in before.changed(after):
        old, new = before.get(iri), after.get(iri)
        delta = between(
            releases.objects.get(old.digest) if old else b"", releases.objects.get(new.digest) if new else b""
        )
        if delta:
            found[iri] = delta
    return found


def _by_log(releases: Releases, one: str, other: str) -> dict[str, Delta]:
    records = {record.id: record for record in releases.log.records()}
    path, at = [], other
    while at != one:
        record = records.get(at)
        if record is None or record.base is None:
            raise ReleaseError(
                f"What changed from {one} to {other} is not known: one of them was pruned, and the log does not lead"
                " from the first to the second. Name them in the order of their making."
            )
        path.append(record)
        at = record.base
    found: dict[str, Delta] = defaultdict(Delta)
    for record in reversed(path):
        for iri, (old, new) in record.graphs.items():
            ending = f" <{iri}> .\n".encode() if iri else b" .\n"
            if old and new:
                lines = Delta(
                    frozenset(line for line in record.delta.removed if line.endswith(ending)),
                    frozenset(line for line in record.delta.added if line.endswith(ending)),
                )
            else:
                lines = between(releases.objects.get(old) if old else b"", releases.objects.get(new) if new else b"")
            found[iri] = found[iri].then(lines)
    return {iri: delta for iri, delta in sorted(found.items()) if delta}


def to_triples(deltas: Mapping[str, Delta]) -> Iterator[str]:
    """Yield the lines that change, each behind ``-`` or ``+`` and a space, graph by graph."""
    for _, delta in sorted(deltas.items()):
        for sign, lines in (("-", delta.removed), ("+", delta.added)):
            yield from (f"{sign} {line.decode().rstrip()}" for line in sorted(lines))


def by_record(releases: Releases, one: str, other: str, deltas: Mapping[str, Delta]) -> list[Change]:
    """Return each record that changed, with how, in the order of kinds and IRIs.

    A record is what a release says with an IRI, or a fragment of it, as subject; blank nodes count with none.
    """
    removed: dict[str, set[bytes]] = defaultdict(set)
    added: dict[str, set[bytes]] = defaultdict(set)
    for delta in deltas.values():
        for lines, records in ((delta.removed, removed), (delta.added, added)):
            for line in lines:
                match = _SUBJECT.match(line)
                if match:
                    records[match[1].partition(b"#")[0].decode()].add(line)
    before, after = _held(releases, one, deltas), _held(releases, other, deltas)
    found = []
    for iri in removed.keys() | added.keys():
        own = Delta(frozenset(removed[iri]), frozenset(added[iri]))
        kind = "changed" if iri in before and iri in after else "added" if iri not in before else "removed"
        found.append(Change(kind, iri, after.get(iri) or before.get(iri) or "", own))
    order = ("added", "changed", "removed")
    return sorted(found, key=lambda change: (order.index(change.kind), change.iri))


def _held(releases: Releases, identifier: str, deltas: Mapping[str, Delta]) -> dict[str, str]:
    """Return the records that a release holds in the graphs that change, each with its label, "" for none."""
    try:
        graphs = releases.graphs(releases.manifest(identifier))
    except Pruned:
        return {}
    held: dict[str, str] = {}
    for iri in deltas:
        entry = graphs.get(iri)
        for line in releases.objects.get(entry.digest).decode().split("\n") if entry else ():
            if line.startswith("<"):
                subject, predicate, rest = line.split(" ", 2)
                name = subject[1:-1]
                record = name.partition("#")[0]
                held.setdefault(record, "")
                if predicate in LABELS and name == record:
                    label = _LABEL.match(rest)
                    if label and (label[2] or not held[record]):  # the English one, if there is one
                        held[record] = _read(label[1])
    return held


def _read(escaped: str) -> str:
    try:
        return str(json.loads(f'"{escaped}"'))
    except ValueError:
        return escaped


def to_words(changes: list[Change], iris: Iris) -> Iterator[str]:
    """Yield a line for each record that changed, statements first, and how many of its triples went and came."""
    statements = [change for change in changes if "/statement/" in change.iri]
    others = [change for change in changes if "/statement/" not in change.iri]
    for title, listed in (("Statements", statements), ("Other records", others)):
        if not listed:
            continue
        yield f"{title}:"
        for change in listed:
            name = change.iri.removeprefix(iris.base)
            label = f"  {change.label}" if change.label else ""
            counts = f" (-{len(change.delta.removed)} +{len(change.delta.added)})" if change.kind == "changed" else ""
            yield f"  {change.kind:8}{name}{label}{counts}"
    if not changes:
        yield "Nothing changed."
