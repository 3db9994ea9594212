"""Opening the one SQLite file, and transactions on it. Light: the hook comes through here while a person waits."""

import os
import sqlite3
import time

from sync_queue.migrations import MIGRATIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
BUSY_PAUSE_S = 0.02
LOOKS_FOR_MS = 8
"""SQLite's own pauses within this time: 1, 2 and 5 ms."""

# https://sqlite.org/rescode.html; the lower byte of an extended code is the primary one.
BUSY, LOCKED = 5, 6
BUSY_SNAPSHOT = 517
"""This connection reads, and another one has written since: waiting changes nothing, only an end of the reading."""
UNUSABLE = frozenset({3, BUSY, LOCKED, 8, 10, 11, 13, 14, 15, 26})
"""PERM, BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB: the file's fault, not a statement's."""

CORRUPT = frozenset({11, 26})


class DatabaseError(Exception):
    """The database cannot be used. The text names the file, the reason and the way out; what was committed is safe."""


class DatabaseTooNew(DatabaseError):
    """A newer PlexSync has written the file, and this one must not touch it."""

    def __init__(self, path: str, found: int, known: int) -> None:
        super().__init__(
            f"{path} was written by a newer PlexSync (schema {found}, this one knows {known}): install the newer one again. "
            "The file is left as it is."
        )
        self.path, self.found, self.known = path, found, known


class DatabaseUnusable(DatabaseError):
    """The folder or the file cannot be read or written."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} cannot be used ({reason}): {_way_out(reason)}")
        self.path, self.reason = path, reason


class DatabaseCorrupt(DatabaseUnusable):
    """The file is damaged, or something else altogether. ``sync_queue.repair`` sets it aside."""


def is_corrupt(error: BaseException) -> bool:
    """Whether the file's content is the trouble, whoever raised it: SQLite, or Python over a text that is none."""
    return isinstance(error, DatabaseCorrupt) or (
        isinstance(error, sqlite3.Error)
        and (_primary_code(error) in CORRUPT or "Could not decode to UTF-8" in str(error))
    )


def _unusable(name: str, error: Exception) -> DatabaseUnusable:
    kind = DatabaseCorrupt if is_corrupt(error) else DatabaseUnusable
    return kind(name, str(error))


def _way_out(reason: str) -> str:
    if "not a database" in reason or "malformed" in reason:
        return "the next task sets it aside and builds a new one."
    if "full" in reason:
        return "make room on the disk; what was committed is safe."
    if "I/O" in reason:
        return "its disk is full or failing: make room, and see the system's log; what was committed is safe."
    if "locked" in reason:
        return (
            "another program keeps it locked; try again, and if that does not help look for one that hangs."
        )
    return (
        "make its folder writable for the user that Stash runs as, or set PLEXSYNC_DATA_DIR to one that is."
    )


