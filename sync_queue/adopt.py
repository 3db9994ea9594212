"""Take over what a hook had to leave in another file, because the data folder could not be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.database import connect, transaction
from sync_queue.intake import enqueue

if TYPE_CHECKING:
    import os
    import sqlite3


def adopt(db: sqlite3.Connection, other: str | os.PathLike[str]) -> int:
    """Move every job of the file ``other`` into this one; returns how many. A kill in between leaves a job in both, never in none."""
    source = connect(other)
    try:
        rows = source.execute(
            "SELECT scene_id, trigger, priority, due_at, again_at, changed_at, deleted, generation FROM jobs"
        ).fetchall()
        with transaction(db):
            for row in rows:
                enqueue(
                    db,
                    row["scene_id"],
                    trigger=row["trigger"],
                    priority=row["priority"],
                    now=row["changed_at"],
                    due_at=row["due_at"],
                    again_at=row["again_at"],
                    deleted=bool(row["deleted"]),
                )
        with transaction(source):
            # Not one that was edited again since it was read: that edit is taken over next time.
            source.executemany(
                "DELETE FROM jobs WHERE scene_id = ? AND generation = ?",
                [(row["scene_id"], row["generation"]) for row in rows],
            )
    finally:
        source.close()
    return len(rows)
