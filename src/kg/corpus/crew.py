"""Processes that share out work which is too much for one: they are made once, by forking, and take jobs in turn.

A crew is made before its process is confined, so that each of them can be confined by ``prepare`` too; they end with
the process that made them. A crew of nobody does the work in the calling process.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import struct
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from kg.children import fork
from kg.errors import KgError

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_HEAD = struct.Struct("!Q")


@dataclass(frozen=True, slots=True)
class _Worker:
    process: int
    jobs: int
    answers: int


class Crew:
    """Workers, each a process. To be used by one thread, for one ``map`` at a time."""

    def __init__(self, workers: int = 0, prepare: Callable[[], object] = lambda: None) -> None:
        """Start ``workers`` processes; each calls ``prepare`` before its first job."""
        self._workers: list[_Worker] = []
        for _ in range(workers):
            self._workers.append(self._hire(prepare))

    def __bool__(self) -> bool:
        """True where there are workers."""
        return bool(self._workers)

    def __enter__(self) -> Crew:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes, each after its current job."""
        for worker in self._workers:
            os.close(worker.jobs)
            os.close(worker.answers)
        for worker in self._workers:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(worker.process, 0)
        self._workers.clear()

    def map(self, work: Callable[[Item], Answer], items: Iterable[Item]) -> Iterator[Answer]:
        """Give the answer for each item, in their order; raises what ``work`` raises, as a KgError if it is none.

        ``work`` is a function of a module, or a partial of one. No more answers are held than there are workers.
        """
        if not self._workers:
            yield from map(work, items)
            return
        busy: deque[_Worker] = deque()
        idle = list(self._workers)
        told: set[int] = set()  # the work is sent to each once: what it holds may be much
        try:
            for item in items:
                if not idle:
                    answer = self._collect(busy[0])
                    idle.append(busy.popleft())
                    yield answer
                worker = idle.pop()
                _send(worker.jobs, (None if worker.process in told else work, item))
                told.add(worker.process)
                busy.append(worker)
            while busy:
                yield self._collect(busy.popleft())
        finally:
            for worker in busy:  # nobody wants these answers, and the next map must not get them
                with contextlib.suppress(EOFError):
                    _receive(worker.answers)

    @staticmethod
    def _collect(worker: _Worker) -> Any:
        try:
            is_fine, answer = _receive(worker.answers)
        except EOFError:
            raise KgError("A process that shared the work ended, perhaps for want of memory. Try again.") from None
        if not is_fine:
            raise answer
        return answer

    def _hire(self, prepare: Callable[[], object]) -> _Worker:
        job_out, job_in = os.pipe()
        answer_out, answer_in = os.pipe()

        def work() -> int:
            for end in (job_in, answer_out, *(end for w in self._workers for end in (w.jobs, w.answers))):
                os.close(end)  # else the workers before this one would never see the end of their jobs
            prepare()
            _serve(job_out, answer_in)
            return 0

        process = fork(work)
        os.close(job_out)
        os.close(answer_in)
        return _Worker(process, job_in, answer_out)


def _serve(jobs: int, answers: int) -> None:
    work: Callable[[Any], Any] | None = None
    while True:
        try:
            new, item = _receive(jobs)
        except EOFError:
            return
        work = new or work
        assert work is not None  # noqa: S101 - it comes with the first item
        try:
            answer = (True, work(item))
        except KgError as error:
            answer = (False, error)
        except Exception as error:
            traceback.print_exc()
            answer = (False, KgError(f"A process that shared the work failed: {error!r}. Its traceback is above."))
        _send(answers, answer)


def _send(end: int, message: object) -> None:
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    rest = memoryview(_HEAD.pack(len(body)) + body)
    while rest:
        rest = rest[os.write(end, rest) :]


def _receive(end: int) -> Any:
    (size,) = _HEAD.unpack(_read(end, _HEAD.size))
    return pickle.loads(_read(end, size))  # noqa: S301 - from a process of our own


def _read(end: int, size: int) -> bytes:
    parts, left = [], size
    while left:
        part = os.read(end, min(left, 2**20))
        if not part:
            raise EOFError
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
