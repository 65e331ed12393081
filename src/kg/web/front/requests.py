"""A request as the layer sees it: bounded before it is read, and whom it counts for.

A client is an IPv4 address, or the 64 bits of an IPv6 address that one subscriber has at least (RFC 6177, RIPE-690);
one that holds an IPv4 address is that (RFC 4291 §2.5.5.2, RFC 6052 §2.1). Behind proxies that are trusted, it is the
one that the outermost of them names. That a home's IPv4 and IPv6 addresses are one client's does not show in them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from kg.web.http.refusal import Refused

NETWORK = 64
"""Bits of an IPv6 address that are one client's."""
TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 addresses behind a translator (RFC 6052 §2.1): all of them in one network of 64 bits."""
HEADER_BYTES = 16_384
"""Of all headers together, names and values."""
HEADERS = 80
LINE_BYTES = 8_192
"""Of one header; a list of types has some hundred, an address that led here 4,096."""
TARGET_BYTES = 65_536
PATH_BYTES = 8_192
"""Of a path, which messages and pages repeat; that of a record has some hundred."""
PARAMETERS = 1_000
"""Parameters of an address or a form."""
_LENGTH = re.compile(r"[0-9]{1,15}")
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_ONCE = frozenset({"host", "content-length", "content-type", "authorization", "transfer-encoding", "if-none-match"})
_AS_ONE = {"cookie": "; "}


Sent = tuple[str, str, str, str, str, tuple[tuple[str, str], ...]]
"""A request in the words that were sent: method, scheme, path, query, address of the peer, and headers."""


class Request(NamedTuple):
    """What was asked, without its body; ``headers`` by their names in small letters, the lines of one joined."""

    method: str
    scheme: str
    host: str
    path: str
    query: str
    headers: dict[str, str]
    address: str
    client: str
    length: int | None

    @property
    def is_chunked(self) -> bool:
        """Whether its body comes in chunks, of unknown length."""
        return "transfer-encoding" in self.headers

    @property
    def has_body(self) -> bool:
        """Whether a body comes with it, which is to be read before the connection's next request can be."""
        return bool(self.length) or self.is_chunked

    @property
    def bears_token(self) -> bool:
        """Whether it says who asks: what it is answered is nobody else's."""
        return "authorization" in self.headers


def read_sent(scope: Any) -> Sent:
    """Return what an RSGI scope says of a request, as far as its answer may depend on it."""
    peer = scope.client.rpartition(":")[0]
    return scope.method, scope.scheme, scope.path, scope.query_string, peer, tuple(scope.headers.items())


def read_request(sent: Sent, scope: Any, trusted: int, hosts: frozenset[str]) -> Request:
    """Return the request of an RSGI scope behind so many trusted proxies; raises Refused for one that is too much.

    ``hosts`` are the names that this server answers to; empty for any. The scope itself is asked only for what ``sent``
    lacks: the name of this server, where no header names the host.
    """
    method, scheme, path, query, peer, items = sent
    headers = _read_headers(items)
    if len(path) > PATH_BYTES:
        raise Refused(414, f"The path is longer than {PATH_BYTES:,} characters, and nothing here has such a one.")
    if path.startswith("//"):  # a proxy would take it for another address than the application does
        raise Refused(404, "There is nothing at this address: it starts with two slashes.")
    if len(path) + len(query) > TARGET_BYTES:
        raise Refused(414, f"The address is longer than {TARGET_BYTES:,} bytes. Send a long query by POST.")
    if query.count("&") >= PARAMETERS:
        raise Refused(400, f"The address has more than {PARAMETERS:,} parameters.")
    address, host = strip_port(peer), headers.get("host", "")
    if trusted:
        address = strip_port(_named(headers, "x-forwarded-for", trusted) or peer)
        scheme = _named(headers, "x-forwarded-proto", trusted) or scheme
        host = _named(headers, "x-forwarded-host", trusted) or host
    if not host and scope.http_version == "1":
        host = scope.server
    _require_host(host, hosts)
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(415, "Bodies are taken as they are, and not compressed. Leave Content-Encoding out.", closes=True)
    return Request(method, scheme, host, path, query, headers, address, client_of(address), _read_length(headers))


@lru_cache(maxsize=256)
def _require_host(host: str, hosts: frozenset[str]) -> None:
    """Raise Refused for what is no host, or not one of ours."""
    if not _HOST.fullmatch(host):
        raise Refused(400, "The request names no host, or one that is none. Send one header Host.")
    if hosts and host.lower().rpartition(":")[0 if ":" in host else 2] not in hosts:
        raise Refused(421, "This server does not answer for that host. See KG_HOSTS.")


def _read_headers(items: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the headers by name; raises Refused for too many or too long ones, and for a second of one kind.

    Those with an underscore in their name are left out, as most servers do.
    """
    headers: dict[str, str] = {}
    size = number = 0
    for name, value in items:
        size += len(name) + len(value)
        number += 1
        if "_" in name:  # to the application it would be the same as that with a hyphen (RFC 3875 §4.1.18)
            continue
        if len(value) > LINE_BYTES:
            raise Refused(431, f"The header {name[:40]} is longer than {LINE_BYTES:,} bytes.", closes=True)
        if name in headers:
            if name in _ONCE:
                raise Refused(400, f"The header {name} may be sent once.", closes=True)
            value = headers[name] + _AS_ONE.get(name, ",") + value
            if len(value) > LINE_BYTES:
                raise Refused(431, f"The headers {name[:40]} are longer than {LINE_BYTES:,} bytes.", closes=True)
        headers[name] = value
    if size > HEADER_BYTES or number > HEADERS:
        said = f"The request has more than {HEADERS} headers or {HEADER_BYTES:,} bytes of them."
        raise Refused(431, said, closes=True)
    return headers


def _read_length(headers: dict[str, str]) -> int | None:
    text = headers.get("content-length")
    if text is None:
        return None
    if not _LENGTH.fullmatch(text):
        raise Refused(400, "Content-Length is no number of bytes.", closes=True)
    return int(text)


def _named(headers: dict[str, str], name: str, trusted: int) -> str | None:
    """Return what the outermost trusted proxy says; None where fewer of them have spoken."""
    values = [value.strip() for value in headers.get(name, "").split(",")]
    return values[-trusted] if len(values) >= trusted and values[-trusted] else None


def strip_port(address: str) -> str:
    """Return an address without the port that some proxies add (RFC 7239 §6), and without brackets."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    head, colon, port = address.rpartition(":")
    return head if colon and ":" not in head and port.isdigit() else address


@lru_cache(maxsize=4096)
def client_of(address: str) -> str:
    """Return whom an address counts for."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:  # a proxy that gives no address, or a socket file
        return address[:64] or "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        if found in TRANSLATED:
            return str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
        return str(ipaddress.ip_network((found, NETWORK), strict=False))
    return str(found)


def require_form(body: bytes) -> None:
    """Raise Refused for a form of more parameters than a form may have."""
    if body.count(b"&") >= PARAMETERS:
        raise Refused(400, f"The form has more than {PARAMETERS:,} parameters.")
