"""The index's file: opened, and made anew whenever anything is wrong with it. Nothing in it is worth a repair.

A file of another schema, a cut or foreign one, one that vanished or may not be written: all end in an empty index, in
memory when the folder will not have a file. The next look then lists Plex's libraries, a thousand items in a request.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger("plexsync.Plex")

SCHEMA_VERSION = 3
SCHEMA = (
    """CREATE TABLE libraries (
        id INTEGER PRIMARY KEY, server TEXT NOT NULL, uuid TEXT NOT NULL, total INTEGER NOT NULL DEFAULT 0,
        newest_updated INTEGER NOT NULL DEFAULT 0, refreshed_at REAL NOT NULL DEFAULT 0,
        listing INTEGER NOT NULL DEFAULT 0, built INTEGER NOT NULL DEFAULT 0, UNIQUE (server, uuid))""",
    """CREATE TABLE items (
        library INTEGER NOT NULL, rating_key INTEGER NOT NULL, title TEXT NOT NULL, digest TEXT NOT NULL,
        updated_at INTEGER NOT NULL, listing INTEGER NOT NULL, PRIMARY KEY (library, rating_key)) WITHOUT ROWID""",
    """CREATE TABLE files (
        library INTEGER NOT NULL, rating_key INTEGER NOT NULL, path TEXT NOT NULL, folded TEXT NOT NULL,
        name TEXT NOT NULL, size INTEGER, duration_ms INTEGER,
        PRIMARY KEY (library, rating_key, path)) WITHOUT ROWID""",
    # Names of files that came into the index and of which nobody was told yet: a look that fails half-way, or a process
    # that is killed after it, must not leave a waiting scene waiting.
    "CREATE TABLE news (name TEXT PRIMARY KEY) WITHOUT ROWID",
)
LOOKUPS = {"files_folded": "folded", "files_name": "name", "files_size": "size"}
"""The indexes over ``files``: name → column."""
BUSY_S = 30.0
CACHE_KIB = 16_000
"""A hundred thousand items take 37 MB; with SQLite's own 2 MB, building their index reads and writes each page many times."""
IN_USE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""Another process was at it for longer than ``BUSY_S``: the file is all right and stays."""
PRIMARY_CODE = 0xFF


class IndexLost(Exception):
    """The file was unusable and there is an empty one now: ids that were read before mean nothing any more."""


class IndexDatabase:
    """One connection, for several threads one after another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._db = self._open_somehow()

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for a statement. Raises IndexLost when the file turns out to be unusable."""
        with self._lock:
            try:
                yield self._db
            except sqlite3.DatabaseError as error:
                self._lose(error)
                raise IndexLost from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The same inside one transaction: all of it or none."""
        with self.reading() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a lost file cannot be rolled back; the first error tells more
                    db.execute("ROLLBACK")
                raise

    def version_on_disk(self) -> int:
        """Moves when another connection has written."""
        with self.reading() as db:
            return int(db.execute("PRAGMA data_version").fetchone()[0])

    def _lose(self, error: sqlite3.DatabaseError) -> None:
        self._db.close()
        self._db = self._replacement(error)

    def _open_somehow(self) -> sqlite3.Connection:
        try:
            return self._open(self._path)
        except (sqlite3.DatabaseError, OSError) as error:
            return self._replacement(error)

    def _replacement(self, trouble: Exception) -> sqlite3.Connection:
        """An empty index in place of the one that gave trouble."""
        try:
            if getattr(trouble, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & PRIMARY_CODE in IN_USE:
                raise trouble
            for suffix in ("", "-wal", "-shm", "-journal"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            fresh = self._open(self._path)
        except (sqlite3.DatabaseError, OSError) as error:
            log.warning(
                "The Plex index is kept in memory by this process: %s cannot be used (%s)", self._path, error
            )
            return _prepared(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))
        log.info("The Plex index could not be used (%s) and is built anew", trouble)
        return fresh

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # paths of files are nobody else's business
        return _prepared(sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False))


def _prepared(db: sqlite3.Connection) -> sqlite3.Connection:
    """Bring a connection to the schema; it is closed again when that fails."""
    try:
        with suppress(sqlite3.OperationalError):  # some network shares cannot; slower is all that it then is
            db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        if _version(db) == 0:
            _create(db)
        if _version(db) != SCHEMA_VERSION:
            _refuse(f"its schema is {_version(db)}, not {SCHEMA_VERSION}")
        add_lookups(db)  # a process that was killed while it listed may have left the file without
        # One read of each table: a file of the right version may still be cut short.
        for table in ("libraries", "items", "files", "news"):
            db.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # noqa: S608 -- our own four names
    except BaseException:
        db.close()
        raise
    return db


def add_lookups(db: sqlite3.Connection) -> None:
    """Index ``files``, if it is not."""
    for name, column in LOOKUPS.items():
        db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON files ({column})")


def drop_lookups(db: sqlite3.Connection) -> None:
    """For a first listing, whose rows come in another order than the indexes have: made afterwards they cost a tenth."""
    for name in LOOKUPS:
        db.execute(f"DROP INDEX IF EXISTS {name}")


def _refuse(reason: str) -> None:
    raise sqlite3.DatabaseError(reason)


def _create(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    if _version(db) == 0:  # another process may have been faster
        for statement in SCHEMA:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    db.execute("COMMIT")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])
