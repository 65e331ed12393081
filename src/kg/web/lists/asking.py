"""The query that gives a list, table or chart of a page: ``queries/lists/NAME.rq``, narrowed down as the page is.

A template names the list and what narrows it (``asks`` of ``_listing.html``); the link is short, and the query page
makes the query of it::

    /query?list=statements&of=id/russia&role=says
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from kg.catalogue.fields import CLASS_GROUPS, GROUPS, LABELLED, LINKED_FACETS, MOST_MONTHS, PATH_GROUPS
from kg.catalogue.finding.search import LONGEST, find
from kg.terms import SLUG, iri_term
from kg.web.data.context import Context
from kg.web.text.language import SOURCE

LIST = "list"
"""The parameter of the query page that names a list."""
MOST_VALUES = 20
"""Values of one filter that are taken over."""
MOST_FOUND = 400
"""Things that a search found of which each is named in the query: more make no address that is answered."""
_NARROWED = re.compile(r"^( *)# narrowed: (\?\w+)\n", re.MULTILINE)
_TEXT = re.compile(r'(\?\w+ \w+:\w+) (\?\w+) \. FILTER\((LANG\(\2\) (?:= "en"|IN \("", "en"\)))\)')
"""A text of a thing in English: the thing with its property, the text, and the condition."""
_PATH_LINK = re.compile(r"([=^]?)([A-Za-z]+)")
_LOCAL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
_HIDDEN = re.compile(r"<[^<>\s]*>|\"[^\"\n]*\"|^#.*$", re.MULTILINE)

_BETWEEN = r"[^\\p{L}\\p{N}]"
"""A character of a name that is neither letter nor digit, in a string of SPARQL."""

_IN_NO_ROLE = (
    "FILTER NOT EXISTS {{ {x} att:claimant|att:about {of} }}\n"
    "FILTER NOT EXISTS {{ {x} a att:Position ; att:holder {of} }}"
)
_DIFFERING = """\
{of} att:prints ?printed .
?printed att:indicator ?indicator ; att:period ?time ; att:value ?value .
?same att:indicator ?indicator ; att:period ?time ; att:value ?otherValue .
{x} att:prints ?same .
OPTIONAL {{ ?printed att:population ?population }} OPTIONAL {{ ?same att:population ?otherPopulation }}
OPTIONAL {{ {of} att:bound ?bound }} OPTIONAL {{ {x} att:bound ?otherBound }}
FILTER(COALESCE(?population, 0) = COALESCE(?otherPopulation, 0))
FILTER(COALESCE(?value != ?otherValue, true) || COALESCE(?bound, 0) != COALESCE(?otherBound, 0))"""
ROLES = {
    "": "{x} ?link {of} .",
    "says": "{x} att:claimant {of} .",
    "wants": "{x} a att:Position ; att:holder {of} .",
    "about": "{x} att:about {of} .",
    "evidence": "{x} att:evidence {of} .",
    "context": "{x} att:context {of} .",
    "reports": "{of} att:attestedBy {x} .",
    "itself": "VALUES {x} {{ {of} }}",
    "besides": f"{{x}} ?link {{of}} .\n{_IN_NO_ROLE}",
    "named": "{x} att:issue|att:period|att:asOf|att:prints|att:via|att:askedBy|att:place|att:object {of} .\n"
    f"{_IN_NO_ROLE}\nFILTER NOT EXISTS {{{{ {{of}} att:attestedBy {{x}} }}}}",
    "differing": _DIFFERING,
    "issue": "{x} att:issue {of} ; att:subject|att:respect {of} .",
    "reasons": "?itself att:issue {of} ; att:subject|att:respect {of} . {x} att:supports ?itself .",
    "on": "{x} ?link {of} .\nFILTER NOT EXISTS {{ {x} a att:Position ; att:issue {of} }}",
}
"""How the things of a list have to do with the one that ``of`` names → the pattern that says so."""
_WITHIN = (
    "{x} att:subject|att:object|att:antecedent|att:consequent|att:recipient|att:respect|att:purpose|att:means"
    "|att:exchange|att:comparedWith {of} ."
)
_MONTH = """\
{x} att:period/att:firstDay ?from ; att:period/att:lastDay ?until .
FILTER(STR(?from) < "{next}" && STR(?until) >= "{value}")
FILTER({months} < {most} && NOT EXISTS {{ {x} att:period/att:precision code:year }})"""
_YEAR = """\
{x} att:period ?dated .
OPTIONAL {{ ?dated att:firstDay ?from }} OPTIONAL {{ ?dated att:lastDay ?until }}
FILTER(SUBSTR(STR(COALESCE(?from, ?until)), 1, 4) <= "{value}")
FILTER(SUBSTR(STR(COALESCE(?until, ?from)), 1, 4) >= "{value}")
FILTER(!BOUND(?from) || !BOUND(?until) || {months} >= {most} || EXISTS {{ ?dated att:precision code:year }})"""
_MONTHS = (
    "(xsd:integer(SUBSTR(STR(?until), 1, 4)) - xsd:integer(SUBSTR(STR(?from), 1, 4))) * 12"
    " + xsd:integer(SUBSTR(STR(?until), 6, 2)) - xsd:integer(SUBSTR(STR(?from), 6, 2))"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What narrows a list: names of filters with their values, and the variable that stands for its things."""

    context: Context
    given: Mapping[str, tuple[str, ...]]
    variable: str = ""

    def one(self, name: str) -> str:
        """Return the value of a filter that has one, "" where it is not given."""
        return next(iter(self.given.get(name, ())), "")


