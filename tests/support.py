"""What tests of several rooms share."""

from __future__ import annotations

import os
import socket
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_S = 60.0
"""Whatever a test waits for comes within a second or two; a machine that does something else besides takes its time."""


class Clock:
    """Stands still; a test sets or moves ``now``, also backwards."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Wait until it holds; fail with ``what`` when it does not within a minute."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def bytes_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file below with its content. One that goes away meanwhile (a draft that is renamed, a database's log) is left out."""
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(place, name)
            if not path.is_symlink() and path.is_file():
                with suppress(FileNotFoundError):
                    yield path, path.read_bytes()


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port on the loopback address at which nobody listens, and that nobody else is given meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@contextmanager
def full_disk(folder: Path, room: int) -> Iterator[None]:
    """No file of this process grows beyond what the folder's database has now and ``room`` bytes; what is there can be changed."""
    import resource  # noqa: PLC0415 -- not on Windows

    sizes = [path.stat().st_size for path in folder.iterdir() if path.name.startswith("queue.sqlite")]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes) + room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
