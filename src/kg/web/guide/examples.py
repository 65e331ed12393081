"""Stored queries as examples: by theme, the five to begin with, and each as it is run with values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import redirect
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from kg.queries import Parameter
from kg.store.remote.bindings import bind
from kg.store.sparql.tokens import resolve
from kg.web.data.context import RELEASE, Context
from kg.web.data.questions import questions, to_term
from kg.web.data.resources import Resource
from kg.web.guide import addresses
from kg.web.http.policy import ASKED_PAGE, Routes
from kg.web.text.language import SOURCE, mark

blueprint = Routes("examples", ASKED_PAGE)

THEMES = (
    (mark("Who says what"), "claimant about quotation actor name group passages"),
    (mark("Positions and disputes"), "position issue dispute parties requirement reason"),
    (mark("Figures"), "figures casualties frequency quantity"),
    (mark("Events and time"), "event period date scheduled"),
    (mark("How firmly, and on what condition"), "modality negation conditional question cause part"),
    (mark("Evidence, coverage and the data"), ""),
)
"""Themes with the keywords by which a stored query belongs to one: to the first that fits, or else to the last."""
STARTER = ("what-someone-says", "positions-by-issue", "who-disputes-what", "casualties-by-period", "dated-steps")
"""The stored queries to begin with."""
EXPORT = "export"
"""Keyword of the stored queries that write the statements in another vocabulary."""

_TOUR = (
    (
        mark("Who says it"),
        mark("Whatever an article says is a statement, and each says who puts it forward: its claimant."),
        """\
SELECT ?statement ?claimant WHERE {
  ?statement a att:Statement ;
    att:claimant ?claimant .
} LIMIT 20""",
    ),
    (
        mark("How firmly, and where"),
        mark("The modality says how firmly it is said. The evidence is the passage in which it is."),
        """\
SELECT ?statement ?claimant ?modality ?passage WHERE {
  ?statement a att:Statement ;
    att:claimant ?claimant ;
    att:modality ?modality ;
    att:evidence ?passage .
} ORDER BY ?passage LIMIT 20""",
    ),
    (
        mark("Whose position, and who opposes it"),
        mark("A position is its holder's, who need not be the claimant. Links show which statements oppose it."),
        """\
SELECT ?issue ?holder ?statement ?opponent ?opposed WHERE {
  ?statement a att:Position ;
    att:issue ?issue ;
    att:holder ?holder .
  ?opposed att:opposes ?statement ;
    att:holder ?opponent .
} ORDER BY ?issue ?holder LIMIT 50""",
    ),
)
_RELATIVE = re.compile(r"(?mi)^(\s*(?:PREFIX\s+[^\s:<>]*:|BASE)\s*)<((?![a-z][a-z0-9+.-]*:)[^<>\s]*)>")


@dataclass(frozen=True, slots=True)
class Example:
    """A stored query, and the parameters that it takes, with the language of what is said of them."""

    stored: Resource
    parameters: tuple[Parameter, ...]
    language: str


@dataclass(frozen=True, slots=True)
class Theme:
    """Examples that share a theme, in the order of their questions."""

    title: str
    examples: list[Example]


def sort_examples(context: Context, stored: list[Resource]) -> list[Theme]:
    """Return each stored query once, under its theme; a theme without any is left out."""
    themes: dict[str, list[Example]] = {title: [] for title, _ in THEMES}
    known = questions(context)
    for query in sorted(stored, key=lambda query: query.sort_key):
        question = known.get(query.key)
        parameters, language = (question.parameters, question.language) if question else ((), SOURCE)
        themes[_theme_of(query)].append(Example(query, parameters, language))
    return [Theme(title, examples) for title, examples in themes.items() if examples]


def starter(stored: list[Resource]) -> list[Resource]:
    """Return the stored queries to begin with, as far as the release has them."""
    found = {query.key: query for query in stored}
    return [found[name] for name in STARTER if name in found]


def _theme_of(query: Resource) -> str:
    words = {value.text for value in query.values("schema:keywords")}
    fitting = (title for title, keywords in THEMES if words & set(keywords.split()))
    return THEMES[-1][0] if EXPORT in words else next(fitting, THEMES[-1][0])


def to_absolute(context: Context, text: str) -> str:
    """Return a query whose prologue holds absolute IRIs, so that it means the same at any endpoint."""
    base = context.iris.base
    return _RELATIVE.sub(lambda found: f"{found[1]}<{resolve(found[2], base)}>", text)


@blueprint.route("/query/<name>/run")
def run(context: Context, name: str) -> Response:
    """Lead to the answer of a stored query, with the values of this request written into it.

    Raises NotFound for one that there is not, BadRequest for a parameter that it has not, ParameterError for a value.
    """
    question = questions(context, SOURCE).get(name)
    if question is None:
        raise NotFound(f"There is no stored query called {name[:80]} in this release. /api lists its own.")
    known = {each.name: each for each in question.parameters}
    given = {key: value for key, value in context.args.items() if value and key not in (RELEASE, "lang")}
    for key in given:
        if key not in known:
            raise BadRequest(f"There is no parameter {key[:50]!r}: {name} takes {', '.join(known) or 'none'}.")
    text = bind(question.text, {key: to_term(context, known[key], value) for key, value in given.items()})
    return redirect(f"{addresses.answer(context, to_absolute(context, text))}#answer", 303)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the tour: what the pattern of a statement is, in words and as a query that shows it."""

    title: str
    words: str
    text: str


def tour(context: Context) -> list[Step]:
    """Return the three steps by which the pattern of a statement is learnt."""
    return [Step(title, words, "\n".join([*prefix_lines(context, "att"), "", query])) for title, words, query in _TOUR]


def prefix_lines(context: Context, *names: str) -> list[str]:
    """Return the lines that declare the prefixes of those names, or all that are known here."""
    known = context.iris.prefixes()
    return [f"PREFIX {name}: <{known[name]}>" for name in names or known]
