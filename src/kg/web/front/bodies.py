"""Bodies of requests, read by the event loop: a slow sender holds no thread, and only one of few places.

Where a connection breaks off, the server under this one (granian) gives the parts it has and then nothing, as at the
end. So what is read is compared with the declared length, and a body in chunks must end with its last chunk.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from kg.web.front.requests import Request
from kg.web.http.refusal import Refused

PLACES = 24
"""Bodies that are read at a time."""
PLACES_OF_ONE = 12
SECONDS = 10.0
"""Time in which the next part of a body is to come."""
LEAST_RATE = 10_000
"""Bytes a second that a body is to come in, on the whole."""


class Bodies:
    """Reads bodies, few at a time. Used by the event loop only."""

    def __init__(self, longest: int) -> None:
        """``longest`` is what is read, and thrown away, of a body that is too long: so its sender sees the answer."""
        self._longest = longest
        self._reading: Counter[str] = Counter()

    async def read(self, request: Request, protocol: Any, most: int) -> bytes:
        """Return the body, of at most so many bytes; raises Refused for one that is longer, or broke off."""
        if not request.has_body:
            return b""
        if self._reading.total() >= PLACES or self._reading[request.client] >= PLACES_OF_ONE:
            said = "Too many requests are being received at once. Send yours again in a moment."
            raise Refused(503, said, retry_after=5, closes=True)
        self._reading[request.client] += 1
        try:
            return await self._read(request, protocol, most)
        finally:
            self._reading[request.client] -= 1
            if not self._reading[request.client]:
                del self._reading[request.client]

    async def _read(self, request: Request, protocol: Any, most: int) -> bytes:
        began = asyncio.get_running_loop().time()
        parts, received = bytearray(), 0
        is_too_long = (request.length or 0) > most
        if is_too_long and (request.length or 0) > self._longest:
            raise _too_long(most, closes=True)
        body = aiter(protocol)
        while part := await _next(body):
            received += len(part)
            is_too_long = is_too_long or received > most
            if received > self._longest:
                raise _too_long(most, closes=True)
            if not is_too_long:
                parts += part
            if received < LEAST_RATE * (asyncio.get_running_loop().time() - began - SECONDS):
                raise _too_slow()
        if is_too_long and request.method in ("GET", "HEAD"):  # nobody wants it
            return b""
        if is_too_long:
            raise _too_long(most)
        await self._require_whole(request, body, received)
        return bytes(parts)

    async def _require_whole(self, request: Request, body: Any, received: int) -> None:
        """Raise Refused for a body that broke off: short of its length, or in chunks and without the last."""
        declared = request.length
        if declared is None:
            try:
                await _next(body)  # after the last chunk there is nothing; after a break an empty part once more
            except StopAsyncIteration:
                return
            raise Refused(400, "The request broke off in a chunk. Nothing was done; send it again.", closes=True)
        if received < declared:
            raise Refused(
                400,
                f"The request broke off after {received:,} of the {declared:,} bytes of its Content-Length."
                " Nothing was done; send it again.",
                closes=True,
            )


async def _next(body: Any) -> bytes:
    try:
        async with asyncio.timeout(SECONDS):
            part: bytes = await anext(body)
    except TimeoutError:
        raise _too_slow() from None
    return part


def _too_slow() -> Refused:
    return Refused(408, "The body of the request comes too slowly. Nothing was done; send it again.", closes=True)


def _too_long(most: int, *, closes: bool = False) -> Refused:
    return Refused(413, f"The body is longer than the {most:,} bytes that are taken here.", closes=closes)
