"""What becomes of a claimed row: gone, back to be tried or looked at again, or left to the edit that came meanwhile.

Every statement here writes only while the row is in flight. All are parts of the caller's transaction, or one of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_queue.database import storable, transaction
from sync_queue.due import CAP_S

if TYPE_CHECKING:
    import sqlite3

    from sync_queue.job import Job


def finish(db: sqlite3.Connection, scene_id: int, now: float) -> bool:
    """The row goes. False when it stays: the scene was edited meanwhile, or is to be looked at once more."""
    with transaction(db):
        if yield_to_edit(db, scene_id, now):
            return False
        again = (
            "UPDATE jobs SET state = 'pending', due_at = min(again_at, ?), again_at = NULL, attempts = 0, force = 0, "
            "waiting_since = NULL, claimed_generation = NULL, last_error_type = NULL, last_error = NULL "
            "WHERE scene_id = ? AND state = 'in_flight' AND again_at IS NOT NULL"
        )
        if db.execute(again, (now + CAP_S, scene_id)).rowcount:
            return False
        return remove(db, scene_id)


def put_back(
    db: sqlite3.Connection,
    job: Job,
    *,
    state: str,
    due_at: float,
    now: float,
    tries: int,
    error: tuple[str, str],
    shown: tuple[str, str],
) -> bool:
    """The row is in ``state`` until ``due_at``, with so many more tries spent. False when the scene was edited meanwhile.

    ``error`` is type and message; ``shown`` title and path, where those that the row has are kept for an empty one.
    """
    with transaction(db):
        if yield_to_edit(db, job.scene_id, now):
            return False
        values: dict[str, Any] = {
            "scene_id": job.scene_id,
            "state": state,
            "due_at": due_at,
            "tries": tries,
            "since": now if state == "waiting_for_plex" else None,
            "error_type": error[0],
            "error": storable(error[1]),
            "title": storable(shown[0] or job.title),
            "path": storable(shown[1] or job.path),
        }
        update = (
            "UPDATE jobs SET state = :state, claimed_generation = NULL, attempts = attempts + :tries, due_at = :due_at, "
            "waiting_since = coalesce(waiting_since, :since), last_error_type = :error_type, last_error = :error, "
            "title = :title, path = :path WHERE scene_id = :scene_id AND state = 'in_flight'"
        )
        return db.execute(update, values).rowcount > 0


def yield_to_edit(db: sqlite3.Connection, scene_id: int, now: float) -> bool:
    """Whether a hook has touched the row since it was claimed; if so it is pending, due at once, and its tries are fresh."""
    changed = db.execute(
        "UPDATE jobs SET state = 'pending', claimed_generation = NULL, due_at = min(due_at, ?) "
        "WHERE scene_id = ? AND state = 'in_flight' AND generation IS NOT claimed_generation",
        (now, scene_id),
    )
    return changed.rowcount > 0


def remove(db: sqlite3.Connection, scene_id: int) -> bool:
    """The row goes; False when it is in flight no more."""
    return db.execute("DELETE FROM jobs WHERE scene_id = ? AND state = 'in_flight'", (scene_id,)).rowcount > 0
