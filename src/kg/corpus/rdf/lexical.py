"""Whether a literal is in the lexical space of its datatype (XSD 1.1 part 2), and how the engine would keep it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from kg.terms import PREFIXES

XSD = PREFIXES["xsd"]

_ZONE = r"(?:Z|[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00))?"
_YEAR = r"-?(?:[1-9]\d{3,}|0\d{3})"
_MONTH, _DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
_DATE = rf"({_YEAR})-({_MONTH})-({_DAY})"
_PERIOD = r"-?P(?=.){years}{days}(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
_64 = "[A-Za-z0-9+/]"
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_NAME_START = r"_A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
_NAME_START += r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
_NAME_CHAR = _NAME_START + r"\-.0-9\u00B7\u0300-\u036F\u203F-\u2040"

_FORMS = {
    "boolean": "true|false|1|0",
    "decimal": _NUMBER,
    "integer": r"[+-]?\d+",
    "double": rf"{_NUMBER}(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
    "float": rf"{_NUMBER}(?:[eE][+-]?\d+)?|[+-]?INF|NaN",
    "date": _DATE + _ZONE,
    "dateTime": rf"{_DATE}T{_TIME}{_ZONE}",
    "dateTimeStamp": rf"{_DATE}T{_TIME}{_ZONE[:-1]}",
    "time": _TIME + _ZONE,
    "gYear": _YEAR + _ZONE,
    "gYearMonth": rf"{_YEAR}-{_MONTH}{_ZONE}",
    "gMonth": rf"--{_MONTH}{_ZONE}",
    "gDay": rf"---{_DAY}{_ZONE}",
    "gMonthDay": rf"--(?:(?:0[13578]|1[02])-{_DAY}|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|[12]\d)){_ZONE}",
    "duration": _PERIOD.format(years=r"(?:\d+Y)?(?:\d+M)?", days=r"(?:\d+D)?"),
    "yearMonthDuration": r"-?P(?=.)(?:\d+Y)?(?:\d+M)?",
    "dayTimeDuration": _PERIOD.format(years="", days=r"(?:\d+D)?"),
    "hexBinary": r"(?:[0-9a-fA-F]{2})*",
    "base64Binary": rf"(?:(?:{_64} ?){{4}})*(?:(?:{_64} ?){{2}}[AEIMQUYcgkosw048] ?=|{_64} ?[AQgw] ?= ?=)?",
    "language": r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*",
    "normalizedString": r"[^\t\n\r]*",
    "token": r"(?:[^\t\n\r ]+(?: [^\t\n\r ]+)*)?",
    "NMTOKEN": rf"[{_NAME_CHAR}]+",
    "NCName": rf"[{_NAME_START}][{_NAME_CHAR}]*",
    "Name": rf"[:{_NAME_START}][:{_NAME_CHAR}]*",
}
"""Local name of a datatype → what its literals look like, white space collapsed."""

_AT_LEAST = {"nonNegativeInteger": 0, "positiveInteger": 1}
_AT_MOST = {"nonPositiveInteger": 0, "negativeInteger": -1}
_BITS = {"long": 63, "int": 31, "short": 15, "byte": 7}
_RANGES: dict[str, tuple[int | None, int | None]] = {
    **{name: (least, None) for name, least in _AT_LEAST.items()},
    **{name: (None, most) for name, most in _AT_MOST.items()},
    **{name: (-(2**bits), 2**bits - 1) for name, bits in _BITS.items()},
    **{f"unsigned{name.title()}": (0, 2 ** (bits + 1) - 1) for name, bits in _BITS.items()},
}
_MOST_DIGITS = 4_000
"""Digits of a whole number that Python reads; of a longer one only the form is looked at."""


def is_well_formed(text: str, datatype: str) -> bool:
    """Return whether a text is a lexical form of the datatype; of one that XSD does not define, nothing is known.

    RDF 1.1 takes a literal as it is written: white space around it, which XML would collapse, makes it ill-formed
    unless the datatype keeps it.
    """
    name = datatype.removeprefix(XSD)
    if name == datatype:
        return True
    return _checker(name)(text)


@lru_cache(maxsize=64)
def _checker(name: str) -> Callable[[str], bool]:
    if name in _RANGES:
        return lambda text: _in_range(text, *_RANGES[name])
    form = _FORMS.get(name)
    if form is None:
        return lambda _: True
    pattern = re.compile(form, re.ASCII if name not in ("NMTOKEN", "NCName", "Name") else 0)
    if name.startswith("date"):
        return lambda text: (match := pattern.fullmatch(text)) is not None and _exists(*match.groups()[:3])
    return lambda text: pattern.fullmatch(text) is not None


def _exists(year: str, month: str, day: str) -> bool:
    """Return whether a month of a year, by the proleptic Gregorian calendar with a year 0, has that day."""
    number = int(year[-4:]) if len(year) > _MOST_DIGITS else int(year)
    is_leap = number % 4 == 0 and (number % 100 != 0 or number % 400 == 0)
    most = {"02": 29 if is_leap else 28, "04": 30, "06": 30, "09": 30, "11": 30}.get(month, 31)
    return int(day) <= most


def _in_range(text: str, least: int | None, most: int | None) -> bool:
    if re.fullmatch(r"[+-]?[0-9]+", text) is None:
        return False
    digits = text.lstrip("+-").lstrip("0")
    if len(digits) > _MOST_DIGITS:
        return (most is None and not text.startswith("-")) or (least is None and text.startswith("-"))
    number = int(f"{text[0] if text[0] == '-' else ''}{digits or '0'}")
    return (least is None or number >= least) and (most is None or number <= most)


def stored_forms(literals: Iterable[Literal]) -> dict[Literal, Literal]:
    """Return the literals that the engine would keep in another form, and that form: ``01`` as ``1``."""
    kept = _BY_VALUE
    several = {literal for literal in literals if literal.datatype.value.removeprefix(XSD) in kept}
    if not several:
        return {}
    store, names = Store(), {}
    for number, literal in enumerate(several):
        names[NamedNode(f"urn:x-attested:{number}")] = literal
    same = NamedNode("urn:x-attested:same")
    store.extend(Quad(name, same, literal, DefaultGraph()) for name, literal in names.items())
    return {names[quad.subject]: quad.object for quad in store if quad.object != names[quad.subject]}


_BY_VALUE = frozenset(
    "boolean float double integer decimal byte short int long unsignedByte unsignedShort unsignedInt unsignedLong"
    " positiveInteger negativeInteger nonPositiveInteger nonNegativeInteger dateTime dateTimeStamp time date gYearMonth"
    " gYear gMonthDay gDay gMonth duration yearMonthDuration dayTimeDuration".split()
)
"""Datatypes whose literals the engine keeps by value."""
