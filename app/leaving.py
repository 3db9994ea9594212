"""Ending a process that third parties' observers have run in: their threads may hold it up for a while, and not for ever."""

from __future__ import annotations

import logging
import os
import threading
import time

log = logging.getLogger("plexsync.Observers")

PATIENCE_S = 10.0
"""For a message that is on its way. Stash's task list waits meanwhile."""


def leave(code: int, *, patience_s: float = PATIENCE_S) -> int:
    """Return the exit code once no thread is at work but this one; if some never end, end the process here and now."""
    deadline = time.monotonic() + patience_s
    for thread in _others():
        thread.join(max(0.0, deadline - time.monotonic()))
    left = _others()
    if not left:
        return code
    log.warning(
        "a thread of an observer (%s) is still at work after %.0f s and ends with this process; let it be a daemon thread, or end by itself",
        ", ".join(thread.name for thread in left),
        patience_s,
    )
    logging.shutdown()
    os._exit(code)


def _others() -> list[threading.Thread]:
    """Threads for which Python would wait at its end."""
    return [
        thread
        for thread in threading.enumerate()
        if not thread.daemon and thread not in {threading.current_thread(), threading.main_thread()}
    ]