Filter = Callable[[Asked, str], str]
"""What narrows a list, and one value of the filter → the pattern for it."""


def address(context: Context, name: str, **values: str) -> str:
    """Return the address of the query page with the query of a list.

    The filters of the request are taken over, as far as the list has them and they are not given here.
    """
    own = [(key, value) for key, value in values.items() if value]
    kept = [(key, value) for key, value in context.args.items(multi=True) if key in FILTERS and key not in values]
    return context.in_release(
        "/query?" + urlencode([(LIST, name), *own, *(pair for pair in kept if pair[1])], safe="/")
    )


def list_query(context: Context, arguments: MultiDict[str, str]) -> str:
    """Return the query of the list that the arguments of an address name and narrow down.

    Raises BadRequest for a list that there is not, and a value that cannot be taken.
    """
    name = arguments.get(LIST, "")
    if name not in names():
        raise BadRequest(f"The parameter {LIST} is one of {', '.join(names())}.")
    given = {key: tuple(dict.fromkeys(arguments.getlist(key)[:MOST_VALUES])) for key in FILTERS if arguments.get(key)}
    return make_query(name, Asked(context, given))


def make_query(name: str, asked: Asked) -> str:
    """Return the query of a list with the prefixes that it uses declared; raises BadRequest as list_query does."""
    context = asked.context
    text = _NARROWED.sub(lambda line: _narrow(line, asked), _in_language(_read(name), context.language))
    comment, _, query = text.partition("\n")
    bare = _HIDDEN.sub(" ", query)
    used = [(p, iri) for p, iri in context.iris.prefixes().items() if re.search(rf"(?<![\w:?]){p}:", bare)]
    return "".join([f"{comment}\n", *(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in used), "\n", query])


def count(context: Context, name: str, **values: str) -> int:
    """Return how many things the query of a list gives, narrowed down by some values: its first column names them."""
    prologue, select = _narrowed(context, name, values)
    thing = re.split(r"SELECT (?:DISTINCT )?", select, maxsplit=1)[1].split(maxsplit=1)[0]
    return context.ask_number(f"{prologue}SELECT (COUNT(DISTINCT {thing}) AS ?number) {{ {{ {select} }} }}")


def count_rows(context: Context, name: str, **values: str) -> int:
    """Return how many rows the query of a list gives, narrowed down by some values."""
    prologue, select = _narrowed(context, name, values)
    return context.ask_number(f"{prologue}SELECT (COUNT(*) AS ?number) {{ {{ {select} }} }}")


