"""See to it that somebody works off what is due: after a restart of the machine nobody does until PlexSync is started."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from app.spawn import spawn_watcher
from sync_queue import runners

if TYPE_CHECKING:
    from app.session import Session


def wake_up(session: Session) -> bool:
    """Whether somebody was started: scenes are due, nothing is paused, and nobody drains or was asked to."""
    queue, now = session.queue, session.clock()
    if queue.paused or not (queue.has_due() or queue.has_in_flight()):
        return False
    token = f"{os.getpid()}-{now}"
    return runners.ask(session.db, token, os.getpid(), now) and spawn_watcher(session.connection, ask=token)
