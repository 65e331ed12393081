"""Addresses with a query in them, as short as they can be written: what need not be escaped is not."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from kg.web.data.context import RELEASE, Context

_PLAIN = ":/?,;@$!*()"
"""Characters that are unescaped in the query of an address (RFC 3986 §3.4), and end it in no text or shell."""

Pairs = Iterable[tuple[str, str]]


def answer(context: Context, text: str, graphs: Pairs = (), **more: str) -> str:
    """Return the path that gives the answer, of the same release as this request."""
    return _write("/sparql", [("query", text), *graphs, *context.asked_release.items(), *more.items()])


def form(context: Context, text: str) -> str:
    """Return the path of the page with the query in its form, not yet asked."""
    return _write("/query", [("query", text), *context.asked_release.items()])


def lasting(context: Context, text: str, graphs: Pairs = ()) -> str:
    """Return the path by which the query and the release of this request are cited."""
    return _write("/cited", [("query", text), *graphs, (RELEASE, context.manifest.id)])


def _write(path: str, pairs: Pairs) -> str:
    return f"{path}?{urlencode(list(pairs), safe=_PLAIN)}"
