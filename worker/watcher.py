"""The watcher: one background process that sees to it that nothing in the queue is forgotten.

It sleeps, looks with one indexed read whether something is due, and drains when nobody else does: Stash is busy with a
long job, a retry has become due, a task was stopped, Plex has come back. It ends when nothing is left.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from typing import TYPE_CHECKING, Protocol

from sync_queue import dry_run, runners
from sync_queue.database import DatabaseUnusable, is_corrupt
from sync_queue.intake import AHEAD_S, release_ask
from sync_queue.repair import everything_is_due
from worker.index_look import IndexLook
from worker.parts import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync_queue.jobs import SyncQueue
    from sync_queue.locks import DataLock
    from worker.breaker import Breaker

log = logging.getLogger("plexsync.Watcher")

OBSOLETE = "a newer PlexSync is installed"
POLL_S = 2.0
EAGER_POLL_S = 0.25
EAGER_FOR_S = 3.0
"""Just after its start the hook that started it may still be asking Stash: it looks more often then."""
TAKE_OVER_S = 3.0
"""How long it waits for another watcher that may be ending this very moment."""
TROUBLE_PAUSE_S = 10.0
REFUSED_FOR_S = 60.0
"""So long it stays when nothing can be synced before the owner acts: a scan of a new installation starts one, not hundreds."""
DRY_LOOK_S = 60.0
"""So often it looks whether a dry run is over."""
AWAY_FOR_S = 3600.0
"""Stash does not come back, and whatever of it does starts a watcher of its own."""
TROUBLE = frozenset({"refused", "stash_away"})
"""What a drain cannot mend: the next one comes after a pause."""

ENDED_BY = {"stash_away": "Stash is away", "disk": "the database cannot be used"}


class StartDrain(Protocol):
    """Composes and runs one drain; the heavy imports happen in here, not while the watcher sleeps."""

    def __call__(self) -> Result: ...  # noqa: D102 -- see the class


class Watcher:
    """``obsolete`` tells that the database or the plugin is newer than this process; a ``service`` never ends by itself.

    ``stopped`` tells that a signal asks it to end; ``sleep`` must then return at once. ``ask`` is the token of an ask that
    this process is to answer: it stands until the first drain is registered, so that whoever saves a scene while this
    process gets ready need not start another.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        queue: SyncQueue,
        breaker: Breaker,
        lock: DataLock,
        start_drain: StartDrain,
        *,
        obsolete: Callable[[], bool],
        stopped: Callable[[], bool] = lambda: False,
        on_idle: Callable[[], None] = lambda: None,
        in_spare_time: Callable[[], bool] = lambda: False,
        service: bool = False,
        ask: str = "",
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._db = db
        self._queue = queue
        self._breaker = breaker
        self._lock = lock
        self._start_drain = start_drain
        self._obsolete = obsolete
        self._stopped = stopped
        self._on_idle = on_idle
        self._in_spare_time = in_spare_time
        self._service = service
        self._ask = ask
        self._clock = clock
        self._sleep = sleep
        self._look = IndexLook(db, queue, clock=clock)
        self._trouble_since: float | None = None
        self._latest: float | None = None
        self._dry_since: float | None = None

    def run(self) -> str:
        """Watch until nothing is left; returns why it ended. At most one watcher runs on a data folder."""
        if not self._get_lock():
            return "stopped" if self._stopped() else "another watcher is at work"
        try:
            return self._watch()
        finally:
            self._lock.release()

    def _get_lock(self) -> bool:
        """One that finds another at work leaves it to that one; a service waits, because the other ends and it does not."""
        deadline = time.monotonic() + TAKE_OVER_S
        while not self._lock.try_acquire():
            self._take_ask_back()  # it would keep the other one from draining
            if self._stopped() or (time.monotonic() >= deadline and not self._service):
                return False
            self._sleep(EAGER_POLL_S)
        return True

    def _take_ask_back(self) -> None:
        if self._ask:
            release_ask(self._db, self._ask)
            self._ask = ""

    def _asked_elsewhere(self, now: float) -> bool:
        """Whether somebody else was asked to drain, and is about to."""
        return runners.token_of(self._db, "ask", now) not in {None, self._ask}

    def _watch(self) -> str:
        started = time.monotonic()
        while True:
            if self._stopped():
                return "stopped"
            if self._obsolete():
                return OBSOLETE
            try:
                ended = self._look_and_drain(eager=time.monotonic() - started < EAGER_FOR_S)
            except (DatabaseUnusable, sqlite3.OperationalError) as error:
                ended = self._wait_for_the_disk(error)
            if ended:
                return ended

    def _look_and_drain(self, *, eager: bool) -> str:
        """One round. Returns why the watcher should end, or nothing."""
        if self._may_drain():
            return self._drain()
        if self._has_spare_time() and self._in_spare_time():
            return ""
        if not self._service and self._nothing_left():
            return "nothing is left"
        self._on_idle()
        self._sleep(self._pause_s(eager=eager))
        return ""

    def _wait_for_the_disk(self, error: Exception) -> str:
        """A full disk may have room again, and a locked file be let go; what is damaged somebody else must mend."""
        if is_corrupt(error):
            raise error
        log.debug("the database cannot be used now: %s", error)
        return self._wait_for_better(Result(reason="disk", message=str(error)))

    def _pause_s(self, *, eager: bool) -> float:
        """Until the next look. While Plex is away this process stands for whoever saves a scene: nobody need ask."""
        pause = EAGER_POLL_S if eager else POLL_S
        if self._breaker.outage() is None:
            return pause
        runners.note_probe(self._db, "watcher", os.getpid(), self._clock())
        return min(pause, self._breaker.wait_s() or pause)

    def _may_drain(self) -> bool:
        """Something is due, Plex is not known to be away, and nobody else drains or was asked to."""
        if self._queue.paused or self._breaker.wait_s() > 0:
            return False
        now = self._clock()
        if self._latest is None or now < self._latest - AHEAD_S:
            self._queue.clock_went_back()
        self._latest = now
        looks = (
            self._queue.has_due,
            self._queue.has_in_flight,
            self._look.is_due,
            self._everything_is_due,
            self._dry_run_may_be_over,
        )
        if not any(is_due() for is_due in looks):
            return False
        return not (runners.is_fresh(self._db, "drain", now) or self._asked_elsewhere(now))

    def _has_spare_time(self) -> bool:
        """Nothing is due, Plex is there as far as is known, and nobody else is at work or was asked to be."""
        if self._queue.paused or self._breaker.outage() is not None or self._queue.has_due():
            return False
        now = self._clock()
        return not (runners.is_fresh(self._db, "drain", now) or self._asked_elsewhere(now))

    def _drain(self) -> str:
        """Run one drain. Returns why the watcher should end, or nothing."""
        result = self._start_drain()
        if result.reason in TROUBLE:
            return self._wait_for_better(result)
        if result.reason == "not_ours":
            return "the data folder belongs to another Stash"
        self._trouble_since = None
        self._dry_since = self._clock() if result.reason == "dry_run" else None
        if result.reason in {"busy", "stopped"}:
            self._sleep(POLL_S)
        return ""

    def _wait_for_better(self, result: Result) -> str:
        """Pause after what only time, or the owner, can mend; unless it is a service, not for ever."""
        now = self._clock()
        if self._trouble_since is None:
            self._trouble_since = now
        refused = result.reason == "refused"
        if not self._service and not 0 <= now - self._trouble_since < (
            REFUSED_FOR_S if refused else AWAY_FOR_S
        ):
            return f"it was refused: {result.message}" if refused else ENDED_BY[result.reason]
        if refused:
            runners.drop_ask(self._db)
            runners.note_probe(self._db, "watcher", os.getpid(), now)
        self._sleep(TROUBLE_PAUSE_S)
        if refused:
            runners.clear_probe(self._db)
        return ""

    def _nothing_left(self) -> bool:
        """No job waits for anything, and no drain is at work that might leave one behind."""
        now = self._clock()
        if runners.is_fresh(self._db, "drain", now) or self._asked_elsewhere(now):
            return False
        if self._queue.paused:
            return True
        return not (
            self._queue.next_due_at() is not None
            or self._queue.has_in_flight()
            or self._everything_is_due()
            or dry_run.any_aside(self._db)
        )

    def _dry_run_may_be_over(self) -> bool:
        """Scenes stand aside, and it is a while since a dry run was last found to go on: nobody tells when its setting is off."""
        since = self._dry_since
        waited_enough = since is None or not 0 <= self._clock() - since < DRY_LOOK_S
        return waited_enough and dry_run.any_aside(self._db)

    def _everything_is_due(self) -> bool:
        """The database was built anew, and nobody has queued its scenes yet."""
        return everything_is_due(self._db)
