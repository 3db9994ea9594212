"""See to it that somebody works off what is due, and one only."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from app.spawn import spawn_watcher
from sync_queue import runners
from sync_queue.database import DatabaseError
from sync_queue.intake import release_ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.session import Session


def wake_up(session: Session) -> bool:
    """Whether somebody was started: scenes are due, nothing is paused, and nobody drains or was asked to.

    After a restart of the machine nobody does, until PlexSync is started.
    """
    queue, now = session.queue, session.clock()
    if queue.paused or not (queue.has_due() or queue.has_in_flight()):
        return False
    token = f"{os.getpid()}-{now}"
    return runners.ask(session.db, token, os.getpid(), now) and spawn_watcher(session.connection, ask=token)


@contextmanager
def about_to_drain(session: Session) -> Iterator[Callable[[], object]]:
    """A task drains within this block, a little later: until then no watcher takes its scenes, and its lines with them.

    One is started all the same, unless a hook has done so: it takes over when this task is stopped. What the block is given
    is to be called now and then by whoever prepares for more than ten seconds. Blocks may be nested; afterwards nobody waits
    for this task any more, however it ended.
    """
    token = f"{os.getpid()}-task"

    def still() -> bool:
        return runners.note_ask(session.db, token, os.getpid(), session.clock())

    if still():
        spawn_watcher(session.connection)
    try:
        yield still
    finally:
        with suppress(DatabaseError):  # what ended the block is told, and an ask is void after a while
            release_ask(session.db, token)
