"""PlexSync's own entry, in a process that kills itself at a named step: ``python -m tests.torture.child <arguments>``.

The step stands in ``PLEXSYNC_TORTURE_KILL``; production code knows nothing of it. It is one of

- ``before:<module>:<name>:<n>`` and ``after:<module>:<name>:<n>``: the n-th call of a function or method; an empty
  list as its result does not count;
- ``rename:<end of the target's name>:<n>``: a file has been written and is about to take another's place;
- ``migration``: in the transaction of a later version's schema step, all of it done and nothing committed.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from functools import wraps
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LATER_STEP = ("ALTER TABLE jobs ADD COLUMN later TEXT", "UPDATE jobs SET later = 'a later version was here'")


def die() -> None:
    """As the kernel, an impatient owner or Stash's Stop ends a process: no handler, no ``finally``."""
    os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str) -> None:
    """See to it that this process dies at the step. Raises when there is no such step: then the story must change."""
    kind, *words = step.split(":")
    if kind == "migration":
        database: Any = importlib.import_module("sync_queue.database")
        database.MIGRATIONS = (*database.MIGRATIONS, LATER_STEP)
        replace("sync_queue.database", "transaction.__exit__", 1, before=True)
    elif kind == "rename":
        ends_with, number = words
        calls = count(1)

        def heard(event: str, arguments: tuple[Any, ...]) -> None:
            if event == "os.rename" and str(arguments[1]).endswith(ends_with) and next(calls) == int(number):
                die()

        sys.addaudithook(heard)
    else:
        module, name, number = words
        replace(module, name, int(number), before=kind == "before")


def replace(module: str, name: str, number: int, *, before: bool) -> None:
    """Put a function that dies at the given call in the place of the one of this name."""
    owner: Any = importlib.import_module(module)
    *path, last = name.split(".")
    for part in path:
        owner = getattr(owner, part)
    original: Callable[..., Any] = getattr(owner, last)
    calls = count(1)

    @wraps(original)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        if before:
            if next(calls) == number:
                die()
            return original(*args, **kwargs)
        result = original(*args, **kwargs)
        if result != [] and next(calls) == number:
            die()
        return result

    setattr(owner, last, deadly)


if __name__ == "__main__":
    sys.stderr.reconfigure(line_buffering=True)  # type: ignore[union-attr] # it is a text file here
    if os.environ.get("PLEXSYNC_TORTURE_KILL"):
        arm(os.environ["PLEXSYNC_TORTURE_KILL"])
    import PlexSync

    sys.exit(PlexSync.main([PlexSync.__file__, *sys.argv[1:]]))
