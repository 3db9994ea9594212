"""What the operating system knows of PlexSync's processes: Linux's /proc, and nothing where there is none."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

PROC = Path("/proc")
LOOK_S = 0.5
WATCHER = "keep-watch"


def processes_on(data: Path) -> dict[int, str]:
    """The processes that work on this data folder, by pid, with their command lines; zombies have none and are left out."""
    wanted = f"PLEXSYNC_DATA_DIR={data}".encode()
    found = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found[int(folder.name)] = command
        except OSError:
            continue  # it has ended, or is somebody else's
    return found


def memory_kb(pid: int, what: str = "VmRSS") -> int:
    """A process's memory now, or at its highest with ``VmHWM``; 0 when it is gone."""
    try:
        lines = (PROC / str(pid) / "status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{what}:")), 0)


@dataclass(frozen=True, slots=True)
class Holdings:
    """How many threads, open files and connections a process has."""

    threads: int
    files: int
    connections: int

    def __str__(self) -> str:
        return f"{self.threads} threads, {self.files} open files and {self.connections} connections"


def holdings(pid: int) -> Holdings:
    """What a process has now; nothing where the system does not tell."""
    folder = PROC / str(pid)
    opened = [str(descriptor.readlink()) for descriptor in folder.glob("fd/*")]
    connections = sum(name.startswith("socket:") for name in opened)
    return Holdings(len(list(folder.glob("task/*"))), len(opened) - connections, connections)


@dataclass
class WorkerCount:
    """Counts, while its ``with`` block runs, the watchers of one data folder and the tasks (``tasks`` gives their pids).

    ``most`` is how many there were at once, ``most_kb`` their memory together.
    """

    data: Path
    tasks: Callable[[], set[int]]
    most: int = 0
    most_kb: int = 0
    _end: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _count(self) -> None:
        while not self._end.wait(LOOK_S):
            tasks = self.tasks()
            workers = [
                pid for pid, command in processes_on(self.data).items() if WATCHER in command or pid in tasks
            ]
            self.most = max(self.most, len(workers))
            self.most_kb = max(self.most_kb, sum(memory_kb(pid) for pid in workers))
