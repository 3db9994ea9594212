"""The queue as a drain sees it: claim jobs, and say of each what became of it.

One drain works at a time (it has the drain lock), so a claim is no lease: whoever takes the lock takes every row that
was in flight back to pending. Hooks of other processes write all the while, which is what generations are for: a row
that was edited since it was claimed is pending again, whatever became of the work on what it was before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_queue import due, outcomes, waiting
from sync_queue.database import transaction
from sync_queue.dead_letters import insert
from sync_queue.due import CAP_S
from sync_queue.job import COLUMNS, Counts, Job, job_from
from sync_queue.meta import delete_meta, get_meta, set_meta
from sync_queue.news import News

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Collection, Iterable

__all__ = ["PAUSED", "Counts", "Job", "SyncQueue"]

PAUSED = "paused"


class SyncQueue:
    """Every method is one transaction, or part of the one that its caller has open; ``clock`` gives epoch seconds.

    What becomes of a job is written only while its row is in flight: one that was held, or taken over by another drain
    in between, stays as it is.
    """

    def __init__(self, db: sqlite3.Connection, *, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock
        self._news = News()

    def transaction(self) -> transaction:
        """Acknowledge a whole batch in one commit."""
        return transaction(self._db)

    # --- what there is to do ---

    def claim(self, limit: int, *, max_priority: int | None = None) -> list[Job]:
        """Up to ``limit`` due rows, the most urgent and then the oldest first; they are in flight. None while paused.

        Rows whose daily look in Plex is due are among them. A second look (``again_at``) whose time has come by now is
        done with this one.
        """
        with transaction(self._db) as db:
            if self.paused:
                return []
            now = self._clock()
            if not self.has_in_flight():
                self._news.begin()
            due.pull_in(db, now)
            due.look_again(db, now)
            jobs = [job_from(row, now) for row in due.due_rows(db, COLUMNS, now, limit, max_priority)]
            db.executemany(
                "UPDATE jobs SET state = 'in_flight', claimed_generation = generation, again_at = ? WHERE scene_id = ?",
                [(job.again_at, job.scene_id) for job in jobs],
            )
            self._news.claim(job.scene_id for job in jobs)
            return jobs

    def has_due(self, *, below_priority: int | None = None) -> bool:
        """Whether ``claim`` would find something. Due times that only a clock that jumped can have made are brought back."""
        now = self._clock()
        due.pull_in(self._db, now)
        return due.is_due(self._db, now, None if below_priority is None else below_priority - 1)

    def has_in_flight(self) -> bool:
        """Whether a drain has claimed rows; when none is at work, one was killed, and the next takes them over."""
        return self._db.execute("SELECT 1 FROM jobs WHERE state = 'in_flight' LIMIT 1").fetchone() is not None

    def next_due_at(self) -> float | None:
        """When the next row or lookup is due, waiting ones included; None when there is none."""
        now = self._clock()
        firsts = [(due.first_due(self._db, state), now + cap_s) for state, cap_s in due.CAPS.items()]
        firsts.append((self._db.execute("SELECT min(due_at) FROM errands").fetchone()[0], now + CAP_S))
        return min((min(first, latest) for first, latest in firsts if first is not None), default=None)

    def due_count(self) -> int:
        """How many pending rows are due."""
        return due.how_many_are_due(self._db, self._clock())

    def count(self) -> Counts:
        """How many rows there are in each state."""
        ready = self.due_count()
        return Counts(
            pending=ready,
            deferred=self._in_state("pending") - ready,
            in_flight=self._in_state("in_flight"),
            waiting_for_plex=self._in_state("waiting_for_plex"),
            held=self._in_state("held"),
            previewed=self._in_state("previewed"),
            dead=int(self._db.execute("SELECT count(*) FROM dead_letters").fetchone()[0]),
        )

    def _in_state(self, state: str) -> int:
        return int(self._db.execute("SELECT count(*) FROM jobs WHERE state = ?", (state,)).fetchone()[0])

    def take_over(self) -> int:
        """For whoever has just taken the drain lock: rows of a drain that was killed are pending again; returns how many.

        Due times further ahead than any backoff are brought back, and what was queued by a clock that was ahead is due.
        """
        with transaction(self._db) as db:
            due.pull_in(db, self._clock())
            taken = db.execute(
                "UPDATE jobs SET state = 'pending', claimed_generation = NULL WHERE state = 'in_flight'"
            ).rowcount
            due.clock_went_back(db, self._clock())
            return taken

    def clock_went_back(self) -> None:
        """The clock was set back while somebody waits for due times: what was queued before that is due."""
        with transaction(self._db) as db:
            due.clock_went_back(db, self._clock())

    def release(self, scene_ids: Iterable[int]) -> None:
        """Not worked after all: back to pending, with no try spent."""
        with transaction(self._db) as db:
            db.executemany(
                "UPDATE jobs SET state = 'pending', claimed_generation = NULL WHERE scene_id = ? AND state = 'in_flight'",
                [(scene_id,) for scene_id in scene_ids],
            )

    # --- what became of a job ---

    def done(self, scene_id: int) -> bool:
        """Finished: the row goes. False when it stays: the scene was edited meanwhile, or is to be looked at once more."""
        self._news.settled(scene_id)
        return outcomes.finish(self._db, scene_id, self._clock())

    def retry(
        self,
        job: Job,
        *,
        due_at: float,
        error_type: str,
        message: str,
        cap_s: float = CAP_S,
        title: str = "",
        path: str = "",
    ) -> bool:
        """Failed, and to be tried again at ``due_at``, or ``cap_s`` (600 at most) from now if that is earlier; one try is spent.

        False when the scene was edited meanwhile: it is due at once with fresh tries.
        """
        now = self._clock()
        self._news.settled(job.scene_id)
        return outcomes.put_back(
            self._db,
            job,
            state="pending",
            due_at=min(due_at, now + min(cap_s, CAP_S)),
            now=now,
            tries=1,
            error=(error_type, message),
            shown=(title, path),
        )

    def wait_for_plex(
        self,
        job: Job,
        *,
        due_at: float,
        names: Iterable[str],
        error_type: str,
        message: str,
        title: str = "",
        path: str = "",
    ) -> bool:
        """Plex does not have the file: wait until it has something of one of these names, or until ``due_at``.

        That is in a day at the latest. No try is spent. False when the scene was edited meanwhile.
        """
        now = self._clock()
        self._news.settled(job.scene_id)
        with transaction(self._db) as db:
            put = outcomes.put_back(
                db,
                job,
                state="waiting_for_plex",
                due_at=min(due_at, now + due.LOOK_CAP_S),
                now=now,
                tries=0,
                error=(error_type, message),
                shown=(title, path),
            )
            if put:
                waiting.set_names(db, job.scene_id, names)
            return put

    def bury(
        self,
        job: Job,
        error: BaseException | str,
        retry_count: int,
        *,
        error_type: str = "",
        hint: str = "",
        title: str = "",
        path: str = "",
        cause: str = "",
    ) -> bool:
        """Given up: the row goes and the dead letter comes, in one transaction. False when the scene was edited meanwhile."""
        now = self._clock()
        self._news.settled(job.scene_id)
        with transaction(self._db) as db:
            if outcomes.yield_to_edit(db, job.scene_id, now) or not outcomes.remove(db, job.scene_id):
                return False
            insert(
                db,
                job,
                error,
                retry_count,
                error_type=error_type,
                hint=hint,
                title=title,
                path=path,
                now=now,
                cause=cause,
            )
            return True

    # --- waiting, holding, pausing ---

    def wake_waiting(self, names: Iterable[str]) -> int:
        """Plex has new items with these base names: scenes that wait for them, or died waiting, are due now; returns how many."""
        names = list(names)
        if self.has_in_flight():
            self._news.call(names)
        return waiting.wake(self._db, names, self._clock())

    def has_appeared(self, scene_id: int, names: Collection[str]) -> bool:
        """Whether Plex was found to have a file of one of these base names since this scene, in flight, was claimed."""
        return self._news.missed_by(scene_id, names)

    def youngest_waiting_since(self) -> float | None:
        """When the last of the scenes that wait for Plex began to, in epoch seconds; None when none does."""
        return waiting.youngest_since(self._db)

    def hold(self, scene_ids: Iterable[int]) -> None:
        """Keep these scenes from being synced, now and after every edit, until they are let go."""
        waiting.hold(self._db, scene_ids, self._clock())

    def unhold(self, scene_ids: Iterable[int] | None = None) -> int:
        """Let these scenes go, or all; they are due now. Returns how many."""
        return waiting.unhold(self._db, scene_ids, self._clock())

    @property
    def paused(self) -> bool:
        """Whether every drainer must leave the queue alone."""
        return get_meta(self._db, PAUSED) is not None

    def pause(self, by: str) -> None:
        """Leave the queue alone from now on; hooks go on filling it."""
        set_meta(self._db, PAUSED, {"by": by, "since": self._clock()})

    def resume(self) -> None:
        """End the pause."""
        delete_meta(self._db, PAUSED)

    def describe(self, scene_id: int) -> dict[str, Any] | None:
        """Everything that the queue knows of a scene, or None."""
        row = self._db.execute("SELECT * FROM jobs WHERE scene_id = ?", (scene_id,)).fetchone()
        return None if row is None else dict(row)
