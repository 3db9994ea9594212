"""The ledger: what PlexSync knows of each Plex item that it has written, and what the item was before.

An entry belongs to one item of one server. Its record is opaque here: the diff in ``plex/`` gives it its meaning.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sync_queue.database import chunks, rows_in, transaction
from sync_queue.journal import Journal
from sync_queue.stored import read_json

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

CHUNK = 500
NOBODY = 0
"""In place of a scene: an item that was written, and whose scene is not known any more."""
LET_GO = f"UPDATE ledger SET scene_id = {NOBODY}, state_hash = NULL, listing_digest = NULL, synced_at = NULL, shows = ''"  # noqa: S608 -- a constant


@dataclass(slots=True, kw_only=True)
class Record:
    """Plain JSON values, as ``plex.known.Known`` describes them, and the pictures.

    ``pictures`` is kind → {"hash", "etag", "pending"}: noted before the upload, confirmed after it. ``uploaded`` is kind →
    {"hash", "photo"}: one of ours that a restore has put out of sight, and that is still among the item's pictures.
    """

    base: dict[str, Any] = field(default_factory=dict)
    ours: dict[str, Any] = field(default_factory=dict)
    locks: list[str] = field(default_factory=list)
    meant: dict[str, Any] = field(default_factory=dict)
    intent: dict[str, Any] | None = None
    pictures: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploaded: dict[str, dict[str, str]] = field(default_factory=dict)

    def to_json(self) -> str:
        """The record as it stands in the file: ASCII, since a file name may hold what UTF-8 cannot."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Record:
        """Read what ``to_json`` wrote; keys of other versions are left out."""
        data = read_json(text)
        return cls(**{name: data[name] for name in cls.__slots__ if name in data})


@dataclass(slots=True, kw_only=True)
class Entry:
    """One item. ``state_hash`` stands for what was wanted at the last success, ``listing_digest`` for what Plex showed then."""

    server: str
    rating_key: int
    scene_id: int
    section_id: int
    state_hash: str | None = None
    record: Record = field(default_factory=Record)
    listing_digest: str | None = None
    synced_at: float | None = None
    outcomes: dict[str, list[Any]] = field(default_factory=dict)
    """Field → [outcome, when (epoch seconds), when it was last written or None], by the names that people know."""
    shows: str = ""
    """Whom the scene showed at the last success, as ``shown_in`` writes it."""


