"""What is held against third parties' observers: one that hangs, or ends the process, is left out until its file changes.

While an observer is at work its name stands in a small file of this process. When the process is gone and the name still
stands there, it died in that observer's hands: once may be a coincidence (somebody stopped the task), three times in a
row is not.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sync_queue.intake import is_killed
from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3

KEY = "observers_held_against"
FIGURES_KEY = "observer_figures"
"""How each one fared in the last drain, for "Show Status"."""
MOST_DEATHS = 3
MARK = "observer-at-work."
"""And the process's id behind it."""


class Record:
    """Kept in ``db``, with this process's mark in ``folder``. ``close`` is an orderly end."""

    def __init__(self, db: sqlite3.Connection, folder: Path) -> None:
        self._db = db
        self._folder = folder
        self._called: set[str] = set()
        self._mark: int | None = None
        self._read_marks()

    def refusal(self, name: str) -> str:
        """Why this observer is not to be run; empty when nothing speaks against it."""
        held = _mapping(_mapping(get_meta(self._db, KEY)).get(name))
        if held.get("stamp") != _stamp(name) or held.get("deaths", 0) < MOST_DEATHS:
            return ""
        return f"{held['text']}; save its file anew when it is mended"

    def at_work(self, name: str) -> None:
        """The observer is being called; an empty name says that it has returned."""
        if name:
            self._called.add(name)
        if self._mark is None:
            path = self._folder / f"{MARK}{os.getpid()}"
            with contextlib.suppress(OSError):  # without a mark nothing is found out, and all goes on
                self._mark = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        if self._mark is not None:
            with contextlib.suppress(OSError):
                os.lseek(self._mark, 0, os.SEEK_SET)
                # The end of the name is told by a line end, so that nothing need be cut off.
                os.write(self._mark, name.encode(errors="replace") + b"\n")

    def hold(
        self, name: str, text: str, *, deaths: int = MOST_DEATHS, db: sqlite3.Connection | None = None
    ) -> None:
        """Leave the observer out from now on; with fewer deaths, only after so many."""
        db = db or self._db
        all_held = _mapping(get_meta(db, KEY))
        held = _mapping(all_held.get(name))
        before = int(held.get("deaths", 0)) if held.get("stamp") == _stamp(name) else 0
        all_held[name] = {"stamp": _stamp(name), "text": text, "deaths": before + deaths}
        set_meta(db, KEY, all_held)

    def close(self) -> None:
        """This process ends in order: earlier deaths were a coincidence, for whoever was at work in it."""
        all_held = _mapping(get_meta(self._db, KEY))
        kept = {
            name: held
            for name, held in all_held.items()
            if name not in self._called or held.get("deaths", 0) >= MOST_DEATHS
        }
        if kept != all_held:
            set_meta(self._db, KEY, kept)
        if self._mark is not None:
            os.close(self._mark)
            self._mark = None
            (self._folder / f"{MARK}{os.getpid()}").unlink(missing_ok=True)

    def _read_marks(self) -> None:
        """Learn from the marks of processes that are gone."""
        for path in self._folder.glob(f"{MARK}*"):
            pid = path.name.removeprefix(MARK)
            if not (pid.isdigit() and is_killed("drain", int(pid))):
                continue
            with contextlib.suppress(OSError):
                name = path.read_bytes().partition(b"\n")[0].decode(errors="replace")
                path.unlink()
                if name:
                    when = time.strftime("%d %b %H:%M:%S")
                    text = f"the process ended while it was at work, {MOST_DEATHS} times in a row, found out on {when}"
                    self.hold(name, text, deaths=1)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _stamp(name: str) -> list[int]:
    """What changes when the observer's file is saved; one that is no file (an entry point) has the stamp of nothing."""
    try:
        status = Path(name).stat()
    except (OSError, ValueError):
        return []
    return [status.st_mtime_ns, status.st_size]
