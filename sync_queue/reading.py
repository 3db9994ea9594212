"""Opening the database only to look at it: nothing is made, migrated or written, and no writer ever waits."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sync_queue.database import DatabaseError, DatabaseTooNew, DatabaseUnusable
from sync_queue.migrations import MIGRATIONS

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

PATIENCE_S = 0.5
"""Only where the file has no write-ahead log (some network shares) can a writer be in the way at all."""


class DatabaseTooOld(DatabaseError):
    """The file is of an older PlexSync, and this connection must not bring it up to date."""


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, in a transaction that sees one moment. Whoever may read the file may do this.

    Raises DatabaseTooOld, DatabaseTooNew, and DatabaseUnusable for everything else, inside the block too.
    """
    file = Path(path)
    try:
        db = sqlite3.connect(
            f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE_S, isolation_level=None
        )
    except sqlite3.Error as error:
        raise DatabaseUnusable(str(file), str(error)) from error
    try:
        db.row_factory = sqlite3.Row
        db.execute("BEGIN")
        _check_version(str(file), db.execute("PRAGMA user_version").fetchone()[0])
        yield db
    except sqlite3.Error as error:
        raise DatabaseUnusable(str(file), str(error)) from error
    finally:
        db.close()


def _check_version(name: str, version: int) -> None:
    newest = len(MIGRATIONS)
    if version > newest:
        raise DatabaseTooNew(name, version, newest)
    if version < newest:
        raise DatabaseTooOld(
            f"{name} was written by an older PlexSync (schema {version}, this one reads {newest}): run any task, which brings it up to date."
        )
