"""How statements and passages are put together on a page: by passage, by section, by issue, by link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kg.corpus.text import coverage_state
from kg.web.data.resources import Resource
from kg.web.text.language import gettext, mark
from kg.web.words.record import correction_link, record_dates

NO_ISSUE: tuple[None] = (None,)
PARTS = {
    "att:subject": mark("Subject"),
    "att:relation": mark("Relation"),
    "att:quality": mark("Quality"),
    "att:object": mark("Object"),
    "att:conditionKind": mark("Kind of condition"),
    "att:antecedent": mark("If"),
    "att:consequent": mark("Then"),
    "att:asks": mark("Asks"),
    "att:asksFor": mark("Asks for"),
    "att:answerStatus": mark("Answer"),
    "att:prints": mark("Prints"),
    "att:recipient": mark("For whom"),
    "att:respect": mark("In respect of"),
    "att:purpose": mark("Purpose"),
    "att:means": mark("By means of"),
    "att:exchange": mark("In return for"),
    "att:comparedWith": mark("Compared with"),
    "att:place": mark("Place"),
    "att:period": mark("Period"),
    "att:asOf": mark("As of"),
    "att:frequency": mark("How often"),
    "att:aspect": mark("Aspect"),
    "att:quantity": mark("Scope"),
    "att:degree": mark("Degree"),
    "att:bound": mark("Bound"),
    "att:issue": mark("Issue"),
}
"""Property of a statement → what a page calls it, in the order of the page."""
PROPERTIES = PARTS | {
    "att:claimant": mark("Attributed to"),
    "att:holder": mark("Position of"),
    "att:via": mark("In the document"),
    "att:attribution": mark("By the words"),
    "att:modality": mark("How firmly"),
    "att:attestedBy": mark("Reported by"),
    "att:population": mark("Counts"),
    "att:indicator": mark("Measures"),
    "att:status": mark("Status"),
    "att:participant": mark("Who takes part"),
}
"""The same of any property that can be inferred."""
NESTING = (
    *("subject", "object", "antecedent", "consequent", "recipient", "respect", "purpose", "means", "exchange"),
    "comparedWith",
)
"""Properties by which one statement is within another."""
LINKS = {
    "att:contradicts": (mark("It cannot be true together with"), None),
    "att:opposes": (mark("It is opposed to"), None),
    "att:supports": (mark("It is a reason for"), mark("Reasons given for it")),
    "att:contrastsWith": (mark("It is set against"), None),
    "att:qualifies": (mark("It limits"), mark("It is limited by")),
    "att:elaborates": (mark("It spells out"), mark("Spelled out by")),
    "att:exampleOf": (mark("It is an example of"), mark("Examples of it")),
    "att:sameContentAs": (mark("The same said elsewhere"), None),
    "att:overlapsWith": (mark("It shares part of its content with"), None),
}
"""Property from one statement to another → what a page calls it; the other way round, None where it is the same."""


@dataclass(frozen=True, slots=True)
class Part:
    """What fills one place of a statement: how several hang together, how many are meant, and why it is inferred."""

    name: str
    role: str
    values: list[Resource]
    combination: Resource | None
    quantities: list[Resource]
    reasons: list[Resource]


def parts_of(statement: Resource) -> list[Part]:
    """Return what fills the places of a statement, in the order in which a page shows them."""
    found = []
    for name, words in PARTS.items():
        values = statement.links(name)
        if values:
            place = name.replace("quality", "object")
            combination = statement.link(f"{place}Combination") if len(values) > 1 else None
            quantities = statement.links(f"{name}Quantity")
            found.append(
                Part(gettext(words), _role(statement, name), values, combination, quantities, inferred(statement, name))
            )
    return found


def _role(statement: Resource, name: str) -> str:
    """Return what the relation calls the part, such as the demanding party, or nothing."""
    relation = statement.link("att:relation")
    return (relation.text(f"{name}Role") or "") if relation else ""


def inferred(thing: Resource, name: str = "") -> list[Resource]:
    """Return the inferences of a property of a thing, or all of them: each says why in its comment."""
    nodes = thing.links("att:inference")
    if not name:
        return nodes
    wanted = thing.resources.expand(name)
    return [node for node in nodes if any(p.iri == wanted for p in node.links("att:infers"))]


def property_words(prop: Resource) -> str:
    """Return what a page calls a property of ours, or its own label."""
    words = next((words for name, words in PROPERTIES.items() if prop.iri == prop.resources.expand(name)), None)
    return gettext(words) if words else prop.label


def linked(thing: Resource, statements: list[Resource]) -> list[tuple[str, list[Resource], str]]:
    """Return the statements that a statement is linked with, under what the page calls the link.

    The last is the link as kg.web.lists.asking has it: a property, ``^`` the other way, ``=`` either way.
    """
    found = []
    for name, (forth, back) in LINKS.items():
        out = [s for s in thing.links(name) if s is not thing]
        in_ = [s for s in linking(thing, statements, name) if s not in out]
        local = name.removeprefix("att:")
        if back is None:
            found.append((gettext(forth), out + in_, f"={local}"))
        else:
            found += [(gettext(forth), out, local), (gettext(back), in_, f"^{local}")]
    around = [s for s in statements if any(thing in s.links(f"att:{name}") for name in NESTING)]
    found.append((gettext("It is within"), around, "within"))
    return [one for one in found if one[1]]


def linking(target: Resource, statements: list[Resource], name: str) -> list[Resource]:
    """Return those statements that link to the target by the property."""
    return [s for s in statements if target in s.links(name)]


def by_passage(statements: list[Resource]) -> dict[str, list[Resource]]:
    """Return the statements that each passage makes, by the passage's IRI."""
    found: dict[str, list[Resource]] = defaultdict(list)
    for statement in statements:
        for passage in statement.links("att:evidence"):
            found[passage.iri].append(statement)
    return found


