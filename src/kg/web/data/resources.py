"""An answer in canonical N-Triples → resources with their properties, for templates to read."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from kg.names import fold
from kg.reading import Text
from kg.terms import Iris
from kg.web.text.language import SOURCE, gettext
from kg.web.text.plain import Words, in_address

if TYPE_CHECKING:
    from kg.web.data.context import Context

_LINE = re.compile(r'(<[^>]*>|_:\S+) <([^>]*)> (?:<([^>]*)>|(_:\S+)|"(.*)"(?:@([\w-]+)|\^\^<([^>]*)>)?) \.')
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,60}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,2})?")
_PASSAGE = re.compile(r"/article/(?P<article>[^/]+)/passage/(?P<number>[0-9]{1,9})$")
_SHORT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def to_decimal(text: str) -> Decimal | None:
    """Return the number that a text gives, or None where it gives none."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


class Value(NamedTuple):
    """A literal."""

    text: str
    language: str | None
    datatype: str | None


class Resource:
    """One IRI or blank node and all that the answer says of it."""

    def __init__(self, iri: str, resources: Resources) -> None:
        """Start without properties."""
        self.iri = iri
        self.resources = resources
        self._values: dict[str, list[Value]] = {}
        self._links: dict[str, list[Resource]] = {}
        self._sorted: dict[str, list[Resource]] = {}
        self._types: frozenset[str] | None = None
        self._names: dict[str, Value] = {}
        self._keys: dict[str, tuple[str, str]] = {}

    def add(self, predicate: str, value: Value | Resource) -> None:
        """Add a property once, before anything is read: what is read is sorted once and kept."""
        known: list[Value] | list[Resource]
        if isinstance(value, Resource):
            known = self._links.setdefault(predicate, [])
        else:
            known = self._values.setdefault(predicate, [])
        if value not in known:
            known.append(value)  # type: ignore[arg-type]

    def values(self, name: str) -> list[Value]:
        """Return the literals of a property named with its prefix, as in ``att:hedge``."""
        return self._values.get(self.resources.expand(name), [])

    def links(self, name: str) -> list[Resource]:
        """Return the resources that a property named with its prefix leads to, in the order of their labels."""
        found = self._sorted.get(name)
        if found is None:
            found = sorted(self._links.get(self.resources.expand(name), []), key=lambda r: r.sort_key)
            self._sorted[name] = found
        return list(found)

    def value(self, name: str) -> Value | None:
        """Return the literal of a property that suits the language of the page best, or None."""
        return best(self.values(name), self.resources.language)

    def text(self, name: str) -> str | None:
        """Return the text of the literal that suits the language of the page best, or None."""
        found = self.value(name)
        return found.text if found else None

    def link(self, name: str) -> Resource | None:
        """Return the first resource of a property, or None."""
        found = self.links(name)
        return found[0] if found else None

    def leads_to(self, other: Resource) -> bool:
        """Return True where a property has the other resource for a value."""
        return any(other in links for links in self._links.values())

    def number(self, name: str) -> int | None:
        """Return the first literal of a property as a whole number, or None where it is none."""
        text = self.text(name)
        return int(text) if text is not None and re.fullmatch(r"-?[0-9]{1,18}", text) else None

    def decimal(self, name: str) -> Decimal | None:
        """Return the first literal of a property as a number of any kind, or None where it is none."""
        text = self.text(name)
        return None if text is None else to_decimal(text)

    def day(self, name: str) -> datetime.date | None:
        """Return the first literal of a property as a day, or None where it is none."""
        text = self.text(name)
        if text is None or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return None
        try:
            return datetime.date.fromisoformat(text)
        except ValueError:  # a day that there is not
            return None

    def has_type(self, name: str) -> bool:
        """Return True where the resource is of the class."""
        if self._types is None:
            self._types = frozenset(self.types)
        return self.resources.expand(name) in self._types

    @property
    def types(self) -> list[str]:
        """IRIs of the classes, in order."""
        return sorted(link.iri for link in self._links.get(self.resources.expand("rdf:type"), []))

    @property
    def label(self) -> str:
        """The label in the language of the page, or else in English or any; or else the last part of the IRI."""
        return self.name.text

    @property
    def name(self) -> Value:
        """The label with its language."""
        found = self._names.get(self.resources.language)
        if found is None:
            found = self._names[self.resources.language] = self._find_name()
        return found

    def _find_name(self) -> Value:
        labels = self.values("rdfs:label") or self.values("skos:prefLabel") or self.values("dcterms:title")
        return best(labels, self.resources.language) or Value(self._name, None, None)

    @property
    def _name(self) -> str:
        passage = _PASSAGE.search(self.iri)
        return gettext("passage %(number)s", number=int(passage["number"])) if passage else self.key or self.iri

    @property
    def path(self) -> str | None:
        """Path of the page on this server, or None where the IRI is not ours."""
        path = self.resources.iris.path(self.iri)
        return None if path is None else in_address(path)

    @property
    def key(self) -> str:
        """Last part of the IRI."""
        return re.split(r"[/#]", self.iri)[-1]

    @property
    def sort_key(self) -> tuple[str, str]:
        """Order by label as names are compared, then by IRI; of passages by article and number."""
        found = self._keys.get(self.resources.language)
        if found is None:
            found = self._keys[self.resources.language] = self._make_key()
        return found

    def _make_key(self) -> tuple[str, str]:
        passage = _PASSAGE.search(self.iri)
        if passage:
            return f"{passage['article']} {int(passage['number']):09}", self.iri
        return fold(self.label), self.iri

    @property
    def is_described(self) -> bool:
        """True where the answer says more of it than its label."""
        return len(self._values) + len(self._links) > 0


