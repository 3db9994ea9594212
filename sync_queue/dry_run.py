"""A dry run in the queue: what it has looked at stands aside, and is due again once the dry run is over.

A row in the state ``previewed`` is due to nobody, so nothing spins. A new edit makes it pending like any other row, and
it is looked at again. The first drain that may write makes all of them pending.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.database import storable, transaction
from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

KEY = "dry_run"


def remember(db: sqlite3.Connection, on: bool) -> None:
    """What the setting says, for those who do not read the settings."""
    if is_on(db) != on:
        set_meta(db, KEY, on)


def is_on(db: sqlite3.Connection) -> bool:
    """Whether the setting was on when it was read last."""
    return get_meta(db, KEY) is True


def put_aside(db: sqlite3.Connection, looked_at: Iterable[tuple[int, str, str]]) -> None:
    """These claimed scenes (id, title, path) were looked at. One that was edited meanwhile is due again at once."""
    update = (
        "UPDATE jobs SET state = CASE WHEN generation IS claimed_generation THEN 'previewed' ELSE 'pending' END, "
        "claimed_generation = NULL, title = :title, path = :path WHERE scene_id = :scene_id AND state = 'in_flight'"
    )
    rows = [
        {"scene_id": one, "title": storable(title), "path": storable(path)} for one, title, path in looked_at
    ]
    with transaction(db):
        db.executemany(update, rows)


def let_go(db: sqlite3.Connection) -> int:
    """The dry run is over: all that stood aside is due; returns how many."""
    if not any_aside(db):
        return 0
    with transaction(db):
        return db.execute("UPDATE jobs SET state = 'pending' WHERE state = 'previewed'").rowcount


def any_aside(db: sqlite3.Connection) -> bool:
    """Whether something stands aside."""
    return db.execute("SELECT 1 FROM jobs WHERE state = 'previewed' LIMIT 1").fetchone() is not None
