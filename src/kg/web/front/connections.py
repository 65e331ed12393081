"""Connections: how many there may be, and the end of those that one client holds too many of.

The server under this one takes each connection before anything is known of it. So those that are open are looked at
every so often, and of a client with more than its share the oldest that wait for nothing are shut.
"""

from __future__ import annotations

import logging
import os
import resource
import socket
import stat
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from kg.web.front.requests import client_of, strip_port

log = logging.getLogger(__name__)

MOST = 8_192
"""Connections at once, if as many files may be open."""
RESERVE = 512
"""Files that connections leave to workers, releases and answers."""
FILES = "/proc/self/fd"
FEW = 64
"""Open files up to which nobody looks."""
SECONDS = 0.5
"""How often connections are looked at."""


def raise_limit() -> int:
    """Let this process open as many files as the system lets it, and return how many connections that is room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST + RESERVE if hard == resource.RLIM_INFINITY else min(hard, MOST + RESERVE)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return max(64, min(MOST, soft - RESERVE))


class Connections:
    """Which connections have a request in flight, and the watch over all of them."""

    def __init__(self, each: int) -> None:
        """Let each client have so many connections; 0 for any number, as behind a proxy."""
        self._each = each
        self._busy: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._seen: dict[str, int] = {}
        self._looks = 0
        self._ended = threading.Event()

    def begin(self, peer: str) -> None:
        """Note a request on the connection of a peer, an address with its port."""
        with self._lock:
            self._busy[peer] += 1

    def end(self, peer: str) -> None:
        """Note that it has been answered."""
        with self._lock:
            self._busy[peer] -= 1
            if self._busy[peer] <= 0:
                del self._busy[peer]

    @contextmanager
    def busy(self, peer: str) -> Iterator[None]:
        """Note that an answer is on its way to a peer in the block."""
        self.begin(peer)
        try:
            yield
        finally:
            self.end(peer)

    def watch(self) -> None:
        """Look at the connections from now on, in a thread of its own."""
        if self._each and sys.platform == "linux":
            threading.Thread(target=self._watch, name="kg-connections", daemon=True).start()

    def close(self) -> None:
        """End the watch."""
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(SECONDS):
            try:
                self.look()
            except OSError:
                log.exception("the connections could not be looked at")

    def look(self) -> int:
        """Shut what clients have too many of, and return how many connections that were."""
        files = os.listdir(FILES)  # noqa: PTH208 - twice a second: no Paths made
        if len(files) < FEW:
            self._seen.clear()
            return 0
        self._looks += 1
        held: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
        seen: dict[str, int] = {}
        for file in files:
            peer = peer_of(file)
            if peer is not None:
                seen[peer] = self._seen.get(peer, self._looks)
                held[client_of(strip_port(peer.rpartition(":")[0]))].append((seen[peer], peer, file))
        self._seen = seen
        return sum(self._shut(sorted(each), len(each) - self._each) for each in held.values())

    def _shut(self, held: list[tuple[int, str, str]], excess: int) -> int:
        """Shut so many of the connections that wait for nothing, the oldest first."""
        shut = 0
        for _, peer, file in held:
            if shut >= excess:
                break
            if peer not in self._busy and shut_peer(file, peer):
                shut += 1
        return shut


class Connection:
    """The connection of a peer, while it is open: an open file of this process and what it leads to."""

    def __init__(self, peer: str) -> None:
        """Find it. Where the system does not list open files, it is taken to be open."""
        self._peer = peer
        self._file, self._socket = "", ""
        for file in os.listdir(FILES) if sys.platform == "linux" else ():  # noqa: PTH208
            if peer_of(file) == peer:
                self._file, self._socket = file, _leads_to(file)

    def is_open(self) -> bool:
        """Return whether the server has not closed it: until then what was answered has not left."""
        if sys.platform != "linux":
            return True
        return bool(self._file) and _leads_to(self._file) == self._socket

    def shut(self) -> None:
        """Shut it."""
        if self.is_open():
            shut_peer(self._file, self._peer)


def leave_listening() -> None:
    """Have this process take no new connection, and leave them to the others that share the socket.

    The server under this one can only do so by closing the connections that it has. So its file is made
    that of another socket, which nobody connects to.
    """
    for file in os.listdir(FILES) if sys.platform == "linux" else ():  # noqa: PTH208
        listening = _duplicate(file)
        if listening is None:
            continue
        with listening:
            if not listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                continue
            with socket.socket(listening.family) as other:
                other.setblocking(False)
                other.bind(("::1" if listening.family == socket.AF_INET6 else "127.0.0.1", 0))
                other.listen(1)
                os.dup2(other.fileno(), int(file), inheritable=False)


def _leads_to(file: str) -> str:
    try:
        return os.readlink(f"{FILES}/{file}")  # noqa: PTH115
    except OSError:
        return ""


def peer_of(file: str) -> str | None:
    """Return the address and port at the other end of an open file that is a connection to a client, else None."""
    connection = _taken_for_tcp(file)
    if connection is None:
        return None
    with connection:
        return _peer(connection)


def shut_peer(file: str, peer: str) -> bool:
    """Shut the connection of an open file if it still is that peer's, and return whether it was."""
    connection = _taken_for_tcp(file)
    if connection is None:
        return False
    with connection:
        if _peer(connection) != peer:
            return False
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return False
        return True


def _duplicate(file: str) -> socket.socket | None:
    if not _leads_to(file).startswith("socket:"):
        return None
    try:
        return socket.socket(fileno=os.dup(int(file)))
    except OSError:  # closed since, or of another kind
        return None


def _taken_for_tcp(file: str) -> socket.socket | None:
    """Return a socket among the open files as a connection: to ask the system of which kind each is takes longer.

    The family is that whose addresses are the longest; an address shows its own.
    """
    try:
        if not stat.S_ISSOCK(os.fstat(int(file)).st_mode):
            return None
        return socket.socket(socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, os.dup(int(file)))
    except OSError:  # closed since
        return None


def _peer(connection: socket.socket) -> str | None:
    try:
        found = connection.getpeername()
    except OSError:  # it listens, or has ended
        return None
    if not isinstance(found, tuple):  # that of a process of ours
        return None
    address, port, *_ = found
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
