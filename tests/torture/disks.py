"""Folders that cannot be written and disks that are full, really: with mounts where this process may mount, else as far as it may.

Each is a context manager that raises ``CannotProvoke`` with the reason where the machine does not allow it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class CannotProvoke(Exception):
    """This machine, or this user, does not allow it."""


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody can write into the folder: root by a mount over it, anybody else by its permissions."""
    if os.name == "posix" and os.geteuid() != 0:
        folder.chmod(0o500)
        try:
            yield
        finally:
            folder.chmod(0o700)
        return
    _run("mount", "--bind", str(folder), str(folder))
    try:
        _run("mount", "-o", "remount,ro,bind", str(folder))
        yield
    finally:
        _run("umount", "-l", str(folder))


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """The folder is a disk of its own with room for ``size`` bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder))
    try:
        yield
    finally:
        _run("umount", "-l", str(folder))


def fill_up(folder: Path) -> Path:
    """Write a file until nothing more has room; returns it."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4096):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
    return ballast


def _run(*command: str) -> None:
    if shutil.which(command[0]) is None:
        raise CannotProvoke(f"there is no {command[0]} here")
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise CannotProvoke(done.stderr.decode(errors="replace").strip() or f"{command[0]} failed")
