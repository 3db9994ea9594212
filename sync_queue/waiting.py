"""Scenes that are not to be worked for now: Plex has not found their file, or a person holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.database import chunks, rows_in, transaction
from sync_queue.folding import folded
from sync_queue.intake import close_letters, enqueue

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

CHUNK = 500
NOT_FOUND = "PlexNotFound"
"""The error type of dead letters whose cause is over when their file appears in Plex."""
UNCERTAIN = "AmbiguousMatch"
"""That of dead letters whose cause may be over then: Plex had not noticed yet that a file was replaced or moved."""
WAKE_PRIORITY = 1


def base_name(path: str) -> str:
    """The folded last part of a path of any system."""
    return folded(path.replace("\\", "/").rpartition("/")[2])


def set_names(db: sqlite3.Connection, scene_id: int, names: Iterable[str]) -> None:
    """Within the caller's transaction: these are the names that the scene waits for."""
    db.execute("DELETE FROM wait_names WHERE scene_id = ?", (scene_id,))
    rows = [(name, scene_id) for name in {folded(name) for name in names}]
    db.executemany("INSERT INTO wait_names (name, scene_id) VALUES (?, ?)", rows)


def wake(db: sqlite3.Connection, names: Iterable[str], now: float) -> int:
    """Scenes that wait for a file of one of these names are due now, and those that were given up waiting are back."""
    if not _anybody_waits(db):
        return 0  # the names may be those of a whole library
    wanted = sorted({folded(name) for name in names})
    woken = 0
    with transaction(db):
        for start in range(0, len(wanted), CHUNK):
            woken += _wake_some(db, wanted[start : start + CHUNK], now)
    return woken


def _anybody_waits(db: sqlite3.Connection) -> bool:
    waiting = "SELECT 1 FROM wait_names LIMIT 1"
    dead = "SELECT 1 FROM dead_letters WHERE error_type IN (?, ?) LIMIT 1"
    return bool(db.execute(waiting).fetchone() or db.execute(dead, (NOT_FOUND, UNCERTAIN)).fetchone())


def _wake_some(db: sqlite3.Connection, names: list[str], now: float) -> int:
    marks = rows_in(names)
    waiting = f"SELECT DISTINCT scene_id FROM wait_names WHERE name IN ({marks})"  # noqa: S608 -- question marks
    woken = 0
    for row in db.execute(waiting, names).fetchall():
        update = (
            "UPDATE jobs SET state = 'pending', due_at = ? WHERE scene_id = ? AND state = 'waiting_for_plex'"
        )
        woken += db.execute(update, (now, row[0])).rowcount
    dead = f"SELECT scene_id FROM dead_letters WHERE name IN ({marks}) AND error_type IN (?, ?)"  # noqa: S608 -- as above
    for row in db.execute(dead, (*names, NOT_FOUND, UNCERTAIN)).fetchall():
        enqueue(db, row[0], trigger="appeared", priority=WAKE_PRIORITY, now=now)
        woken += 1
    return woken


def youngest_since(db: sqlite3.Connection) -> float | None:
    """When the last of the waiting scenes began to wait."""
    row = db.execute("SELECT max(waiting_since) FROM jobs WHERE state = 'waiting_for_plex'").fetchone()
    return None if row[0] is None else float(row[0])


def hold(db: sqlite3.Connection, scene_ids: Iterable[int], now: float) -> None:
    """Held rows stay held through every edit. A scene without a row gets one, or its next edit would be synced.

    Its dead letter is closed: what a person holds has failed no more.
    """
    rows = [(scene_id, now, now, now) for scene_id in scene_ids]
    insert = (
        "INSERT INTO jobs (scene_id, state, trigger, priority, due_at, queued_at, changed_at) "
        "VALUES (?, 'held', 'hold', 1, ?, ?, ?) ON CONFLICT (scene_id) DO UPDATE SET state = 'held', claimed_generation = NULL"
    )
    with transaction(db):
        db.executemany(insert, rows)
        close_letters(db, [{"scene_id": row[0], "trigger": "hold", "now": now} for row in rows])


def unhold(db: sqlite3.Connection, scene_ids: Iterable[int] | None, now: float) -> int:
    """Held rows are pending and due now; returns how many."""
    update = "UPDATE jobs SET state = 'pending', due_at = ?, attempts = 0 WHERE state = 'held'"
    with transaction(db):
        if scene_ids is None:
            return db.execute(update, (now,)).rowcount
        let_go = 0
        for chunk in chunks(list(scene_ids), CHUNK):
            found = db.execute(f"{update} AND scene_id IN ({rows_in(chunk)})", (now, *chunk))
            let_go += found.rowcount
        return let_go
