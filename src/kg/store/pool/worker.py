"""A query worker: a child process that answers one query at a time until its parent is gone.

kg.store.pool.forkserver forks it. The first message on its connection says which store it reads and what it may take,
each further one is a query; the protocol is that of kg.store.pool.wire. What can go wrong with a client's query, such
as a crash of the parser or an evaluation without end, goes wrong in here.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from mmap import mmap
from typing import Any

from pyoxigraph import Store

from kg.errors import EngineUnavailable, QueryError
from kg.store import Answer
from kg.store.evaluation.evaluate import evaluate, parse
from kg.store.pool.sandbox import limit_files, limit_memory, limit_processor, sandbox
from kg.store.pool.shared import map_shared
from kg.store.pool.wire import SPOOL_BYTES, from_error, receive, to_digest, to_line, to_query

_GRACE = 1.0
"""Seconds past twice the deadline after which a worker ends itself (it may have been paused for one of them): a living
parent has killed it by then."""

_REQUEST_BYTES = 2**30  # the parent has already checked the text against its own, smaller limit


def run(connection: socket.socket, shared: int) -> int:
    """Open the store, say that it is ready, and answer queries. Returns the process's exit status.

    ``shared`` is the file of the memory that long answers pass through.
    """
    try:
        with connection, connection.makefile("rb") as reader:
            told, _ = receive(reader, 0)
            limit_files()
            memory = map_shared(shared)
            is_limited = limit_memory(told["memory"])
            held = {"memory_limited": is_limited, "network_denied": sandbox(read_only=True)}
            try:
                store = Store.read_only(told["directory"])
            except (OSError, RuntimeError) as error:
                failed = EngineUnavailable(f"The store in {told['directory']} cannot be opened: {error}")
                connection.sendall(to_line(from_error(failed), b""))
                return 1
            connection.sendall(to_line(held | {"process": os.getpid()}, b""))
            while True:
                header, body = receive(reader, _REQUEST_BYTES)
                parse_only, rows = header.pop("parse_only"), header.pop("rows")
                query = to_query(header, body)
                asked = partial(parse, query)
                if not parse_only:
                    asked = partial(evaluate, store, query, told["answer_bytes"], rows)
                _reply(
                    connection, memory, *_answer(partial(asked, network_denied=held["network_denied"]), told["seconds"])
                )
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return 0  # the parent is gone, or wants this worker gone


def _reply(connection: socket.socket, memory: mmap, header: dict[str, Any], body: bytes) -> None:
    line = to_line(header, body)
    if len(body) > SPOOL_BYTES:
        memory[: len(body)] = body
        connection.sendall(line)
        connection.sendall(to_digest(body))
    else:
        connection.sendall(line + body + to_digest(body))


def _answer(ask: Callable[[], Answer], seconds: float) -> tuple[dict[str, Any], bytes]:
    # The default action of SIGALRM ends the process even inside native code, which no Python handler could
    signal.setitimer(signal.ITIMER_REAL, 2 * seconds + _GRACE)
    limit_processor(seconds + _GRACE)  # should the timer not come
    try:
        answer = ask()
    except QueryError as error:
        return from_error(error), b""
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {"kind": answer.kind, "media_type": answer.media_type, "total": answer.total}, answer.body
