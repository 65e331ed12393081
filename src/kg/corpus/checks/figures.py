"""Numbers: what an article prints of a figure, and the value that is recorded of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rdflib import RDF, Literal, URIRef
from rdflib.namespace import DCTERMS, XSD, Namespace
from rdflib.term import Node

from kg.corpus.languages.numbers import read_numbers
from kg.corpus.report import VIOLATION, Result
from kg.corpus.sources.load import Corpus


def printed_values(corpus: Corpus) -> Iterator[Result]:
    """Find figures whose observation has no value, or another than they print."""
    data, term = corpus.data, Namespace(corpus.iris.term(""))
    for figure, observation in data.subject_objects(term.prints):
        values = [v for v in data.objects(observation, term.value) if isinstance(v, Literal)]
        if not values and (observation, RDF.type, term.Observation) in data:
            yield Result(VIOLATION, "FigureValue", figure, term.prints, observation, None, None)
        if len(values) != 1 or values[0].datatype not in (XSD.integer, XSD.decimal):
            continue  # the shape ObservationValue reports that
        language = language_of(corpus, figure)
        words = (node for node in data.objects(figure, term.words) if (node, RDF.type, term.PrintedNumber) in data)
        printed = (text for node in words for text in data.objects(node, term.printed))
        wanted = {number: str(text) for text in printed for number in read_numbers(str(text), language)}
        if wanted and number_of(values[0]) not in wanted:
            told = f"The value is {values[0]}, but the article prints “{'”, “'.join(dict.fromkeys(wanted.values()))}”. "
            told += f"Write that out, as in {next(iter(wanted)):f}; or correct the words of the figure."
            yield Result(VIOLATION, "PrintedValue", observation, term.value, values[0], told, None)


def language_of(corpus: Corpus, statement: Node) -> str:
    """Return the language of the article that a statement is of, by its first two letters; English if none is given."""
    article = URIRef(str(statement).partition("/statement/")[0])
    return str(corpus.data.value(article, DCTERMS.language) or "en")[:2]


def number_of(value: Node | None) -> Decimal | None:
    """Return the number that a literal writes out, if it does."""
    text = str(value)
    return Decimal(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text) else None
