"""What a named graph names that has a page: entities, statements, events, articles, codes and stored queries."""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from kg.catalogue import fields
from kg.catalogue.lines import Node, Nodes, Term
from kg.catalogue.words import indexed
from kg.corpus.text import coverage_state
from kg.names import fold
from kg.terms import Iris

SORTED_CHARACTERS = 100
"""Characters of a folded name by which it is sorted."""
BUCKET_CHARACTERS = 4
SPAN = "/"
"""Between the days of a span, as in ISO 8601."""
Times = Callable[[str], tuple[str, ...]]
"""Path of a period that is in another graph → the months or years that it is found in, and its span."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing with its names, each as text and language, and all that it is found by.

    ``labels`` are in each language, the English one first; ``facets`` are values by facet (``fields.FACETS``) and by
    the sets that are only for the catalogue itself; ``more`` is what reconciliation or the list of articles needs.
    """

    path: str
    group: str
    kind: str
    labels: tuple[tuple[str, str | None], ...]
    others: tuple[tuple[str, str | None], ...] = ()
    note: str = ""
    words: tuple[str, ...] = ()
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def folded(self) -> str:
        """The label as it is sorted."""
        return fold(self.labels[0][0])[:SORTED_CHARACTERS]

    @property
    def names(self) -> list[str]:
        """All names, folded, the label first."""
        return list(dict.fromkeys(name for text, _ in (*self.labels, *self.others) if (name := fold(text)[:200])))

    @property
    def text(self) -> str:
        """What the full-text index holds."""
        return indexed([*(text for text, _ in (*self.labels, *self.others)), *self.words, self.note])

    @property
    def sets(self) -> set[tuple[str, str]]:
        """The sets that it is a member of, as pairs of name and value."""
        found = {(name, value) for name, values in self.facets.items() for value in values}
        folded = self.folded
        return found | {("", ""), ("letter", letter_of(folded)), ("bucket", folded[:BUCKET_CHARACTERS])}

    def to_json(self) -> str:
        """Return it as it is stored; the same thing gives the same text."""
        whole = {name: getattr(self, name) for name in _STORED}
        return json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_STORED = tuple(one.name for one in dataclasses.fields(Thing))


@lru_cache(maxsize=1024)
def from_json(text: str) -> Thing:
    """Return a thing as it was stored; nobody changes it."""
    whole = json.loads(text)
    for name in ("labels", "others"):
        whole[name] = tuple((text, language) for text, language in whole[name])
    whole["facets"] = {name: tuple(values) for name, values in whole["facets"].items()}
    return Thing(**whole | {"words": tuple(whole["words"])})


def letter_of(folded: str) -> str:
    """Return the capital letter that a folded name begins with, or # where it begins with none."""
    return folded[0].upper() if folded[:1].isalpha() else "#"


def _is_day(text: str) -> bool:
    try:
        return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and bool(date.fromisoformat(text))
    except ValueError:  # a day that there is not
        return False


def structural_kinds(nodes: Nodes, iris: Iris) -> frozenset[str]:
    """Return the IRIs of those kinds of passage that need no statement of their own, from the nodes of the codes."""
    term = iris.term(fields.STRUCTURAL.removeprefix("att:"))
    return frozenset(iri for iri, node in nodes.items() if any(t.text == "true" for t in node.get(term, ())))


