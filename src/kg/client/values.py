"""What answers hold: SPARQL's terms as Python values, rows, and graphs."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, overload

from kg.errors import KgError

if TYPE_CHECKING:
    import pandas
    import polars
    import rdflib

XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGERS = frozenset(
    XSD + name
    for name in (
        *("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "nonPositiveInteger"),
        *("negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort", "unsignedByte"),
    )
)
MOST_DIGITS = 1_000
"""Digits up to which a number is read as one; Python takes long for more."""


class Iri(str):
    """An IRI; equal to its text."""

    __slots__ = ()

    @property
    def key(self) -> str:
        """The last part, as in ``russia``."""
        return self.replace("#", "/").rpartition("/")[2]


class Literal(str):
    """A literal that is no Python value of its own; equal to its text. Has a language, or a datatype that is kept."""

    __slots__ = ("datatype", "language")
    language: str | None
    datatype: str | None

    def __new__(cls, text: str, language: str | None = None, datatype: str | None = None) -> Literal:
        """Take a text with the tag of its language or its datatype."""
        made = super().__new__(cls, text)
        made.language, made.datatype = language, datatype
        return made


Value = Iri | Literal | int | Decimal | float | bool | datetime.date | datetime.datetime | str
"""A term: numbers, truth values, days and moments are Python's, a plain string is ``str``."""
Row = Mapping[str, Value]
"""Variable → value; a variable without a value is absent."""


class Rows(Sequence[Row]):
    """The rows of an answer, in its order, with the release that gave them."""

    def __init__(self, variables: Sequence[str], rows: Sequence[Row], release: str) -> None:
        """Keep what was answered."""
        self.variables, self.release = tuple(variables), release
        self._rows = tuple(rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Row, ...]: ...
    def __getitem__(self, index: int | slice) -> Row | tuple[Row, ...]:
        """Return a row, or some."""
        return self._rows[index]

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._rows)

    def __repr__(self) -> str:
        """Give columns and size."""
        return f"<{len(self)} rows of {', '.join(self.variables)}; release {self.release}>"

    def column(self, variable: str) -> list[Value | None]:
        """Return a column, with None where a row has no value; raises KeyError for one that there is not."""
        if variable not in self.variables:
            raise KeyError(f"There is no column {variable}: the answer has {', '.join(self.variables)}.")
        return [row.get(variable) for row in self._rows]

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a data frame of pandas; raises KgError where that is not installed."""
        try:
            import pandas
        except ImportError:
            raise _missing("pandas") from None
        columns = {name: [_plain(value) for value in self.column(name)] for name in self.variables}
        return pandas.DataFrame(columns, columns=list(self.variables)).convert_dtypes()

    def to_polars(self) -> polars.DataFrame:
        """Return the rows as a data frame of Polars; raises KgError where that is not installed.

        A column with values of several kinds is one of texts.
        """
        try:
            import polars
        except ImportError:
            raise _missing("polars") from None
        return polars.DataFrame({name: _alike([_plain(v) for v in self.column(name)]) for name in self.variables})


class Triples:
    """The graph of an answer, in N-Triples, with the release that gave it."""

    def __init__(self, ntriples: str, release: str) -> None:
        """Keep what was answered."""
        self.ntriples, self.release = ntriples, release

    def __iter__(self) -> Iterator[str]:
        """Iterate over the lines, a triple each."""
        return iter(self.ntriples.splitlines())

    def __len__(self) -> int:
        """Count the triples."""
        return self.ntriples.count("\n")

    def to_rdflib(self) -> rdflib.Graph:
        """Return the graph as rdflib's."""
        import rdflib

        return rdflib.Graph().parse(data=self.ntriples, format="nt")


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with its label in the connection's language, or else in English, or else the last part of its IRI."""

    iri: Iri
    label: str

    def __str__(self) -> str:
        """Return the label."""
        return self.label


def to_value(term: Mapping[str, Any]) -> Value:
    """Return a term of SPARQL 1.1 Query Results JSON as a Python value; a value out of its kind stays a Literal."""
    text, datatype = term["value"], term.get("datatype")
    if term["type"] == "uri":
        return Iri(text)
    if term["type"] == "triple":  # RDF 1.2
        return Literal(" ".join(str(to_value(text[part])) for part in ("subject", "predicate", "object")))
    if "xml:lang" in term:
        return Literal(text, language=term["xml:lang"])
    if datatype is None or datatype == XSD + "string":
        return str(text)
    with suppress(ValueError, ArithmeticError):
        return _convert(text, datatype)
    return Literal(text, datatype=datatype)


def _convert(text: str, datatype: str) -> Value:
    if len(text) > MOST_DIGITS:
        raise ValueError
    if datatype in _INTEGERS:
        return int(text)
    if datatype == XSD + "boolean" and text in ("true", "1", "false", "0"):
        return text in ("true", "1")
    if datatype == XSD + "decimal":
        return Decimal(text)
    if datatype in (XSD + "double", XSD + "float"):
        return float(text.replace("INF", "inf"))
    if datatype == XSD + "date":
        return datetime.date.fromisoformat(text)
    if datatype == XSD + "dateTime":
        return datetime.datetime.fromisoformat(text)
    raise ValueError


def _plain(value: Value | None) -> Value | None:
    return str(value) if isinstance(value, str) else value


def _alike(values: list[Value | None]) -> list[Value | None]:
    """Return the values, or their texts where they are of several kinds, or numbers too large for a column."""
    kinds = {type(value) for value in values if value is not None}
    too_large = any(type(value) is int and not -(2**63) <= value < 2**63 for value in values)
    if len(kinds) < 2 and not too_large:
        return values
    return [None if value is None else str(value) for value in values]


def _missing(package: str) -> KgError:
    return KgError(f"{package} is not installed. Install it (pip install {package}), or read the rows as they are.")
