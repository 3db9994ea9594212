"""Figures of each hour, for a curve over time: counts that are added to what the hour has. Bounded by number.

A drain's observer writes it after the fact, as it does the history: nothing depends on it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sync_queue.database import transaction
from sync_queue.stored import read_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

HOUR_S = 3600
KEPT = 24 * 92
"""Rows: three months, were something done in each hour of them."""


class Hours:
    """``figures`` are whole numbers by name, or by name and a second name."""

    def __init__(self, db: sqlite3.Connection, *, kept: int = KEPT) -> None:
        self._db = db
        self._kept = kept

    def add(self, at: float, figures: Mapping[str, Any]) -> None:
        """Add to the hour in which ``at`` (epoch seconds) lies."""
        hour = int(at) // HOUR_S * HOUR_S
        with transaction(self._db) as db:
            row = db.execute("SELECT figures FROM hours WHERE at = ?", (hour,)).fetchone()
            known = {} if row is None else read_json(row[0])
            text = json.dumps(added(known, figures), separators=(",", ":"))
            db.execute("INSERT OR REPLACE INTO hours (at, figures) VALUES (?, ?)", (hour, text))
            db.execute(
                "DELETE FROM hours WHERE at <= (SELECT at FROM hours ORDER BY at DESC LIMIT 1 OFFSET ?)",
                (self._kept,),
            )

    def since(self, at: float, *, step_s: int = HOUR_S) -> dict[int, dict[str, Any]]:
        """The figures from then on, by the start of buckets of ``step_s`` (whole hours), the oldest first."""
        buckets: dict[int, dict[str, Any]] = {}
        for row in self._db.execute("SELECT at, figures FROM hours WHERE at >= ? ORDER BY at", (int(at),)):
            bucket = row["at"] // step_s * step_s
            buckets[bucket] = added(buckets.get(bucket, {}), read_json(row["figures"]))
        return buckets


def added(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Both together, name by name."""
    together = dict(first)
    for name, value in second.items():
        if isinstance(value, dict):
            together[name] = added(together.get(name, {}), value)
        else:
            together[name] = together.get(name, 0) + value
    return together
