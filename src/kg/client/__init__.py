"""Attested from Python: a server by its address, or a folder of releases, read as values with types.

::

    import kg

    with kg.connect("http://127.0.0.1:8000") as graph:
        for statement in graph.statements(claimant="Russia", issue="Territory"):
            print(statement, statement.modality, statement.evidence.passage)
        graph.query("SELECT …").to_pandas()

A connection reads one release, so what it answers never changes; ``release=ID`` names an earlier one.
"""

from __future__ import annotations

from pathlib import Path

from kg.client.connection import Connection
from kg.client.records import Dispute, Entity, Evidence, Figure, Hit, Position, Statement, StoredQuery, Verdict
from kg.client.source import Source
from kg.client.values import Iri, Literal, Named, Rows, Triples

__all__ = [
    "Connection",
    "Dispute",
    "Entity",
    "Evidence",
    "Figure",
    "Hit",
    "Iri",
    "Literal",
    "Named",
    "Position",
    "Rows",
    "Statement",
    "StoredQuery",
    "Triples",
    "Verdict",
    "connect",
]


def connect(
    source: str | Path, *, release: str | None = None, language: str = "en", texts: Path | None = None
) -> Connection:
    """Return a connection to one release, the active one unless ``release`` names another.

    ``source`` is the address of a server of ``kg serve`` or a folder of releases, ``language`` that of labels where
    there is a choice, ``texts`` a folder of article texts, against which quotations are verified. Raises KgError.
    """

    def open_source(wanted: str | None) -> Source:
        if "://" in str(source):
            from kg.client.remote import Remote

            return Remote(str(source), wanted)
        from kg.client.local import Local

        return Local(Path(source), wanted)

    return Connection(open_source, release, language, texts)
