"""One drain and one watcher at a time: operating-system locks, which a killed process gives up by itself.

A lock file that is left behind means nothing: only the lock on it counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import os

    from filelock import BaseFileLock


class DataLock:
    """A lock on a file of the data folder, never waited for. Leaving its ``with`` block gives it back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: BaseFileLock | None = None

    def try_acquire(self) -> bool:
        """Take the lock if it is free; True when it is ours, also when it was before. Raises OSError where the file cannot be made."""
        from filelock import FileLock, Timeout  # noqa: PLC0415 -- 20 ms, and status and the hook need no lock

        if self._lock is None:
            # A soft lock (a file that says "taken") would outlive a kill: better no lock than that one.
            # Not thread-local: the thread that ends the drain need not be the one that began it.
            self._lock = FileLock(self.path, mode=0o600, thread_local=False, fallback_to_soft=False)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not ours."""
        if self._lock is not None:
            self._lock.release(force=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()


def drain_lock(data_dir: str | os.PathLike[str]) -> DataLock:
    """Held only while jobs are worked."""
    return DataLock(Path(data_dir) / "drain.lock")


def watcher_lock(data_dir: str | os.PathLike[str]) -> DataLock:
    """Held as long as a watcher lives."""
    return DataLock(Path(data_dir) / "watcher.lock")
