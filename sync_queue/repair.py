"""A file that SQLite cannot read any more: set aside, never deleted, and a new one takes over what is still readable.

What cannot be read may have held changes that Stash told of once, so the new file asks for every scene to be looked at.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sync_queue.database import DatabaseCorrupt, DatabaseUnusable, connect, transaction
from sync_queue.meta import delete_meta, get_meta, set_meta

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

log = logging.getLogger("plexsync.Queue")

EVERYTHING_DUE, LEDGER_LOST = "everything_due", "ledger_lost"
FLEETING = frozenset({"runners", "said", "sqlite_sequence"})
"""What is true of one moment only: who is at work, and what was to be said."""
JSON_COLUMNS = frozenset({"record", "outcomes", "item", "job", "value", "old", "new", "facts", "counts"})
FILES = ("", "-wal", "-shm", "-journal")

TOLD = (("jobs", "queued scenes"), ("ledger", "items in step"), ("dead_letters", "failed scenes"))


@dataclass(slots=True)
class Rescued:
    """``aside`` is the old file's new name; ``rows`` how many were taken over of each table, ``damaged`` which were cut."""

    file: Path
    aside: Path
    rows: dict[str, int] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)

    def told(self) -> str:
        """What happened, for the owner."""
        found = ", ".join(f"{self.rows.get(table, 0)} {name}" for table, name in TOLD)
        return (
            f"{self.file} was damaged; it is kept as {self.aside.name}, and a new one has taken over what could be read "
            f"({found}). Changes that could not be read are found again: every scene is compared with Plex, which begins now."
        )


def set_aside(path: str | os.PathLike[str], now: float) -> Rescued | None:
    """Put the damaged file aside and make a new one; None when another process has done so already.

    The caller holds the drain lock. Afterwards ``everything_is_due``. Raises DatabaseError when there can be no new file.
    """
    file = Path(path)
    try:
        connect(file).close()
        if not is_marked(file):
            return None
    except DatabaseCorrupt:
        pass
    try:
        rescued = Rescued(file, _moved(file, now))
    except OSError as error:  # on Windows nobody may rename a file that another process has open
        reason = f"it is damaged, and as long as another program keeps it locked it cannot be set aside: {error.strerror}"
        raise DatabaseUnusable(str(file), reason) from error
    with closing(connect(file)) as db:
        _take_over(rescued, db)
        everything_is_wanted(db, now)
        if {"ledger", "all"} & set(rescued.damaged):
            set_meta(db, LEDGER_LOST, {"since": now})
    file.with_name(marker_of(file)).unlink(missing_ok=True)
    return rescued


def mark_damaged(path: str | os.PathLike[str]) -> None:
    """The file opens, and something in it cannot be read: the next process that holds the drain lock sets it aside."""
    file = Path(path)
    file.with_name(marker_of(file)).touch(mode=0o600)


def is_marked(path: str | os.PathLike[str]) -> bool:
    """Whether somebody has found the file damaged."""
    file = Path(path)
    return file.with_name(marker_of(file)).exists()


def marker_of(file: Path) -> str:
    """The name of the note beside the file that says it is damaged."""
    return f"{file.name}.damaged"


def ledger_was_lost(db: sqlite3.Connection) -> bool:
    """Whether items that PlexSync has written may be unknown to the ledger since the file was damaged."""
    return get_meta(db, LEDGER_LOST) is not None


def everything_is_due(db: sqlite3.Connection) -> bool:
    """Whether every scene is to be queued, because nobody knows which have changed."""
    return get_meta(db, EVERYTHING_DUE) is not None


def everything_is_wanted(db: sqlite3.Connection, now: float) -> None:
    """Have the next drain queue every scene."""
    set_meta(db, EVERYTHING_DUE, {"since": now})


def everything_is_queued(db: sqlite3.Connection) -> None:
    """They are."""
    delete_meta(db, EVERYTHING_DUE)


def _moved(file: Path, now: float) -> Path:
    aside = file.with_name(f"{file.name}.damaged-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}")
    for number in range(1, 100):
        if not aside.exists():
            break
        aside = aside.with_name(f"{aside.name.partition('+')[0]}+{number}")
    for suffix in FILES:
        part = file.with_name(file.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside


def _take_over(rescued: Rescued, db: sqlite3.Connection) -> None:
    tables = [str(row[0]) for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    db.execute("PRAGMA foreign_keys=OFF")  # a name that waits for a lost job is of no use, and does no harm
    try:
        with closing(sqlite3.connect(rescued.aside)) as source:
            source.text_factory = lambda raw: raw.decode("utf-8", "replace")
            for table in sorted(set(tables) - FLEETING):
                _copy(source, db, table, rescued)
    except sqlite3.DatabaseError as error:
        log.debug("nothing of %s can be read: %s", rescued.aside, error)
        rescued.damaged = ["all"]
    with transaction(db):
        db.execute("DELETE FROM wait_names WHERE scene_id NOT IN (SELECT scene_id FROM jobs)")
        db.execute("UPDATE jobs SET state = 'pending', claimed_generation = NULL WHERE state = 'in_flight'")
    db.execute("PRAGMA foreign_keys=ON")


def _copy(source: sqlite3.Connection, db: sqlite3.Connection, table: str, rescued: Rescued) -> None:
    wanted = {str(row[1]) for row in db.execute(f"PRAGMA table_info({table})")}
    rows = 0
    with transaction(db):
        for names, values in _readable(source, table, rescued):
            if not _is_sound(names, values):
                rescued.damaged.append(table)
                continue
            kept = [(name, value) for name, value in zip(names, values, strict=True) if name in wanted]
            columns, marks = ", ".join(name for name, _ in kept), ", ".join("?" for _ in kept)
            insert = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608 -- names of our own schema
            try:
                rows += db.execute(insert, [value for _, value in kept]).rowcount
            except sqlite3.IntegrityError:  # a row that damage has made impossible
                rescued.damaged.append(table)
    if rows:
        rescued.rows[table] = rows


def _readable(
    source: sqlite3.Connection, table: str, rescued: Rescued
) -> Iterator[tuple[list[str], tuple[object, ...]]]:
    """Every row that can be read: from the front up to the damage, and from the back down to it."""
    for order in ("ASC", "DESC"):
        try:
            key = next(str(row[1]) for row in source.execute(f"PRAGMA table_info({table})") if row[5])
            cursor = source.execute(f"SELECT * FROM {table} ORDER BY {key} {order}")  # noqa: S608 -- as above
            names = [column[0] for column in cursor.description]
            for values in cursor:
                yield names, values
        except StopIteration:
            return  # a table that the old file does not have
        except sqlite3.DatabaseError as error:
            log.debug("table %s of %s: %s", table, rescued.aside, error)
            rescued.damaged.append(table)
        else:
            return


def _is_sound(names: list[str], values: tuple[object, ...]) -> bool:
    """Whether what should be JSON is JSON: a page may be damaged in a way that SQLite does not see."""
    try:
        for name, value in zip(names, values, strict=True):
            if name in JSON_COLUMNS:
                json.loads(str(value))
    except ValueError:
        return False
    return True
