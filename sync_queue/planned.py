"""What a preview asks the queue and the ledger, and what it must remember of itself; it writes to neither."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sync_queue.database import chunks, connect_again, rows_in
from sync_queue.job import COLUMNS, job_from
from sync_queue.ledger import CHUNK, Entry, Ledger
from sync_queue.pins import Pins

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sync_queue.job import Job
    from sync_queue.pins import Pin

HELD = "held"
TO_WORK = ("pending", "in_flight", "previewed")
"""States of the scenes that a drain works off, is at work on, or works off once the dry run is over."""


def reading_only(db: sqlite3.Connection) -> sqlite3.Connection:
    """Another connection to the same file, on which every write fails; close it."""
    other = connect_again(db)
    other.execute("PRAGMA query_only=ON")
    return other


def queued_jobs(db: sqlite3.Connection, size: int, now: float) -> Iterator[list[Job]]:
    """What is queued to be worked, due or put off, in pages and in the order of a drain."""
    last = (-1, 0.0, 0)
    marks = ",".join("?" * len(TO_WORK))
    select = (
        f"SELECT {COLUMNS}, due_at FROM jobs WHERE state IN ({marks}) "  # noqa: S608 -- a constant and question marks
        "AND (priority, due_at, scene_id) > (?, ?, ?) ORDER BY priority, due_at, scene_id LIMIT ?"
    )
    while True:
        rows = db.execute(select, (*TO_WORK, *last, size)).fetchall()
        if not rows:
            return
        last = tuple(rows[-1][name] for name in ("priority", "due_at", "scene_id"))
        yield [_job(row, now) for row in rows]


def count_queued(db: sqlite3.Connection) -> int:
    """How many those are."""
    marks = ",".join("?" * len(TO_WORK))
    return int(db.execute(f"SELECT count(*) FROM jobs WHERE state IN ({marks})", TO_WORK).fetchone()[0])  # noqa: S608


def held_among(db: sqlite3.Connection, scene_ids: list[int]) -> set[int]:
    """Those of these scenes (a thousand at most) that a person holds."""
    query = f"SELECT scene_id FROM jobs WHERE state = ? AND scene_id IN ({rows_in(scene_ids)})"  # noqa: S608 -- question marks
    return {int(row[0]) for row in db.execute(query, (HELD, *scene_ids))}


def _job(row: sqlite3.Row, now: float) -> Job:
    values = dict(row)
    del values["due_at"]
    return job_from(values, now)


class PinsAsTheyAre(Pins):
    """The pins, as they would be after those that were followed to an item's new key; in the file they stay as they are."""

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__(db)
        self._followed: dict[int, Pin] = {}
        """By scene. There are as many as items that were pinned and taken up anew since: few."""

    def of_scene(self, server: str, scene_id: int) -> Pin | None:
        """The pin of a scene, or None."""
        pin = self._followed.get(scene_id) or super().of_scene(server, scene_id)
        return pin if pin is not None and self.scene_of(server, pin.rating_key) == scene_id else None

    def scene_of(self, server: str, rating_key: int) -> int | None:
        """The scene that is pinned to an item, or None."""
        for pin in self._followed.values():
            if pin.rating_key == rating_key:
                return pin.scene_id
        scene_id = super().scene_of(server, rating_key)
        return None if scene_id in self._followed else scene_id

    def put(self, server: str, pin: Pin, now: float) -> None:
        """Followed; nothing is written."""
        del server, now  # a preview knows one server
        for one in [one.scene_id for one in self._followed.values() if one.rating_key == pin.rating_key]:
            del self._followed[one]
        self._followed[pin.scene_id] = pin


class PlannedLedger(Ledger):
    """The ledger, as it would be after the scenes that were looked at so far, as far as it matters whose an item is.

    What is planned stands in a file of SQLite's own, which goes with the connection: a library of any size takes no more
    memory than a page.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        super().__init__(db)
        self._planned = sqlite3.connect("", isolation_level=None)
        self._planned.execute(
            "CREATE TABLE owners (rating_key INTEGER PRIMARY KEY, scene_id INTEGER, section_id INTEGER)"
        )

    def close(self) -> None:
        """Forget what was planned."""
        self._planned.close()

    def plan(self, rating_key: int, scene_id: int, section_id: int) -> None:
        """The item would belong to this scene."""
        self._planned.execute(
            "INSERT OR REPLACE INTO owners VALUES (?, ?, ?)", (rating_key, scene_id, section_id)
        )

    def get_many(self, server: str, rating_keys: Iterable[int]) -> dict[int, Entry]:
        """The entries, and for items that would be met for the first time an empty one of their planned owner."""
        keys = list(rating_keys)
        found = super().get_many(server, keys)
        for chunk in chunks(keys, CHUNK):
            query = f"SELECT * FROM owners WHERE rating_key IN ({rows_in(chunk)})"  # noqa: S608 -- question marks
            for key, scene_id, section_id in self._planned.execute(query, chunk).fetchall():
                entry = found.setdefault(
                    key, Entry(server=server, rating_key=key, scene_id=scene_id, section_id=section_id)
                )
                entry.scene_id = scene_id
        return found
