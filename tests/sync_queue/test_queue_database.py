from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from sync_queue.database import (
    DatabaseTooNew,
    DatabaseUnusable,
    chunks,
    connect,
    migrate,
    rows_in,
    storable,
    transaction,
)
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.ledger import Ledger
from sync_queue.meta import get_meta, set_meta
from sync_queue.migrations import MIGRATIONS

ROOT = Path(__file__).parent.parent.parent
NOBODY = 65534


def pragma(db: sqlite3.Connection, name: str) -> object:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_file_gets_the_newest_schema_in_wal_mode_with_every_commit_on_disk(
    db: sqlite3.Connection,
) -> None:
    assert pragma(db, "user_version") == len(MIGRATIONS)
    assert pragma(db, "journal_mode") == "wal"
    assert pragma(db, "synchronous") == 2  # FULL
    assert pragma(db, "foreign_keys") == 1


def test_folder_and_files_are_private_whatever_the_umask(file: Path) -> None:
    before = os.umask(0)
    try:
        db = connect(file)
        set_meta(db, "key", 1)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    db.close()
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert modes == {"queue.sqlite": 0o600, "queue.sqlite-wal": 0o600, "queue.sqlite-shm": 0o600}


def test_a_file_name_without_a_folder_is_in_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    connect("queue.sqlite").close()
    assert (tmp_path / "queue.sqlite").exists()


def test_opening_a_current_file_does_not_wait_for_a_writer(db: sqlite3.Connection, file: Path) -> None:
    with transaction(db):
        connect(file, busy_timeout_s=0.0).close()


def test_migrating_again_changes_nothing(db: sqlite3.Connection) -> None:
    before = db.execute("SELECT sql FROM sqlite_schema").fetchall()
    migrate(db)
    assert db.execute("SELECT sql FROM sqlite_schema").fetchall() == before


def test_a_file_of_the_first_schema_keeps_what_it_holds(file: Path) -> None:
    file.parent.mkdir()
    old = sqlite3.connect(file)
    for statement in MIGRATIONS[0]:
        old.execute(statement)
    old.execute(
        "INSERT INTO dead_letters VALUES (1, 7, 't', 'PlexNotFound', 'no item', '', 1, 'A', '/a.mp4', 'h', 9.0, '{}', 'a.mp4')"
    )
    old.execute("INSERT INTO ledger VALUES ('s', 5, 7, 1, 'hash', '{\"base\":{\"title\":\"A\"}}', 'd', 9.0)")
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    db = connect(file)
    letter = DeadLetterQueue(db, lambda: 10.0).get(7)
    entry = Ledger(db).get("s", 5)
    db.close()
    assert letter is not None
    assert (letter.title, letter.cause) == ("A", "no item")
    assert entry is not None
    assert (entry.record.base, entry.synced_at, entry.outcomes) == ({"title": "A"}, 9.0, {})


def test_a_file_of_a_newer_plexsync_is_left_alone(db: sqlite3.Connection, file: Path) -> None:
    db.execute("PRAGMA user_version = 99")
    with pytest.raises(
        DatabaseTooNew, match=r"schema 99, this one knows \d+.*install the newer one"
    ) as caught:
        connect(file)
    assert (caught.value.path, caught.value.found, caught.value.known) == (str(file), 99, len(MIGRATIONS))
    assert pragma(db, "user_version") == 99


def test_a_file_that_is_no_database_is_named_with_the_way_out(tmp_path: Path) -> None:
    file = tmp_path / "queue.sqlite"
    file.write_bytes(b"what somebody else keeps here" * 100)
    with pytest.raises(DatabaseUnusable, match=r"queue.sqlite .*not a database.*the next task sets it aside"):
        connect(file)
    assert file.read_bytes().startswith(b"what somebody")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnusable, match=r"queue.sqlite cannot be used.*PLEXSYNC_DATA_DIR"):
        connect(tmp_path / "file" / "queue.sqlite")


def test_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="cannot be used"):
        connect(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such user")
@pytest.mark.parametrize("exists", [False, True])
def test_a_read_only_folder_is_refused_before_anything_is_queued(exists: bool) -> None:
    folder = Path(tempfile.mkdtemp())  # tmp_path lies below a folder that only its owner may enter
    try:
        if exists:
            connect(folder / "queue.sqlite").close()
            (folder / "queue.sqlite").chmod(0o444)
        folder.chmod(0o555)
        code = (
            "import os, sys; from sync_queue.database import connect, DatabaseUnusable\n"
            f"if os.geteuid() == 0: os.setuid({NOBODY})  # root may write anywhere\n"
            "try: connect(sys.argv[1])\n"
            "except DatabaseUnusable as error: os._exit(7)"
        )
        child = subprocess.run(
            [sys.executable, "-c", code, str(folder / "queue.sqlite")],
            cwd=ROOT,
            check=False,
            capture_output=True,
            env={key: value for key, value in os.environ.items() if not key.startswith("COV")},
            text=True,
        )
        assert child.returncode == 7, child.stderr
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_without_shared_memory_the_journal_is_a_file_and_that_is_tried_once(tmp_path: Path) -> None:
    file = tmp_path / "queue.sqlite"
    (tmp_path / "queue.sqlite-shm").mkdir()  # where SQLite wants its shared memory
    db, other = connect(file), connect(file)
    set_meta(db, "key", 1)
    assert get_meta(other, "key") == 1
    assert pragma(other, "journal_mode") == "delete"
    db.close()
    other.close()


def test_a_new_file_that_stays_locked_is_named(tmp_path: Path) -> None:
    file = tmp_path / "queue.sqlite"
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseUnusable, match="locked"):
        connect(file, busy_timeout_s=0.05)
    holder.close()


def test_a_reader_of_a_new_file_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "queue.sqlite"
    reader = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM sqlite_schema").fetchall()
    soon = threading.Timer(0.2, reader.close)
    soon.start()
    db = connect(file)
    assert pragma(db, "journal_mode") == "wal"
    soon.join()
    db.close()


def test_many_threads_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    gate = threading.Barrier(8)

    def begin(file: Path, number: int) -> str:
        gate.wait()
        db = connect(file)
        set_meta(db, f"key-{number}", number)
        mode = str(pragma(db, "journal_mode"))
        db.close()
        return mode

    with ThreadPoolExecutor(8) as pool:
        for file in (tmp_path / f"{number}.sqlite" for number in range(10)):
            assert list(pool.map(partial(begin, file), range(8))) == ["wal"] * 8
            db = connect(file)
            assert [get_meta(db, f"key-{number}") for number in range(8)] == list(range(8))
            db.close()


def test_lists_are_cut_so_that_sqlite_takes_them() -> None:
    assert list(chunks([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]
    assert rows_in([1, 2, 3]) == "?,?,?"


def test_text_that_utf8_cannot_hold_is_stored_all_the_same(db: sqlite3.Connection) -> None:
    assert storable("caf\udce9.mp4") == "caf?.mp4"
    assert storable("日本.mp4") == "日本.mp4"


def test_the_hook_s_half_loads_nothing_that_takes_time() -> None:
    code = "import sys, sync_queue.intake; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert "sqlite3" in loaded
    heavy = {"contextlib", "dataclasses", "json", "logging", "pathlib", "typing", "re", "inspect", "filelock"}
    assert heavy.isdisjoint(loaded)
