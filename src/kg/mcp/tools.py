"""The tools. Their docstrings are what an agent reads of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from kg.client import Connection
from kg.client.forwarding import forwarded_for
from kg.errors import KgError
from kg.mcp.answers import (
    Answer,
    of_answer,
    of_entity,
    of_figure,
    of_named,
    of_statement,
    of_verdict,
    plain,
    sources,
)
from kg.mcp.current import Current
from kg.names import plain as folded

Limit = Annotated[int, Field(ge=1, le=200, description="How many at most.")]
Offset = Annotated[int, Field(ge=0, le=10**6, description="How many to leave out first.")]
Name = Annotated[str, Field(max_length=500, description="An IRI, the last part of one (russia), or a name (Russia).")]
Thing = Annotated[str | None, Field(max_length=500, description="An IRI, the last part of one, or a name.")]
Words = Annotated[str, Field(min_length=1, max_length=200)]
LONGEST_QUERY, LONGEST_QUOTE = 64_000, 20_000


class Tools:
    """The tools of one server, over the connection that it asks."""

    def __init__(self, current: Current) -> None:
        """Keep the connection."""
        self._current = current

    def search(
        self,
        ctx: Context,
        words: Words,
        kind: Annotated[str | None, Field(description="entity, issue, event, document, article, query, code …")] = None,
    ) -> Answer:
        """Find things and statements by words: the best of each kind. Statements come with who says them and where."""
        with self._using(ctx) as graph:
            hits = graph.search(words, kind)
            found = [{"iri": hit.iri, "label": hit.label, "type": hit.kind, "kind": hit.group} for hit in hits]
            said = sources(graph, [hit.iri for hit in hits if hit.group == "statement"])
            return {"found": found, "release": graph.release} | said

    def entity(self, ctx: Context, name: Name) -> Answer:
        """Say what is known of a person, state, organisation, place or topic, and how many statements it makes,
        holds, or is the subject matter of. Only its names and identities are facts: ask `statements` for the rest."""
        with self._using(ctx) as graph:
            return of_entity(graph.entity(name)) | {"next": "statements(about=…) or statements(claimant=…)"}

    def statements(
        self,
        ctx: Context,
        about: Thing = None,
        claimant: Thing = None,
        holder: Thing = None,
        issue: Thing = None,
        article: Thing = None,
        relation: Thing = None,
        modality: Thing = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> Answer:
        """List statements for which all holds that is given. `claimant` is who puts it forward, by the article;
        `holder` is whose position it is, whoever reports it; both may be several. A statement is no fact: repeat it
        with all its claimants."""
        chosen = {"about": about, "claimant": claimant, "holder": holder, "issue": issue}
        chosen |= {"article": article, "relation": relation, "modality": modality}
        with self._using(ctx) as graph:
            found = graph.statements(limit=limit + 1, offset=offset, **chosen)
            answer: Answer = {"statements": [of_statement(each) for each in found[:limit]], "release": graph.release}
            return answer | ({"next_offset": offset + limit} if len(found) > limit else {})

    def statement(self, ctx: Context, iri: Name) -> Answer:
        """Give all of one statement, and put it into words from its triples alone."""
        with self._using(ctx) as graph:
            found = graph.statement(iri)
            return of_statement(found) | {"in_words": graph.read(found)}

    def disputes(self, ctx: Context, issue: Thing = None) -> Answer:
        """Set side by side what the parties say on an issue, and which statements oppose each other or cannot both be
        true. Without an issue: list the issues."""
        with self._using(ctx) as graph:
            if issue is None:
                return {"issues": _issues(graph), "release": graph.release}
            found = graph.dispute(issue)
            return {
                "issue": of_named(found.issue),
                "positions": [
                    {"party": of_named(each.party), "statements": [of_statement(s) for s in each.statements]}
                    for each in found.positions
                ],
                "asserted_by_nobody": [of_statement(each) for each in found.unclaimed],
                "contradictions": [list(pair) for pair in found.contradictions],
                "oppositions": [list(pair) for pair in found.oppositions],
                "release": found.release,
            }

    def figures(
        self,
        ctx: Context,
        indicator: Annotated[str | None, Field(description="What is counted, as in killed.", max_length=500)] = None,
        claimant: Thing = None,
        about: Thing = None,
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> Answer:
        """List figures with their bound (226 as "at least" is not 226), unit, period, claimant and passage. Several
        may print one observation: add up observations, never figures."""
        chosen = {"indicator": indicator, "claimant": claimant, "about": about}
        with self._using(ctx) as graph:
            found = graph.figures(limit=limit + 1, offset=offset, **chosen)
            answer: Answer = {"figures": [of_figure(each) for each in found[:limit]], "release": graph.release}
            return answer | ({"next_offset": offset + limit} if len(found) > limit else {})

    def stored_queries(self, ctx: Context, words: Annotated[str, Field(max_length=200)] = "") -> Answer:
        """List the questions that are worked out already, with their parameters; `words` narrows them down."""
        with self._using(ctx) as graph:
            found = [
                {"name": q.name, "title": q.title, "description": q.description, "parameters": q.parameters}
                for q in graph.stored_queries().values()
                if all(word in folded(f"{q.name} {q.title} {q.description}") for word in folded(words).split())
            ]
            return {"stored_queries": found, "release": graph.release}

    def stored_query(
        self,
        ctx: Context,
        name: Annotated[str, Field(max_length=100)],
        parameters: Annotated[dict[str, str | int] | None, Field(description="Values by parameter.")] = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Answer:
        """Answer a stored query. `total` says how many rows there are; `next_offset` leads to more."""
        with self._using(ctx) as graph:
            return of_answer(graph, graph.ask(name, **(parameters or {})), limit, offset)

    def sparql(
        self,
        ctx: Context,
        query: Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY)],
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Answer:
        """Ask in SPARQL 1.1; relative IRIs resolve against the base, as in PREFIX att: <ns#>. Name statements in a
        column (?s a att:Statement), and the answer says who says each, how firmly, and where."""
        with self._using(ctx) as graph:
            return of_answer(graph, graph.query(query), limit, offset)

    def ontology(self, ctx: Context, words: Annotated[str, Field(max_length=200)] = "") -> Answer:
        """List the classes and properties that queries are written with, each with its definition, an example in
        Turtle, and how often it is used; `words` narrows them down."""
        with self._using(ctx) as graph:
            terms = [{name: plain(value) for name, value in row.items()} for row in graph.terms()]
            sought = folded(words).split()
            found = [
                t for t in terms if all(w in folded(f"{t['term']} {t['label']} {t['definition']}") for w in sought)
            ]
            return {"base": graph.base, "terms": found, "release": graph.release}

    def verify_quote(
        self,
        ctx: Context,
        of: Annotated[str, Field(max_length=500, description="IRI of a statement or of a passage.")],
        quote: Annotated[str, Field(min_length=1, max_length=LONGEST_QUOTE)],
    ) -> Answer:
        """Check whether words are in the passage that a statement rests on, by the passage's SHA-256. `holds` is
        null where it is not known here: do not give such words as a quotation."""
        with self._using(ctx) as graph:
            return of_verdict(graph.verify_quote(of, quote))

    @contextmanager
    def _using(self, ctx: Context) -> Iterator[Connection]:
        """Yield the connection, which names the client of this call; raises ToolError in place of KgError."""
        request: Any = ctx.request_context.request
        address = request.client.host if request and request.client else None
        try:
            with forwarded_for(address, request and request.headers), self._current.use() as graph:
                yield graph
        except KgError as error:
            raise ToolError(str(error)) from None


def _issues(graph: Connection) -> list[Answer]:
    rows = graph.rows(
        "PREFIX att: <ns#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>"
        " SELECT ?issue ?label (COUNT(DISTINCT ?s) AS ?statements) WHERE { ?issue a att:Issue ; rdfs:label ?label"
        ' FILTER(LANG(?label) = "en") OPTIONAL { ?s att:issue ?issue } } GROUP BY ?issue ?label ORDER BY ?label'
    )
    return [{name: plain(value) for name, value in row.items()} for row in rows]
