"""Memory that a worker shares with the front, for its long answers: a socket would carry each piece by piece.

The worker writes into it, and the front copies from it before it asks the worker anything more. The front only reads
it by calls that return how much there was: a hostile worker can make it shorter, which would end a process that had it
mapped.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
import tempfile
from typing import IO

KEPT_BYTES = 4_000_000
"""An answer longer than this leaves no memory behind; that of a shorter one is used again by the next."""
_PIECE_BYTES = 256_000


class Shared:
    """The front's side. Used by one thread at a time."""

    def __init__(self, size: int) -> None:
        """Set so many bytes aside, which take memory only once they are written. Raises OSError where none can be."""
        self._size = size
        self._file = os.fdopen(os.memfd_create("kg-answer"), "r+b", 0) if sys.platform == "linux" else _file()
        self._file.truncate(size)

    def fileno(self) -> int:
        """Return the file that it is."""
        return self._file.fileno()

    def read(self, size: int) -> bytes:
        """Return the first bytes; raises EOFError where there are fewer."""
        body = os.pread(self.fileno(), size, 0)
        if len(body) < size:
            raise EOFError
        self._clear(size)
        return body

    def copy(self, size: int) -> IO[bytes]:
        """Return the first bytes in a file without a name, at its end.

        Raises EOFError where there are fewer, OSError where the disk of temporary files cannot take them.
        """
        file = _file()
        try:
            piece = memoryview(bytearray(min(size, _PIECE_BYTES)))
            for at in range(0, size, _PIECE_BYTES):
                part = piece[: size - at]
                if os.preadv(self.fileno(), [part], at) < len(part):
                    raise EOFError
                _write(file, part)
        except BaseException:
            file.close()
            raise
        self._clear(size)
        return file

    def _clear(self, size: int) -> None:
        if size > KEPT_BYTES:
            self._file.truncate(0)
            self._file.truncate(self._size)

    def close(self) -> None:
        """Close it."""
        self._file.close()


def map_shared(descriptor: int) -> mmap.mmap:
    """Return the worker's side: the whole of the memory, which it writes from the start."""
    with os.fdopen(descriptor) as file:
        return mmap.mmap(file.fileno(), 0)


def _write(file: IO[bytes], part: memoryview) -> None:
    """Write the whole part; raises OSError. On a disk that gets full, a write without a buffer takes what fits."""
    while part:
        written = file.write(part)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = part[written:]


def _file() -> IO[bytes]:
    return tempfile.TemporaryFile(buffering=0)
