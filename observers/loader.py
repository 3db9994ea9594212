"""Third-party observers: one file each in ``<data folder>/observers``, and entry points where the operator allows them.

A file offers ``create(data_dir)``, which returns an observer. One that cannot be loaded is named with its reason, and
the others go on.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import stat
import sys
from typing import TYPE_CHECKING

from events import subscribe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

log = logging.getLogger("plexsync.Observers")

FOLDER = "observers"
GROUP = "plexsync.observers"


def load_observers(data_dir: Path, *, entry_points: bool = False) -> list[object]:
    """Every observer that can be made, in the order of their files' names. Never raises."""
    found = []
    for name, create in [*_files(data_dir), *(_entry_points() if entry_points else ())]:
        try:
            observer = create()(data_dir)
            subscribe(observer).close()  # a misspelt method is told now, with the names that there are
        except Exception as error:  # noqa: BLE001 -- somebody else's code may raise anything
            log.warning("observer %s was not loaded: %s: %s", name, type(error).__name__, error)
        else:
            found.append(observer)
    return found


def _files(data_dir: Path) -> Iterator[tuple[str, Callable[[], Callable[[Path], object]]]]:
    folder = data_dir / FOLDER
    if not folder.is_dir():
        return
    if _writable_by_all(folder):
        log.warning(
            "observers are not loaded: %s can be written by every user; take that right away (chmod o-w)",
            folder,
        )
        return
    for path in sorted(folder.glob("*.py")):
        if path.name.startswith("_"):
            continue
        if _writable_by_all(path):
            log.warning(
                "observer %s was not loaded: it can be written by every user; take that right away (chmod o-w)",
                path.name,
            )
        else:
            yield path.name, lambda path=path: _create_of(path)  # type: ignore[misc]  # mypy has no type for a default like this


def _writable_by_all(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & stat.S_IWOTH)


def _create_of(path: Path) -> Callable[[Path], object]:
    """Run the file and return its ``create``."""
    name = f"plexsync_observer_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    create = getattr(module, "create", None)
    if not callable(create):
        raise TypeError("it has no create(data_dir)")
    made: Callable[[Path], object] = create
    return made


def _entry_points() -> Iterator[tuple[str, Callable[[], Callable[[Path], object]]]]:
    from importlib.metadata import entry_points  # noqa: PLC0415 -- only where the operator allows it

    for entry in entry_points(group=GROUP):
        yield entry.name, entry.load
