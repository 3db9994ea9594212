"""What a drain is given, and what it leaves behind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from sync_queue.restoring import is_lock_wanted

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from stash.client import StashClient
    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import Job, SyncQueue
    from sync_queue.ledger import Ledger
    from sync_queue.locks import DataLock
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget
    from worker.scene_plan import ScenePlan


class Result(NamedTuple):
    """How a drain ended. ``reason`` is one of DrainFinished's, or ``busy`` when another drain has the lock."""

    reason: str
    processed: int = 0
    message: str = ""
    hint: str = ""


class Parts(NamedTuple):
    """What a drain works with; the composer puts it together. Clock in epoch seconds."""

    db: sqlite3.Connection
    queue: SyncQueue
    dead: DeadLetterQueue
    ledger: Ledger
    plex: PlexTarget
    stash: StashClient
    lock: DataLock
    options: WorkerOptions
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    interrupted: Callable[[], bool] = lambda: False
    """Whether a signal asks this process to stop; unlike ``must_stop`` it is asked after every few scenes."""

    preview: Callable[[Job, ScenePlan], None] = lambda _job, _plan: None
    """Where a dry run puts what a sync would do for a job."""

    def restore_waits(self) -> bool:
        """Whether somebody wants the drain lock to restore something: a drain makes room for that."""
        return is_lock_wanted(self.db, self.clock())
