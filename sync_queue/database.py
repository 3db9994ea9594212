"""Opening the one SQLite file, and transactions on it. Light: the hook comes through here while a person waits."""

import os
import sqlite3
import time

from sync_queue.migrations import MIGRATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
BUSY_PAUSE_S = 0.02


class DatabaseError(Exception):
    """The database cannot be used. The text names the file, the reason and the way out; nothing in it was changed."""


class DatabaseTooNew(DatabaseError):
    """A newer PlexSync has written the file, and this one must not touch it."""

    def __init__(self, path: str, found: int, known: int) -> None:
        super().__init__(
            f"{path} was written by a newer PlexSync (schema {found}, this one knows {known}): install the newer one again, "
            "or move the file away and run 'Sync All Scenes'."
        )


class DatabaseUnusable(DatabaseError):
    """The folder or the file cannot be read or written."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} cannot be used ({reason}): {_way_out(reason)}")


def _way_out(reason: str) -> str:
    if "not a database" in reason or "malformed" in reason:
        return "move it away and run 'Sync All Scenes', which builds a new one."
    if "full" in reason:
        return "make room on the disk; what was committed is safe."
    return (
        "make its folder writable for the user that Stash runs as, or set PLEXSYNC_DATA_DIR to one that is."
    )


def connect(path: "str | os.PathLike[str]", *, busy_timeout_s: float = 30.0) -> sqlite3.Connection:
    """Open the file, making it and its folder (private to the user) when they are missing, with the newest schema.

    Transactions are explicit (``transaction``). Many processes may open a new file at once. Raises DatabaseTooNew and
    DatabaseUnusable.
    """
    name = os.fspath(path)
    deadline = time.monotonic() + busy_timeout_s
    try:
        if not os.path.exists(name):  # noqa: PTH110 -- pathlib costs the hook 5 ms
            _create(name)
        db = sqlite3.connect(name, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseUnusable(name, str(error)) from error
    try:
        db.row_factory = sqlite3.Row
        _prepare(db, deadline)
        migrate(db, name)
    except sqlite3.Error as error:
        db.close()
        raise DatabaseUnusable(name, str(error)) from error
    except DatabaseError:
        db.close()
        raise
    return db


def _create(name: str) -> None:
    folder = os.path.dirname(name)  # noqa: PTH120 -- as above
    if folder:
        os.makedirs(folder, mode=PRIVATE_FOLDER, exist_ok=True)  # noqa: PTH103 -- as above
    # SQLite gives the -wal and -shm files the mode of the database itself.
    os.close(os.open(name, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))


def _prepare(db: sqlite3.Connection, deadline: float) -> None:
    """WAL, so that hooks and the worker do not wait for one another; on a share that has no WAL, what there is.

    Switching a new file to WAL needs it alone, and SQLite does not wait for that however long its timeout is.
    """
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA foreign_keys=ON")
    while db.execute("PRAGMA journal_mode").fetchone()[0] == "delete":
        try:
            db.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(BUSY_PAUSE_S)
        else:
            return


class transaction:  # noqa: N801 -- it reads as a function, and a class is lighter than contextlib
    """All of it or none. IMMEDIATE: a lock is waited for at the start, not met half-way.

    Inside another transaction it is part of that one, which then decides.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._nested = False

    def __enter__(self) -> sqlite3.Connection:
        self._nested = self._db.in_transaction
        if not self._nested:
            self._db.execute("BEGIN IMMEDIATE")
        return self._db

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._nested:
            return
        if kind is None:
            try:
                self._db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
        else:
            self._roll_back()

    def _roll_back(self) -> None:
        # A full disk or an interrupted statement may have rolled back already.
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")


def migrate(db: sqlite3.Connection, name: str = "the database") -> None:
    """Bring the schema to the newest version, each step and its record in one transaction."""
    newest = len(MIGRATIONS)
    version = _version(db)
    if version == newest:
        return
    if version > newest:
        raise DatabaseTooNew(name, version, newest)
    for number in range(version + 1, newest + 1):
        with transaction(db):
            if _version(db) >= number:  # another process was here first
                continue
            for statement in MIGRATIONS[number - 1]:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number}")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def rows_in(chunk: "list[int] | list[str]") -> str:
    """As many question marks as there are values, for an ``IN (…)``."""
    return ",".join("?" * len(chunk))


def chunks(values: "list[int]", size: int) -> "Iterator[list[int]]":
    """The values in lists of at most ``size``: SQLite allows 999 parameters at least."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
