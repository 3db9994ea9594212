"""What the watcher has to say: nobody reads its standard error, so the next task hands it on to Stash's log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sync_queue.database import storable, transaction
from sync_queue.stored import read_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A log line with its time (epoch seconds), the letter of its level (t, d, i, w, e) and what it is about, as plain JSON."""

    at: float
    level: str
    component: str
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def say(
    db: sqlite3.Connection,
    at: float,
    level: str,
    component: str,
    message: str,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Keep a line; beyond a thousand the oldest go. One that is kept already, word for word, is not kept twice."""
    with transaction(db):
        known = "SELECT 1 FROM said WHERE message = ? AND level = ? AND component = ? AND level IN ('w', 'e')"
        if db.execute(known, (storable(message), level, component)).fetchone():
            return
        cursor = db.execute(
            "INSERT INTO said (at, level, component, message, facts) VALUES (?, ?, ?, ?, ?)",
            (at, level, component, storable(message), json.dumps(dict(facts or {}))),
        )
        db.execute("DELETE FROM said WHERE id <= ?", ((cursor.lastrowid or 0) - KEPT,))


def take_said(db: sqlite3.Connection, limit: int = 200) -> list[Line]:
    """Up to ``limit`` lines, the oldest first; what is returned is no longer kept."""
    if db.execute("SELECT 1 FROM said LIMIT 1").fetchone() is None:
        return []
    with transaction(db):
        rows = db.execute(
            "SELECT id, at, level, component, message, facts FROM said ORDER BY id LIMIT ?", (limit,)
        ).fetchall()
        db.executemany("DELETE FROM said WHERE id = ?", [(row["id"],) for row in rows])
    return [
        Line(row["at"], row["level"], row["component"], row["message"], read_json(row["facts"]))
        for row in rows
    ]
