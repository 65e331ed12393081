"""Numbers: what an article prints of a figure, and the value that is recorded of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from rdflib import Literal, URIRef
from rdflib.namespace import XSD
from rdflib.term import Node

from kg.corpus.load import Corpus
from kg.corpus.report import VIOLATION, Result

_PRINTED = re.compile(
    r"(\d[\d,]*(?:\.\d+)?)(?:[\s-]*(thousand|million|billion|trillion|bn|[kmb])(?!\w))?", re.IGNORECASE
)
_LONGEST = 100
"""Characters of a number that is read: none that an article prints is longer, and arithmetic ends somewhere."""
_TIMES = {"k": 10**3, "m": 10**6, "b": 10**9, "bn": 10**9}
_TIMES |= {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def printed_values(corpus: Corpus) -> Iterator[Result]:
    """Find figures whose value is not the number that is printed; numbers printed in words are not read."""
    value_term, printed_term = (URIRef(corpus.iris.term(name)) for name in ("value", "printed"))
    values: dict[Node, list[Literal]] = defaultdict(list)
    printed: dict[Node, set[Decimal]] = defaultdict(set)
    for subject, predicate, value in corpus.graph_of:
        if predicate == value_term and isinstance(value, Literal) and value.datatype in (XSD.integer, XSD.decimal):
            values[subject].append(value)
        elif predicate == printed_term:
            printed[subject] |= read_numbers(str(value))
    for subject, found in values.items():
        wanted = printed.get(subject)
        if wanted and len(found) == 1 and _number(found[0]) not in wanted:  # of two, the shape FigureValue tells
            yield Result(VIOLATION, "PrintedValue", subject, value_term, found[0], None, None)


def read_numbers(text: str) -> set[Decimal]:
    """Return the numbers that a text prints in digits, written out: 66,000,000,000 for 66B."""
    return {
        Decimal(match[1].replace(",", "")) * _TIMES.get((match[2] or "").lower(), 1)
        for match in _PRINTED.finditer(text)
        if len(match[1]) <= _LONGEST
    }


def _number(value: Literal) -> Decimal | None:
    text = str(value)
    return Decimal(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text) else None
