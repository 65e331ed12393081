"""Numbers: what an article prints of a figure, and the value that is recorded of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from rdflib import RDF, Literal, URIRef
from rdflib.namespace import DCTERMS, XSD, Namespace
from rdflib.term import Node

from kg.corpus.load import Corpus
from kg.corpus.report import VIOLATION, Result

_LONGEST = 100
"""Characters of a number that is read: none that an article prints is longer, and arithmetic ends somewhere."""
_TIMES = {"k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9, "thousand": 10**3, "million": 10**6}
_TIMES |= {"billion": 10**9, "trillion": 10**12}
_TIMES_DE = {"tsd.": 10**3, "tausend": 10**3, "mio.": 10**6, "million": 10**6, "millionen": 10**6, "mrd.": 10**9}
_TIMES_DE |= {"milliarde": 10**9, "milliarden": 10**9, "billion": 10**12, "billionen": 10**12}


@dataclass(frozen=True, slots=True)
class _Notation:
    """How a language prints numbers: what sets thousands apart, what the fraction, and the words that multiply."""

    group: str
    point: str
    times: dict[str, int]

    def read(self, text: str) -> set[Decimal]:
        group, point = re.escape(self.group), re.escape(self.point)
        words = "|".join(map(re.escape, sorted(self.times, key=len, reverse=True)))
        pattern = rf"(\d[\d{group}]*(?:{point}\d+)?)(?:[\s-]*({words})(?!\w))?"
        return {
            Decimal(match[1].replace(self.group, "").replace(self.point, "."))
            * self.times.get((match[2] or "").lower(), 1)
            for match in re.finditer(pattern, text, re.IGNORECASE)
            if len(match[1]) <= _LONGEST
        }


_NOTATIONS = {"en": _Notation(",", ".", _TIMES), "de": _Notation(".", ",", _TIMES_DE)}


def printed_values(corpus: Corpus) -> Iterator[Result]:
    """Find figures whose observation has no value, or another than they print; numbers in words are not read."""
    data, term = corpus.data, Namespace(corpus.iris.term(""))
    for figure, observation in data.subject_objects(term.prints):
        values = [v for v in data.objects(observation, term.value) if isinstance(v, Literal)]
        if not values and (observation, RDF.type, term.Observation) in data:
            yield Result(VIOLATION, "FigureValue", figure, term.prints, observation, None, None)
        if len(values) != 1 or values[0].datatype not in (XSD.integer, XSD.decimal):
            continue  # the shape ObservationValue tells
        language = language_of(corpus, figure)
        words = (node for node in data.objects(figure, term.words) if (node, RDF.type, term.PrintedNumber) in data)
        printed = (text for node in words for text in data.objects(node, term.printed))
        wanted = {number for text in printed for number in read_numbers(str(text), language)}
        if wanted and number_of(values[0]) not in wanted:
            yield Result(VIOLATION, "PrintedValue", observation, term.value, values[0], None, None)


def language_of(corpus: Corpus, statement: Node) -> str:
    """Return the language of the article that a statement is of, by its first two letters; English if none is given."""
    article = URIRef(str(statement).partition("/statement/")[0])
    return str(corpus.data.value(article, DCTERMS.language) or "en")[:2]


def read_numbers(text: str, language: str = "en") -> set[Decimal]:
    """Return the numbers that a text prints in digits, written out: 66,000,000,000 for 66B."""
    return _NOTATIONS.get(language, _NOTATIONS["en"]).read(text)


def number_of(value: Node | None) -> Decimal | None:
    """Return the number that a literal writes out, if it does."""
    text = str(value)
    return Decimal(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text) else None
