"""Answers handed to the server under this one, and in gzip to who takes it (RFC 9110 §8.4.1, §12.5.3)."""

from __future__ import annotations

import gzip
from dataclasses import replace
from functools import lru_cache
from typing import Any

from kg.web.front.cache import Answer, Headers
from kg.web.front.requests import Request
from kg.web.http.headers import CORS_HEADERS, DATA_HEADERS
from kg.web.http.limits import LIMITS_HEADER, REACHED_HEADER
from kg.web.http.negotiate import read_languages
from kg.web.http.refusal import Refused
from kg.web.watch.observe import HEADER, Exchange

CLOSE = ("Connection", "close")
GZIP = "gzip"
LEAST = 1_000
"""Bytes of an answer below which little is won."""
LEVEL = 5
_KINDS = ("text/", "application/json", "application/xml", "application/sparql-", "application/rdf", "application/ld")
_ENDS = ("+json", "+xml", "triples", "quads", "trig", "javascript")
_BASE = [*CORS_HEADERS.items(), *DATA_HEADERS.items(), ("Cache-Control", "no-store")]


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


def may_be_encoded(answer: Answer) -> bool:
    """Return whether an answer has another form in gzip."""
    if answer.status != 200 or answer.path is not None or len(answer.body) < LEAST:
        return False
    named = {name.lower(): value for name, value in answer.headers}
    media_type = named.get("content-type", "").partition(";")[0]
    return "content-encoding" not in named and (media_type.startswith(_KINDS) or media_type.endswith(_ENDS))


def takes_gzip(request: Request) -> bool:
    """Return whether the client takes answers in gzip."""
    given = request.headers.get("accept-encoding")
    return given is not None and _takes(given)


@lru_cache(maxsize=256)
def _takes(header: str) -> bool:
    weights = dict(read_languages(header).weights)  # of the same grammar: names with weights
    return weights.get(GZIP, weights.get("*", 0.0)) > 0


def vary(answer: Answer) -> Answer:
    """Return an answer that has another form in gzip as one that says so to caches."""
    varies = [value for name, value in answer.headers if name.lower() == "vary"]
    headers = [(name, value) for name, value in answer.headers if name.lower() != "vary"]
    return replace(answer, headers=[*headers, ("Vary", ", ".join([*varies, "Accept-Encoding"]))])


def encode(answer: Answer) -> Answer:
    """Return an answer in gzip, under a tag of its own."""
    body = gzip.compress(answer.body, LEVEL, mtime=0)
    etag = f'{answer.etag[:-1]}-{GZIP}"' if answer.etag else None
    headers: Headers = [
        (name, value) for name, value in answer.headers if name.lower() not in ("content-length", "etag")
    ]
    headers += [("Content-Length", str(len(body))), ("Content-Encoding", GZIP)]
    headers += [("ETag", etag)] if etag else []
    return replace(answer, headers=headers, body=body, etag=etag)
