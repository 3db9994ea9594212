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
from pathlib import Path
from typing import TYPE_CHECKING, Any

from events import receivers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.metadata import EntryPoint

    Create = Callable[[Path], object]

log = logging.getLogger("plexsync.Observers")

FOLDER = "observers"
GROUP = "plexsync.observers"


def load_observers(data_dir: str | os.PathLike[str], *, entry_points: bool = False) -> list[object]:
    """Every observer that can be made, ready for ``subscribe``: files by name first, then entry points. Never raises.

    On POSIX a file that every user could write is not run, nor any when that is true of its folder or the data folder.
    """
    folder = Path(data_dir)
    found = [_made(str(path), _create_of_file, path, folder) for path in _files(folder)]
    if entry_points:
        found += [
            _made(f"{entry.name} ({entry.value})", _create_of_entry, entry, folder)
            for entry in _entry_points()
        ]
    return [observer for observer in found if observer is not None]


def _made(name: str, create_of: Callable[[Any], Create], source: object, data_dir: Path) -> object | None:
    try:
        observer = create_of(source)(data_dir)
        receivers_of(observer)  # a misspelt method is told now, with the names that there are
    except (Exception, SystemExit) as error:  # somebody else's code may raise anything, and exit
        where = _line_in(name, error)
        log.warning("observer %s is left out: %s: %s%s", name, type(error).__name__, error, where)
        log.debug("observer %s is left out", name, exc_info=True)
        return None
    log.debug("observer %s listens", name)
    return observer


def _line_in(name: str, error: BaseException) -> str:
    """The line of the observer's own file at which it went wrong, if it was there."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    return f" (line {lines[-1]})" if lines else ""


def _files(data_dir: Path) -> Iterator[Path]:
    folder = data_dir / FOLDER
    try:
        files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
        if not files:
            return
        for place in (data_dir, folder):
            if _writable_by_all(place):
                log.warning(
                    "no observer is loaded: every user can write to %s; take that away (chmod o-w)", place
                )
                return
        for path in files:
            if _writable_by_all(path):
                log.warning(
                    "observer %s is left out: every user can write to it; take that away (chmod o-w)", path
                )
            else:
                yield path
    except OSError as error:
        log.warning("no observer is loaded from %s: %s", folder, error)


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
