from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from sync_queue.adopt import adopt
from sync_queue.database import DatabaseUnusable, connect
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.intake import enqueue, enqueue_errand
from sync_queue.jobs import SyncQueue
from sync_queue.ledger import Entry, Ledger
from tests.support import Clock
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def spare_file(tmp_path: Path) -> Path:
    return tmp_path / "spare" / "queue.sqlite"


@pytest.fixture
def spare(spare_file: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(spare_file)
    yield connection
    connection.close()


def put(db: sqlite3.Connection, scene_id: int, now: float = NOON, **more: Any) -> None:
    enqueue(db, scene_id, **{"trigger": "Scene.Update.Post", "priority": 0, "now": now, **more})


def row(db: sqlite3.Connection, scene_id: int) -> dict[str, Any]:
    found = SyncQueue(db, clock=Clock(NOON)).describe(scene_id)
    assert found is not None
    return found


def test_what_was_noted_elsewhere_is_taken_over_once(
    db: sqlite3.Connection, queue: SyncQueue, spare: sqlite3.Connection, spare_file: Path
) -> None:
    put(spare, 1, priority=1, again_at=NOON + 60, deleted=True)
    put(spare, 2, force=True)
    assert adopt(db, spare_file) == 2
    two, one = queue.claim(5)
    assert (one.scene_id, one.priority, one.again_at, one.deleted) == (1, 1, NOON + 60, True)
    assert (two.scene_id, two.force) == (2, True)
    assert adopt(db, spare_file) == 0
    assert SyncQueue(spare, clock=Clock(NOON)).count().pending == 0


def test_it_is_one_edit_more_of_a_scene_that_is_queued_already(
    db: sqlite3.Connection, queue: SyncQueue, spare: sqlite3.Connection, spare_file: Path
) -> None:
    put(db, 1, NOON - 5, priority=2)
    put(db, 2)
    (first,) = queue.claim(1)
    assert first.scene_id == 2
    put(spare, 1, NOON - 9, priority=1, deleted=True)
    put(spare, 2, NOON + 1, deleted=True)
    assert adopt(db, spare_file) == 2
    assert not queue.done(2)
    assert (row(db, 1)["priority"], row(db, 1)["queued_at"], row(db, 1)["deleted"]) == (1, NOON - 9, 0)
    assert (row(db, 2)["state"], row(db, 2)["changed_at"], row(db, 2)["deleted"]) == ("pending", NOON + 1, 1)


def test_what_was_in_flight_there_is_pending_here_and_what_was_held_is_held(
    db: sqlite3.Connection, spare: sqlite3.Connection, spare_file: Path
) -> None:
    put(spare, 1)
    there = SyncQueue(spare, clock=Clock(NOON))
    there.claim(1)
    there.hold([2, 3])
    put(db, 3)
    adopt(db, spare_file)
    assert [row(db, scene_id)["state"] for scene_id in (1, 2, 3)] == ["pending", "held", "held"]


def test_dead_letters_come_along_unless_the_scene_is_queued(
    db: sqlite3.Connection, dead: DeadLetterQueue, spare: sqlite3.Connection, spare_file: Path
) -> None:
    there = SyncQueue(spare, clock=Clock(NOON))
    for scene_id in (1, 2):
        put(spare, scene_id)
        there.bury(there.claim(1)[0], "no", 1, path="/a/b.mp4")
    put(db, 2)
    assert adopt(db, spare_file) == 0
    assert [letter.scene_id for letter in dead.get_recent()] == [1]
    assert DeadLetterQueue(spare, Clock(NOON)).count() == 0


def test_a_scene_that_was_edited_elsewhere_is_no_dead_letter_any_more(
    db: sqlite3.Connection,
    queue: SyncQueue,
    dead: DeadLetterQueue,
    spare: sqlite3.Connection,
    spare_file: Path,
) -> None:
    put(db, 1)
    queue.bury(queue.claim(1)[0], "no", 1)
    put(spare, 1)
    adopt(db, spare_file)
    assert dead.count() == 0
    assert queue.count().pending == 1


def test_the_ledger_keeps_the_newer_entry_and_the_older_snapshot(
    db: sqlite3.Connection, spare: sqlite3.Connection, spare_file: Path
) -> None:
    here, there = Ledger(db), Ledger(spare)
    for key, at_here, at_there in ((1, None, 5.0), (2, 5.0, 9.0), (3, 9.0, 5.0)):
        for ledger, at, scene_id in ((here, at_here, 10), (there, at_there, 20)):
            if at is not None:
                ledger.put(Entry(server="s", rating_key=key, scene_id=scene_id, section_id=1, synced_at=at))
                ledger.snapshot_once("s", key, {"of": scene_id}, at)
    adopt(db, spare_file)
    assert [here.owner("s", key) for key in (1, 2, 3)] == [20, 20, 10]
    assert [here.snapshot("s", key) for key in (1, 2, 3)] == [{"of": 20}, {"of": 10}, {"of": 20}]


def test_a_kill_between_the_two_commits_leaves_a_job_in_both(
    db: sqlite3.Connection, queue: SyncQueue, spare: sqlite3.Connection, spare_file: Path
) -> None:
    put(spare, 1)
    spare.execute("CREATE TRIGGER killed BEFORE DELETE ON jobs BEGIN SELECT raise(ABORT, 'killed'); END")
    with pytest.raises(sqlite3.IntegrityError, match="killed"):
        adopt(db, spare_file)
    assert queue.count().pending == 1
    spare.execute("DROP TRIGGER killed")
    assert adopt(db, spare_file) == 1
    assert queue.count().pending == 1


def test_the_same_file_is_not_taken_over_by_itself(
    db: sqlite3.Connection, queue: SyncQueue, file: Path
) -> None:
    put(db, 1)
    assert adopt(db, file.parent / ".." / file.parent.name / file.name) == 0
    assert queue.count().pending == 1


def test_where_nothing_was_noted_nothing_is_made(db: sqlite3.Connection, spare_file: Path) -> None:
    assert adopt(db, spare_file) == 0
    assert not spare_file.exists()


def test_a_broken_file_stays_where_it_is_with_a_warning(
    db: sqlite3.Connection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"no database at all" * 100)
    with caplog.at_level(logging.WARNING, "plexsync.Queue"):
        assert adopt(db, broken) == 0
    assert "not taken over" in caplog.text
    assert broken.exists()


def test_a_file_that_is_locked_by_another_program_is_no_reason_to_lose_it(
    db: sqlite3.Connection, spare: sqlite3.Connection, spare_file: Path
) -> None:
    put(spare, 1)
    spare.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnusable, match="locked"):
        adopt(db, spare_file, busy_timeout_s=0.05)
    spare.execute("ROLLBACK")
    assert adopt(db, spare_file) == 1


def test_an_errand_is_taken_over_and_one_of_both_files_is_one(
    db: sqlite3.Connection, spare: sqlite3.Connection, spare_file: Path
) -> None:
    for into, change in ((spare, "gone"), (db, "photo")):
        enqueue_errand(into, "performer", 3, change=change, trigger="Performer.Update.Post", now=NOON)
    enqueue_errand(spare, "tag", 5, change="shown", trigger="Tag.Merge.Post", now=NOON)
    adopt(db, spare_file)
    found = db.execute("SELECT kind, id, change FROM errands ORDER BY kind").fetchall()
    assert [tuple(row) for row in found] == [("performer", 3, "gone"), ("tag", 5, "shown")]
    assert spare.execute("SELECT count(*) FROM errands").fetchone()[0] == 0
