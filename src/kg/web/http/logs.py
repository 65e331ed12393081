"""What the server writes on standard error: one line for each request and each event, in JSON or for people.

A line never holds the address's query string, and of a SPARQL query as many characters as KG_LOG_QUERIES says: none.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import logging
import re
import sys
from contextvars import ContextVar
from typing import Any

from kg.settings import Settings

requests = logging.getLogger("kg.request")
"""Where each request is logged."""
PROBES = frozenset({"/health", "/health/live", "/metrics"})
"""Routes that machines ask every few seconds: logged at the level debug only."""
NETWORK_BITS = {4: 24, 6: 48}
"""How much of a client's address is logged where only its network is, by IP version."""

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LONGEST = 300
"""Characters of a path or a user agent that are logged."""
FIELD_BYTES = 16_384
"""Bytes of a field of a line, as it is written: what a client sent may be escaped sixfold."""


def configure(settings: Settings) -> None:
    """Have all that kg logs written to standard error, in the form that the settings ask for."""
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(TextFormatter() if as_text else JsonFormatter())
    logger = logging.getLogger("kg")
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(settings.log_level.upper())


def begin_request(identifier: str) -> None:
    """Note the identifier of the request that this thread answers from now on."""
    _request_id.set(identifier)


def request_id() -> str | None:
    """Return the identifier of the request that this thread answers."""
    return _request_id.get()


def end_request() -> None:
    """Have what this thread logs from now on belong to no request."""
    _request_id.set(None)


def shown_client(address: str, how: str) -> str | None:
    """Return what is logged of a client's address: its network, the whole, or nothing."""
    if how == "none":
        return None
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if how == "address":
        return str(found)
    return str(ipaddress.ip_network((found, NETWORK_BITS[found.version]), strict=False))


def shorten(text: str) -> str:
    """Return a client's text, cut to a length fit for a log."""
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    fields: dict[str, Any] = {
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "request_id": request_id(),
        "message": record.getMessage(),
        **getattr(record, "fields", {}),
    }
    if record.exc_info:
        fields["error"] = logging.Formatter().formatException(record.exc_info)
    return _bounded({name: value for name, value in fields.items() if value is not None})


def _bounded(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with long texts cut at their end, and the stack of an error at its beginning."""
    return {
        name: _cut(value, from_end=name == "error") if isinstance(value, str) else value
        for name, value in fields.items()
    }


def _cut(text: str, *, from_end: bool) -> str:
    """Return as much of a text as takes FIELD_BYTES as JSON, with a sign that more was there."""
    if 12 * len(text) <= FIELD_BYTES or len(json.dumps(text)) <= FIELD_BYTES:  # of a character, 12 at most
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        part = text[-middle:] if from_end else text[:middle]
        low, high = (middle, high) if len(json.dumps(part)) + 6 <= FIELD_BYTES else (low, middle - 1)
    return f"…{text[len(text) - low :]}" if from_end else f"{text[:low]}…"


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; it is ASCII, so that no control character or line break that a client sent is in it."""
        return json.dumps(_fields(record), default=str)


class TextFormatter(logging.Formatter):
    """A line for people; what a client sent is in quotation marks, escaped."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and the traceback of an error below it."""
        fields = _fields(record)
        time, level = fields.pop("time")[11:19], fields.pop("level")
        error, message = fields.pop("error", None), json.dumps(fields.pop("message"))[1:-1]
        del fields["logger"]
        words = " ".join(f"{name}={json.dumps(value, default=str)}" for name, value in fields.items())
        line = f"{time} {level:7} {message} {words}".rstrip()
        return f"{line}\n{error}" if error else line
