"""A connection: one release, read as values of Python."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from urllib.parse import urljoin

from kg.client import asking
from kg.client.quotes import Place, Texts, verify
from kg.client.reader import Nodes, read_figure, read_statement
from kg.client.records import Dispute, Entity, Figure, Hit, Position, Statement, StoredQuery, Verdict
from kg.client.source import GRAPH, ROWS, Source
from kg.client.values import Iri, Named, Rows, Triples, to_value
from kg.corpus.rdf.graph_view import GraphView
from kg.errors import ParameterError, QueryNotAcceptable
from kg.names import fold
from kg.reading import closure_query
from kg.reading import read_statement as put_into_words
from kg.terms import Iris, iri_term

MOST = 100
"""Statements that are given at once unless more are asked for."""
MOST_AT_ONCE = 1_000
_IRI = re.compile(r"https?://\S+|[a-z]+/\S+")
"""What is read as an IRI, and not as a name: an absolute one, or one such as ``id/russia``."""
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
"""The last part of an IRI, as in ``issue-territory``."""
_CLASSES = {"Resource": "Thing", "Concept": "Code"}
_FOLDERS = {"article": "article/", "indicator": "code/", "modality": "code/", "relation": "code/", "kind": "ns#"}
"""Filter → what comes before the last part of an IRI, for those that are no entities."""

_GROUPS = {"claimant": "entity", "holder": "entity", "issue": "issue"}
"""Filter → the group of what it names."""


class Connection:
    """One release of a server or of a folder; what it answers never changes.

    Things are named by an absolute IRI, a relative one (``id/russia``), the last part of one (``russia``) or, for
    entities and issues, by a name. Safe for use by many threads. Use it as a context manager, or close it.
    """

    def __init__(
        self, open_source: Callable[[str | None], Source], release: str | None, language: str, texts: Path | None
    ) -> None:
        """Open a source at a release, None for the active one; raises KgError."""
        self._open, self._given = open_source, (language, texts)
        self._source = open_source(release)
        self._texts, self.language = Texts(texts), language
        self._iris = Iris(self._source.base)

    @property
    def release(self) -> str:
        """Identifier of the release that all answers come from."""
        return self._source.release

    @property
    def base(self) -> str:
        """Base IRI of the release, against which relative IRIs resolve."""
        return self._source.base

    def __enter__(self) -> Connection:
        """Return the connection."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connection."""
        self.close()

    def __repr__(self) -> str:
        """Name the release."""
        return f"<Connection to release {self.release}>"

    def close(self) -> None:
        """End what the connection holds."""
        self._source.close()

    def latest(self) -> Connection:
        """Return this connection, or a new one where another release is active by now; then this one is closed."""
        newer = self.newer()
        if newer is None:
            return self
        self.close()
        return newer

    def newer(self) -> Connection | None:
        """Return a new connection where another release is active by now, else None; this one stays open."""
        if self._source.latest() == self.release:
            return None
        language, texts = self._given
        return Connection(self._open, None, language, texts)

    # Queries

    def query(self, text: str) -> Rows | Triples | bool:
        """Return the answer to a query in SPARQL: rows, a graph, or for ASK a truth value; raises QueryError."""
        return self._read(*self._source.query(text))

    def rows(self, text: str) -> Rows:
        """Return the rows of a SELECT; raises QueryError, also for a query of another form."""
        found = self.query(text)
        if not isinstance(found, Rows):
            raise QueryNotAcceptable("The answer has no rows: send a SELECT, or call query.")
        return found

    def stored_queries(self) -> dict[str, StoredQuery]:
        """Return the stored queries of the release by their names."""
        found: dict[str, StoredQuery] = {}
        for row in self.rows(asking.stored(self.base)):
            name = str(row["query"]).rpartition("/query/")[2]
            made = StoredQuery(name, str(row["title"]), str(row.get("description", "")), str(row["text"]))
            query = found.setdefault(name, made)
            if isinstance(parameter := row.get("parameter"), Iri):
                datatype, cls = row.get("datatype"), row.get("class")
                kind = datatype.key.replace("langString", "label") if isinstance(datatype, Iri) else "IRI"
                kind = _CLASSES.get(cls.key, cls.key) if isinstance(cls, Iri) else kind
                told = {"kind": kind, "example": str(row.get("example", "")), "description": str(row.get("told", ""))}
                query.parameters[parameter.key] = told
        return found

    def ask(self, name: str, **values: str | int) -> Rows | Triples | bool:
        """Return the answer of a stored query with values of its parameters; raises ParameterError, QueryError."""
        stored = self.stored_queries()
        if name not in stored:
            raise ParameterError(f"There is no stored query {name[:60]!r} in this release: {', '.join(stored)}.")
        for parameter in values:
            if parameter not in stored[name].parameters:
                takes = ", ".join(stored[name].parameters) or "no parameter"
                raise ParameterError(f"There is no parameter {parameter[:60]!r}: {name} takes {takes}.")
        given = {parameter: str(value) for parameter, value in values.items()}
        return self._read(*self._source.ask_stored(stored[name], given))

    def search(self, text: str, group: str | None = None) -> list[Hit]:
        """Return what words find, the best of each group first; ``group`` is entity, issue, statement and so on."""
        return self._source.search(text, group)

    def terms(self) -> Rows:
        """Return the classes and properties of the ontology, with definition, example and how often each is used."""
        return self.rows(asking.terms(self.base))

    # Statements, figures, entities

    def statements(self, *, limit: int = MOST, offset: int = 0, **chosen: str | None) -> list[Statement]:
        """Return statements in the order of their IRIs: those for which all holds that is given.

        ``about``, ``claimant``, ``holder``, ``issue``, ``article``, ``relation`` (with those below it), ``modality``,
        ``kind``, ``passage`` and ``indicator`` each name a thing. Raises ParameterError.
        """
        nodes = self._nodes(asking.statements(self.base, self._filters(chosen), *_page(limit, offset)))
        return list(self._statements(nodes))

    def pick(self, iris: Sequence[str]) -> list[Statement]:
        """Return those of some IRIs that are statements of the release."""
        if not iris:
            return []
        query = asking.statements(self.base, {}, len(iris), 0, only=[self.iri(iri) for iri in iris])
        return list(self._statements(self._nodes(query)))

    def statement(self, which: str) -> Statement:
        """Return a statement by its IRI, as in ``article/SLUG/statement/007-2``; raises ParameterError."""
        iri = self.iri(which)
        found = self.pick([iri])
        if not found:
            raise ParameterError(f"Release {self.release} has no statement {iri}.")
        return found[0]

    def read(self, statement: Statement | str) -> str:
        """Return a statement put into words from its triples alone, never from its label; raises ParameterError."""
        iri = self.iri(statement) if isinstance(statement, str) else statement.iri
        graph = self.query(closure_query(self.base, iri_term(iri)))
        assert isinstance(graph, Triples)  # noqa: S101 - a CONSTRUCT has no other answer
        if not len(graph):
            raise ParameterError(f"Release {self.release} has no statement {iri}.")
        language = self.language if self.language in ("en", "de") else "en"
        return str(put_into_words(GraphView(graph.to_rdflib(), self._iris), iri, language))

    def figures(self, *, limit: int = MOST, offset: int = 0, **chosen: str | None) -> list[Figure]:
        """Return figures as they are printed; chosen as ``statements`` are, as by ``indicator="killed"``."""
        query = asking.statements(self.base, self._filters(chosen), *_page(limit, offset), figures=True)
        nodes = self._nodes(query)
        return [figure for each in self._statements(nodes) if (figure := read_figure(nodes, each)) is not None]

    def entity(self, which: str) -> Entity:
        """Return a thing by IRI or name; raises ParameterError where there is none, or several have the name."""
        iri = self.resolve(which)
        nodes = self._nodes(asking.entity(self.base, iri))
        counted = self.rows(asking.counts(self.base, iri))[0]
        label = nodes.text(iri, "rdfs:label") or nodes.text(iri, "skos:prefLabel")
        names = (*nodes.values(iri, "rdfs:label"), *nodes.values(iri, "skos:altLabel"))
        return Entity(
            iri=iri,
            label=label or iri.key,
            kinds=nodes.kinds(iri),
            other_names=tuple(dict.fromkeys(str(name) for name in names if str(name) != label)),
            note=nodes.text(iri, "skos:definition") or nodes.text(iri, "rdfs:comment"),
            same_as=(*nodes.links(iri, "schema:sameAs"), *nodes.links(iri, "skos:exactMatch")),
            acts_for=nodes.named(iri, "att:actsFor"),
            claims=_whole(counted["claims"]),
            holds=_whole(counted["holds"]),
            about=_whole(counted["about"]),
            release=self.release,
        )

    def dispute(self, issue: str) -> Dispute:
        """Return what the parties say on an issue, side by side; raises ParameterError."""
        iri = self.resolve(issue, "issue")
        said = self.statements(issue=iri, limit=MOST_AT_ONCE)
        parties: dict[Named, list[Statement]] = {}
        unclaimed: list[Statement] = []
        for each in said:
            for party in each.holders or each.claimants:
                parties.setdefault(party, []).append(each)
            if not (each.holders or each.claimants):
                unclaimed.append(each)
        within = {each.iri for each in said}
        named = next((n for each in said for n in each.issues if n.iri == iri), Named(iri, iri.key))
        return Dispute(
            issue=named,
            positions=tuple(Position(party, tuple(its)) for party, its in sorted(parties.items(), key=_by_label)),
            unclaimed=tuple(unclaimed),
            contradictions=_pairs(((each.iri, other) for each in said for other in each.contradicts), within),
            oppositions=_pairs(((each.iri, other) for each in said for other in each.opposes), within),
            release=self.release,
        )

    def verify_quote(self, which: str, quote: str) -> Verdict:
        """Return whether words are in a passage, or in that on which a statement rests; raises ParameterError."""
        iri = self.iri(which)
        found = self.rows(asking.passage(self.base, iri))
        if not found:
            raise ParameterError(f"Release {self.release} has no passage or statement {iri}.")
        row = found[0]
        passage, whole = Iri(row["passage"]), row.get("whole")
        place = Place(
            passage,
            Iri(row["article"]).key,
            str(row["digest"]),
            None if whole is None else str(whole),
            _whole(row["start"]),
            _whole(row["end"]),
        )
        printed = [str(each["printed"]) for each in self.rows(asking.printed(self.base, passage))]
        return verify(quote, place, self._texts, printed, self.release)

    # Names

    def iri(self, which: str) -> Iri:
        """Return an absolute IRI for one that may be relative; raises ParameterError for what is none."""
        try:
            return Iri(urljoin(self.base, which))
        except ValueError:
            raise ParameterError(f"{which[:200]!r} is no IRI. Send one such as id/russia.") from None

    def resolve(self, which: str, group: str | None = None) -> Iri:
        """Return the IRI of what an IRI, the last part of one, or a name means; raises ParameterError."""
        if _IRI.fullmatch(which):
            return self._require(self.iri(which), which)
        if _KEY.fullmatch(which):
            for folder in ("id/", "code/"):
                iri = self.iri(folder + which)
                if self.query(f"ASK {{ <{iri}> ?p ?o }}"):
                    return iri
        hits = self.search(which, group)
        same = [hit.iri for hit in hits if fold(hit.label) == fold(which)]
        if len(same) == 1:
            return Iri(same[0])
        near = "; ".join(f"{hit.label} ({hit.iri})" for hit in hits[:5])
        what = "several things" if same else "nothing"
        raise ParameterError(
            f"{which[:60]!r} names {what} in release {self.release}." + (f" Nearest: {near}." if near else "")
        )

    def _require(self, iri: Iri, which: str) -> Iri:
        if re.search(r'[<>"{}|\\^`\s]', iri) or not self.query(f"ASK {{ <{iri}> ?p ?o }}"):
            raise ParameterError(f"Release {self.release} says nothing of {which[:200]}.")
        return iri

    def _filters(self, chosen: dict[str, str | None]) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in chosen.items():
            if name not in asking.FILTERS:
                raise ParameterError(f"There is no filter {name[:60]!r}: choose by {', '.join(asking.FILTERS)}.")
            if value is None:
                continue
            folder = _FOLDERS.get(name)
            known = folder is None or _IRI.fullmatch(value)
            found[name] = (
                self.resolve(value, _GROUPS.get(name)) if known else self._require(self.iri(f"{folder}{value}"), value)
            )
        return found

    # Reading

    def _nodes(self, text: str) -> Nodes:
        return Nodes(self.rows(text), self._iris, self.language)

    def _statements(self, nodes: Nodes) -> Iterable[Statement]:
        read = (read_statement(nodes, iri, self.release, self._texts.words) for iri in nodes.order)
        return (statement for statement in read if statement is not None)

    def _read(self, media_type: str, body: bytes) -> Rows | Triples | bool:
        if media_type == GRAPH:
            return Triples(body.decode("utf-8"), self.release)
        if media_type != ROWS:
            raise QueryNotAcceptable(f"The answer is {media_type[:80]}, which is neither rows nor a graph.")
        told = json.loads(body)
        if "boolean" in told:
            return bool(told["boolean"])
        rows = [{name: to_value(term) for name, term in row.items()} for row in told["results"]["bindings"]]
        return Rows(told["head"]["vars"], rows, self.release)


def _page(limit: int, offset: int) -> tuple[int, int]:
    if not 0 < limit <= MOST_AT_ONCE or offset < 0:
        raise ParameterError(f"The limit is from 1 to {MOST_AT_ONCE}, the offset 0 or more: take page after page.")
    return limit, offset


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _by_label(item: tuple[Named, list[Statement]]) -> tuple[str, str]:
    return fold(item[0].label), item[0].iri


def _pairs(found: Iterable[tuple[Iri, Iri]], within: set[Iri]) -> tuple[tuple[Iri, Iri], ...]:
    """Return pairs of things that are both within a set, each pair once."""
    return tuple(sorted({(min(pair), max(pair)) for pair in found if within.issuperset(pair)}))
