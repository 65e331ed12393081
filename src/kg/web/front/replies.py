"""Answers handed to the server under this one."""

from __future__ import annotations

from typing import Any

from kg.web.front.cache import Answer, Headers
from kg.web.front.refusal import Refused
from kg.web.front.requests import Request
from kg.web.headers import CORS_HEADERS, SECURITY_HEADERS
from kg.web.limits import LIMITS_HEADER, REACHED_HEADER
from kg.web.observe import HEADER, Exchange

CLOSE = ("Connection", "close")
_BASE = [*CORS_HEADERS.items(), *SECURITY_HEADERS.items(), ("Cache-Control", "no-store")]


def send(protocol: Any, request: Request, answer: Answer, exchange: Exchange, *, closes: bool = False) -> None:
    """Give an answer, without its body to HEAD; ``closes`` ends the connection after it."""
    headers = [*answer.headers, (HEADER, exchange.identifier)]
    if closes:
        headers.append(CLOSE)
    exchange.status = answer.status
    if request.method == "HEAD" or answer.status in (204, 304):
        protocol.response_empty(answer.status, headers)
        return
    exchange.bytes = answer.size
    if answer.path is None:
        protocol.response_bytes(answer.status, headers, answer.body)
    else:
        protocol.response_file_range(answer.status, headers, answer.path, answer.start, answer.end)


def refuse(protocol: Any, refused: Refused, exchange: Exchange, limits: str) -> None:
    """Give the answer of what is refused, as plain text: it is to cost next to nothing."""
    body = (refused.message + "\n").encode()
    headers: Headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        (LIMITS_HEADER, limits),
        (HEADER, exchange.identifier),
        *_BASE,
    ]
    if refused.limit is not None:
        headers.append((REACHED_HEADER, refused.limit))
    if refused.retry_after is not None:
        headers.append(("Retry-After", str(refused.retry_after)))
    if refused.closes:
        headers.append(CLOSE)
    exchange.status, exchange.bytes = refused.status, len(body)
    if exchange.method == "HEAD":
        protocol.response_empty(refused.status, headers)
    else:
        protocol.response_bytes(refused.status, headers, body)
