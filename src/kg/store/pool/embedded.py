"""pyoxigraph in child processes, because a query in progress can be stopped only by killing its process.

The front never parses a client's SPARQL: deep nesting crashes the parser. Here a crash costs one worker.
"""

from __future__ import annotations

import json
import logging
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kg.errors import (
    EngineUnavailable,
    NotExplained,
    QueryError,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    ServiceFailed,
)
from kg.settings import Settings
from kg.store import MOST_COUNTED, Answer, EngineStats, Plan, Query
from kg.store.cancel import Cancellation
from kg.store.federation.federate import calls_out, federate
from kg.store.pool.plan import MOST_PATTERNS, Explainer, fill, patterns
from kg.store.pool.process import FORKS, Process, describe_status
from kg.store.pool.slots import LEAST_SECONDS, QUICK_SECONDS, SHORT_SECONDS, Held, Slots, Turn
from kg.store.pool.wire import Content, from_query, to_error, to_line
from kg.store.sparql.caps import require_caps

_log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
"""Pause after a replacement could not be started, as when memory is short for a moment."""
BESIDE = 3
"""Processes in addition to those of the open slots: for the quick one, for internal queries, and one in reserve."""


def _encode(query: Query, rows: int, *, parse_only: bool = False) -> bytes:
    """Return the message that asks a worker for at most ``rows`` rows; internal queries have no maximum."""
    body = query.text.encode()
    limits = {"rows": sys.maxsize if query.internal else rows}
    return to_line(from_query(query, parse_only=parse_only) | limits, body) + body


def _to_answer(header: dict[str, Any], content: Content) -> Answer:
    body, file = (content, None) if isinstance(content, bytes) else (b"", content)
    return Answer(header["kind"], header["media_type"], body, file, header["digest"], header["total"])


PAUSED = 1
"""Queries that are paused until an open slot comes free, each with its process and memory."""


class _Again(Exception):
    """The quick slot was too short for a query, and no more may be paused: it must begin again."""


COUNTING_SECONDS = 2.0
"""What the patterns of a plan have to be counted, where carrying the plan out took too long."""
_COUNT = "SELECT (COUNT(*) AS ?rows) WHERE {{ SELECT * WHERE {pattern} LIMIT {most} }}"


