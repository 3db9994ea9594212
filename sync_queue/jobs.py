"""The queue as a drain sees it: claim jobs, and say of each what became of it.

One drain works at a time (it has the drain lock), so a claim is no lease: whoever takes the lock takes every row that
was in flight back to pending. Hooks of other processes write all the while, which is what generations are for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync_queue.database import chunks, rows_in, transaction
from sync_queue.dead_letters import insert
from sync_queue.meta import delete_meta, get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

PAUSED = "paused"
CAP_S = 600.0
"""No retry is further ahead than this; a due time that is has been made by a clock that jumped."""
CHUNK = 500
COLUMNS = "scene_id, trigger, priority, attempts, generation, queued_at, changed_at, waiting_since, deleted, force, again_at, path, title"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A claimed row. ``attempts`` counts the failed tries before this one; times are epoch seconds."""

    scene_id: int
    trigger: str
    priority: int
    attempts: int
    generation: int
    queued_at: float
    changed_at: float
    waiting_since: float | None
    deleted: bool
    force: bool
    again_at: float | None
    path: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows by state; ``pending`` is what is due now, ``deferred`` what is pending but due later."""

    pending: int
    deferred: int
    in_flight: int
    waiting_for_plex: int
    held: int
    dead: int


class SyncQueue:
    """Every method is one transaction, or part of the one that its caller has open."""

    def __init__(self, db: sqlite3.Connection, *, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock

    def transaction(self) -> transaction:
        """Acknowledge a whole batch in one commit."""
        return transaction(self._db)

    # --- claiming ---

    def claim(self, limit: int, *, max_priority: int | None = None) -> list[Job]:
        """Up to ``limit`` due rows, the most urgent and then the oldest first; they are in flight. None while paused."""
        if self.paused:
            return []
        with transaction(self._db) as db:
            claimed: list[Job] = []
            for priority in self._priorities(max_priority):
                rows = db.execute(
                    f"SELECT {COLUMNS} FROM jobs WHERE state = 'pending' AND priority = ? AND due_at <= ? ORDER BY due_at LIMIT ?",  # noqa: S608 -- constants
                    (priority, self._clock(), limit - len(claimed)),
                ).fetchall()
                claimed += [_job(row) for row in rows]
            db.executemany(
                "UPDATE jobs SET state = 'in_flight', claimed_generation = generation WHERE scene_id = ?",
                [(job.scene_id,) for job in claimed],
            )
        return claimed

    def _priorities(self, highest: int | None = None) -> list[int]:
        """The priorities that pending rows have: each is a step in the index, however many rows there are."""
        found: list[int] = []
        last = -1
        while True:
            row = self._db.execute(
                "SELECT min(priority) FROM jobs WHERE state = 'pending' AND priority > ?", (last,)
            ).fetchone()
            if row[0] is None or (highest is not None and row[0] > highest):
                return found
            last = int(row[0])
            found.append(last)

    def has_due(self, *, below_priority: int | None = None) -> bool:
        """Whether ``claim`` would find something; a daily look at a scene that waits for Plex counts too."""
        now = self._clock()
        highest = None if below_priority is None else below_priority - 1
        for priority in self._priorities(highest):
            due = "SELECT 1 FROM jobs WHERE state = 'pending' AND priority = ? AND due_at <= ? LIMIT 1"
            if self._db.execute(due, (priority, now)).fetchone():
                return True
        return below_priority is None and bool(self._waiting_due(now, 1))

    def next_due_at(self) -> float | None:
        """When the next row is due, waiting ones included; None when there is none."""
        times = [self._first_due("pending", priority) for priority in self._priorities()]
        waiting = self._db.execute(
            "SELECT min(due_at) FROM jobs WHERE state = 'waiting_for_plex'"
        ).fetchone()[0]
        known = [time for time in (*times, waiting) if time is not None]
        return min(known) if known else None

    def _first_due(self, state: str, priority: int) -> float | None:
        row = self._db.execute(
            "SELECT min(due_at) FROM jobs WHERE state = ? AND priority = ?", (state, priority)
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def count(self) -> Counts:
        """How many rows there are in each state."""
        by_state = {
            str(row[0]): int(row[1])
            for row in self._db.execute("SELECT state, count(*) FROM jobs GROUP BY state")
        }
        later = 0
        for priority in self._priorities():
            row = self._db.execute(
                "SELECT count(*) FROM jobs WHERE state = 'pending' AND priority = ? AND due_at > ?",
                (priority, self._clock()),
            ).fetchone()
            later += int(row[0])
        return Counts(
            pending=by_state.get("pending", 0) - later,
            deferred=later,
            in_flight=by_state.get("in_flight", 0),
            waiting_for_plex=by_state.get("waiting_for_plex", 0),
            held=by_state.get("held", 0),
            dead=int(self._db.execute("SELECT count(*) FROM dead_letters").fetchone()[0]),
        )

    def take_over(self) -> int:
        """For whoever has just taken the drain lock: rows of a drain that was killed are pending again; returns how many.

        Due times further ahead than any backoff are brought back, and scenes whose daily look is due become pending.
        """
        now = self._clock()
        with transaction(self._db) as db:
            taken = db.execute(
                "UPDATE jobs SET state = 'pending', claimed_generation = NULL WHERE state = 'in_flight'"
            ).rowcount
            for priority in self._priorities():
                db.execute(
                    "UPDATE jobs SET due_at = ? WHERE state = 'pending' AND priority = ? AND due_at > ?",
                    (now + CAP_S, priority, now + CAP_S),
                )
            for scene_id in self._waiting_due(now, -1):
                db.execute(
                    "UPDATE jobs SET state = 'pending', due_at = ? WHERE scene_id = ?", (now, scene_id)
                )
        return taken

    def _waiting_due(self, now: float, limit: int) -> list[int]:
        found: list[int] = []
        for row in self._db.execute(
            "SELECT DISTINCT priority FROM jobs WHERE state = 'waiting_for_plex'"
        ).fetchall():
            due = "SELECT scene_id FROM jobs WHERE state = 'waiting_for_plex' AND priority = ? AND due_at <= ? LIMIT ?"
            found += [int(found_row[0]) for found_row in self._db.execute(due, (row[0], now, limit))]
        return found

    # --- what became of a job ---

    def done(self, scene_id: int) -> bool:
        """Finished: the row goes. False when it stays: the scene was edited meanwhile, or is to be looked at once more."""
        with transaction(self._db) as db:
            if self._edited(scene_id):
                return False
            again = db.execute("SELECT again_at FROM jobs WHERE scene_id = ?", (scene_id,)).fetchone()
            if again is not None and again[0] is not None:
                db.execute(
                    "UPDATE jobs SET state = 'pending', due_at = again_at, again_at = NULL, attempts = 0, waiting_since = NULL, "
                    "claimed_generation = NULL WHERE scene_id = ?",
                    (scene_id,),
                )
                return False
            db.execute("DELETE FROM jobs WHERE scene_id = ?", (scene_id,))
        return True

    def retry(self, job: Job, *, due_at: float, error_type: str, message: str) -> bool:
        """Failed, and to be tried again. False when the scene was edited meanwhile: it is due at once with fresh tries."""
        with transaction(self._db) as db:
            if self._edited(job.scene_id):
                return False
            db.execute(
                "UPDATE jobs SET state = 'pending', claimed_generation = NULL, attempts = attempts + 1, due_at = ?, last_error_type = ?, "
                "last_error = ? WHERE scene_id = ?",
                (min(due_at, self._clock() + CAP_S), error_type, message, job.scene_id),
            )
        return True

    def wait_for_plex(
        self, job: Job, *, due_at: float, names: Iterable[str], error_type: str, message: str
    ) -> bool:
        """Plex does not have the file: wait until it has something of one of these names, or until ``due_at``."""
        with transaction(self._db) as db:
            if self._edited(job.scene_id):
                return False
            db.execute(
                "UPDATE jobs SET state = 'waiting_for_plex', claimed_generation = NULL, due_at = ?, waiting_since = coalesce(waiting_since, ?), "
                "last_error_type = ?, last_error = ? WHERE scene_id = ?",
                (due_at, self._clock(), error_type, message, job.scene_id),
            )
            db.execute("DELETE FROM wait_names WHERE scene_id = ?", (job.scene_id,))
            db.executemany(
                "INSERT OR IGNORE INTO wait_names (name, scene_id) VALUES (?, ?)",
                [(name.casefold(), job.scene_id) for name in names],
            )
        return True

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
    ) -> bool:
        """Given up: the row goes and the dead letter comes, in one transaction. False when the scene was edited meanwhile."""
        with transaction(self._db) as db:
            if self._edited(job.scene_id):
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
                now=self._clock(),
            )
            db.execute("DELETE FROM jobs WHERE scene_id = ?", (job.scene_id,))
        return True

    def release(self, scene_ids: Iterable[int]) -> None:
        """Not worked after all: back to pending, with no try spent."""
        with transaction(self._db) as db:
            db.executemany(
                "UPDATE jobs SET state = 'pending', claimed_generation = NULL WHERE scene_id = ? AND state = 'in_flight'",
                [(scene_id,) for scene_id in scene_ids],
            )

    def _edited(self, scene_id: int) -> bool:
        """Whether a hook has touched the row since it was claimed; it then becomes due again, with fresh tries."""
        changed = self._db.execute(
            "UPDATE jobs SET state = 'pending', claimed_generation = NULL, due_at = min(due_at, ?) "
            "WHERE scene_id = ? AND state = 'in_flight' AND generation IS NOT claimed_generation",
            (self._clock(), scene_id),
        )
        return changed.rowcount > 0

    # --- waiting, holding, pausing ---

    def wake_waiting(self, names: Iterable[str]) -> int:
        """Plex has new items with these base names: the scenes that wait for them are due now; returns how many."""
        wanted = sorted({name.casefold() for name in names})
        woken = 0
        with transaction(self._db) as db:
            for start in range(0, len(wanted), CHUNK):
                chunk = wanted[start : start + CHUNK]
                found = db.execute(
                    f"SELECT DISTINCT scene_id FROM wait_names WHERE name IN ({rows_in(chunk)})", chunk
                ).fetchall()
                for row in found:
                    update = "UPDATE jobs SET state = 'pending', due_at = ? WHERE scene_id = ? AND state = 'waiting_for_plex'"
                    woken += db.execute(update, (self._clock(), row[0])).rowcount
        return woken

    def waiting_count(self) -> int:
        """How many scenes wait for Plex to find their file."""
        return int(
            self._db.execute("SELECT count(*) FROM jobs WHERE state = 'waiting_for_plex'").fetchone()[0]
        )

    def youngest_waiting_since(self) -> float | None:
        """When the last of them began to wait."""
        row = self._db.execute(
            "SELECT max(waiting_since) FROM jobs WHERE state = 'waiting_for_plex'"
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def hold(self, scene_ids: Iterable[int]) -> None:
        """Keep these scenes from being synced, edits included, until they are let go."""
        with transaction(self._db) as db:
            for chunk in chunks(list(scene_ids), CHUNK):
                db.execute(f"UPDATE jobs SET state = 'held' WHERE scene_id IN ({rows_in(chunk)})", chunk)  # noqa: S608 -- question marks

    def unhold(self) -> int:
        """Let every held scene go; returns how many."""
        with transaction(self._db) as db:
            return db.execute(
                "UPDATE jobs SET state = 'pending', due_at = ? WHERE state = 'held'", (self._clock(),)
            ).rowcount

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


def _job(row: sqlite3.Row) -> Job:
    return Job(**{**dict(row), "deleted": bool(row["deleted"]), "force": bool(row["force"])})
