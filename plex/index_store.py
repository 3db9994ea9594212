"""The index on disk: one row for each file of each Plex item. Disposable: whatever is wrong with it, it is built anew."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plex.paths import base_name, folded, normal_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from plex.items import PlexItem

SCHEMA_VERSION = 1
SCHEMA = (
    """CREATE TABLE files (
        section_id INTEGER NOT NULL, rating_key INTEGER NOT NULL, path TEXT NOT NULL, folded TEXT NOT NULL, name TEXT NOT NULL,
        title TEXT NOT NULL, size INTEGER, duration_ms INTEGER, digest TEXT NOT NULL, updated_at INTEGER NOT NULL, seen INTEGER NOT NULL,
        PRIMARY KEY (rating_key, path)) WITHOUT ROWID""",
    "CREATE INDEX files_path ON files (path)",
    "CREATE INDEX files_folded ON files (folded)",
    "CREATE INDEX files_name ON files (name)",
    "CREATE INDEX files_section ON files (section_id, seen)",
    """CREATE TABLE sections (
        server TEXT NOT NULL, id INTEGER NOT NULL, uuid TEXT NOT NULL, total INTEGER NOT NULL, newest_added INTEGER NOT NULL,
        newest_updated INTEGER NOT NULL, refreshed_at REAL NOT NULL, PRIMARY KEY (server, id)) WITHOUT ROWID""",
)
COLUMNS = "rating_key, section_id, title, path, size, duration_ms, digest, updated_at"


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A file of a Plex item. ``path`` is as Plex gives it; ``digest`` stands for what the listing showed of the item."""

    rating_key: int
    section_id: int
    title: str
    path: str
    size: int | None
    duration_ms: int | None
    digest: str
    updated_at: int


@dataclass(frozen=True, slots=True)
class SectionState:
    """What the last look at a library found."""

    total: int
    newest_added: int
    newest_updated: int
    refreshed_at: float


class IndexStore:
    """The file. A file of another schema, or one that SQLite cannot read, is deleted and made anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._db = self._open()
        except sqlite3.DatabaseError:
            for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                leftover.unlink(missing_ok=True)
            self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            # It is disposable: a commit that a power cut takes back costs a request, not a change of Stash's.
            db.execute("PRAGMA synchronous=OFF")
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version not in {0, SCHEMA_VERSION}:
                raise sqlite3.DatabaseError(f"schema {version}")
            if version == 0:
                self._create(db)
        except BaseException:
            db.close()
            raise
        return db

    @staticmethod
    def _create(db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        if db.execute("PRAGMA user_version").fetchone()[0] == 0:
            for statement in SCHEMA:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        db.execute("COMMIT")

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or none."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put(self, items: Iterable[PlexItem], section_id: int, seen: int) -> None:
        """Write the files of some items; those that an item no longer has go."""
        rows, keys = [], []
        for item in items:
            digest = item.listing_digest()
            keys.append((item.rating_key,))
            for file in item.files:
                paths = (normal_path(file.path), folded(file.path), base_name(file.path).casefold())
                title = item.scalars.get("title", "")
                rows.append(
                    (
                        section_id,
                        item.rating_key,
                        *paths,
                        title,
                        file.size,
                        file.duration_ms,
                        digest,
                        item.updated_at,
                        seen,
                    )
                )
        self._db.executemany("DELETE FROM files WHERE rating_key = ?", keys)
        self._db.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def drop_unseen(self, section_id: int, seen: int) -> int:
        """After a full listing: what was not in it is gone from Plex; returns how many files."""
        return self._db.execute(
            "DELETE FROM files WHERE section_id = ? AND seen <> ?", (section_id, seen)
        ).rowcount

    def drop_other_sections(self, section_ids: Iterable[int]) -> None:
        """Libraries that are no longer wanted."""
        known = [int(row[0]) for row in self._db.execute("SELECT DISTINCT section_id FROM files")]
        for section_id in set(known) - set(section_ids):
            self._db.execute("DELETE FROM files WHERE section_id = ?", (section_id,))

    def clear(self) -> None:
        """Forget everything: another server."""
        self._db.execute("DELETE FROM files")
        self._db.execute("DELETE FROM sections")

    def forget(self, rating_key: int) -> None:
        """An item that is gone or is another one now."""
        self._db.execute("DELETE FROM files WHERE rating_key = ?", (rating_key,))

    def find(self, column: str, value: str) -> list[IndexRow]:
        """Rows by ``path``, ``folded`` or ``name``; ordered, so that equal evidence is found in equal order."""
        query = f"SELECT {COLUMNS} FROM files WHERE {column} = ? ORDER BY section_id, rating_key"  # noqa: S608 -- our own three column names
        return [IndexRow(*row) for row in self._db.execute(query, (value,))]

    def item(self, rating_key: int) -> IndexRow | None:
        """The first file of an item, or None."""
        row = self._db.execute(
            f"SELECT {COLUMNS} FROM files WHERE rating_key = ? ORDER BY path LIMIT 1", (rating_key,)
        ).fetchone()
        return None if row is None else IndexRow(*row)

    def count(self) -> int:
        """How many items there are."""
        return int(self._db.execute("SELECT count(DISTINCT rating_key) FROM files").fetchone()[0])

    def section(self, server: str, section_id: int, uuid: str) -> SectionState | None:
        """What the last look at this library of this server found, or None when it was never looked at."""
        query = "SELECT total, newest_added, newest_updated, refreshed_at FROM sections WHERE server = ? AND id = ? AND uuid = ?"
        row = self._db.execute(query, (server, section_id, uuid)).fetchone()
        return None if row is None else SectionState(*row)

    def put_section(self, server: str, section_id: int, uuid: str, state: SectionState) -> None:
        """Remember a look."""
        values = (
            server,
            section_id,
            uuid,
            state.total,
            state.newest_added,
            state.newest_updated,
            state.refreshed_at,
        )
        self._db.execute("INSERT OR REPLACE INTO sections VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def servers(self) -> set[str]:
        """The machineIdentifiers that the rows belong to."""
        return {str(row[0]) for row in self._db.execute("SELECT DISTINCT server FROM sections")}
