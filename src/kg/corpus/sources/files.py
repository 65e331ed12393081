"""A file of an untrusted folder → its bytes, or an error that names it.

Such a folder may contain a pipe that never ends, a device, or a link to somebody else's file.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from kg.errors import DataError


def read_bytes(path: Path, folder: Path, limit: int) -> bytes:
    """Return what a regular file inside the folder holds.

    Raises DataError for a link that leads out of the folder, for what is no regular file, and for a file of more than
    ``limit`` bytes.
    """
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder.resolve()):
            raise DataError(f"{path} is a link that leads out of {folder}. Put the file itself there.")
        # Opening must not wait for somebody to write to a pipe
        with os.fdopen(os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise DataError(f"{path} is no regular file. Remove it, or put a file of Turtle in its place.")
            content = file.read(limit + 1)
    except RuntimeError:  # as Python 3.11 says that links go round
        raise DataError(f"{path} is a link to itself. Remove it.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > limit:
        raise DataError(
            f"{path} is longer than the {limit:,} bytes that a file may have. Split it, or set KG_CHECK_BYTES."
        )
    return content