def passage_state(passage: Resource, said: list[Resource]) -> str:
    """Return whether a passage is encoded, structural, not encoded for a reason, or open."""
    kind = passage.link("att:kind")
    has_reason, structural = (
        passage.text("skos:editorialNote") is not None,
        kind.text("att:structural") if kind else None,
    )
    return coverage_state(bool(said), has_reason, is_structural=structural == "true")


def by_section(passages: list[Resource]) -> list[tuple[Resource | None, list[Resource]]]:
    """Return the passages under each heading, in order, those before the first heading under None."""
    sections: list[tuple[Resource | None, list[Resource]]] = []
    for passage in passages:
        heading = passage.link("att:section")
        if heading is None and passage.links("att:kind") and passage.links("att:kind")[0].key == "heading":
            sections.append((passage, []))
        elif sections and sections[-1][0] == heading:
            sections[-1][1].append(passage)
        else:
            sections.append((heading, [passage]))
    return sections


def by_issue(statements: list[Resource]) -> list[tuple[Resource | None, list[Resource]]]:
    """Return statements by the issue on which they bear, in the order of the text; those on none come last."""
    issues: dict[Resource | None, list[Resource]] = defaultdict(list)
    for statement in sorted(statements, key=lambda s: s.iri):
        for issue in statement.links("att:issue") or NO_ISSUE:
            issues[issue].append(statement)
    return sorted(issues.items(), key=lambda pair: (pair[0] is None, pair[0].sort_key if pair[0] else ("", "")))


GLOBALS: dict[str, Callable[..., Any]] = {
    "parts_of": parts_of,
    "inferred": inferred,
    "property_words": property_words,
    "by_passage": by_passage,
    "by_section": by_section,
    "by_issue": by_issue,
    "passage_state": passage_state,
    "correction_link": correction_link,
    "record_dates": record_dates,
}
