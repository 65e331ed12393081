"""What an IRI named once: ``history.ttl`` of an article or of the shared records, written by commands alone."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from kg.editing.desk import Desk
from kg.editing.turtle import Edit, Turtle, literal
from kg.terms import PREFIXES

FILE = "history.ttl"
_HEAD = """\
# What these IRIs named once, and what stands in their place. Written by kg's commands; not edited by hand.

@prefix att: <ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
REPLACED_BY = PREFIXES["dcterms"] + "isReplacedBy"


def note(desk: Desk, folder: Path, iri: str, replaced_by: Sequence[str], why: str) -> None:
    """Record that an IRI names nothing any more, what replaces it, if anything, and why.

    Records that it replaced before lead to what replaces it now.
    """
    path = folder / FILE
    if path not in desk.changed and not path.exists():
        desk.put(path, _HEAD)
    turtle = desk.turtle(path)
    desk.edit(path, [edit for block in turtle.blocks for edit in _redirected(turtle, block.subject, iri, replaced_by)])
    desk.edit(path, [desk.turtle(path).insertion(None, _block(desk, iri, replaced_by, why))])


def _redirected(turtle: Turtle, subject: str, old: str, new: Sequence[str]) -> list[Edit]:
    found: list[Edit] = []
    for block in turtle.find(subject):
        there = block.get(REPLACED_BY)
        values = [value.iri for value in there.values] if there else []
        if there and old in values:
            kept = [iri for iri in values if iri != old and iri is not None]
            targets = list(dict.fromkeys([*kept, *new]))
            if targets:
                found.append(turtle.setting(block, REPLACED_BY, " , ".join(map(turtle.shorten, targets))))
            else:
                found += turtle.dropping(block, REPLACED_BY)
    return found


def _block(desk: Desk, iri: str, replaced_by: Sequence[str], why: str) -> str:
    def short(one: str) -> str:
        return f"<{one.removeprefix(desk.iris.base)}>"

    lines = [f"{short(iri)} a att:FormerRecord ;"]
    if replaced_by:
        lines.append(f"  dcterms:isReplacedBy {' , '.join(map(short, replaced_by))} ;")
    lines.append(f'  dcterms:modified "{datetime.date.today()}"^^xsd:date ;')
    lines.append(f"  rdfs:comment {literal(why, 'en')} .")
    return "\n".join(lines)


def former(desk: Desk, folder: Path) -> set[str]:
    """Return the IRIs that a folder's history knows."""
    path = folder / FILE
    return {block.subject for block in desk.turtle(path).blocks} if path.exists() or path in desk.changed else set()
