"""The journal: each field of a Plex item that was written, with what it showed before and what it has shown since.

A row is announced before the write, in the transaction of the intent, and settled when the item has been read again: a
kill in between leaves an open row, never a gap. What did not show in the end is taken back, so that the settled rows
are what has really changed in Plex. Bounded by number and age.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync_queue.database import rows_in, storable, transaction
from sync_queue.meta import get_meta, set_meta
from sync_queue.names import Search
from sync_queue.stored import read_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

KEPT = 50_000
"""Rows. A first run over 6,000 scenes makes about as many; what an item was before its first write is in its snapshot."""
KEPT_DAYS = 180
DAY_S = 86_400.0
AT_ONCE = 20
"""Rows that are looked at for their age whenever some are written: more than one item's fields, so age wins."""
MOST_LOOKED_UP = 200
"""Scenes that a search means and that are looked up one by one."""
BOUNDS = "journal_bounds"


def remember_bounds(db: sqlite3.Connection, *, changes: int, days: int) -> None:
    """The settings, for whoever writes: how many changes are kept at most, and for how many days."""
    bounds = {"changes": changes, "days": days}
    if get_meta(db, BOUNDS) != bounds:
        set_meta(db, BOUNDS, bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """``old`` and ``new`` are texts, or lists of tags; of a picture its hash. ``done`` False: announced, and not seen yet.

    ``field`` is the name that people know it by; ``at`` in epoch seconds.
    """

    id: int
    server: str
    rating_key: int
    scene_id: int
    drain_id: str
    at: float
    field: str
    old: Any
    new: Any
    done: bool


class Journal:
    """Every method is one transaction, or part of the one that its caller has open."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def announce(
        self,
        server: str,
        rating_key: int,
        changes: Mapping[str, tuple[Any, Any]],
        *,
        shown: Mapping[str, Any],
        scene_id: int,
        drain_id: str,
        at: float,
        keeps_all: bool = False,
    ) -> None:
        """These fields are about to be written: field → (old, new). ``shown`` is what the item shows now.

        What an earlier write, of which nobody saw the end, had announced is settled by ``shown`` first. With ``keeps_all``
        nothing old goes for it: a restore must not push out what it is about to undo.
        """
        with transaction(self._db) as db:
            self.settle(server, rating_key, shown)
            rows = [
                (server, rating_key, scene_id, drain_id, at, field, _text(old), _text(new))
                for field, (old, new) in changes.items()
            ]
            db.executemany(
                "DELETE FROM changes WHERE server = ? AND rating_key = ? AND done = 0 AND field = ?",
                [(server, rating_key, field) for field in changes],
            )
            db.executemany(
                "INSERT INTO changes (server, rating_key, scene_id, drain_id, at, field, old, new) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            if not keeps_all:
                self._forget_the_oldest(at)

    def settle(self, server: str, rating_key: int, shown: Mapping[str, Any]) -> None:
        """The item was read: open rows now say what it shows, and those that changed nothing go.

        A field that is not in ``shown`` stays open.
        """
        with transaction(self._db) as db:
            rows = db.execute(
                "SELECT id, field, old FROM changes WHERE server = ? AND rating_key = ? AND done = 0",
                (server, rating_key),
            ).fetchall()
            for row in rows:
                if row["field"] not in shown:
                    continue
                new = _text(shown[row["field"]])
                if new == row["old"]:
                    db.execute("DELETE FROM changes WHERE id = ?", (row["id"],))
                else:
                    db.execute("UPDATE changes SET new = ?, done = 1 WHERE id = ?", (new, row["id"]))

    def of_scene(self, scene_id: int, *, limit: int = 50) -> list[FieldChange]:
        """What was changed for a scene, the newest first."""
        rows = self._db.execute(
            "SELECT * FROM changes WHERE scene_id = ? ORDER BY id DESC LIMIT ?", (scene_id, limit)
        )
        return [change_from(row) for row in rows]

    def recent(
        self,
        *,
        limit: int = 50,
        before_id: int | None = None,
        field: str = "",
        scene_ids: list[int] | None = None,
        search: str = "",
    ) -> list[FieldChange]:
        """A page of all changes, the newest first; ``before_id`` is the last one of the page before.

        With ``field``, ``scene_ids`` and ``search`` only those of a field, of some scenes (five hundred at most), and of
        scenes that a text means: every word of it stands in title or path, or it is the scene's number.
        """
        where: list[str] = ["id < ?"]
        values: list[str | int] = [before_id or 2**62]
        if field:
            where.append("field = ?")
            values.append(field)
        if scene_ids:
            where.append(f"scene_id IN ({rows_in(scene_ids)})")
            values.extend(scene_ids)
        if search.strip():
            condition, given = self._meant(Search.of(search))
            where.append(condition)
            values.extend(given)
        query = f"SELECT * FROM changes WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"  # noqa: S608 -- question marks
        return [change_from(row) for row in self._db.execute(query, (*values, limit))]

    def _meant(self, search: Search) -> tuple[str, tuple[str | int, ...]]:
        """Few scenes are looked up in the index. Of many a page is full soon: the changes are walked from the newest (the plus
        keeps SQLite from collecting and sorting all of theirs).
        """
        few = search.scenes(self._db, MOST_LOOKED_UP + 1)
        if len(few) <= MOST_LOOKED_UP:
            return f"scene_id IN ({rows_in(few)})", tuple(few)
        return f"+scene_id IN ({search.sql})", search.values

    def fields(self) -> list[str]:
        """The fields that were written, by name."""
        return [str(row[0]) for row in self._db.execute("SELECT DISTINCT field FROM changes ORDER BY field")]

    def _forget_the_oldest(self, now: float) -> None:
        """What an item was before its first write stands in its snapshot, which no bound touches."""
        bounds = get_meta(self._db, BOUNDS) or {"changes": KEPT, "days": KEPT_DAYS}
        self._db.execute(
            "DELETE FROM changes WHERE id <= (SELECT max(id) FROM changes) - ?", (bounds["changes"],)
        )
        self._db.execute(
            "DELETE FROM changes WHERE id < (SELECT min(id) FROM changes) + ? AND at < ?",
            (AT_ONCE, now - bounds["days"] * DAY_S),
        )


def _text(value: Any) -> str:
    """JSON, so that text and lists stay apart; as the file can hold it."""
    return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def change_from(row: sqlite3.Row) -> FieldChange:
    """A row of the table as a value."""
    values = {"old": read_json(row["old"]), "new": read_json(row["new"]), "done": bool(row["done"])}
    return FieldChange(**{**dict(row), **values})
