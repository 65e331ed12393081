"""What the layer refuses by itself, before anything is spent on it."""

from __future__ import annotations


class Refused(Exception):
    """The status and message of a request that is not taken, and what the client can go by."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        limit: str | None = None,
        retry_after: int | None = None,
        closes: bool = False,
    ) -> None:
        """Keep them; ``closes`` ends the connection, as where the rest of a request cannot be read."""
        super().__init__(message)
        self.status, self.message = status, message
        self.limit, self.retry_after, self.closes = limit, retry_after, closes
