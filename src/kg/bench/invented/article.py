"""One article in the making: who wrote it, its passages, and when things were."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

from kg.bench.invented.shared import Shared

PASSAGES = 100
"""Passages of one article: with its statements some 6,600 quads as published."""


@dataclass(slots=True)
class Article:
    """One article: its slug, what it may speak of, and the chance by which it is made."""

    slug: str
    shared: Shared
    rng: random.Random

    @property
    def root(self) -> str:
        """Path of the article below the base IRI."""
        return f"article/{self.slug}"

    def record(self) -> Iterator[str]:
        """Give the article, its voice and its encoding."""
        digest = hashlib.sha256(self.slug.encode()).hexdigest()
        yield (
            f'<{self.root}> a att:Article ;\n  rdfs:label "Report {self.slug}"@en ;\n  dcterms:language "en" ;\n'
            f"  att:notGiven schema:headline , schema:author , schema:publisher , schema:datePublished , schema:url ;\n"
            f'  att:digest "{digest}" .\n'
        )
        yield (
            f'<{self.root}/voice> a att:ArticleVoice ;\n  rdfs:label "the article itself ({self.slug})"@en ;\n'
            f"  att:voiceOf <{self.root}> .\n"
        )
        yield (
            f'<{self.root}/encoding> a att:Encoding ;\n  rdfs:label "encoding of {self.slug}"@en ;\n'
            f"  prov:used <{self.root}> ;\n  prov:wasAssociatedWith id:attested-editors ;\n"
            '  dcterms:created "2026-11-22"^^xsd:date .\n'
        )

    def passages(self) -> Iterator[str]:
        """Give the passages: a heading before each eight, table rows at the end, sentences else."""
        start = 0
        heading = ""
        for number in range(1, PASSAGES + 1):
            kind = kind_of(number)
            iri = f"{self.root}/passage/{number:03}"
            end = start + self.rng.randint(40, 220)
            section = f"  att:section <{heading}> ;\n" if heading and kind != "heading" else ""
            if kind == "heading":
                heading = iri
            digest = hashlib.sha256(f"{self.slug} {number}".encode()).hexdigest()
            yield (
                f"<{iri}> a att:Passage ;\n  att:number {number} ;\n  att:kind code:{kind} ;\n{section}"
                f"  oa:hasSource <{self.root}> ;\n  oa:hasSelector <{iri}#position> ;\n"
                f'  att:digest "{digest}" .\n'
                f"<{iri}#position> a oa:TextPositionSelector ;\n  oa:start {start} ; oa:end {end} .\n"
            )
            start = end + 1

    def periods(self) -> Iterator[str]:
        """Give the periods that its statements speak of."""
        yield (
            f'<{self.root}/period/recent> a att:Period ;\n  rdfs:label "recently (not dated)"@en ;\n'
            "  att:precision code:relative .\n"
        )
        for month in range(1, 13):
            yield (
                f'<{self.root}/period/m{month}> a att:Period ;\n  rdfs:label "month {month} of 2025"@en ;\n'
                f'  att:precision code:month ;\n  att:firstDay "2025-{month:02}-01"^^xsd:date ;\n'
                f'  att:lastDay "2025-{month:02}-28"^^xsd:date .\n'
            )


def kind_of(number: int) -> str:
    """Return the kind of the passage of that number: a heading before each eight, table rows at the end."""
    if number % 8 == 1:
        return "heading"
    return "table-row" if number > PASSAGES - 6 else "sentence"
