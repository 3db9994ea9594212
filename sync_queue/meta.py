"""Single facts that outlive a process: paused, the outage, which server. JSON values under a name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sync_queue.database import transaction
from sync_queue.stored import read_json

if TYPE_CHECKING:
    import sqlite3


def get_meta(db: sqlite3.Connection, key: str) -> Any:
    """The value under the key, or None."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else read_json(row[0])


def set_meta(db: sqlite3.Connection, key: str, value: Any) -> None:
    """Keep a JSON value under the key."""
    with transaction(db):
        db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, json.dumps(value)))


def delete_meta(db: sqlite3.Connection, key: str) -> None:
    """Forget what stands under the key."""
    with transaction(db):
        db.execute("DELETE FROM meta WHERE key = ?", (key,))
