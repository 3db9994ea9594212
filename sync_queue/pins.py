"""Pins: a person has said which Plex item shows a scene, and no evidence is asked any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sync_queue.database import storable, transaction

if TYPE_CHECKING:
    import sqlite3


class Pin(NamedTuple):
    """One scene and its item. ``path`` is the item's file as Plex sees it: by it the item is found under another key."""

    scene_id: int
    rating_key: int
    path: str = ""


class Pins:
    """A scene has one pin on a server at most, and so has an item. Every method is one transaction, or part of its caller's."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def of_scene(self, server: str, scene_id: int) -> Pin | None:
        """The pin of a scene, or None."""
        row = self._db.execute(
            "SELECT scene_id, rating_key, path FROM pins WHERE server = ? AND scene_id = ?",
            (server, scene_id),
        ).fetchone()
        return None if row is None else Pin(**dict(row))

    def scene_of(self, server: str, rating_key: int) -> int | None:
        """The scene that is pinned to an item, or None."""
        row = self._db.execute(
            "SELECT scene_id FROM pins WHERE server = ? AND rating_key = ?", (server, rating_key)
        ).fetchone()
        return None if row is None else int(row[0])

    def put(self, server: str, pin: Pin, now: float) -> None:
        """Pin a scene, in place of where it was pinned before. Whoever was pinned to that item is so no more."""
        with transaction(self._db) as db:
            db.execute(
                "DELETE FROM pins WHERE server = ? AND (scene_id = ? OR rating_key = ?)",
                (server, pin.scene_id, pin.rating_key),
            )
            db.execute(
                "INSERT INTO pins (server, scene_id, rating_key, path, pinned_at) VALUES (?, ?, ?, ?, ?)",
                (server, pin.scene_id, pin.rating_key, storable(pin.path), now),
            )

    def remove(self, scene_id: int) -> bool:
        """Let evidence decide again, on every server; False when the scene was not pinned."""
        with transaction(self._db) as db:
            return db.execute("DELETE FROM pins WHERE scene_id = ?", (scene_id,)).rowcount > 0