def connect(path: "str | os.PathLike[str]", *, busy_timeout_s: float = 30.0) -> sqlite3.Connection:
    """Open the file, making it and its folder (private to the user) when they are missing, with the newest schema.

    Any number of processes may open a new file at once. Opening one that has the newest schema writes nothing.
    Transactions are explicit (``transaction``); the connection may change threads, but serves one at a time.
    Raises DatabaseTooNew, and DatabaseUnusable also where the file can only be read.
    """
    name = os.fspath(path)
    try:
        _make_private(name)
        db = sqlite3.connect(name, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(name, error) from error
    try:
        db.row_factory = sqlite3.Row
        _prepare(db, name, busy_timeout_s)
    except sqlite3.Error as error:
        db.close()
        raise _unusable(name, error) from error
    except DatabaseError:
        db.close()
        raise
    return db


def connect_again(db: sqlite3.Connection) -> sqlite3.Connection:
    """Another connection to the same file, for another thread: transactions of the two wait for one another."""
    return connect(path_of(db))


def path_of(db: sqlite3.Connection) -> str:
    """Where the file lies."""
    return str(db.execute("PRAGMA database_list").fetchone()[2])


def _make_private(name: str) -> None:
    folder = os.path.dirname(name) or "."  # noqa: PTH120 -- pathlib costs the hook 5 ms
    if not os.path.exists(name):  # noqa: PTH110 -- as above
        os.makedirs(folder, mode=PRIVATE_FOLDER, exist_ok=True)  # noqa: PTH103 -- as above
        # SQLite gives the -wal and -shm files the mode of the database itself.
        os.close(os.open(name, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))
    # SQLite would open such a file and fail at the first write only, when it is too late for another folder.
    if not (os.access(name, os.W_OK) and os.access(folder, os.W_OK)):
        raise PermissionError("it or its folder is read-only")


def _prepare(db: sqlite3.Connection, name: str, busy_timeout_s: float) -> None:
    """Settings of the connection, and for a new file the journal mode and the schema."""
    deadline = time.monotonic() + busy_timeout_s
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA foreign_keys=ON")
    while True:
        try:
            if _version(db) == 0:
                _choose_journal(name, busy_timeout_s)
            migrate(db, name)
        except sqlite3.OperationalError as error:
            # Switching to WAL needs the file alone, and SQLite does not wait for that however long its timeout is.
            if _primary_code(error) not in {BUSY, LOCKED} or time.monotonic() > deadline:
                raise
            time.sleep(BUSY_PAUSE_S)
        else:
            return


def _choose_journal(name: str, busy_timeout_s: float) -> None:
    """WAL, so that hooks and the worker do not wait for one another; on a share without shared memory, DELETE.

    The file remembers the mode, so this is tried once in its life.
    """
    try:
        # Only a transaction tells whether the shared memory can be had.
        _run(name, busy_timeout_s, "PRAGMA journal_mode=WAL", "BEGIN IMMEDIATE", "ROLLBACK")
    except sqlite3.OperationalError as error:
        if _primary_code(error) in {BUSY, LOCKED}:
            raise
        # EXCLUSIVE is the one way into a WAL file without shared memory.
        _run(name, busy_timeout_s, "PRAGMA locking_mode=EXCLUSIVE", "PRAGMA journal_mode=DELETE")


def _run(name: str, busy_timeout_s: float, *statements: str) -> None:
    """On a connection of its own: one that has failed to use WAL cannot leave it."""
    db = sqlite3.connect(name, timeout=busy_timeout_s, isolation_level=None)
    try:
        for statement in statements:
            db.execute(statement)
    finally:
        db.close()


class transaction:  # noqa: N801 -- it reads as a function, and a class is lighter than contextlib
    """All of it or none. IMMEDIATE: a lock is waited for at the start, not met half-way.

    Inside another transaction it is a part of that one: what it did is undone when it fails, and true on disk when the
    outermost has committed. Raises DatabaseUnusable when the file is the trouble (full disk, read-only, locked, broken).
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._nested = False

    def __enter__(self) -> sqlite3.Connection:
        self._nested = self._db.in_transaction
        try:
            if self._nested:
                self._db.execute("SAVEPOINT part")
            else:
                _begin(self._db)
        except sqlite3.Error as error:
            _raise_translated(self._db, error)
        return self._db

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._undo()
            if isinstance(error, sqlite3.Error) and not self._nested:
                _raise_translated(self._db, error)
            return
        try:
            self._db.execute("RELEASE part" if self._nested else "COMMIT")
        except sqlite3.Error as late:
            self._undo()
            _raise_translated(self._db, late)
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        if not self._db.in_transaction:  # after a full disk or a broken file SQLite has rolled back by itself
            return
        if self._nested:
            self._db.execute("ROLLBACK TO part")
            self._db.execute("RELEASE part")
        else:
            self._db.execute("ROLLBACK")


def _begin(db: sqlite3.Connection) -> None:
    """BEGIN IMMEDIATE, waited for as long as the connection's busy timeout says.

    SQLite looks again ever less often, and at last ten times a second: in a crowd of hooks whoever has waited longest
    waits on while newcomers go first. Here everybody looks every few milliseconds for as long as it takes.
    """
    patience_ms = int(db.execute("PRAGMA busy_timeout").fetchone()[0])
    deadline = time.monotonic() + patience_ms / 1000
    db.execute(f"PRAGMA busy_timeout={min(LOOKS_FOR_MS, patience_ms)}")
    try:
        while True:
            try:
                db.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                hopeless = getattr(error, "sqlite_errorcode", 0) == BUSY_SNAPSHOT
                if _primary_code(error) != BUSY or hopeless or time.monotonic() > deadline:
                    raise
            else:
                return
    finally:
        db.execute(f"PRAGMA busy_timeout={patience_ms}")


def _primary_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _raise_translated(db: sqlite3.Connection, error: sqlite3.Error) -> "NoReturn":
    if _primary_code(error) in UNUSABLE:
        raise _unusable(path_of(db), error) from error
    raise error


def migrate(db: sqlite3.Connection, name: str = "the database") -> None:
    """Bring the schema to the newest version, each step and its record in one transaction. Raises DatabaseTooNew."""
    newest = len(MIGRATIONS)
    version = _version(db)
    if version == newest:
        return
    if version > newest:
        raise DatabaseTooNew(name, version, newest)
    db.create_function("folded", 1, _folded)
    for number in range(version + 1, newest + 1):
        with transaction(db):
            if _version(db) >= number:  # another process was here first
                continue
            for statement in MIGRATIONS[number - 1]:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number}")


def _folded(name: str) -> str:
    """For a step that folds what an older schema held."""
    from sync_queue.folding import folded  # noqa: PLC0415 -- only such an upgrade needs it, and a person waits for a hook

    return folded(name)


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def storable(text: str) -> str:
    """The text as UTF-8 can hold it: a file name of undecodable bytes comes with lone surrogates, which SQLite refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")


def rows_in(chunk: "list[int] | list[str]") -> str:
    """As many question marks as there are values, for an ``IN (…)``."""
    return ",".join("?" * len(chunk))


def chunks(values: "list[int]", size: int) -> "Iterator[list[int]]":
    """The values in lists of at most ``size``: SQLite allows 999 parameters at least."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
