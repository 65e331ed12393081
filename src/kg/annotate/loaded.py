"""Things as the page loaded them, compared with what the files say now; and requests that were carried out already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rdflib import URIRef
from rdflib.namespace import SKOS

from kg.annotate.workspace import Changed, Workspace
from kg.editing.entry import Entry, Val, read_entry

PARTS = ("att:words", "att:inference")
"""Properties that lead to parts of a statement."""
Said = dict[str, list[Any]]


def said(entry: Entry | None) -> Said:
    """Return all that is said of a thing and its parts, by the IRIs of the properties, as JSON; {} of nothing."""
    if entry is None:
        return {}
    values = {iri: sorted(map(_written, found)) for iri, found in entry.values.items()}
    parts = {iri: [{"iri": part.iri, **said(part)} for part in found] for iri, found in entry.parts.items()}
    return values | parts


def _written(value: Val) -> list[str]:
    return [value.iri or "", value.text, value.language or "", value.datatype or ""]


class Loaded:
    """Compares what the page loaded with the files of a workspace, and remembers what its requests made."""

    def __init__(self, work: Workspace) -> None:
        """Compare with the files of a workspace."""
        self._work, self._forms = work, work.forms
        self._made: dict[str, tuple[str, Said, int]] = {}

    def now(self, iri: str) -> Said:
        """Return what the files say of a thing, as they were read last."""
        if not iri:
            return {}
        work, desk = self._work, self._work.files
        paths = work.paths if iri.startswith(f"{work.article}/") else desk.paths()
        return said(read_entry(desk, iri, paths, [self._forms.expand(name) for name in PARTS]))

    def require(self, sent: Mapping[str, Any]) -> None:
        """Raise Changed where a file changed since the page looked, above all where the thing itself did."""
        try:
            self._work.desk(sent.get("revision"))
        except Changed:
            self._require_same(sent)
            raise
        self._require_same(sent)

    def _require_same(self, sent: Mapping[str, Any]) -> None:
        iri, was = str(sent.get("iri") or ""), sent.get("was") or {}
        now = self.now(iri)
        if was == now:
            return
        name = iri.removeprefix(f"{self._work.article}/")
        names = ", ".join(sorted(self._short(one) for one in {*was, *now} if was.get(one) != now.get(one)))
        what = f"changed on the disk since you opened it ({names})" if now else "was deleted on the disk meanwhile"
        raise Changed(
            f"{name} {what}. Nothing was written: what you entered is still here. Copy what you need of it, close the"
            " form (Esc) and open it again."
        )

    def require_note(self, passage: str, sent: Mapping[str, Any]) -> None:
        """Raise Changed where the note on a passage is another than the page loaded."""
        iri = URIRef(f"{self._work.article}/passage/{passage}")
        now = str(self._work.graph.value(iri, SKOS.editorialNote) or "")  # one, as the page shows
        if now != sent.get("was", now):
            raise Changed(
                f"The note on this passage changed on the disk since you opened it, to “{now}”. Nothing was written:"
                " what you entered is still here. Copy what you need of it, close the note (Esc) and open it again."
            )

    def _short(self, iri: str) -> str:
        return self._forms.shorten(iri) if iri in self._forms.order else re.split("[/#]", iri)[-1]

    def again(self, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what was sent or, if its request was carried out and the page did not learn it, a change of that."""
        made = self._made.get(str(sent.get("request") or ""))
        if made is None:
            return sent
        iri, was, revision = made
        return {**sent, "iri": iri, "was": was, "revision": revision}

    def remember(self, sent: Mapping[str, Any], iri: str) -> None:
        """Remember what a request made."""
        if request := str(sent.get("request") or ""):
            self._made[request] = (iri, self.now(iri), self._work.revision)
