"""The parent of query workers: it has imported all that one needs, and forks one for the files that come to it.

Run as ``python -m kg.store.pool.forkserver FD`` by kg.store.pool.process; FD is its end of a socket pair. With each
byte on it come three files: the worker's connection, its control, and the memory that it shares. A byte on a control is
an order to that worker, such as to end, and back comes the status with which it ended, by whatever cause. So a worker
starts in milliseconds and shares the memory of the library, and an order to kill one can never hit another process that
has got its number.

It opens no store, has no threads, and reads nothing that a client sent. When it ends, its workers do.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from contextlib import suppress

from kg.children import fork, name_process
from kg.store.pool.wire import LOWER, LOWERED, PAUSE, RESUME
from kg.store.pool.worker import run

_NAME = b"kg-worker"
"""What the system's list of processes calls a worker (proc_pid_comm(5))."""


def main(arguments: list[str]) -> int:
    """Fork a worker for the files of each, until the channel ends; return the process's exit status."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # for the parent, whose end is this one's
        signal.signal(number, signal.SIG_IGN)
    gc.freeze()  # what is shared with the children stays so
    with socket.socket(fileno=int(arguments[0])) as channel:
        children = _Children(channel)
        children.serve()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # what still runs ends with this process
    return 0


class _Children:
    """The workers that run, each with its control."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._controls: dict[int, socket.socket] = {}  # by the number of the process
        self._killed: set[int] = set()
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # so that it wakes

    def serve(self) -> None:
        """Fork, kill and reap until the channel ends."""
        while True:
            controls = {control: n for n, control in self._controls.items() if n not in self._killed}
            ready, _, _ = select.select([self._channel, self._woken, *controls], [], [])
            for control in ready:
                if control in controls:
                    self._obey(controls[control], control)
            if self._woken in ready:
                with suppress(BlockingIOError):
                    self._woken.recv(4096)
                self._reap()
            if self._channel in ready and not self._take():
                return

    def _obey(self, number: int, control: socket.socket) -> None:
        """Carry out an order to a worker; where the sender has gone, end the worker."""
        order = b""
        with suppress(ConnectionError):
            order = control.recv(1)
        if order == LOWER:  # not reaped yet, so that the number is its own
            os.setpriority(os.PRIO_PROCESS, number, os.getpriority(os.PRIO_PROCESS, 0) + LOWERED)
        elif order in (PAUSE, RESUME):
            os.kill(number, signal.SIGSTOP if order == PAUSE else signal.SIGCONT)
        else:
            os.kill(number, signal.SIGKILL)
            self._killed.add(number)

    def _reap(self) -> None:
        while self._controls:
            number, status = os.waitpid(-1, os.WNOHANG)
            if not number:
                return
            self._killed.discard(number)
            with self._controls.pop(number) as control, suppress(ConnectionError):
                control.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))

    def _take(self) -> bool:
        """Fork a worker for the files that came, where that can be done; return whether the channel goes on."""
        try:
            said, descriptors, _, _ = socket.recv_fds(self._channel, 1, 3)
        except ConnectionError:
            return False
        if len(descriptors) < 3:  # the channel has ended, or no more files may be open here
            for descriptor in descriptors:
                os.close(descriptor)
            return bool(said)
        connection, control = (socket.socket(fileno=descriptor) for descriptor in descriptors[:2])
        shared = descriptors[2]

        def work() -> int:
            control.close()
            return self._become_worker(connection, shared)

        try:
            self._controls[fork(work)] = control
        except OSError as error:  # for want of processes or memory: the front sees the end of its files, and asks again
            print(f"No query worker can be forked: {error}", file=sys.stderr, flush=True)
            control.close()
        connection.close()
        os.close(shared)
        return True

    def _become_worker(self, connection: socket.socket, shared: int) -> int:
        """Be a worker, which holds nothing of the others, until its end; return its exit status."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for one in (self._channel, self._woken, self._waker, *self._controls.values()):
            one.close()
        name_process(_NAME)
        return run(connection, shared)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