class Pool:
    """``settings.workers`` queries at a time on a store directory, each in a process that can be killed.

    One process more than there are slots, the quick one and that of internal queries among them, is kept warm: after a
    kill the next query need not wait for the replacement. Safe for use by many threads; make it after any fork.
    """

    def __init__(self, directory: Path, settings: Settings, spent: Callable[[str, float], None] | None = None) -> None:
        """Start the processes and wait until they are ready.

        ``spent`` gets the seconds for which each client's query was evaluated. The pool ``is_lost`` once a process
        cannot be replaced since the store's directory is there no more, as after its release was pruned.

        Raises EngineUnavailable with the reason if one is not.
        """
        self._directory = directory
        self._settings = settings
        self._spent = spent
        self._slots = Slots(settings.workers, settings.queue)
        self._paused = threading.Semaphore(PAUSED)
        self._idle: queue.LifoQueue[Process] = queue.LifoQueue()  # the last used is the warmest
        self._processes: set[Process] = set()
        self._lock = threading.Lock()  # guards _processes, and that none is added after _closed
        self._closed = threading.Event()
        self.is_lost = False
        self._unenforced: tuple[str, ...] = ()
        self._explainer = Explainer(directory, settings)
        self._ended = 0
        self._vacancies: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._supervisor = threading.Thread(target=self._keep, name="kg-worker-supervisor", daemon=True)
        self._supervisor.start()
        FORKS.hold()
        try:
            self._start(settings.workers + BESIDE)
        except BaseException:
            self.close()
            raise

    def query(self, query: Query) -> Answer:
        """Return the whole answer.

        Raises QueryTooLarge for a text, an answer or a need of memory past the limits, QueryTimeout at the
        deadline, EngineUnavailable where no worker comes free by then, and what else kg.errors lists.
        """
        if not query.internal:
            require_caps(query.text, self._settings, self._settings.query_bytes)
        deadline = time.monotonic() + self._settings.query_seconds
        if self._settings.endpoints and calls_out(query.text):
            return self._query_with_calls(query, deadline)
        return _to_answer(*self._run(query, deadline, seconds=self._settings.query_seconds))

    def explain(self, query: Query) -> Plan:
        """Return the plan of a query, which is carried out for that under the limits of any other.

        Raises NotExplained for a query with SERVICE and where Oxigraph's command is not installed, and as ``query``.
        """
        require_caps(query.text, self._settings, self._settings.query_bytes)
        if "service" in query.text.casefold():
            raise NotExplained("A query with SERVICE is not explained: what the other endpoint does is not known here.")
        seconds = self._settings.query_seconds
        deadline = time.monotonic() + seconds
        self._run(query, deadline, parse_only=True)  # so that an error has its place
        cancellation = query.cancellation or Cancellation()
        with self._slots.hold(query.client, deadline, cancellation=cancellation):
            began = time.monotonic()
            try:
                plan = self._explainer.explain(query, seconds, cancellation)
            finally:
                if self._spent is not None and query.client:
                    self._spent(query.client, time.monotonic() - began)
        return plan if plan.is_complete else Plan(fill(plan.root, self._count(query, plan).get), is_complete=False)

    def _count(self, query: Query, plan: Plan) -> dict[str, int]:
        """Return how many rows each pattern of a plan has by itself, as far as there is time to count them."""
        deadline, counted = time.monotonic() + COUNTING_SECONDS, {}
        for pattern in list(dict.fromkeys(patterns(plan.root)))[:MOST_PATTERNS]:
            asked = Query(_COUNT.format(pattern=pattern, most=MOST_COUNTED), client=query.client, union=query.union)
            try:
                answer = self._query_until(asked, deadline)
            except QueryError:
                break
            counted[pattern] = int(json.loads(answer.body)["results"]["bindings"][0]["rows"]["value"])
        return counted

    def _query_until(self, query: Query, deadline: float) -> Answer:
        """Return the whole answer; raises as ``query``, QueryTimeout at the deadline."""
        return _to_answer(*self._run(query, deadline))

    def _query_with_calls(self, query: Query, deadline: float) -> Answer:
        """Return the answer to a query with SERVICE: no worker waits while other endpoints are asked.

        The query is parsed before any of them hears of it, and so that an error has its place in what was sent.
        """
        self._run(query, deadline, parse_only=True)
        filled = federate(query, self._settings, deadline)
        try:
            return self._query_until(filled, deadline)
        except QuerySyntaxError as error:
            raise ServiceFailed(f"What an endpoint answered to SERVICE cannot be joined in: {error}") from None

    def _run(
        self, query: Query, deadline: float, *, parse_only: bool = False, seconds: float | None = None
    ) -> tuple[dict[str, Any], Content]:
        """Return a worker's reply; raises QueryError, also the one that the worker reports.

        A worker is waited for until the deadline. It then has ``seconds``, by default what is left until there.
        """
        request = _encode(query, self._settings.query_rows, parse_only=parse_only)
        held = self._slots.hold(
            query.client, deadline, internal=query.internal, quick=not query.internal, cancellation=query.cancellation
        )
        with held as slot:
            try:
                header, answer = self._ask(request, query, slot, deadline, seconds)
            except _Again:
                self._slots.move(slot, deadline)
                header, answer = self._ask(request, query, slot, deadline, seconds)
        if "error" in header:
            raise to_error(header)
        return header, answer

    def stats(self) -> EngineStats:
        """Return how many workers there are and what they do."""
        with self._lock:
            alive = sum(process.is_alive() for process in self._processes)
            wanted = self._settings.workers + BESIDE
            idle, waiting = self._idle.qsize(), self._slots.waiting
            return EngineStats(wanted, alive, idle, waiting, self._ended, self._unenforced)

    def close(self) -> None:
        """End every child. A query in progress raises EngineUnavailable."""
        with self._lock:
            is_first = not self._closed.is_set()
            self._closed.set()
        self._vacancies.put(False)
        self._supervisor.join()
        with self._lock:
            processes = list(self._processes)
        for process in processes:
            process.kill()
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()  # one in use is closed by the thread that uses it
        if is_first:
            FORKS.let_go()

    def __enter__(self) -> Self:
        """Return the pool itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the pool."""
        self.close()

    def _take(self, deadline: float) -> Process:
        """Return a live process. The caller holds a slot, so one is idle, or is being started."""
        while not self._closed.is_set():
            try:
                process = self._idle.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise EngineUnavailable("No query worker could be started in time. Try again.") from None
            if process.can_be_asked():
                return process
            self._replace(process)
        raise EngineUnavailable("The store has been closed.")

    def _ask(
        self, request: bytes, query: Query, slot: Held, deadline: float, seconds: float | None
    ) -> tuple[dict[str, Any], Content]:
        """Return the reply of a worker, which is used again unless it had to be ended, or to let others go first."""
        process = self._take(deadline)
        turn = Turn(max(LEAST_SECONDS, deadline - time.monotonic()) if seconds is None else seconds)
        is_as_good = has_answered = False
        cancellation = query.cancellation or Cancellation()
        try:
            with cancellation.calling(process.stop):
                clock = min(turn.left, QUICK_SECONDS) if self._slots.is_quick(slot) else turn.left
                is_short = process.ask(request, SHORT_SECONDS, clock, turn.left) or query.internal
                if not is_short:
                    self._put_back(process, slot, turn, deadline)
                reply = process.reply(turn.left, spooled=query.spooled)
            cancellation.require_wanted()  # else the order to end may still be on its way to the process
            is_as_good, has_answered = is_short, True
            return reply
        except TimeoutError:
            raise self._timeout() from None
        except (EOFError, OSError):
            cancellation.require_wanted()
            raise self._death(process.wait()) from None
        finally:
            if is_as_good and not self._closed.is_set():
                self._idle.put(process)
            else:
                self._replace(process, has_answered=has_answered)
            if self._spent is not None and query.client:
                self._spent(query.client, turn.spent)

    def _put_back(self, process: Process, slot: Held, turn: Turn, deadline: float) -> None:
        """Have a query that takes long let others go first, and in the quick slot wait for an open one to go on in.

        Raises _Again where it cannot be paused, and what waiting for a slot raises.
        """
        process.lower()
        if not self._slots.is_quick(slot) or turn.is_over:
            return
        if not self._paused.acquire(blocking=False):
            raise _Again
        try:
            process.pause()
            with turn.aside():
                self._slots.move(slot, deadline)
            process.resume()
        finally:
            self._paused.release()

    def _timeout(self) -> QueryTimeout:
        return QueryTimeout(
            f"The query was not answered within {self._settings.query_seconds:g} seconds and was stopped."
            " Add a LIMIT or narrow it.",
            "seconds",
        )

    def _death(self, status: int) -> QueryError:
        if self._closed.is_set():
            return EngineUnavailable("The store has been closed.")
        if status in (-signal.SIGALRM, -signal.SIGXCPU):
            return self._timeout()
        _log.warning("A query ended its worker (%s).", describe_status(status))
        if status in (-signal.SIGKILL, -signal.SIGTERM):
            return EngineUnavailable("The system ended the query's worker, perhaps for want of memory. Try again.")
        return QueryTooLarge(
            f"The query needed more than {self._settings.worker_memory / 1e9:g} GB of memory or crashed the"
            " engine, as deep nesting does, and was stopped. Narrow it or simplify it.",
            "memory",
        )

    def _replace(self, process: Process, *, has_answered: bool = False) -> None:
        self._end(process)
        with self._lock:
            self._ended += not has_answered
        self._vacancies.put(True)

    def _keep(self) -> None:
        """Fill each vacancy, in a thread of its own, until the pool is closed. No failure may end it before."""
        while self._vacancies.get():
            while not self._closed.is_set():
                try:
                    self._start(1)
                    break
                except EngineUnavailable as error:
                    self.is_lost = self.is_lost or not self._directory.is_dir()
                    _log.error("A query worker could not be replaced, trying again: %s", error)
                except Exception:
                    _log.exception("A query worker could not be replaced, trying again")
                self._closed.wait(RETRY_SECONDS)

    def _start(self, count: int) -> None:
        """Start processes side by side and make them idle once ready."""
        started: list[Process] = []
        try:
            with self._lock:
                for _ in range(0 if self._closed.is_set() else count):
                    started.append(Process(self._directory, self._settings))
                    self._processes.add(started[-1])
            for process in started:
                self._require_enforced(process.wait_ready())
        except BaseException:
            for process in started:
                self._end(process)
            raise
        for process in started:
            self._idle.put(process)

    def _end(self, process: Process) -> None:
        process.kill()
        process.close()
        with self._lock:
            self._processes.discard(process)

    def _require_enforced(self, enforced: dict[str, bool]) -> None:
        """Raise EngineUnavailable where the platform sets no limits on a worker, unless the settings let it go on."""
        missing = tuple(name for name, done in enforced.items() if not done)
        if missing and not self._settings.unsandboxed:
            raise EngineUnavailable(
                f"This system does not hold query workers to their limits ({', '.join(missing)}), so a query could take"
                " all memory or reach the network. Serve from Linux with seccomp, or go on without by KG_UNSANDBOXED=1."
            )
        if missing and not self._unenforced:
            self._unenforced = missing
            _log.critical("KG_UNSANDBOXED is set: query workers are NOT held to %s.", ", ".join(missing))
