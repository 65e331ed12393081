"""The catalogue of stored queries: ``queries/<name>.rq``, each a question in words and in SPARQL.

A file opens with comment lines ``# key: value``, of which *title*, *description* and *keywords* are required. Relative
IRIs resolve against the base IRI.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from kg.errors import DataError

_HEADER = re.compile(r"#\s*(title|description|keywords):\s*(.*\S)\s*$")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
REQUIRED = ("title", "description", "keywords")


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """One question. ``text`` is complete SPARQL that stands on its own."""

    name: str
    title: str
    description: str
    keywords: tuple[str, ...]
    text: str


def read_queries(folder: Path, base_iri: str) -> list[StoredQuery]:
    """Return the stored queries of a folder in the order of their names.

    Raises DataError, naming file and line, for a header that lacks a key or cannot be read.
    """
    return [read_query(path, base_iri) for path in sorted(folder.glob("*.rq"))]


def read_query(path: Path, base_iri: str) -> StoredQuery:
    """Return the stored query of one file; raises DataError as read_queries does."""
    if not _NAME.fullmatch(path.stem):
        raise DataError(f"{path}: name the file with lower-case letters, digits and hyphens, as in who-claims.rq.")
    found: dict[str, str] = {}
    body: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        header = _HEADER.match(line) if not body else None
        if header is None:
            body.append(line)
        else:
            found[header.group(1)] = header.group(2)
    missing = [key for key in REQUIRED if key not in found]
    if missing:
        raise DataError(f"{path}:1: the header lacks {', '.join(missing)}; add a line '# {missing[0]}: …'.")
    return StoredQuery(
        name=path.stem,
        title=found["title"],
        description=found["description"],
        keywords=tuple(k.strip() for k in found["keywords"].split(",")),
        text=f"BASE <{base_iri}>\n" + "\n".join(body).strip() + "\n",
    )
