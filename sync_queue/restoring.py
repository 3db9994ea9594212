"""What a restore asks of the file: which items were ever written, what a run changed, and what was written again since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.database import rows_in
from sync_queue.journal import FieldChange, change_from
from sync_queue.ledger import NOBODY
from sync_queue.meta import delete_meta, get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

PREFIX = "restore-"
"""Begins the ids under which restores stand in the journal, where syncs have the ids of their drains."""
WANTED = "drain_lock_wanted"
WANTED_S = 15.0
"""How long a restore that waits for the drain lock is believed to be there still; it says so every second."""


def orphans(db: sqlite3.Connection, server: str, after: int, limit: int) -> list[int]:
    """A page of items that were written once and that the ledger has lost, by their ratingKeys."""
    rows = db.execute(
        "SELECT rating_key FROM snapshots AS s WHERE server = ? AND rating_key > ? AND NOT EXISTS "
        "(SELECT 1 FROM ledger AS l WHERE l.server = s.server AND l.rating_key = s.rating_key) ORDER BY rating_key LIMIT ?",
        (server, after, limit),
    )
    return [int(row[0]) for row in rows]


def orphans_of_scene(db: sqlite3.Connection, server: str, scene_id: int) -> list[int]:
    """Items that were written for this scene and belong to nobody any more, as far as the journal goes back."""
    rows = db.execute(
        "SELECT DISTINCT rating_key FROM changes AS c WHERE scene_id = ? AND server = ? AND NOT EXISTS "
        "(SELECT 1 FROM ledger AS l WHERE l.server = c.server AND l.rating_key = c.rating_key AND l.scene_id <> ?) "
        "ORDER BY rating_key",
        (scene_id, server, NOBODY),
    )
    return [int(row[0]) for row in rows]


def of_item(db: sqlite3.Connection, server: str, rating_key: int) -> list[FieldChange]:
    """All settled changes of an item that the journal still has, the oldest first."""
    rows = db.execute(
        "SELECT * FROM changes WHERE server = ? AND rating_key = ? AND done = 1 ORDER BY id",
        (server, rating_key),
    )
    return [change_from(row) for row in rows]


def pages_of_drain(
    db: sqlite3.Connection, server: str, drain_id: str, size: int
) -> Iterator[list[FieldChange]]:
    """What one run changed on a server, of ``size`` items at a time in the order of their ratingKeys, of each the newest first."""
    where, values = "server = ? AND drain_id = ? AND done = 1", (server, drain_id)
    last = 0
    while True:
        asked = f"SELECT DISTINCT rating_key FROM changes WHERE {where} AND rating_key > ? ORDER BY rating_key LIMIT ?"  # noqa: S608 -- constants
        keys = [int(row[0]) for row in db.execute(asked, (*values, last, size))]
        if not keys:
            return
        asked = f"SELECT * FROM changes WHERE {where} AND rating_key > ? AND rating_key <= ? ORDER BY rating_key, id DESC"  # noqa: S608 -- constants
        yield [change_from(row) for row in db.execute(asked, (*values, last, keys[-1]))]
        last = keys[-1]


def has_drain(db: sqlite3.Connection, drain_id: str) -> bool:
    """Whether the journal has a change of this run."""
    found = db.execute("SELECT 1 FROM changes WHERE drain_id = ? AND done = 1 LIMIT 1", (drain_id,))
    return found.fetchone() is not None


def servers_of_drain(db: sqlite3.Connection, drain_id: str) -> list[str]:
    """The servers, by machineIdentifier, on which this run changed something, as far as the journal goes back."""
    found = db.execute("SELECT DISTINCT server FROM changes WHERE drain_id = ? AND done = 1", (drain_id,))
    return [str(row[0]) for row in found]


def servers_of_scene(db: sqlite3.Connection, scene_id: int) -> list[str]:
    """The servers on which items show this scene, or were written for it as far as the journal goes back."""
    found = db.execute(
        "SELECT server FROM ledger WHERE scene_id = :scene UNION SELECT server FROM changes WHERE scene_id = :scene AND done = 1",
        {"scene": scene_id},
    )
    return [str(row[0]) for row in found]


def servers(db: sqlite3.Connection) -> list[str]:
    """The servers on which anything was ever written."""
    found: list[str] = []
    # From one to the next: a DISTINCT would read every snapshot.
    next_one = "SELECT server FROM snapshots WHERE server > ? ORDER BY server LIMIT 1"
    while row := db.execute(next_one, (found[-1] if found else "",)).fetchone():
        found.append(str(row[0]))
    return found


def change(db: sqlite3.Connection, change_id: int) -> FieldChange | None:
    """One row, or None."""
    row = db.execute("SELECT * FROM changes WHERE id = ?", (change_id,)).fetchone()
    return None if row is None else change_from(row)


def newest(db: sqlite3.Connection, server: str, rating_keys: list[int]) -> dict[tuple[int, str], int]:
    """(ratingKey, field) → the last change of it, by its id: one that is newer than a run's own was made by a later run."""
    rows = db.execute(
        f"SELECT rating_key, field, max(id) FROM changes WHERE server = ? AND done = 1 AND rating_key IN ({rows_in(rating_keys)}) "  # noqa: S608 -- question marks
        "GROUP BY rating_key, field",
        (server, *rating_keys),
    )
    return {(int(row[0]), str(row[1])): int(row[2]) for row in rows}


def want_the_lock(db: sqlite3.Connection, now: float) -> None:
    """Ask the drain at work, and whoever would begin one, to make room."""
    set_meta(db, WANTED, now)


def have_the_lock(db: sqlite3.Connection) -> None:
    """It was given up, or is wanted no more."""
    delete_meta(db, WANTED)


def is_lock_wanted(db: sqlite3.Connection, now: float) -> bool:
    """Whether a restore waits for the lock. One that was killed while it waited is believed for some seconds only."""
    at = get_meta(db, WANTED)
    return isinstance(at, (int, float)) and 0 <= now - at < WANTED_S
