"""The one way out: a query to an endpoint that the settings list, at an address that may be called.

A connection goes to the very address that was checked, so a name that resolves otherwise a moment later changes
nothing. No redirect is followed, no proxy is used, no cookie or credential is sent.
"""

from __future__ import annotations

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import SplitResult, urlencode, urlsplit

from kg import __version__
from kg.errors import KgError, QueryCancelled, QueryTooLarge, ServiceFailed
from kg.settings import Settings
from kg.store.cancel import Cancellation

ROWS_JSON = "application/sparql-results+json"
_JSON_TYPES = (ROWS_JSON, "application/json")
_CHUNK = 65_536
_MESSAGE_LENGTH = 300  # characters of an endpoint's own message
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GONE = "The client went away while other endpoints were asked."
_FAILURES = (OSError, http.client.HTTPException, ValueError)


class _Line:
    """A connection that another thread can cut, whatever the thread that uses it is waiting for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._cut = False

    def hold(self, connected: socket.socket) -> None:
        """Keep a handle of our own: TLS takes the socket itself over. Raises TimeoutError once it has been cut."""
        with self._lock:
            if self._cut:
                raise TimeoutError
            self._socket = connected.dup()

    def cut(self) -> None:
        """End the connection, now or as soon as there is one."""
        with self._lock:
            self._cut = True
            if self._socket is not None:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
                self._socket.close()


def ask_endpoint(
    iri: str, text: str, settings: Settings, seconds: float, cancellation: Cancellation | None = None
) -> bytes:
    """Return the JSON results that a listed endpoint gives to a SELECT, sent by POST (SPARQL 1.1 Protocol §2.1.2).

    It may take ``seconds``, or service_seconds if that is less, in all: name look-up, handshakes, and every byte.
    Raises ServiceFailed, naming the endpoint, for whatever else happens, QueryTooLarge past service_bytes, and
    QueryCancelled at once where the query is.
    """
    seconds = min(seconds, settings.service_seconds)
    url = urlsplit(settings.endpoints[iri])
    outcome: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()
    line = _Line()

    def attempt() -> None:
        try:
            outcome.put(_exchange(iri, url, text, settings, seconds, line))
        except Exception as error:  # handed to the thread that waits
            outcome.put(error)

    # A thread, because neither a name look-up nor a server that sends a byte at a time heeds a socket's timeout
    threading.Thread(target=attempt, name="kg-service", daemon=True).start()
    try:
        with (cancellation or Cancellation()).calling(lambda: outcome.put(QueryCancelled(_GONE))):
            found = outcome.get(timeout=seconds)
    except queue.Empty:
        found = TimeoutError()
    finally:
        line.cut()
    if isinstance(found, bytes):
        return found
    raise _explain(iri, found, seconds)


def check_address(address: str, *, private: bool) -> bool:
    """Return whether an IP address may be called: a public unicast one, or with ``private`` any other as well."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            ip = inner
    return private or (ip.is_global and not ip.is_multicast and not ip.is_reserved)


def _explain(iri: str, error: Exception, seconds: float) -> Exception:
    if isinstance(error, KgError):
        return error
    if isinstance(error, TimeoutError):
        return ServiceFailed(f"SERVICE <{iri}> gave no whole answer within {seconds:.3g} seconds.")
    if isinstance(error, _FAILURES):
        return ServiceFailed(f"SERVICE <{iri}> cannot be asked: {error or type(error).__name__}.")
    return error


def _exchange(iri: str, url: SplitResult, text: str, settings: Settings, seconds: float, line: _Line) -> bytes:
    connection = _connect(iri, url, settings, seconds, line)
    try:
        connection.request("POST", url.path + (f"?{url.query}" if url.query else "") or "/", _form(text), _headers())
        with connection.getresponse() as response:
            _check_response(iri, response)
            return _read(iri, response, settings.service_bytes)
    finally:
        connection.close()


def _form(text: str) -> bytes:
    return urlencode({"query": text}).encode()


def _headers() -> dict[str, str]:
    return {
        "Accept": ROWS_JSON,
        "Accept-Encoding": "identity",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": f"attested-kg/{__version__} (SPARQL SERVICE)",
    }


def _connect(iri: str, url: SplitResult, settings: Settings, seconds: float, line: _Line) -> http.client.HTTPConnection:
    """Return a connection to the first address of the host that answers; every one of them has to be allowed."""
    host, secure = url.hostname or "", url.scheme == "https"
    port = url.port or (443 if secure else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not all(check_address(address, private=settings.service_private) for address in addresses):
        raise ServiceFailed(
            f"SERVICE <{iri}> is at an address that is not public, so it is not called."
            " Its operator can allow that by KG_SERVICE_PRIVATE=1."
        )
    connected = _dial(addresses, port, seconds)
    try:
        line.hold(connected)
        if secure:
            connected = ssl.create_default_context().wrap_socket(connected, server_hostname=host)
    except BaseException:
        connected.close()
        raise
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    made = kind(host, port, timeout=seconds)
    made.sock = connected
    return made


def _dial(addresses: list[str], port: int, seconds: float) -> socket.socket:
    failure: OSError = OSError("its name has no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=seconds)
        except OSError as error:
            failure = error
    raise failure


def _check_response(iri: str, response: http.client.HTTPResponse) -> None:
    """Raise ServiceFailed unless the status, type and encoding are those of a whole answer."""
    if response.status in range(300, 400):
        raise ServiceFailed(
            f"SERVICE <{iri}> redirects (status {response.status}), which is not followed."
            " Its operator can list the address that it redirects to."
        )
    media_type = response.headers.get_content_type()
    if response.status != http.HTTPStatus.OK:
        said = response.read(_MESSAGE_LENGTH).decode(errors="replace").strip() if media_type == "text/plain" else ""
        raise ServiceFailed(f"SERVICE <{iri}> answered with status {response.status}. {said}".strip())
    if media_type not in _JSON_TYPES or response.headers.get("Content-Encoding", "identity") != "identity":
        raise ServiceFailed(f"SERVICE <{iri}> answered in {media_type}, not in {ROWS_JSON} as it was asked to.")


def _read(iri: str, response: http.client.HTTPResponse, most: int) -> bytes:
    body = bytearray()
    while chunk := response.read1(_CHUNK):
        body += chunk
        if len(body) > most:
            raise QueryTooLarge(f"SERVICE <{iri}> answered with more than {most:,} bytes. Narrow its group.")
    if response.length:  # what Content-Length promised beyond this; http.client says nothing
        raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)
