"""The printed words that support a statement: what each stands for, and where it is in its passage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from markupsafe import Markup, escape

from kg.web.data.resources import Resource
from kg.web.text.language import gettext, mark
from kg.web.text.plain import turn_visible
from kg.web.words.sources import voice_words

KINDS = {
    "Quotation": ("quoted", mark("quoted words of")),
    "NameUse": ("named", mark("a name used here for")),
    "PrintedNumber": ("number", mark("the number as printed")),
    "Words": ("hedge", mark("stands for:")),
}
"""Class of printed words → how they look in a sentence, and what a page says of them."""
_MEANT = {"Quotation": "att:quotedFrom", "NameUse": "att:names", "Words": "att:expresses"}
_CELLS = re.compile(r"\s*\|\s*")


def kind_of(words: Resource) -> str:
    """Return the class of printed words, as in ``Quotation``."""
    return next((name for name in KINDS if words.has_type(f"att:{name}")), "Words")


def meant(words: Resource) -> list[Resource]:
    """Return what printed words stand for: codes, the thing that they name, or whose words they are."""
    name = _MEANT.get(kind_of(words))
    return words.links(name) if name else []


def printed(statement: Resource, name: str = "") -> list[Resource]:
    """Return the printed words of a statement in their order in the text, or those that stand for a property."""
    codes = statement.links(name) if name else []
    found = [w for w in statement.links("att:words") if not name or set(meant(w)) & set(codes)]
    return sorted(found, key=lambda w: (w.number("att:start") or 0, _natural(w.iri)))


def printed_numbers(statement: Resource) -> list[Resource]:
    """Return the number as a figure prints it, with the words that bound it, in their order."""
    bounding = printed(statement, "att:bound")
    return [w for w in printed(statement) if w in bounding or w.has_type("att:PrintedNumber")]


def names_for(statement: Resource, actor: Resource) -> list[Resource]:
    """Return the words that a statement uses for an actor in place of its usual name."""
    return [w for w in printed(statement) if w.has_type("att:NameUse") and actor in w.links("att:names")]


def sentence(passage: Resource, statement: Resource | None = None) -> Markup | None:
    """Return the words of a passage, the cells of a table row apart, with a statement's printed words marked in them.

    None where the text is not available.
    """
    text, selector = passage.resources.context.site.texts.words_of(passage), passage.link("oa:hasSelector")
    if text is None or selector is None:
        return None
    parts = list(_parts(text, selector.number("oa:start") or 0, printed(statement) if statement else []))
    kind = passage.link("att:kind")
    if kind is None or not kind.key.startswith("table-"):
        return Markup("").join(shown for shown, _ in parts)
    used = {value.text for value in statement.values("att:cell")} if statement else set()
    return _as_cells(parts, used)


def _as_cells(parts: list[tuple[Markup, bool]], used: set[str]) -> Markup:
    """Return the parts of a table row with its cells apart, those whose numbers are used marked."""
    cells = [Markup("")]
    for shown, is_marked in parts:
        first, *others = [shown] if is_marked else [Markup(part) for part in _CELLS.split(shown)]  # noqa: S704 - escaped
        cells[-1] += first
        cells += others
    numbered = enumerate((cell for cell in cells if cell), 1)
    looks = [("cell used" if str(number) in used else "cell", cell) for number, cell in numbered]
    shown = Markup(" ").join(Markup('<span class="{}">{}</span>').format(look, cell) for look, cell in looks)
    return Markup('<span class="cells">{}</span>').format(shown)


def _parts(text: str, first: int, words: list[Resource]) -> Iterator[tuple[Markup, bool]]:
    """Yield the parts of a text that begins at an offset, those that are printed words of a statement marked."""
    done = 0
    for word in words:
        start, end = word.number("att:start"), word.number("att:end")
        if start is None or end is None or start - first < done or end - first > len(text):
            continue
        yield _shown(text[done : start - first]), False
        look = look_of(word)
        marked = Markup('<mark class="{}" title="{}">{}</mark>')
        yield marked.format(look, turn_visible(_explained(word)), _shown(text[start - first : end - first])), True
        done = end - first
    yield _shown(text[done:]), False


def _shown(text: str) -> Markup:
    return escape(turn_visible(text))


def look_of(words: Resource) -> str:
    """Return how printed words look in a sentence: the name of a class of the style sheet."""
    return KINDS[kind_of(words)][0]


def caption(words: Resource) -> str:
    """Return what a page says of printed words, before what they stand for."""
    is_told = meant(words) or kind_of(words) not in _MEANT
    return gettext(KINDS[kind_of(words)][1]) if is_told else gettext("as printed")


def _explained(words: Resource) -> str:
    return f"{caption(words)} {', '.join(voice_words(thing) or thing.label for thing in meant(words))}".strip()


def _natural(iri: str) -> tuple[int, str]:
    number = re.search(r"([0-9]+)$", iri)
    return (int(number[1]) if number else 0, iri)


GLOBALS: dict[str, Callable[..., Any]] = {
    "printed": printed,
    "names_for": names_for,
    "printed_numbers": printed_numbers,
    "sentence": sentence,
    "words_look": look_of,
    "words_caption": caption,
    "words_meant": meant,
}
