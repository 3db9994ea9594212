"""What the watcher has to say: nobody reads its standard error, so the next task hands it on to Stash's log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_queue.database import storable, transaction

if TYPE_CHECKING:
    import sqlite3

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A log line with its time (epoch seconds) and the letter of its level (t, d, i, w, e)."""

    at: float
    level: str
    component: str
    message: str


def say(db: sqlite3.Connection, at: float, level: str, component: str, message: str) -> None:
    """Keep a line; beyond a thousand the oldest go."""
    with transaction(db):
        cursor = db.execute(
            "INSERT INTO said (at, level, component, message) VALUES (?, ?, ?, ?)",
            (at, level, component, storable(message)),
        )
        db.execute("DELETE FROM said WHERE id <= ?", ((cursor.lastrowid or 0) - KEPT,))


def take_said(db: sqlite3.Connection, limit: int = 200) -> list[Line]:
    """Up to ``limit`` lines, the oldest first; what is returned is no longer kept."""
    if db.execute("SELECT 1 FROM said LIMIT 1").fetchone() is None:
        return []
    with transaction(db):
        rows = db.execute(
            "SELECT id, at, level, component, message FROM said ORDER BY id LIMIT ?", (limit,)
        ).fetchall()
        db.executemany("DELETE FROM said WHERE id = ?", [(row["id"],) for row in rows])
    return [Line(row["at"], row["level"], row["component"], row["message"]) for row in rows]
