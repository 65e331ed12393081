"""The limits of the endpoint, once: for the headers of its answers, and for the service description.

Every answer of the endpoint says by which limits it was made, ``Query-Limits: seconds=10, bytes=64000`` and so on
(a dictionary of RFC 9651), and an error that a limit ended says by which, ``Query-Limit-Reached: seconds``. So a client
can distinguish a limit from a fault, and knows beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass

from kg.settings import PREFIX, Settings

LIMITS_HEADER = "Query-Limits"
REACHED_HEADER = "Query-Limit-Reached"


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: its name in headers, the setting that sets it, and what it bounds."""

    name: str
    setting: str
    says: str

    @property
    def variable(self) -> str:
        """Name of the environment variable that sets it."""
        return PREFIX + self.setting.upper()

    def value(self, settings: Settings) -> float:
        """What it is set to; 0 for no limit."""
        found: float = getattr(settings, self.setting)
        return found


LIMITS = (
    Limit("seconds", "query_seconds", "Seconds after which a query is stopped."),
    Limit("bytes", "query_bytes", "Length of a query in bytes of UTF-8."),
    Limit("depth", "query_depth", "Nesting of brackets in a query."),
    Limit("chain", "query_chain", "Operators or patterns in a row in a query; lists of data do not count."),
    Limit("rows", "query_rows", "Solutions or triples of an answer."),
    Limit("answer-bytes", "answer_bytes", "Length of an answer in bytes."),
    Limit("memory", "worker_memory", "Memory of the process that evaluates a query, in bytes."),
    Limit("queue", "queue", "Queries of all clients that wait for a worker."),
    Limit("client-queries", "client_queries", "Concurrent requests of one client to the endpoints."),
    Limit(
        "client-seconds",
        "client_seconds",
        "Seconds of evaluation of one client per minute.",
    ),
    Limit("client-errors", "client_errors", "Failed requests of one client per minute, on all routes."),
    Limit(
        "client-requests",
        "client_requests",
        "Requests of one client per minute, on all routes; answers from the cache do not count.",
    ),
    Limit("client-front-seconds", "client_front_seconds", "Seconds of the front's processor of one client per minute."),
    Limit("client-connections", "client_connections", "Open connections of one client."),
)


def to_header(settings: Settings) -> str:
    """Return the limits in force, those without a limit left out."""
    return ", ".join(f"{limit.name}={_to_number(limit.value(settings))}" for limit in LIMITS if limit.value(settings))


def _to_number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)