def _narrowed(context: Context, name: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Return the query of a list, narrowed down by some values, as its prologue and all from SELECT on."""
    text = make_query(name, Asked(context, {key: (value,) for key, value in values.items()}))
    prologue, select = re.split(r"^(?=SELECT )", text, maxsplit=1, flags=re.MULTILINE)
    return prologue, select


@cache
def names() -> tuple[str, ...]:
    """Return the names of the lists that have a query."""
    folder = files("kg.web") / "queries" / "lists"
    return tuple(sorted(entry.name.removesuffix(".rq") for entry in folder.iterdir() if entry.name.endswith(".rq")))


def _in_language(text: str, language: str) -> str:
    """Return a query that takes each text in a language, and in English where there is none, as the pages do."""
    if language == SOURCE:
        return text
    in_it = f'= "{language}"'
    own = rf"EXISTS {{ \1 ?own FILTER(LANG(?own) {in_it}) }}"
    return _TEXT.sub(rf"\1 \2 . FILTER(LANG(\2) {in_it} || \3 && NOT {own})", text)


@lru_cache(maxsize=64)
def _read(name: str) -> str:
    return (files("kg.web") / "queries" / "lists" / f"{name}.rq").read_text(encoding="utf-8")


def _narrow(line: re.Match[str], asked: Asked) -> str:
    """Return the patterns of all filters in place of their line, each value of a filter as an alternative."""
    here = Asked(asked.context, asked.given, line[2])
    patterns = [
        "\nUNION ".join(f"{{ {one} }}" for one in each) if len(each) > 1 else each[0]
        for name, values in here.given.items()
        if (each := [FILTERS[name](here, value) for value in values]) and each[0]
    ]
    return "".join(f"{line[1]}{row}\n" for pattern in patterns for row in pattern.split("\n"))


def term(context: Context, path: str) -> str:
    """Return the term of a path below the base IRI, with a prefix where it has one."""
    folder, _, local = path.partition("/")
    if folder in ("id", "code") and _LOCAL.fullmatch(local):
        return f"{folder}:{local}"
    return iri_term(context.iris.base + path)


def _facet(path: str, prefix: str) -> Filter:
    return lambda asked, value: (
        f"{asked.variable} {path} {term(asked.context, value if '/' in value else prefix + value)} ."
    )


def _of(asked: Asked, value: str) -> str:
    role, link = asked.one("role"), asked.one("link")
    if role not in ROLES:
        raise BadRequest(f"The parameter role is one of {', '.join(filter(None, ROLES))}.")
    pattern = ROLES[role]
    if link == "within":
        pattern = _WITHIN
    elif link:
        told = _PATH_LINK.fullmatch(link)
        if told is None:
            raise BadRequest("The parameter link names a property of the ontology, as in supports or ^supports.")
        name = f"{'skos' if told[2] == 'broader' else 'att'}:{told[2]}"
        forth, back = name, f"^{name}"
        pattern = f"{{of}} {({'': forth, '^': back}).get(told[1], f'{forth}|{back}')} {{x}} ."
    return pattern.format(x=asked.variable, of=term(asked.context, value))


def _nothing(_: Asked, __: str) -> str:
    """Give no pattern: the value belongs to that of another filter."""
    return ""


def _article(asked: Asked, value: str) -> str:
    if not SLUG.fullmatch(value):
        raise BadRequest("The parameter article is the short name of an article, such as florida-talks.")
    return f"GRAPH <{asked.context.iris.graph(f'article/{value}')}> {{ {asked.variable} a ?anyClass }}"


def _date(asked: Asked, value: str) -> str:
    given = {"x": asked.variable, "value": value, "months": _MONTHS, "most": str(MOST_MONTHS)}
    if re.fullmatch(r"[0-9]{4}", value):
        return _YEAR.format(**given)
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value):
        raise BadRequest("The parameter date is a month or a year, such as 2025-11 or 2025.")
    year, month = int(value[:4]), int(value[5:])
    return _MONTH.format(**given, next=f"{year + month // 12:04}-{month % 12 + 1:02}")


def _dated(asked: Asked, value: str) -> str:
    negation = "" if value == "yes" else "NOT "
    return f"FILTER {negation}EXISTS {{ {asked.variable} att:period/(att:firstDay|att:lastDay) ?day }}"


def _type(asked: Asked, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]+", value):
        raise BadRequest("The parameter type is the name of a class of the ontology.")
    return f"{asked.variable} a {'skos:Concept' if value == 'Code' else f'att:{value}'} ."


def _group(asked: Asked, value: str) -> str:
    """Return the pattern for the things of a group: of its class and none of those that go before it."""
    if value not in GROUPS:
        raise BadRequest(f"The parameter group is one of {', '.join(GROUPS)}.")
    start = next((start for start, group, _ in PATH_GROUPS if group == value), None)
    if start is not None:
        below = f"{asked.context.iris.base}{start}"
        return f'{asked.variable} a ?anyClass .\nFILTER(STRSTARTS(STR({asked.variable}), "{below}"))'
    order = [group for _, group in CLASS_GROUPS]
    own, *_ = (name for name, group in CLASS_GROUPS if group == value)
    before = " ".join(name for name, _ in CLASS_GROUPS[: order.index(value)])
    apart = f"\nFILTER NOT EXISTS {{ VALUES ?other {{ {before} }} {asked.variable} a ?other }}" if before else ""
    return f"{asked.variable} a {own} .{apart}"


def _letter(asked: Asked, value: str) -> str:
    """Return the pattern for names that begin with a letter, an article and diacritics left out of account."""
    if len(value) != 1:
        raise BadRequest("The parameter letter is one capital letter, or # for names that begin with none.")
    wanted = "[^a-z]" if value == "#" else f"[{''.join(_spellings(value))}]"
    name = rf"REPLACE(LCASE(STR(?name)), '^{_BETWEEN}*((an?|the){_BETWEEN}+)?', '')"
    return f"{asked.variable} rdfs:label ?name . FILTER(LANG(?name) = '{SOURCE}' && REGEX({name}, '^{wanted}'))"


def _spellings(letter: str) -> Iterator[str]:
    """Yield the small letters that are the same letter without their diacritics."""
    small = letter.lower()
    for code in range(0x61, 0x250):
        if (c := chr(code)) == c.lower() and unicodedata.normalize("NFKD", c)[:1] == small:
            yield c


def _found(asked: Asked, value: str) -> str:
    """Return the things that a search finds, those that fit best first: its order is not that of a query."""
    group, context = asked.one("group"), asked.context
    found = find(context.catalogue, value.strip()[:LONGEST])
    records = [record for name, each in found.records.items() if group in ("", name) for record in each]
    named = records[:MOST_FOUND]
    is_cut = len(records) > len(named) or bool({group} & found.more if group else found.more)
    note = f"# The first {len(named)} that the search finds: there are more.\n" if is_cut else ""
    terms = " ".join(term(context, path) for path in context.catalogue.paths(named))
    return f"{note}VALUES {asked.variable} {{ {terms} }}"


def _scheme(asked: Asked, value: str) -> str:
    return f"{asked.variable} skos:inScheme {term(asked.context, value if '/' in value else f'code/{value}')} ."


def _kind(asked: Asked, value: str) -> str:
    kinds = {"class": "owl:Class", "property": "owl:ObjectProperty owl:DatatypeProperty"}
    if value not in kinds:
        raise BadRequest(f"The parameter kind is one of {', '.join(kinds)}.")
    return f"VALUES {asked.variable} {{ {kinds[value]} }}"


FILTERS: dict[str, Filter] = {
    **{facet.name: _facet(facet.property, facet.prefix) for facet in LINKED_FACETS},
    "reporter": _facet("(att:attestedBy|^att:prints)/att:claimant", LABELLED["reporter"].prefix),
    "on": lambda asked, value: f"VALUES ?issue {{ {term(asked.context, value)} }}",
    "population": _facet("att:population", ""),
    "unit": _facet("att:unit", ""),
    "of": _of,
    "role": _nothing,
    "link": _nothing,
    "article": _article,
    "date": _date,
    "dated": _dated,
    "type": _type,
    "group": _group,
    "letter": _letter,
    "q": _found,
    "scheme": _scheme,
    "kind": _kind,
}
"""Parameter → the pattern of one of its values."""

GLOBALS = {"asks_address": address}