class Ledger:
    """Every method is one transaction, or part of the one that its caller has open."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self.journal = Journal(db)
        """What was written, field by field."""

    def get(self, server: str, rating_key: int) -> Entry | None:
        """The entry of an item, or None at first contact."""
        return self.get_many(server, [rating_key]).get(rating_key)

    def get_many(self, server: str, rating_keys: Iterable[int]) -> dict[int, Entry]:
        """The entries that there are, by ratingKey."""
        found = {}
        for chunk in chunks(list(rating_keys), CHUNK):
            query = f"SELECT * FROM ledger WHERE server = ? AND rating_key IN ({rows_in(chunk)})"  # noqa: S608 -- question marks
            found.update(
                {
                    int(row["rating_key"]): _entry(row)
                    for row in self._db.execute(query, (server, *chunk)).fetchall()
                }
            )
        return found

    def of_scene(self, server: str, scene_id: int) -> list[Entry]:
        """The items that show a scene."""
        rows = self._db.execute(
            "SELECT * FROM ledger WHERE scene_id = ? AND server = ? ORDER BY rating_key", (scene_id, server)
        ).fetchall()
        return [_entry(row) for row in rows]

    def with_several_items(self, server: str, scene_ids: Iterable[int]) -> set[int]:
        """Those of the scenes that show in more than one item."""
        found: set[int] = set()
        for chunk in chunks(list(scene_ids), CHUNK):
            query = (
                f"SELECT scene_id FROM ledger WHERE server = ? AND scene_id IN ({rows_in(chunk)}) "  # noqa: S608 -- question marks
                "GROUP BY scene_id HAVING count(*) > 1"
            )
            found.update(int(row[0]) for row in self._db.execute(query, (server, *chunk)))
        return found

    def last_synced(self, server: str, limit: int) -> list[Entry]:
        """The items that were brought to what Stash has last, the newest first; without those that a person holds."""
        rows = self._db.execute(
            "SELECT * FROM ledger WHERE server = ? AND synced_at IS NOT NULL "
            "AND scene_id NOT IN (SELECT scene_id FROM jobs WHERE state = 'held') ORDER BY synced_at DESC LIMIT ?",
            (server, limit),
        ).fetchall()
        return [_entry(row) for row in rows]

    def owner(self, server: str, rating_key: int) -> int | None:
        """The scene that an item belongs to, or None when it belongs to nobody."""
        row = self._db.execute(
            "SELECT scene_id FROM ledger WHERE server = ? AND rating_key = ?", (server, rating_key)
        ).fetchone()
        return None if row is None or row[0] == NOBODY else int(row[0])

    def is_held(self, scene_id: int) -> bool:
        """Whether a person holds the scene, and with it its items."""
        held = "SELECT 1 FROM jobs WHERE scene_id = ? AND state = 'held'"
        return self._db.execute(held, (scene_id,)).fetchone() is not None

    def after(self, server: str, rating_key: int = 0, *, limit: int = 500) -> list[Entry]:
        """A page of all entries of a server: those with a greater ratingKey, in its order."""
        rows = self._db.execute(
            "SELECT * FROM ledger WHERE server = ? AND rating_key > ? ORDER BY rating_key LIMIT ?",
            (server, rating_key, limit),
        ).fetchall()
        return [_entry(row) for row in rows]

    def put(self, entry: Entry) -> None:
        """Write the entry, new or not."""
        with transaction(self._db) as db:
            db.execute(
                "INSERT OR REPLACE INTO ledger (server, rating_key, scene_id, section_id, state_hash, record, listing_digest, synced_at, "
                "outcomes, shows) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.server,
                    entry.rating_key,
                    entry.scene_id,
                    entry.section_id,
                    entry.state_hash,
                    entry.record.to_json(),
                    entry.listing_digest,
                    entry.synced_at,
                    json.dumps(entry.outcomes, separators=(",", ":")),
                    entry.shows,
                ),
            )

    def scenes_that_showed(
        self, kind: str, object_id: int, *, after: int = 0, limit: int = 1000
    ) -> list[int]:
        """A page of the scenes that showed this performer, studio, tag or group at their last success, in their order."""
        rows = self._db.execute(
            "SELECT DISTINCT scene_id FROM ledger WHERE scene_id > ? AND shows LIKE ? ORDER BY scene_id LIMIT ?",
            (after, f"% {kind}:{object_id} %", limit),
        )
        return [int(row[0]) for row in rows]

    def scene_ids(self, server: str, after: int, last: int) -> list[int]:
        """The scenes to which items belong, from behind ``after`` to ``last``, each once."""
        rows = self._db.execute(
            "SELECT DISTINCT scene_id FROM ledger WHERE scene_id > ? AND scene_id <= ? AND server = ? ORDER BY scene_id",
            (after, last, server),
        )
        return [int(row[0]) for row in rows]

    def forget_scene(self, scene_id: int) -> int:
        """The scene is gone from Stash: its items belong to nobody, and no pin holds it; returns how many items.

        What was written to them is remembered: a scene that gets such an item later (a merge, another version) must not
        take our locks on it for somebody else's, and a restore has to know what is ours.
        """
        with transaction(self._db) as db:
            db.execute("DELETE FROM pins WHERE scene_id = ?", (scene_id,))
            return db.execute(f"{LET_GO} WHERE scene_id = ?", (scene_id,)).rowcount

    def forget_other_items(self, server: str, scene_id: int, keep: Iterable[int]) -> int:
        """The scene shows in these items only: any other that it had belongs to nobody; returns how many."""
        kept = set(keep)
        with transaction(self._db) as db:
            rows = db.execute(
                "SELECT rating_key FROM ledger WHERE scene_id = ? AND server = ?", (scene_id, server)
            ).fetchall()
            gone = [int(row[0]) for row in rows if row[0] not in kept]
            db.executemany(f"{LET_GO} WHERE server = ? AND rating_key = ?", [(server, key) for key in gone])
        return len(gone)

    def count(self, server: str) -> int:
        """How many items of a server were brought to what Stash has."""
        count = "SELECT count(*) FROM ledger WHERE synced_at IS NOT NULL AND server = ?"
        return int(self._db.execute(count, (server,)).fetchone()[0])

    def snapshot_once(self, server: str, rating_key: int, item: dict[str, Any], now: float) -> None:
        """Keep what an item was before its first write; a snapshot that is there already is never touched."""
        with transaction(self._db) as db:
            db.execute(
                "INSERT OR IGNORE INTO snapshots (server, rating_key, taken_at, item) VALUES (?, ?, ?, ?)",
                (server, rating_key, now, json.dumps(item, separators=(",", ":"))),
            )

    def snapshot_pictures(self, server: str, rating_key: int, selected: Mapping[str, str]) -> None:
        """Add to a snapshot which picture of a kind was selected before the first of ours; a kind that it has is never touched."""
        snapshot = self.snapshot(server, rating_key) if selected else None
        if snapshot is None:
            return
        snapshot["selected"] = {**selected, **(snapshot.get("selected") or {})}
        with transaction(self._db) as db:
            db.execute(
                "UPDATE snapshots SET item = ? WHERE server = ? AND rating_key = ?",
                (json.dumps(snapshot, separators=(",", ":")), server, rating_key),
            )

    def snapshot_at(self, server: str, rating_key: int) -> float | None:
        """When the item's snapshot was taken, or None."""
        row = self._db.execute(
            "SELECT taken_at FROM snapshots WHERE server = ? AND rating_key = ?", (server, rating_key)
        ).fetchone()
        return None if row is None else float(row[0])

    def snapshot(self, server: str, rating_key: int) -> dict[str, Any] | None:
        """What the item was before its first write, or None when it was never written."""
        row = self._db.execute(
            "SELECT item FROM snapshots WHERE server = ? AND rating_key = ?", (server, rating_key)
        ).fetchone()
        if row is None:
            return None
        item: dict[str, Any] = read_json(row[0])
        return item


def shown_in(**ids: Iterable[int]) -> str:
    """The ids by kind, as ``Entry.shows`` keeps them: each between two blanks, so that 3 is not found in 33."""
    found = [f"{kind}:{one}" for kind in sorted(ids) for one in sorted(set(ids[kind]))]
    return f" {' '.join(found)} " if found else ""


def _entry(row: sqlite3.Row) -> Entry:
    values = {"record": Record.from_json(row["record"]), "outcomes": read_json(row["outcomes"])}
    return Entry(**{**dict(row), **values})
