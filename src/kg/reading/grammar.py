"""As much grammar as a reading needs: verbs with what surrounds them, lists, patterns with slots."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from kg.errors import DataError


class Forms(NamedTuple):
    """Base form, third person singular, third person plural of a verb, each of one or several words."""

    base: str
    singular: str
    plural: str


@dataclass(slots=True)
class Group:
    """What surrounds a verb: auxiliaries from the outside in, adverbs before and after "not".

    ``within`` are auxiliaries that "not" denies together with the verb, as in "does not begin to".
    """

    auxiliaries: list[Forms] = field(default_factory=list)
    within: list[Forms] = field(default_factory=list)
    outer: list[str] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)
    negated: bool = False

    @property
    def is_empty(self) -> bool:
        """True where nothing surrounds the verb."""
        return not (self.auxiliaries or self.within or self.outer or self.inner or self.negated)


def read_forms(text: str, name: str = "forms") -> Forms:
    """Return the forms that ``att:forms`` lists with commas; raises DataError where they are not three."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(parts):
        raise DataError(
            f"att:{name} “{text}” is not three forms. Write base, singular and plural with commas between: "
            "“reject, rejects, reject”."
        )
    return Forms(*parts)


def english(verb: Forms, group: Group, plural: bool) -> tuple[str, str]:
    """Return a verb with its auxiliaries, adverbs and negation, and nothing to close the clause.

    An adverb that begins with "not" takes "do" as "not" alone does: "does not only concern".
    """
    negation = ["not"] if group.negated else []
    inner = group.inner
    for auxiliary in reversed(group.within):
        verb, inner = Forms(*(_join(form, *inner, verb.base) for form in auxiliary)), []
    if group.auxiliaries:
        chain = [_finite(group.auxiliaries[0], plural), *(forms.base for forms in group.auxiliaries[1:])]
        head, to, _ = " ".join(chain).rpartition(" to") if chain[-1].endswith(" to") else (" ".join(chain), "", "")
        return _join(head, *group.outer, *negation, to, *inner, verb.base), ""
    first, _, rest = _finite(verb, plural).partition(" ")
    if first in ("is", "are"):
        return _join(first, *group.outer, *negation, *inner, rest), ""
    adverbs = [*group.outer, *negation, *inner]
    before = next((n for n, adverb in enumerate(adverbs) if adverb.split()[0] == "not"), None)
    if before is not None:
        return _join(*adverbs[:before], "do" if plural else "does", *adverbs[before:], verb.base), ""
    return _join(*adverbs, first, rest), ""


def german(verb: Forms, group: Group, plural: bool) -> tuple[str, str]:
    """Return the finite verb with adverbs and negation, and what closes the clause: particle or infinitives.

    A reflexive pronoun comes right after the finite verb.
    """
    first, *others = [*group.auxiliaries, *group.within, verb]
    finite, _, particle = _finite(first, plural).partition(" ")
    closing = _join(*(forms.base for forms in reversed(others)), particle)
    bare = (closing + " ").removeprefix("sich ").strip()
    reflexive = "sich" if bare != closing else ""
    return _join(finite, reflexive, *group.outer, "nicht" if group.negated else "", *group.inner), bare


def fill(template: str, slots: Mapping[str, str], fallbacks: Mapping[str, str]) -> str:
    """Return a pattern with its slots filled; what is in ``[…]`` is left out where a slot in it is empty.

    An empty slot outside such brackets gets its fallback. Raises DataError for a slot that there is not.
    """
    for name in re.findall(r"\{(\w+)\}", template):
        if name not in slots:
            known = ", ".join(f"{{{slot}}}" for slot in slots)
            raise DataError(f"att:template “{template}” has the slot {{{name}}}. There is {known}.")

    def keep(match: re.Match[str]) -> str:
        return match[1] if all(slots[name] for name in re.findall(r"\{(\w+)\}", match[1])) else ""

    whole = re.sub(r"\[([^\[\]]*)\]", keep, template)
    filled = re.sub(r"\{(\w+)\}", lambda match: slots[match[1]] or fallbacks.get(match[1], ""), whole)
    return re.sub(r" {2,}", " ", filled).strip()


def listed(parts: Sequence[str], word: str) -> str:
    """Return parts with commas and a word before the last: ``a, b and c``."""
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def number(text: str, thousands: str, point: str) -> str:
    """Return a number with its thousands set apart; text that is none as it is."""
    if not re.fullmatch(r"[+-]?[0-9]{1,60}(\.[0-9]{1,60})?", text):
        return text
    return f"{Decimal(text):,f}".translate({ord(","): thousands, ord("."): point})


def _finite(forms: Forms, plural: bool) -> str:
    return forms.plural if plural else forms.singular


def _join(*words: str) -> str:
    return " ".join(word.strip() for word in words if word)
