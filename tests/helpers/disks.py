"""A small file system of its own, in memory, for tests of full disks and of moves between file systems."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def mount_small(folder: Path, size: str) -> bool:
    """Mount a file system of a size, such as 64m, on a folder; return whether that may be done here."""
    mount = shutil.which("mount")
    if mount is None:
        return False
    command = [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0


def unmount(folder: Path) -> None:
    """Take the file system away, also while something in it is in use."""
    umount = shutil.which("umount")
    assert umount is not None
    subprocess.run([umount, "-l", str(folder)], check=True)


def set_read_only(folder: Path, *, is_read_only: bool) -> None:
    """Have the file system that is mounted on a folder take no writes, or take them again."""
    mount = shutil.which("mount")
    assert mount is not None
    subprocess.run([mount, "-o", f"remount,{'ro' if is_read_only else 'rw'}", str(folder)], check=True)
