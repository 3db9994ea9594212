"""Errands as a drain sees them: performers, studios, tags and groups that have changed, whose scenes are to be queued.

A hook leaves one (``sync_queue.intake.enqueue_errand``). It ends in the transaction that queues the last of its scenes;
a kill before that repeats a page at most, and a scene that is queued twice is one row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_queue.database import transaction
from sync_queue.due import CAP_S, SLACK_S
from sync_queue.intake import RUN, enqueue_many

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

FIRST_PAUSE_S = 60.0
MOST_TRIES = 5
COLUMNS = "kind, id, change, trigger, generation, after, attempts"


class Errand(NamedTuple):
    """``change`` is ``shown``, ``photo``, ``parents`` or ``gone``; scenes up to and with ``after`` are queued already."""

    kind: str
    id: int
    change: str
    trigger: str
    generation: int
    after: int
    attempts: int


class Errands:
    """Every method is one transaction. A hook that comes meanwhile makes an errand begin anew."""

    def __init__(self, db: sqlite3.Connection, *, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock

    def count(self) -> int:
        """How many are still to be done."""
        return int(self._db.execute("SELECT count(*) FROM errands").fetchone()[0])

    def next(self) -> Errand | None:
        """The one that is due for longest, or None. A due time that only a clock that jumped can have made is brought back."""
        now = self._clock()
        latest = self._db.execute("SELECT max(due_at) FROM errands").fetchone()[0]
        if latest is not None and latest > now + CAP_S + SLACK_S:
            with transaction(self._db) as db:
                db.execute("UPDATE errands SET due_at = ? WHERE due_at > ?", (now, now + CAP_S + SLACK_S))
        query = f"SELECT {COLUMNS} FROM errands WHERE due_at <= ? ORDER BY due_at LIMIT 1"  # noqa: S608 -- a constant
        row = self._db.execute(query, (now,)).fetchone()
        return None if row is None else Errand(**dict(row))

    def queue_page(self, errand: Errand, scene_ids: list[int]) -> bool:
        """Queue some of its scenes, in ascending order, and remember how far it is; False when it has begun anew meanwhile."""
        with transaction(self._db) as db:
            enqueue_many(db, scene_ids, trigger=errand.trigger, priority=RUN, now=self._clock())
            return self._change(db, errand, "after = ?", scene_ids[-1])

    def end(self, errand: Errand) -> None:
        """All of its scenes are queued, or it concerns none. One that has begun anew meanwhile stays."""
        with transaction(self._db) as db:
            db.execute(
                "DELETE FROM errands WHERE kind = ? AND id = ? AND generation = ?",
                (errand.kind, errand.id, errand.generation),
            )

    def put_off(self, errand: Errand) -> bool:
        """It failed: again after a pause that doubles, ten minutes at most. False when that was its last try; then it is gone."""
        if errand.attempts + 1 >= MOST_TRIES:
            self.end(errand)
            return False
        pause_s = min(CAP_S, FIRST_PAUSE_S * 2**errand.attempts)
        with transaction(self._db) as db:
            self._change(db, errand, "attempts = attempts + 1, due_at = ?", self._clock() + pause_s)
        return True

    @staticmethod
    def _change(db: sqlite3.Connection, errand: Errand, change: str, value: float) -> bool:
        update = f"UPDATE errands SET {change} WHERE kind = ? AND id = ? AND generation = ?"  # noqa: S608 -- constants of ours
        return db.execute(update, (value, errand.kind, errand.id, errand.generation)).rowcount > 0