class Maker:
    """Makes the things of one graph."""

    def __init__(
        self,
        nodes: Nodes,
        graph: str,
        iris: Iris,
        general: frozenset[str],
        structural: frozenset[str],
        elsewhere: Times,
    ) -> None:
        """Take the graph's nodes and its IRI; ``general`` are the names of classes that have others below them,
        ``structural`` the IRIs of kinds of passage that need no statement.
        """
        self._nodes, self._iris, self._general, self._elsewhere = nodes, iris, general, elsewhere
        self._structural = structural
        self._prefixes = iris.prefixes()
        self._expanded: dict[str, str] = {}
        self._graph = graph.removeprefix(iris.graph(""))

    def things(self) -> Iterator[Thing]:
        """Yield the things in no particular order."""
        if self._graph in fields.UNSEARCHED:
            return
        for iri, node in self._nodes.items():
            path = self._path(iri)
            if path is not None and "#" not in path:
                found = self._thing(path, node)
                if found is not None:
                    yield found

    def periods(self) -> dict[str, tuple[str, ...]]:
        """Return the months or years of each dated period of the graph, by path."""
        first, last = self._iri(fields.FIRST_DAY), self._iri(fields.LAST_DAY)
        dated = (iri for iri, node in self._nodes.items() if first in node or last in node)
        return {path: self._times(self._nodes[iri]) for iri in dated if (path := self._path(iri)) is not None}

    def _thing(self, path: str, node: Node) -> Thing | None:
        own = self._own_classes(node)
        group, kind = self._group(path, node, own)
        labels = self._labels(node)
        if group is None or not labels:
            return None
        called = {text for text, _ in labels}
        names = {(t.text, t.language) for t in self._literals(node, *fields.OTHER_NAMES) if t.text not in called}
        others = sorted(names, key=lambda name: (name[0], name[1] or ""))
        return Thing(
            path,
            group,
            kind,
            labels,
            tuple(others),
            self._note(node),
            self._words(node),
            self._facets(path, node, group, kind, own),
            self._more(path, node, group),
        )

    def _group(self, path: str, node: Node, own: list[str]) -> tuple[str | None, str]:
        att = self._prefixes["att"]
        for name, group in fields.CLASS_GROUPS:
            if self._iri(name).removeprefix(att) in own:
                special = [cls for cls in own if cls not in self._general]
                return group, (special or own)[0]
        found = ((group, kind) for start, group, kind in fields.PATH_GROUPS if path.startswith(start))
        return next(found, (None, "")) if self._iri("rdf:type") in node else (None, "")

    def _own_classes(self, node: Node) -> list[str]:
        att = self._prefixes["att"]
        return sorted(t.text.removeprefix(att) for t in node.get(self._iri("rdf:type"), ()) if t.text.startswith(att))

    def _labels(self, node: Node) -> tuple[tuple[str, str | None], ...]:
        found = {(t.text, t.language) for t in self._literals(node, fields.LABEL)}
        return tuple(
            sorted(found, key=lambda one: ((one[1] or "").split("-")[0].lower() != "en", one[0], one[1] or ""))
        )

    def _note(self, node: Node) -> str:
        notes = self._literals(node, *fields.NOTES)
        english = [t.text for t in notes if (t.language or "en").lower().startswith("en")]
        return " ".join(sorted(english or [t.text for t in notes]))

    def _words(self, node: Node) -> tuple[str, ...]:
        written = {t.text for t in self._literals(node, *fields.WORDS)}
        codes = {re.split(r"[/#]", t.text)[-1].replace("-", " ") for t in self._links(node, *fields.WORDS_OF_LINKS)}
        words, printed = fields.PRINTED
        nodes = (self._nodes.get(t.text, {}) for t in self._links(node, words))
        said = {t.text for one in nodes for t in self._literals(one, printed)}
        return tuple(sorted(written | codes | said))

    def _facets(self, path: str, node: Node, group: str, kind: str, own: list[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = {"type": {kind}}
        for facet in fields.LINKED_FACETS:
            found[facet.name] = set(map(facet.value, self._paths(node, facet.property)))
        periods = self._links(node, fields.PERIOD)
        times = {time for period in periods for time in self._times_of(period.text)}
        found["date"] = {time for time in times if SPAN not in time}
        if group in fields.IN_TIME:
            own_times = self._times(node) if group == "period" else times
            found["span"] = {min((time for time in own_times if SPAN in time), default=fields.UNDATED)}
            found["reporter"] = set(self._reporters(path, node))
        if group == "observation" and self._is_figure(path, node):
            found[fields.FIGURE] = {"yes"}
        if group == "period" and self._iris.base + path in self._told:
            found["told"] = {"yes"}
        found["period"] = {p for t in periods if t.text not in self._nodes and (p := self._path(t.text))}
        if self._graph.startswith("article/") and group != "article":
            found["article"] = {self._graph.removeprefix("article/")}
        if group in fields.COUNTED:
            linked = (self._path(t.text) or "" for terms in node.values() for t in terms if t.is_link)
            found["to"] = {p.removeprefix("id/") for p in linked if p.startswith(fields.COUNTED_PATHS)}
        if group == "statement" and self._links(node, *fields.DISPUTES):
            found["disputes"] = {"yes"}
        if kind == "Position":
            found[fields.EXAMPLE] = set(self._example(node))
        if self._is_reconciled(path, own):
            found["class"] = set(own)
            found["key"] = {
                fields.key_of(pid, value) for pid, values in self._properties(node).items() for value in values
            }
        return {name: tuple(sorted(values)) for name, values in sorted(found.items()) if values}

    def _example(self, node: Node) -> Iterator[str]:
        """Yield how good an example a position is: attributed to somebody by printed words, and more so if hedged or
        denied, and if the words also name whoever it is; nothing where it is none."""
        said = [words for t in self._links(node, fields.PRINTED[0]) if (words := self._nodes.get(t.text))]
        shown, named = ({t for words in said for t in self._links(words, n)} for n in (fields.EXPRESSES, fields.NAMES))
        claimants = {
            t
            for t in self._links(node, fields.CLAIMANT)
            if "ArticleVoice" not in self._own_classes(self._nodes.get(t.text, {}))
        }
        if claimants and shown.intersection(self._links(node, fields.ATTRIBUTION)):
            is_hedged = any(path != fields.FLAT for path in self._paths(node, fields.MODALITY))
            yield str(2 * bool(claimants & named) + is_hedged)

    def _reporters(self, path: str, node: Node) -> Iterator[str]:
        """Yield who, in this graph, reports an event or gives a count, as a facet has them."""
        reports = [self._nodes.get(t.text, {}) for t in self._links(node, fields.ATTESTED_BY)]
        for statement in (*reports, *self._printed.get(self._iris.base + path, ())):
            yield from map(fields.LABELLED["reporter"].value, self._paths(statement, fields.CLAIMANT))

    def _is_figure(self, path: str, node: Node) -> bool:
        """Return whether an observation says what is counted and how many, and a figure of this graph prints it."""
        printed = self._printed.get(self._iris.base + path, ())
        is_whole = all(self._iri(name) in node for name in (fields.INDICATOR, fields.VALUE))
        return is_whole and any("Figure" in self._own_classes(statement) for statement in printed)

    @cached_property
    def _printed(self) -> dict[str, list[Node]]:
        """IRI of an observation → the statements of this graph that print it."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self._nodes.values():
            for term in self._links(node, fields.PRINTS):
                found[term.text].append(node)
        return found

    @cached_property
    def _told(self) -> frozenset[str]:
        """The IRIs of the periods that statements of this graph name."""
        statements = (node for node in self._nodes.values() if "Statement" in self._own_classes(node))
        return frozenset(t.text for node in statements for t in self._links(node, fields.PERIOD))

    def _is_reconciled(self, path: str, own: list[str]) -> bool:
        att = self._prefixes["att"]
        wanted = {self._iri(name).removeprefix(att) for name in fields.RECONCILED}
        return path.startswith(fields.ENTITY_PATH) and bool(wanted & set(own))

    def _more(self, path: str, node: Node, group: str) -> dict[str, Any]:
        if path.startswith(fields.ENTITY_PATH):
            return {name: values for name, values in self._properties(node).items() if values}
        return self._coverage(self._iris.base + path) if group == "article" else {}

    def _properties(self, node: Node) -> dict[str, list[str]]:
        """Return the values of the properties of reconciliation that are not names or types."""
        return {
            "note": [t.text for t in self._literals(node, *fields.NOTES)],
            "sameAs": [t.text for t in self._links(node, fields.SAME_AS)],
            "actsFor": [p.removeprefix(fields.ENTITY_PATH) for p in self._paths(node, fields.ACTS_FOR)],
        }

    def _coverage(self, article: str) -> dict[str, Any]:
        """Return how many passages of an article are in each state, and how many statements and claimants it has."""
        source, kind, reason, evidence = map(
            self._iri, (fields.SOURCE, fields.PASSAGE_KIND, fields.REASON, fields.EVIDENCE)
        )
        passages = {
            iri: node
            for iri, node in self._nodes.items()
            if kind in node and any(t.text == article for t in node.get(source, ()))
        }
        cited: set[str] = set()
        statements, claimants = 0, set()
        for node in self._nodes.values():
            said = {t.text for t in node.get(evidence, ())} & passages.keys()
            if said:
                cited |= said
                statements += 1
                claimants |= {t.text for t in self._links(node, fields.CLAIMANT)}
        states = Counter(
            coverage_state(iri in cited, reason in node, is_structural=node[kind][0].text in self._structural)
            for iri, node in passages.items()
        )
        return {"states": dict(sorted(states.items())), "statements": statements, "claimants": len(claimants)}

    def _times_of(self, period: str) -> tuple[str, ...]:
        if period in self._nodes:
            return self._times(self._nodes[period])
        path = self._path(period)
        return self._elsewhere(path) if path is not None else ()

    def _times(self, period: Node) -> tuple[str, ...]:
        """Return the years in which a period falls; its months, unless they are many or not known, or it is dated to
        years; and, for the order of time, its first and last day."""
        return (*self._months(period), *self._span(period))

    def _span(self, period: Node) -> Iterator[str]:
        """Yield the first and last day of a period, each for the other where one is missing; none if they are unsound.

        They sort as the days do.
        """
        given = [[t.text for t in self._literals(period, name)] for name in (fields.FIRST_DAY, fields.LAST_DAY)]
        days = [day for texts in given for day in texts[:1]]
        if days and all(map(_is_day, days)) and days == sorted(days):
            yield f"{days[0]}{SPAN}{days[-1]}"

    def _months(self, period: Node) -> tuple[str, ...]:
        ends = [
            (int(t.text[:4]), int(t.text[5:7]))
            for t in self._literals(period, fields.FIRST_DAY, fields.LAST_DAY)
            if re.match(r"[0-9]{4}-(0[1-9]|1[0-2])-", t.text)
        ]
        if not ends:
            return ()
        (year, month), (last_year, last_month) = min(ends), max(ends)
        months = range(year * 12 + month - 1, last_year * 12 + last_month)
        precise = fields.TO_YEARS not in self._paths(period, fields.PRECISION)
        years = tuple(f"{one:04}" for one in range(year, min(last_year, year + fields.MOST_YEARS) + 1))
        if len(ends) < 2 or not precise or len(months) > fields.MOST_MONTHS:
            return years
        return (*years, *(f"{one // 12:04}-{one % 12 + 1:02}" for one in months))

    def _literals(self, node: Node, *names: str) -> list[Term]:
        found = (t for name in names for t in node.get(self._iri(name), ()) if not t.is_link)
        return sorted(found, key=lambda t: (t.text, t.language or ""))

    def _links(self, node: Node, *names: str) -> list[Term]:
        return sorted(t for name in names for t in node.get(self._iri(name), ()) if t.is_link)

    def _paths(self, node: Node, name: str) -> list[str]:
        return [path for t in self._links(node, name) if (path := self._path(t.text))]

    def _path(self, iri: str) -> str | None:
        path = self._iris.path(iri)
        return None if path is None or path == "/" else path[1:]

    def _iri(self, name: str) -> str:
        found = self._expanded.get(name)
        if found is None:
            prefix, _, local = name.partition(":")
            found = self._expanded[name] = self._prefixes[prefix] + local
        return found
