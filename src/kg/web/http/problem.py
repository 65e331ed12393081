"""What an error looks like to a program that asks in JSON: problem details (RFC 9457)."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Response

from kg.web.http import logs

PROBLEM = "application/problem+json"


def to_problem(status: int, message: str) -> Response:
    """Return an error as problem details; its type is that of the status, and its instance the request's id."""
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Error"
    problem = {"type": "about:blank", "title": title, "status": status, "detail": message}
    identifier = logs.request_id()
    if identifier:
        problem["instance"] = f"urn:attested:request:{identifier}"
    return Response(json.dumps(problem, ensure_ascii=False) + "\n", status, content_type=PROBLEM)
