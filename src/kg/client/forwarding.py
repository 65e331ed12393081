"""For whom a server is asked: where one process asks for many, each of them is to have a budget of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "X-Forwarded-For"
_CHAIN: ContextVar[str | None] = ContextVar("forwarded_for", default=None)


@contextmanager
def forwarded_for(address: str | None, headers: Mapping[str, str] | None = None) -> Iterator[None]:
    """Have requests in the block name the address that asked, behind those that its own ``headers`` name.

    A server heeds it only as far as it trusts the proxies before it. Without an address nothing is named.
    """
    before = headers.get(HEADER, "") if headers else ""
    token = _CHAIN.set(", ".join(part for part in (before, address) if part) if address else None)
    try:
        yield
    finally:
        _CHAIN.reset(token)


def forwarding() -> dict[str, str]:
    """Return the header of a request that is made now; empty where it is made for nobody else."""
    chain = _CHAIN.get()
    return {HEADER: chain} if chain else {}
