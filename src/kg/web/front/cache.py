"""Answers that were given, kept as bytes: the same request of the same release is answered by them again.

The key is the release, the address or form, and what was negotiated; a release never changes, so nothing grows old.
What is longest unused makes room. An answer is kept only where its route's policy, and the answer itself, let it be.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

from kg.store.pool.wire import SPOOL_BYTES
from kg.web.front.requests import Request, Sent
from kg.web.http.negotiate import read_accept
from kg.web.text.language import of_request

Headers = list[tuple[str, str]]

LONG = SPOOL_BYTES
"""Bytes above which an answer is kept only once it was asked for before, and sent as long as it takes to leave."""
LONGEST = 16_000_000
"""Bytes of an answer that is kept: at most this, and an eighth of what all may take."""
FILES = 64
"""Answers that are kept in open files."""
ASKED = 200
"""Long answers of which is remembered that they were asked for."""
OVERHEAD = 2_000
"""Bytes that an answer takes besides its body, about."""
KNOWN = 1_000
"""Requests that are remembered as they were sent."""
KNOWN_LENGTH = 4_000
"""Characters of a request that is remembered."""


class Key(NamedTuple):
    """What an answer depends on."""

    release: str
    origin: str
    path: str
    query: str
    form: str
    accept: tuple[tuple[str, float], ...]
    language: str
    encoding: str = ""


def make_key(release: str, request: Request, body: bytes = b"") -> Key:
    """Return the key of a request of a release; a form counts by what it holds."""
    form = f"{request.headers.get('content-type')} {hashlib.sha256(body).hexdigest()}" if body else ""
    return Key(
        release,
        f"{request.scheme}://{request.host}",
        request.path,
        request.query,
        form,
        read_accept(request.headers.get("accept")).weights,
        of_request(request.query, request.headers.get("cookie", ""), request.headers.get("accept-language")),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. ``path`` is that of a file whose bytes from ``start`` to ``end`` it is, in place of the body.

    ``file`` is that file, where it has no name and is there as long as somebody holds it open.

    ``is_private`` says that it is for this client only, or for this moment; ``is_encodable`` that it has another form
    in gzip.
    """

    status: int
    headers: Headers
    body: bytes = b""
    path: str | None = None
    file: IO[bytes] | None = None
    start: int = 0
    end: int = 0
    etag: str | None = None
    modified: str | None = None
    is_private: bool = False
    is_encodable: bool = False
    route: str = "none"

    @classmethod
    def of(cls, status: int, headers: Headers, route: str, **content: Any) -> Answer:
        """Return an answer with what its headers say of it."""
        named = {name.lower(): value for name, value in headers}
        is_private = "set-cookie" in named or "no-store" in named.get("cache-control", "")
        return cls(
            status,
            headers,
            etag=named.get("etag"),
            modified=named.get("last-modified"),
            is_private=is_private,
            route=route,
            **content,
        )

    @classmethod
    def of_file(cls, status: int, headers: Headers, route: str, file: IO[bytes], size: int) -> Answer:
        """Return an answer that is a file without a name, of so many bytes."""
        return cls.of(status, headers, route, path=f"/dev/fd/{file.fileno()}", file=file, end=size)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        return self.end - self.start if self.path is not None else len(self.body)


def conditional(answer: Answer, request: Request) -> Answer:
    """Return what to give to a client that may have the answer already (RFC 9110 §13): itself, or 304, or 412.

    A date makes a copy good only where it is the answer's own, and not a later one (§13.1.3 would have it so): after
    ``kg rollback`` the answer is older than the copy, and yet it is the one to give.
    """
    if answer.status != 200 or answer.etag is None or request.method not in ("GET", "HEAD"):
        return answer
    headers = request.headers
    if "if-match" in headers and not _holds(headers["if-match"], answer.etag, weakly=False):
        return Answer(412, _without_body(answer.headers), route=answer.route)
    if "if-none-match" in headers:
        is_there = _holds(headers["if-none-match"], answer.etag, weakly=True)
    else:
        is_there = answer.modified is not None and headers.get("if-modified-since") == answer.modified
    return Answer(304, _without_body(answer.headers), route=answer.route) if is_there else answer


def _holds(header: str, etag: str, *, weakly: bool) -> bool:
    tags = [tag.strip() for tag in header.split(",")]
    if weakly:
        etag, tags = etag.removeprefix("W/"), [tag.removeprefix("W/") for tag in tags]
    return "*" in tags or etag in tags


def _without_body(headers: Sequence[tuple[str, str]]) -> Headers:
    return [(name, value) for name, value in headers if not name.lower().startswith("content-")]


class Cache:
    """Answers of one release up to so many bytes together. Safe for use by many threads."""

    def __init__(self, most: int) -> None:
        """Start empty."""
        self._most = most
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._known: dict[Sent, tuple[Request, Key]] = {}
        self._asked: OrderedDict[Key, None] = OrderedDict()
        self._files = 0
        self._lock = threading.Lock()
        self.release = ""
        self.bytes = 0

    def __len__(self) -> int:
        """Return how many answers are kept."""
        return len(self._kept)

    def get(self, key: Key) -> Answer | None:
        """Return the answer that was given to the same request of the same release."""
        with self._lock:
            answer = self._kept.get(key)
            if answer is not None:
                self._kept.move_to_end(key)
            return answer

    def put(self, key: Key, answer: Answer) -> None:
        """Keep an answer of the release that is served, if it is not too long; a long one if it was put before.

        So what is asked for once, as each part of a download is, drives out nothing that is asked for often.
        """
        with self._lock:
            if key.release != self.release or answer.size > min(LONGEST, self._most // 8) or key in self._kept:
                return
            if answer.size > LONG and not self._was_asked(key):
                return
            self._kept[key] = answer
            self.bytes += answer.size + OVERHEAD
            self._files += answer.file is not None
            while self.bytes > self._most or self._files > FILES:
                _, dropped = self._kept.popitem(last=False)
                self.bytes -= dropped.size + OVERHEAD
                self._files -= dropped.file is not None

    def _was_asked(self, key: Key) -> bool:
        """Return whether an answer was asked for lately, and remember that it is. The caller holds the lock."""
        if key in self._asked:
            del self._asked[key]
            return True
        self._asked[key] = None
        if len(self._asked) > ASKED:
            self._asked.popitem(last=False)
        return False

    def read_again(self, sent: Sent) -> tuple[Request, Key] | None:
        """Return what was read of a request that was sent in the same words; None for one that is not remembered."""
        return self._known.get(sent)

    def remember(self, sent: Sent, request: Request, key: Key) -> None:
        """Remember what was read of a request: to read it again takes as long as all else that is done to answer it."""
        if "host" not in request.headers or sum(map(len, (*sent[:4], *request.headers.values()))) > KNOWN_LENGTH:
            return
        with self._lock:
            if key.release == self.release:
                if len(self._known) >= KNOWN:
                    self._known.clear()
                self._known[sent] = request, key

    def turn_to(self, release: str) -> None:
        """Forget all, if another release than before is served."""
        if release == self.release:
            return
        with self._lock:
            self.release = release
            self._kept.clear()
            self._known.clear()
            self._asked.clear()
            self._files = 0
            self.bytes = 0
