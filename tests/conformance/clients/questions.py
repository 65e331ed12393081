"""What every client is asked to do, and how the answers are judged."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from typing import Any

BASE = "https://attested.example/"
CRIMEA = BASE + "id/crimea"
LABELS = {"en": "Crimea", "de": "Krim"}
"""What it is called, by language."""
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
NOTE = "http://second.example/note"
SECOND_DATA = f'<{CRIMEA}> <{NOTE}> "known to the second endpoint" .\n'
"""What the second endpoint, and the clients with stores of their own, hold in N-Triples."""

REFUSED = f"FILTER(<{BASE}no-such-function>(?label))"
"""Valid SPARQL that we refuse, so that the refusal is ours also where a client parses what it sends."""
_TELLING = re.compile(r"\b400\b|Bad ?Request|There is no function|something wrong formulating", re.IGNORECASE)
"""Our status or words in an error; the last alternative is what rdflib's SPARQLStore makes of status 400."""
FORMS = ("select", "ask", "construct", "describe", "error", "service")
"""What is tried with each client, in the report's order; a few try more."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The queries, all absolute, so that a client may parse them itself; and the endpoints' addresses."""

    endpoint: str
    second: str
    described: int
    """Triples of the answer to ``describe``, as our own endpoint gives them to a plain HTTP request."""
    select: str = f"SELECT ?label WHERE {{ <{CRIMEA}> <{LABEL}> ?label }}"
    ask: str = f"ASK {{ <{CRIMEA}> <{LABEL}> ?label }}"
    construct: str = f"CONSTRUCT {{ <{CRIMEA}> <{LABEL}> ?label }} WHERE {{ <{CRIMEA}> <{LABEL}> ?label }}"
    describe: str = f"DESCRIBE <{CRIMEA}>"
    error: str = f"SELECT ?label WHERE {{ <{CRIMEA}> <{LABEL}> ?label {REFUSED} }}"
    joined: str = f"SELECT ?label WHERE {{ ?thing <{NOTE}> ?note . ?thing <{LABEL}> ?label }}"

    @property
    def service(self) -> str:
        """A query for another engine, which holds SECOND_DATA, that joins it with ours."""
        call = f"SERVICE <{self.endpoint}> {{ ?thing <{LABEL}> ?label }}"
        return f"SELECT ?label WHERE {{ ?thing <{NOTE}> ?note . {call} }}"

    def through_service(self, form: str) -> str:
        """Return the query of a form for an engine that holds SECOND_DATA and reaches us by SERVICE only."""
        known = f"?thing <{NOTE}> ?note"
        label = f"?thing <{LABEL}> ?label"
        return {
            "select": f"SELECT ?label WHERE {{ SERVICE <{self.endpoint}> {{ <{CRIMEA}> <{LABEL}> ?label }} }}",
            "ask": f"ASK {{ {known} SERVICE <{self.endpoint}> {{ {label} }} }}",
            "construct": f"CONSTRUCT {{ {label} }} WHERE {{ {known} SERVICE <{self.endpoint}> {{ {label} }} }}",
            "describe": f'DESCRIBE ?thing WHERE {{ SERVICE <{self.endpoint}> {{ ?thing <{LABEL}> "Crimea"@en }} }}',
            "error": f"SELECT ?label WHERE {{ SERVICE <{self.endpoint}> {{ {label} {REFUSED} }} }}",
            "service": self.service,
        }[form]

    def describing_locally(self) -> Questions:
        """Return the same for an engine that describes, from SECOND_DATA, what it finds by SERVICE."""
        return replace(self, described=SECOND_DATA.count("\n"))

    def to_json(self) -> str:
        """Return the questions for a program in another language."""
        names = ("endpoint", "second", "select", "ask", "construct", "describe", "error", "service", "joined")
        return json.dumps({name: getattr(self, name) for name in names} | {"data": SECOND_DATA})


@dataclass(frozen=True, slots=True)
class Row:
    """One client's row of the report: name, version, and what was tried → failure, None where it worked."""

    client: str
    version: str
    tried: dict[str, str | None] = field(default_factory=dict)
    missing: str | None = None
    """Why the client could not be tried here at all."""


def judge(answers: dict[str, Any], questions: Questions) -> dict[str, str | None]:
    """Return, for all that was tried, how its answer is wrong; None where it is right."""
    return {name: _judge_one(name, answer, questions) for name, answer in answers.items()}


def _judge_one(name: str, answer: Any, questions: Questions) -> str | None:
    failed = answer["failed"] if isinstance(answer, dict) else None
    if name == "error":
        return None if failed and _tells(failed) else f"no error that tells what is wrong: {_short(answer)}"
    if failed is not None:
        return _short(failed)
    expected = {"ask": True, "construct": len(LABELS), "describe": questions.described}.get(
        name, sorted(LABELS.values())
    )
    found = sorted(answer, key=str) if isinstance(answer, list) else answer
    return None if found == expected else f"expected {expected}, got {_short(answer)}"


def _tells(message: str) -> bool:
    """Return whether a client's error shows our status or our words to its user, and not only the query."""
    return _TELLING.search(message) is not None


def _short(value: Any) -> str:
    return " ".join(str(value).split())[:200]
