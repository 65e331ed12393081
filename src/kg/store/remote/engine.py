"""A release in a SPARQL 1.1 service, as an engine: what is sent to it, how many at a time, and whether it still holds.

An answer counts only if the service holds the release whole after it was made, so nobody is given an answer of a
release that is half replaced, by whatever process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from kg.errors import EngineUnavailable, QueryError
from kg.settings import Settings
from kg.store import Answer, EngineStats, Plan, Query
from kg.store.content import Content
from kg.store.evaluation.shape import shape
from kg.store.pool.slots import Slots
from kg.store.remote.contained import require_contained
from kg.store.remote.service import Service
from kg.store.sparql.caps import require_caps

CANNOT = (
    "Earlier releases cannot be asked by release=: the service holds one release.",
    "A query that passes its deadline is given up here and may run on in the service.",
    "The memory of a query is not limited here.",
    "The plan of a query is not explained: the SPARQL protocol has no way to ask a service for one.",
    "SERVICE is refused, and so is FROM of a graph that the release does not hold.",
    "Rows are counted in every form of solutions, triples in N-Triples and N-Quads only.",
)
"""What this kind of engine cannot do, in the words of /health and of the service description."""
_SHOWN = 5
"""Names of graphs that a message lists."""


def _warn(foreign: Sequence[str]) -> Iterator[str]:
    if foreign:
        names = ", ".join(f"<{graph}>" for graph in foreign[:_SHOWN])
        yield (
            f"the service holds {len(foreign)} graphs that are no part of the release, which queries of all graphs find"
            f" too: {names}{', …' if len(foreign) > _SHOWN else ''}"
        )


class RemoteEngine:
    """``settings.workers`` queries at a time, and one of the site's own, to a service. Safe for use by many threads."""

    def __init__(
        self,
        content: Content,
        settings: Settings,
        spent: Callable[[str, float], None] | None = None,
        foreign: Sequence[str] = (),
    ) -> None:
        """Keep the service and the release; the service must hold it (kg.store.remote.service).

        ``spent`` gets the seconds of each client's query; ``foreign`` are the graphs that the service holds
        besides.
        """
        self._troubles = tuple(_warn(foreign))
        self._content = content
        self._settings = settings
        self._spent = spent
        self._service = Service(settings)
        self._graphs = {*content.graphs, content.description}
        self._slots = Slots(settings.workers, settings.queue)
        self._is_reached = True
        self._closed = False
        self.is_lost = False

    def query(self, query: Query) -> Answer:
        """Return the whole answer.

        Raises QueryTooLarge for a text or an answer past the limits, QueryRefused for what reaches beyond the dataset,
        QueryTimeout at the deadline, EngineUnavailable where the service cannot be reached or goes on to another
        release, and what else kg.errors lists.
        """
        if self._closed:
            raise EngineUnavailable("The store has been closed.")
        if not query.internal:
            require_caps(query.text, self._settings, self._settings.query_bytes)
            require_contained(query, self._graphs)
        deadline = time.monotonic() + self._settings.query_seconds
        with self._slots.hold(query.client, deadline, internal=query.internal, cancellation=query.cancellation):
            began = time.monotonic()
            try:
                return self._evaluate(query, deadline)
            finally:
                if self._spent is not None and query.client:
                    self._spent(query.client, time.monotonic() - began)

    def _evaluate(self, query: Query, deadline: float) -> Answer:
        try:
            answer = shape(self._service.endpoint.ask(query, deadline), query)
            is_held = self._service.holds(self._content, deadline)
        except EngineUnavailable:
            self._is_reached = False
            raise
        except QueryError:
            self._is_reached = True
            raise
        self._is_reached = True
        if not is_held:
            self.is_lost = True
            raise EngineUnavailable(
                f"The service no longer holds release {self._content.identifier} whole: it is loading another."
                " Try again in a moment."
            )
        return answer

    def explain(self, query: Query) -> Plan:
        """Raise NotExplained: the protocol has no way to ask for a plan."""
        return self._service.endpoint.explain(query)

    def stats(self) -> EngineStats:
        """Return how many queries are in flight; none can be where the last one did not reach the service."""
        wanted = self._settings.workers
        alive = wanted if self._is_reached and not self._closed else 0
        return EngineStats(
            wanted, alive, min(alive, self._slots.free), self._slots.waiting, 0, (), self._troubles, CANNOT
        )

    def close(self) -> None:
        """Close the connections. Queries in flight end as they would; those asked afterwards raise."""
        self._closed = True
        self._service.close()
