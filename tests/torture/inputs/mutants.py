"""Requests that are wrong in every way that a byte can be: made from right ones, each by a seed that"
" makes it again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

from helpers.writing import TOKEN

ASK = quote("ASK { ?s ?p ?o }")
ROWS = quote("SELECT * WHERE { ?s ?p ?o } LIMIT 3")
FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Request:
    """A request in parts. ``framed`` is False where it need not end where the server thinks that it does."""

    method: str
    target: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    framed: bool = True

    def to_bytes(self, host: str) -> bytes:
        """Return what is sent."""
        headers = self.headers
        if not any(name.lower() == b"host" for name, _ in headers):
            headers = [(b"Host", host.encode()), *headers]
        if self.body and not any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in headers):
            headers = [*headers, (b"Content-Length", str(len(self.body)).encode())]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        return self.method.encode() + b" " + self.target + b" HTTP/1.1\r\n" + lines + b"\r\n" + self.body


PATHS = (
    "/ /browse /issues /statements /query /releases /releases.json /dataset /dataset.ttl /ns /shapes"
    " /sparql /update /graphs"
    " /api /api/openapi.json /health /health/live /metrics /.well-known/void /static/style.css"
    " /search?q=nato /timeline"
    " /figures /articles /about /reconcile /opensearch.xml /sitemap.xml /robots.txt"
    " /id/russia /doc/russia /doc/russia.ttl /doc/russia.jsonld /code/flat /query/all-figures /ns/Statement"
    " /article/florida-talks /article/florida-talks.nt /article/florida-talks/passage/7"
    " /article/florida-talks/statement/007-2"
    " /article/florida-talks/statement/007-2.trig /graph/authority /export/claims.jsonld"
    " /export/casualties /statements?of=id/russia"
    " /api/names-of-an-actor?state=Russia /api/dated-steps.csv?firstDay=2025-12-20"
    " /api/outside-links?record=id/russia&limit=3"
    f" /sparql?query={ASK} /sparql?query={ROWS}&accept=csv /sparql?query={ROWS}&default-graph-uri=urn:a"
    f" /query?query={ASK}"
    " /graphs?default /graphs?graph=https://attested.example/graph/authority"
).split()

POSTS = (
    ("/sparql", FORM, f"query={ROWS}"),
    ("/sparql", "application/sparql-query", "SELECT * WHERE { ?s ?p ?o } LIMIT 2"),
    ("/update", "application/sparql-update", "INSERT DATA { GRAPH <urn:g> { <urn:s> <urn:p> 1 } }"),
    ("/update", FORM, "update=" + quote("CLEAR ALL")),
    ("/graphs?graph=urn:g", "text/turtle", "<urn:s> <urn:p> <urn:o> ."),
    (
        "/graphs?graph=urn:g",
        "application/rdf+xml",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>",
    ),
    ("/graphs?graph=urn:g", "application/ld+json", '{"@id": "urn:s", "urn:p": 1}'),
    ("/reconcile", FORM, "queries=" + quote('{"q0": {"query": "Russia"}}')),
)
TOKENS = 0.01
"""Share of the writes that bear the token: each of these takes a process of its own."""

METHODS = "GET HEAD POST PUT DELETE OPTIONS PATCH TRACE CONNECT PROPFIND BREW get G%45T".split()
BYTES = (
    b"\x00", b"\xff", b"\xc3\x28", b"%", b"%2", b"%zz", b"%00", b"%FF", b"%C0%AF", b"%2F", b"%5C", b"..", b"%2e%2e/",
    b"//", b";", b"?", b"&", b"=", b"#", b"+", b"%0D%0AX-In:1", b"%E2%80%AE", b"%F0%9F%92%A9", b"'", b'"', b"<", b">",
    b"{", b"\\", b"|", b"%ED%A0%80", b"*", b"~", b"@", b"[", b"]:", b"%1B", b"\t",
)  # fmt: skip
VALUES = (
    b"", b" ", b",", b";", b"*", b"*/*;q=2", b"text/html;q=0.x", b"text/html;;;q", b"a/b;c=\"",
    b"application/json;charset=none",
    b"text/turtle;charset=utf-16", b"multipart/form-data; boundary=", b"multipart/form-data; boundary=x",
    b"gzip, deflate",
    b"bytes=0-", b"bytes=-1", b"bytes=9-1", b"bytes=0-0,2-3", b"bytes=" + b"9" * 40, b"W/\"x\"", b"\"",
    b"Thu, 99 Foo 2026 99:99:99 GMT",
    b"Thu, 01 Jan 0000 00:00:00 GMT", b"-1", b"0", b"1e9", b"9" * 30, b"\xff\xfe", b"\xc3\x28", b"x" * 4000,
    b"127.0.0.1:99999",
    b"a>b", b"[::1", b"evil.example", b"http://x/", b"Basic Zm9v", b"Bearer", b"Bearer ", b"Bearer \xff",
    b"lang=xx; lang=\"", b"=;=",
    b"de;q=nan", b"en-\xe4", b"chunked", b"100-continue", b"identity", b"for=\"_x\";proto=y", b"\"a\", W/\"b\", *",
)  # fmt: skip
NAMES = (
    "Accept Accept-Encoding Accept-Language Accept-Charset Authorization Cache-Control Content-Type"
    " Content-Encoding Cookie Expect"
    " Forwarded Host If-Match If-Modified-Since If-None-Match If-Range If-Unmodified-Since Origin Range"
    " Referer TE Upgrade User-Agent"
    " X-Forwarded-For X-Forwarded-Host X-Forwarded-Proto X-HTTP-Method-Override X-Request-Id"
    " Access-Control-Request-Method Content-Language"
).split()
PARAMETERS = (
    "query update default-graph-uri named-graph-uri using-graph-uri accept graph default lang of after"
    " example q limit offset"
    " state type queries extend format page"
).split()


def make_request(seed: int) -> Request:
    """Return the request of a seed: a right one with one to four mutations."""
    choose = random.Random(seed)  # noqa: S311 - repeatable, and no secret
    request = _right(choose)
    for _ in range(choose.randint(1, 4)):
        choose.choice(MUTATIONS)(request, choose)
    return request


def _right(choose: random.Random) -> Request:
    if choose.random() < 0.7:
        return Request("GET", choose.choice(PATHS).encode())
    path, media_type, body = choose.choice(POSTS)
    method = choose.choice(("POST", "PUT")) if path.startswith("/graphs") else "POST"
    request = Request(method, path.encode(), [(b"Content-Type", media_type.encode())], body.encode())
    if choose.random() < TOKENS:
        request.headers.append((b"Authorization", f"Bearer {TOKEN}".encode()))
    return request


def _method(request: Request, choose: random.Random) -> None:
    request.method = choose.choice(METHODS)


def _path_bytes(request: Request, choose: random.Random) -> None:
    at = choose.randint(min(1, len(request.target)), len(request.target))
    request.target = request.target[:at] + choose.choice(BYTES) + request.target[at:]


def _path_cut(request: Request, choose: random.Random) -> None:
    at = choose.randint(min(1, len(request.target)), len(request.target))
    request.target = request.target[:at] + request.target[at + choose.randint(1, 8) :]


def _path_long(request: Request, choose: random.Random) -> None:
    request.target += choose.choice((b"a", b"/", b"%41", b"%ff", b"&a=b")) * choose.choice((50, 1000, 15_000))


def _path_form(request: Request, choose: random.Random) -> None:
    request.target = choose.choice((b"*", b"http://evil.example" + request.target, b"//evil.example/", b"", b"x"))


def _parameter(request: Request, choose: random.Random) -> None:
    name, value = choose.choice(PARAMETERS).encode(), choose.choice((b"", b"1", ASK.encode(), *BYTES))
    request.target += (b"&" if b"?" in request.target else b"?") + (name + b"=" + value + b"&") * choose.choice(
        (1, 2, 300)
    )


def _header(request: Request, choose: random.Random) -> None:
    name = choose.choice(NAMES).encode()
    for _ in range(choose.choice((1, 1, 1, 2, 20))):
        request.headers.append((name, choose.choice(VALUES)))


def _header_types(request: Request, choose: random.Random) -> None:
    types = "text/html text/turtle text/csv application/json application/ld+json image/png application/rdf+xml".split()
    quality = choose.choice(("", ";q=0", ";q=1.000", ";q=-1", ";q=1e3", ";level=1;q=0.5"))
    request.headers.append((b"Accept", ", ".join(kind + quality for kind in choose.sample(types, 3)).encode()))


def _body_bytes(request: Request, choose: random.Random) -> None:
    at = choose.randint(0, len(request.body))
    request.body = request.body[:at] + choose.choice(BYTES) * choose.choice((1, 1, 500)) + request.body[at:]


def _body_cut(request: Request, choose: random.Random) -> None:
    request.body = request.body[: choose.randint(0, len(request.body))]


def _body_long(request: Request, choose: random.Random) -> None:
    request.body += choose.choice((b" ", b"{", b"&a=", b"[", b"\x00")) * choose.choice((3000, 300_000))


def _multipart(request: Request, choose: random.Random) -> None:
    request.method = "POST"
    request.headers.append((b"Content-Type", b"multipart/form-data; boundary=b"))
    part = b'--b\r\nContent-Disposition: form-data; name="query"' + choose.choice(
        (b"", b'; filename="a"', b"; filename*=x")
    )
    request.body = part + b"\r\n\r\nASK {}\r\n" + choose.choice((b"--b--\r\n", b"--b", b"", part * 50))


def _length(request: Request, choose: random.Random) -> None:
    request.framed = False
    request.headers.append(
        (b"Content-Length", choose.choice((b"0", b"5", b"-1", b"x", b"9" * 30, b"1, 2", b"+3", b" ")))
    )


def _chunks(request: Request, choose: random.Random) -> None:
    request.framed = False
    request.headers.append(
        (b"Transfer-Encoding", choose.choice((b"chunked", b"Chunked", b"gzip, chunked", b"x", b"chunked, x")))
    )
    request.body = choose.choice(
        (b"5\r\nASK {\r\n1\r\n}\r\n0\r\n\r\n", b"z\r\n", b"ffffffffffffffffff\r\n", b"0\r\n\r\n", b"")
    )


def _header_bytes(request: Request, choose: random.Random) -> None:
    request.framed = False
    request.headers.append((choose.choice((b"", b"X Y", b"X\x00", b"\xff", b" X", b"X:", b"(")), choose.choice(BYTES)))


Mutation = Callable[[Request, random.Random], None]
MUTATIONS: tuple[Mutation, ...] = (
    _method, _path_bytes, _path_bytes, _path_cut, _path_long, _path_form, _parameter, _parameter, _header, _header,
    _header_types, _body_bytes, _body_cut, _body_long, _multipart, _length, _chunks, _header_bytes,
)  # fmt: skip