class Resources:
    """All resources of one answer, by IRI."""

    def __init__(self, ntriples: bytes, iris: Iris, context: Context | None = None) -> None:
        """Read canonical N-Triples (RDF 1.2 N-Triples §4), asked for by a request if ``context`` is given.

        Raises ValueError at a line that is none.
        """
        self.iris = iris
        self._context = context
        self._prefixes = iris.prefixes()
        self._all: dict[str, Resource] = {}
        for line in sorted(ntriples.decode("utf-8").split("\n")):  # so that the engine's order does not show
            if line:
                self._read(line)

    def _read(self, line: str) -> None:
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"Not canonical N-Triples: {line!r}")
        subject, predicate, iri, blank, text, language, datatype = match.groups()
        target: Value | Resource
        if iri is not None or blank is not None:
            target = self.get(unescape(iri) if iri is not None else blank)
        else:
            target = Value(Words(unescape(text)), language, datatype)
        self.get(unescape(subject.strip("<>"))).add(unescape(predicate), target)

    @property
    def context(self) -> Context:
        """The request that asked for them, of which more can be asked."""
        if self._context is None:
            raise ValueError("These resources were not asked for by a request, so nothing more can be asked of it.")
        return self._context

    @property
    def language(self) -> str:
        """The language of labels: that of the page, English where they are for none."""
        return self._context.language if self._context else SOURCE

    def get(self, iri: str) -> Resource:
        """Return the resource of an IRI, one without properties where the answer says nothing of it."""
        found = self._all.get(iri)
        if found is None:
            found = self._all[iri] = Resource(iri, self)
        return found

    def links(self, iri: str, name: str) -> Sequence[str]:
        """Return the IRIs that a property of a thing leads to, as kg.reading asks for them."""
        return [link.iri for link in self.get(iri).links(name)]

    def texts(self, iri: str, name: str) -> Sequence[Text]:
        """Return the literals of a property of a thing, as kg.reading asks for them."""
        return [Text(value.text, value.language) for value in self.get(iri).values(name)]

    def expand(self, name: str) -> str:
        """Return the IRI of a prefixed name; raises KeyError for an unknown prefix."""
        prefix, _, local = name.partition(":")
        return self._prefixes[prefix] + local

    def of_type(self, name: str) -> list[Resource]:
        """Return the resources of a class, in the order of their IRIs."""
        return sorted((r for r in self if r.has_type(name)), key=lambda r: r.iri)

    def __iter__(self) -> Iterator[Resource]:
        """Iterate over a snapshot of all resources."""
        return iter(list(self._all.values()))


def best(values: list[Value], wanted: str) -> Value | None:
    """Return the literal in a language, or else in English, or else the first; None where there is none."""
    for language in (wanted, SOURCE):
        for value in values:
            if value.language and value.language.split("-")[0].lower() == language:
                return value
    return values[0] if values else None


def unescape(text: str) -> str:
    """Return a string or IRI of N-Triples without its escapes."""
    return _ESCAPE.sub(_unescape_one, text) if "\\" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    four, eight, short = match.groups()
    return _SHORT.get(short, short) if short else chr(int(four or eight, 16))
