from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from sync_queue import runners
from sync_queue.database import connect
from sync_queue.intake import enqueue
from sync_queue.locks import DataLock, drain_lock, watcher_lock
from sync_queue.meta import delete_meta, get_meta, set_meta
from sync_queue.said import say, take_said
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from sync_queue.jobs import SyncQueue
    from tests.support import Clock


def put(db: sqlite3.Connection, scene_id: int, due_at: float = NOON) -> None:
    enqueue(db, scene_id, trigger="t", priority=0, now=NOON, due_at=due_at)


def test_a_drain_ends_when_nothing_is_due(db: sqlite3.Connection) -> None:
    runners.register_drain(db, "drain-1", 1, NOON)
    put(db, 1, due_at=NOON + 60)
    assert runners.end_if_idle(db, "drain-1", NOON)
    assert not runners.is_fresh(db, "drain", NOON)


def test_a_drain_that_finds_something_due_stays_registered(db: sqlite3.Connection) -> None:
    runners.register_drain(db, "drain-1", 1, NOON)
    put(db, 1)
    assert not runners.end_if_idle(db, "drain-1", NOON)
    assert runners.is_fresh(db, "drain", NOON)


def test_a_paused_drain_ends_whatever_is_due(db: sqlite3.Connection, queue: SyncQueue) -> None:
    runners.register_drain(db, "drain-1", 1, NOON)
    put(db, 1)
    queue.pause("a test")
    assert runners.end_if_idle(db, "drain-1", NOON)


def test_a_daily_look_that_is_due_keeps_the_drain(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 1)
    (job,) = queue.claim(1)
    queue.wait_for_plex(job, due_at=NOON + 100, names=["a"], error_type="PlexNotFound", message="")
    assert runners.end_if_idle(db, "drain-1", NOON)
    assert not runners.end_if_idle(db, "drain-1", NOON + 100)


def test_a_drain_cannot_end_or_beat_for_another(db: sqlite3.Connection) -> None:
    runners.register_drain(db, "drain-2", 1, NOON)
    runners.end(db, "drain-1")
    runners.beat(db, "drain-1", NOON + 100)
    assert runners.is_fresh(db, "drain", NOON)
    assert not runners.is_fresh(db, "drain", NOON + 100)


def test_a_drain_answers_the_ask(db: sqlite3.Connection) -> None:
    assert runners.ask(db, "task", 1, NOON)
    assert not runners.ask(db, "other", 2, NOON)
    runners.register_drain(db, "drain-1", 1, NOON)
    assert not runners.is_fresh(db, "ask", NOON)


def test_a_probe_is_heard_of_until_plex_is_back(db: sqlite3.Connection) -> None:
    runners.note_probe(db, "watcher", 1, NOON)
    assert runners.is_fresh(db, "probe", NOON + 10)
    runners.clear_probe(db)
    assert not runners.is_fresh(db, "probe", NOON)


def test_what_was_said_is_handed_on_once_the_oldest_first(db: sqlite3.Connection) -> None:
    assert take_said(db) == []
    for number in range(5):
        say(db, NOON + number, "i", "Watcher", f"line {number}")
    assert [line.message for line in take_said(db, limit=2)] == ["line 0", "line 1"]
    rest = take_said(db)
    assert next((line.at, line.level, line.component, line.message) for line in rest) == (
        NOON + 2,
        "i",
        "Watcher",
        "line 2",
    )
    assert len(rest) == 3
    assert take_said(db) == []


def test_the_same_complaint_is_kept_once_until_it_is_handed_on(db: sqlite3.Connection) -> None:
    for _ in range(3):
        say(db, NOON, "e", "Watcher", "plex_url is not set")
        say(db, NOON, "i", "Watcher", "Sync summary: 1/1")
    assert [line.message for line in take_said(db)] == ["plex_url is not set", *["Sync summary: 1/1"] * 3]
    say(db, NOON, "e", "Watcher", "plex_url is not set")
    assert len(take_said(db)) == 1


def test_only_the_newest_thousand_lines_are_kept(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA synchronous = OFF")
    for number in range(1100):
        say(db, NOON, "w", "Watcher", f"line {number} caf\udce9")
    kept = take_said(db, limit=5000)
    assert [kept[0].message, kept[-1].message] == ["line 100 caf?", "line 1099 caf?"]
    assert len(kept) == 1000


def test_facts_outlive_the_connection(db: sqlite3.Connection, file: Path) -> None:
    set_meta(db, "key", {"a": [1, 2.5, None, "caf\udce9"]})
    other = connect(file)
    assert get_meta(other, "key") == {"a": [1, 2.5, None, "caf\udce9"]}
    set_meta(other, "key", False)
    assert get_meta(db, "key") is False
    delete_meta(db, "key")
    assert get_meta(other, "key") is None
    other.close()


@pytest.mark.parametrize("lock_of", [drain_lock, watcher_lock])
def test_one_at_a_time_has_a_lock(tmp_path: Path, lock_of: type[DataLock]) -> None:
    first, second = lock_of(tmp_path), lock_of(tmp_path)
    second.release()  # not ours: nothing happens
    assert first.try_acquire()
    assert not second.try_acquire()
    first.release()
    with second:
        assert second.try_acquire()
    assert first.try_acquire()
    first.release()


def test_drain_and_watcher_do_not_lock_each_other_out(tmp_path: Path) -> None:
    with drain_lock(tmp_path) as drain, watcher_lock(tmp_path) as watcher:
        assert drain.try_acquire()
        assert watcher.try_acquire()


def test_another_thread_may_give_a_lock_back(tmp_path: Path) -> None:
    lock = drain_lock(tmp_path)
    taker = threading.Thread(target=lock.try_acquire)
    taker.start()
    taker.join()
    assert not drain_lock(tmp_path).try_acquire()
    lock.release()
    with drain_lock(tmp_path) as other:
        assert other.try_acquire()


def test_a_lock_that_cannot_be_made_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"drain\.lock|Not a directory|exists"):
        drain_lock(tmp_path / "file").try_acquire()
