"""The writer's parent: it has imported all that a write needs, and forks a process for each.

Run as ``python -m kg.release.work.standby FD RELEASES`` by kg.release.submit. FD is its end of a socket pair; with
each byte on it comes the socket of one write, and back go two lines: the number of the process, and the status with
which it ended. So a write waits for no import, which takes longer than most writes, and nothing that one leaves in
memory reaches the next. It opens no store and reads nothing that a client sent. It ends with the server, once the write
in progress is done.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from pathlib import Path

from kg.children import fork
from kg.errors import KgError
from kg.release.bounds import collect_rarely
from kg.release.change.gate import warm_up
from kg.release.publish import Releases
from kg.release.work.writer import run


def main(arguments: list[str]) -> int:
    """Fork a writer for each socket that comes; return the process's exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end is this one's
    os.dup2(2, 1)
    releases = Releases(Path(arguments[1]))
    collect_rarely()
    with socket.socket(fileno=int(arguments[0])) as channel:
        while True:
            _warm_up(releases)
            try:
                _, descriptors, _, _ = socket.recv_fds(channel, 1, 1)
                if not descriptors:
                    return 0
                status = _fork(channel, socket.socket(fileno=descriptors[0]))
                channel.sendall(b"%d\n" % status)
            except (BrokenPipeError, ConnectionResetError):
                return 0


def _warm_up(releases: Releases) -> None:
    try:
        warm_up(releases)
    except KgError as error:  # a write reports it
        print(f"kg: {error}", file=sys.stderr)


def _fork(channel: socket.socket, connection: socket.socket) -> int:
    """Return the status with which a writer for the connection ended: negative for the signal that ended it."""
    gc.collect()
    gc.freeze()  # what is shared with the child stays so

    def work() -> int:
        channel.close()
        return run(connection)

    number = fork(work)
    connection.close()
    channel.sendall(b"%d\n" % number)
    _, status = os.waitpid(number, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
