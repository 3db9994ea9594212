"""Ending a process that third parties' observers have run in: their threads may hold it up for a while, and not for ever."""

from __future__ import annotations

import logging
import os
import threading

log = logging.getLogger("plexsync.Observers")

PATIENCE_S = 10.0
"""For a message that is on its way. Stash's task list waits meanwhile."""


def leave(code: int, *, patience_s: float = PATIENCE_S) -> int:
    """Return the exit code, for the process to end with now. Python waits for its threads; after a while that is broken off."""
    if _others():
        last_resort = threading.Timer(patience_s, _end, (code, patience_s))
        last_resort.daemon = True
        last_resort.start()
    return code


def _end(code: int, waited_s: float) -> None:
    log.warning(
        "a thread of an observer (%s) is still at work after %.0f s and ends with this process; let it be a daemon thread, or end by itself",
        ", ".join(thread.name for thread in _others()),
        waited_s,
    )
    for handler in log.parent.handlers if log.parent else ():
        handler.flush()
    os._exit(code)


def _others() -> list[threading.Thread]:
    """Threads for which Python waits at its end."""
    return [
        thread
        for thread in threading.enumerate()
        if not thread.daemon and thread not in {threading.current_thread(), threading.main_thread()}
    ]
