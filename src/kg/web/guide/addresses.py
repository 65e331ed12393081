"""Addresses with a query in them, as short as they can be written: what need not be escaped is not."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from kg.web.data import access

_PLAIN = ":/?,;@$!*()"
"""Characters that stand in the query of an address as they are (RFC 3986 §3.4), and end it in no text or shell."""

Pairs = Iterable[tuple[str, str]]


def answer(text: str, graphs: Pairs = (), **more: str) -> str:
    """Return the path that gives the answer, of the same release as this request."""
    return _write("/sparql", [("query", text), *graphs, *access.asked_release().items(), *more.items()])


def form(text: str) -> str:
    """Return the path of the page with the query in its form, not yet asked."""
    return _write("/query", [("query", text), *access.asked_release().items()])


def lasting(text: str, graphs: Pairs = ()) -> str:
    """Return the path by which the query and the release of this request are cited."""
    return _write("/cited", [("query", text), *graphs, (access.RELEASE, access.release().manifest.id)])


def _write(path: str, pairs: Pairs) -> str:
    return f"{path}?{urlencode(list(pairs), safe=_PLAIN)}"
