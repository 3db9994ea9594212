from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from sync_queue.database import DatabaseTooNew, DatabaseUnusable, connect, transaction
from sync_queue.intake import enqueue
from sync_queue.meta import get_meta, set_meta
from sync_queue.reading import DatabaseTooOld, reading

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


def test_a_reader_sees_one_moment_and_cannot_write(db: sqlite3.Connection, file: Path) -> None:
    set_meta(db, "key", 1)
    with reading(file) as view:
        assert get_meta(view, "key") == 1
        set_meta(db, "key", 2)
        assert get_meta(view, "key") == 1
    with pytest.raises(DatabaseUnusable, match="readonly"), reading(file) as view:
        view.execute("DELETE FROM meta")
    with reading(file) as view:
        assert get_meta(view, "key") == 2


def test_a_writer_does_not_wait_for_readers(db: sqlite3.Connection, file: Path) -> None:
    """A hundred commits while somebody reads without a break, by a writer that would not wait for a moment."""
    db.execute("PRAGMA busy_timeout = 0")
    db.execute("PRAGMA synchronous = OFF")
    seen, done = [], threading.Event()

    def look() -> None:
        while not done.is_set():
            with reading(file) as view:
                seen.append(view.execute("SELECT count(*) FROM jobs").fetchone()[0])

    reader = threading.Thread(target=look)
    reader.start()
    for scene_id in range(100):
        with transaction(db):
            enqueue(db, scene_id, trigger="t", priority=0, now=0.0)
    done.set()
    reader.join()
    assert seen == sorted(seen)


def test_a_file_with_an_odd_name_and_no_log_beside_it_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "a folder? #1 %20" / "queue.sqlite"
    db = connect(file)
    set_meta(db, "key", "ü")
    db.close()
    with reading(file) as view:
        assert get_meta(view, "key") == "ü"


def test_other_schemas_are_told_apart_and_left_as_they_are(db: sqlite3.Connection, file: Path) -> None:
    db.execute("PRAGMA user_version = 1")
    with pytest.raises(DatabaseTooOld, match=r"older PlexSync \(schema 1, .*run any task"), reading(file):
        pass
    db.execute("PRAGMA user_version = 99")
    with pytest.raises(DatabaseTooNew), reading(file):
        pass
    assert db.execute("PRAGMA user_version").fetchone()[0] == 99


@pytest.mark.parametrize("content", [None, b"no database at all" * 100])
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "queue.sqlite"
    if content is not None:
        file.write_bytes(content)
    before = list(tmp_path.iterdir())
    with pytest.raises(DatabaseUnusable, match=r"queue\.sqlite cannot be used"), reading(file):
        pass
    assert list(tmp_path.iterdir()) == before
