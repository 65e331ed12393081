"""Writing Turtle: blocks behind the prefixes that all files of the benchmark share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_PREFIXES = """\
@prefix att: <ns#> .
@prefix code: <code/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix id: <id/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def write(path: Path, blocks: Iterable[str]) -> None:
    """Write a file of blocks of Turtle."""
    path.write_text(_PREFIXES + "\n" + "\n".join(blocks), encoding="utf-8")
