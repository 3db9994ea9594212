"""A transaction is there as a whole or not at all, and waits its turn."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from sync_queue.database import LOOKS_FOR_MS, DatabaseUnusable, connect, transaction
from sync_queue.meta import get_meta, set_meta
from tests.support import wait_for

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_that_stays_locked_is_named_with_the_way_out(file: Path, db: sqlite3.Connection) -> None:
    impatient = connect(file, busy_timeout_s=0.05)
    with (
        transaction(db),
        pytest.raises(DatabaseUnusable, match=r"locked.*look for one that hangs"),
        transaction(impatient),
    ):
        pass
    impatient.close()


def test_a_full_disk_undoes_the_whole_transaction_and_says_so(db: sqlite3.Connection) -> None:
    set_meta(db, "before", 1)
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    db.execute(f"PRAGMA max_page_count = {pages}")  # no page more fits on this disk

    def fill() -> None:
        with transaction(db):
            set_meta(db, "first", 1)
            set_meta(db, "second", "x" * 100_000)

    with pytest.raises(DatabaseUnusable, match=r"full.*make room"):
        fill()
    assert not db.in_transaction
    assert (get_meta(db, "before"), get_meta(db, "first")) == (1, None)


def test_what_raises_in_a_transaction_is_undone_whatever_it_is(db: sqlite3.Connection) -> None:
    def interrupted() -> None:
        with transaction(db):
            set_meta(db, "key", 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert get_meta(db, "key") is None
    assert not db.in_transaction


def test_a_wrong_statement_is_no_trouble_of_the_file(db: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="syntax"), transaction(db):
        db.execute("SELEKT")
    assert not db.in_transaction


def test_a_transaction_inside_another_is_undone_alone(db: sqlite3.Connection) -> None:
    def part() -> None:
        with transaction(db):
            set_meta(db, "inner", 1)
            with transaction(db):
                set_meta(db, "innermost", 1)
            raise ValueError("no")

    with transaction(db):
        set_meta(db, "outer", 1)
        with pytest.raises(ValueError, match="no"):
            part()
        set_meta(db, "after", 1)
    assert [get_meta(db, key) for key in ("outer", "inner", "innermost", "after")] == [1, None, None, 1]


def test_a_transaction_inside_another_is_true_on_disk_only_with_it(
    db: sqlite3.Connection, file: Path
) -> None:
    other = connect(file)
    with transaction(db):
        with transaction(db):
            set_meta(db, "key", 1)
        assert get_meta(other, "key") is None
    assert get_meta(other, "key") == 1
    other.close()


def test_a_commit_that_fails_is_undone(db: sqlite3.Connection) -> None:
    def orphan() -> None:
        with transaction(db):
            db.execute("PRAGMA defer_foreign_keys = ON")  # so that COMMIT is the statement that fails
            db.execute("INSERT INTO wait_names (name, scene_id) VALUES ('a.mp4', 1)")

    with pytest.raises(sqlite3.IntegrityError):
        orphan()
    assert not db.in_transaction
    assert db.execute("SELECT count(*) FROM wait_names").fetchone()[0] == 0


def test_a_commit_that_is_interrupted_is_undone(db: sqlite3.Connection) -> None:
    class Stop(BaseException):
        """What a signal handler may raise at any line."""

    class Interrupted(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            if sql == "COMMIT":
                raise Stop
            return super().execute(sql, *values)

    file = db.execute("PRAGMA database_list").fetchone()["file"]
    other = sqlite3.connect(file, isolation_level=None, factory=Interrupted)
    with pytest.raises(Stop), transaction(other):
        set_meta(other, "key", 1)
    assert not other.in_transaction
    other.close()
    assert get_meta(db, "key") is None


def test_who_waits_for_the_lock_looks_for_it_every_few_milliseconds_however_long_it_waits(file: Path) -> None:
    """SQLite itself looks ever less often, and inside of the one statement that it was given."""
    holder, waiter = connect(file), connect(file, busy_timeout_s=300.0)
    looks: list[str] = []
    waiter.set_trace_callback(looks.append)
    with ThreadPoolExecutor(1) as pool:
        with transaction(holder):
            got_it = pool.submit(_take_and_give_back, waiter)
            time.sleep(0.5)  # by now SQLite would look ten times a second only
            before = looks.count("BEGIN IMMEDIATE")
            wait_for(lambda: looks.count("BEGIN IMMEDIATE") >= before + 5, "nobody looks whether it is free")
        got_it.result()
    assert LOOKS_FOR_MS <= 20
    holder.close()
    waiter.close()


def _take_and_give_back(db: sqlite3.Connection) -> None:
    with transaction(db):
        pass


def test_the_patience_of_a_connection_is_what_it_was_after_waiting(file: Path) -> None:
    holder, waiter = connect(file), connect(file, busy_timeout_s=0.2)
    with transaction(holder):
        start = time.monotonic()
        with pytest.raises(DatabaseUnusable, match="locked"), transaction(waiter):
            pass
        assert 0.15 < time.monotonic() - start < 20.0
    assert waiter.execute("PRAGMA busy_timeout").fetchone()[0] == 200
    holder.close()
    waiter.close()
