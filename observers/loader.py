"""Third-party observers: one file each in ``<data folder>/observers``, and entry points where the operator allows them.

A file offers ``create(data_dir)``, which returns an observer. One that cannot be used is named with its reason in one
warning, and the others go on. Files whose name begins with ``_`` are left alone: they are what the others import.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import stat
import sys
import traceback
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from events import receivers_of
from events.bus import words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.metadata import EntryPoint

    Create = Callable[[Path], object]

log = logging.getLogger("plexsync.Observers")

FOLDER = "observers"
GROUP = "plexsync.observers"


class Door:
    """Who is let in, and as what. This one lets in everybody, as they are; the composer hands over a stricter one."""

    def refusal(self, name: str) -> str:  # noqa: ARG002 -- this one asks nobody
        """Why the observer of this name is not to be run at all; empty when it may."""
        return ""

    def opening(self, name: str) -> AbstractContextManager[None]:  # noqa: ARG002 -- see above
        """Around the running of its file and of its ``create``."""
        return nullcontext()

    def admit(self, name: str, observer: object) -> object:  # noqa: ARG002 -- see above
        """What is to be subscribed for this observer. May raise what ``receivers_of`` raises."""
        return observer

    def left_out(self, name: str, reason: str) -> None:
        """It is not among the observers; the log has said why."""


def load_observers(
    data_dir: str | os.PathLike[str], *, entry_points: bool = False, door: Door | None = None
) -> list[object]:
    """Every observer that can be made, ready for ``subscribe``: files by name first, then entry points. Never raises.

    On POSIX a file that every user could write is not run, nor any when that is true of its folder or the data folder.
    """
    loading = _Loading(Path(data_dir), door or Door())
    for path in loading.files():
        loading.make(str(path), _create_of_file, path)
    if entry_points:
        for entry in _entry_points():
            loading.make(f"{entry.name} ({entry.value})", _create_of_entry, entry)
    return loading.observers


class _Loading:
    """One look at all that there is."""

    def __init__(self, data_dir: Path, door: Door) -> None:
        self._data_dir = data_dir
        self._door = door
        self.observers: list[object] = []

    def make(self, name: str, create_of: Callable[[Any], Create], source: object) -> None:
        """Make one observer, or say why there is none."""
        if reason := self._door.refusal(name):
            self._leave_out(name, reason)
            return
        try:
            with self._door.opening(name):
                observer = create_of(source)(self._data_dir)
                receivers_of(observer)  # a misspelt method is told now, with the names that there are
                self.observers.append(self._door.admit(name, observer))
        except (Exception, SystemExit) as error:  # somebody else's code may raise anything, and exit
            self._leave_out(name, f"{type(error).__name__}: {words_of(error)}{_line_in(name, error)}")
            log.debug("observer %s is left out", name, exc_info=True)
        else:
            log.debug("observer %s listens", name)

    def files(self) -> Iterator[Path]:
        """The files that may be run."""
        folder = self._data_dir / FOLDER
        try:
            files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
            if not files:
                return
            for place in (self._data_dir, folder):
                if _writable_by_all(place):
                    self._close(folder, f"every user can write to {place}; take that away (chmod o-w)")
                    return
            for path in files:
                # A link counts as what it leads to, and that lies in a folder too.
                if _writable_by_all(path) or _writable_by_all(path.resolve().parent):
                    self._leave_out(str(path), "every user can write to it; take that away (chmod o-w)")
                else:
                    yield path
        except OSError as error:
            self._close(folder, str(error))

    def _close(self, folder: Path, reason: str) -> None:
        log.warning("no observer is loaded from %s: %s", folder, reason)
        self._door.left_out(str(folder), reason)

    def _leave_out(self, name: str, reason: str) -> None:
        log.warning("observer %s is left out: %s", name, reason)
        self._door.left_out(name, reason)


def _line_in(name: str, error: BaseException) -> str:
    """The line of the observer's own file at which it went wrong, if it was there."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    return f" (line {lines[-1]})" if lines else ""


def _writable_by_all(path: Path) -> bool:
    # Whoever may write there could make PlexSync run what he likes. Windows keeps no such bit.
    return os.name == "posix" and bool(path.stat().st_mode & stat.S_IWOTH)


def _create_of_file(path: Path) -> Create:
    """Run the file and return its ``create``."""
    name = f"plexsync_observer_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return _callable(getattr(module, "create", None))


def _create_of_entry(entry: EntryPoint) -> Create:
    return _callable(entry.load())


def _callable(create: Any) -> Create:
    if not callable(create):
        raise TypeError("it has no create(data_dir)")
    made: Create = create
    return made


def _entry_points() -> Iterator[EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415 -- 10 ms, and only where the operator allows it

    yield from sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
