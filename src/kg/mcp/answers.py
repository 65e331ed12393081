"""What tools answer, as plain objects: each statement with its claimants, how firmly it is said, and its evidence."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from kg.client import Connection, Entity, Evidence, Figure, Named, Rows, Statement, Triples, Verdict

Answer = dict[str, Any]
MOST_NAMED = 50
"""Statements named in rows or triples for which the answer says who says them."""
_STATEMENT = re.compile(r"[^\s<>\"]*/article/[^/\s<>\"]+/statement/[^\s<>\"#/]+")


def of_statement(statement: Statement) -> Answer:
    """Return a statement; ``claimants`` is empty where nobody asserts it."""
    told = {
        "iri": statement.iri,
        "label": statement.label,
        "kinds": list(statement.kinds),
        "claimants": _list(statement.claimants),
        "holders": _list(statement.holders),
        "how_firmly": of_named(statement.modality),
        "attributed_by": of_named(statement.attribution),
        "negated": statement.negated,
        "subjects": _list(statement.subjects),
        "relation": of_named(statement.relation),
        "objects": _list(statement.objects),
        "qualities": _list(statement.qualities),
        "issues": _list(statement.issues),
        "periods": _list(statement.periods),
        "contradicts": list(statement.contradicts),
        "opposes": list(statement.opposes),
        "printed_words": list(statement.printed),
        "inferred_properties": list(statement.inferred),
        "evidence": of_evidence(statement.evidence),
        "context": list(statement.context),
        "release": statement.release,
    }
    return {name: value for name, value in told.items() if value not in ([], None) or name == "claimants"}


def of_evidence(evidence: Evidence) -> Answer:
    """Return where a statement is; never the words themselves, which are the article's."""
    return {
        "passage": evidence.passage,
        "article": evidence.article,
        "start": evidence.start,
        "end": evidence.end,
        "sha256": evidence.digest,
    }


def of_named(named: Named | None) -> Answer | None:
    """Return a thing with its label."""
    return None if named is None else {"iri": named.iri, "label": named.label}


def of_entity(entity: Entity) -> Answer:
    """Return an entity."""
    return {
        "iri": entity.iri,
        "label": entity.label,
        "kinds": list(entity.kinds),
        "other_names": list(entity.other_names),
        "note": entity.note,
        "same_as": list(entity.same_as),
        "acts_for": _list(entity.acts_for),
        "statements": {"as_claimant": entity.claims, "as_holder": entity.holds, "about": entity.about},
        "release": entity.release,
    }


def of_figure(figure: Figure) -> Answer:
    """Return a figure with the statement that gives it."""
    return {
        "value": plain(figure.value),
        "bound": of_named(figure.bound),
        "observation": figure.observation,
        "observation_bound": of_named(figure.observation_bound),
        "indicator": of_named(figure.indicator),
        "population": of_named(figure.population),
        "period": of_named(figure.period),
        "first_day": plain(figure.first_day),
        "last_day": plain(figure.last_day),
        "unit": of_named(figure.unit),
        "statement": of_statement(figure.statement),
    }


def of_verdict(verdict: Verdict) -> Answer:
    """Return whether a quotation holds."""
    return {
        "holds": verdict.holds,
        "how": verdict.how,
        "passage": verdict.passage,
        "sha256": verdict.digest,
        "release": verdict.release,
    }


def of_answer(graph: Connection, found: Rows | Triples | bool, limit: int, offset: int) -> Answer:
    """Return one page of the answer to a query, with who says the statements that it names.

    ``total`` counts all rows or triples, so that nothing that is left out is taken for absent.
    """
    if isinstance(found, bool):
        return {"boolean": found, "release": graph.release}
    if isinstance(found, Triples):
        shown: list[Any] = list(found)[offset : offset + limit]
        answer: Answer = {"triples": shown}
        named = _STATEMENT.findall(" ".join(shown))
    else:
        rows = found[offset : offset + limit]
        shown = [{name: plain(value) for name, value in row.items()} for row in rows]
        answer = {"columns": list(found.variables), "rows": shown}
        named = [str(v) for row in rows for v in row.values() if isinstance(v, str) and _STATEMENT.fullmatch(v)]
    answer |= {"total": len(found), "release": graph.release}
    if offset + len(shown) < len(found):
        answer["next_offset"] = offset + len(shown)
    return answer | sources(graph, named)


def sources(graph: Connection, iris: Iterable[str]) -> Answer:
    """Return who says the statements of some IRIs, how firmly and where; the first MOST_NAMED of them."""
    wanted = list(dict.fromkeys(iris))
    brief = ("iri", "label", "claimants", "holders", "how_firmly", "negated", "evidence")
    told = [of_statement(each) for each in graph.pick(wanted[:MOST_NAMED])]
    answer: Answer = {"statements": [{name: each[name] for name in brief if name in each} for each in told]}
    if len(wanted) > MOST_NAMED:
        answer["statements_left_out"] = len(wanted) - MOST_NAMED
    return answer


def plain(value: object) -> Any:
    """Return a value as JSON has it; a decimal and a day as their text."""
    if isinstance(value, Decimal | datetime.date | datetime.datetime):
        return str(value)
    if isinstance(value, int) and abs(value) >= 2**53:
        return str(value)
    if isinstance(value, float) and not abs(value) < float("inf"):
        return str(value)
    return str(value) if isinstance(value, str) else value


def _list(named: Iterable[Named]) -> list[Answer | None]:
    return [of_named(each) for each in named]
