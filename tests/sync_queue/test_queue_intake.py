from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sync_queue.database import transaction
from sync_queue.intake import enqueue, enqueue_many, release_ask
from sync_queue.runners import beat, end, is_fresh, note_probe, register_drain
from tests.sync_queue.queue_steps import NOON, row

if TYPE_CHECKING:
    import sqlite3

    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import SyncQueue
    from tests.support import Clock


def put(db: sqlite3.Connection, scene_id: int, now: float = NOON, **more: Any) -> bool:
    return enqueue(db, scene_id, **{"trigger": "Scene.Update.Post", "priority": 0, "now": now, **more})


def test_an_edit_becomes_one_row_that_is_due_at_once(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 7)
    described = row(queue, 7)
    assert (described["state"], described["due_at"], described["generation"]) == ("pending", NOON, 1)
    assert queue.describe(8) is None


def test_ten_edits_are_one_row_which_knows_the_first_and_the_latest(
    db: sqlite3.Connection, queue: SyncQueue
) -> None:
    for second in range(10):
        put(db, 7, NOON + second)
    assert queue.count().pending == 1
    assert (row(queue, 7)["queued_at"], row(queue, 7)["changed_at"]) == (NOON, NOON + 9)


def test_an_edit_makes_a_row_that_was_put_off_due_and_gives_it_fresh_tries(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 7)
    (job,) = queue.claim(1)
    queue.retry(job, due_at=NOON + 300, error_type="TransientError", message="500")
    assert queue.claim(1) == []
    put(db, 7, NOON + 1)
    clock.now += 1
    (job,) = queue.claim(1)
    assert job.attempts == 0


def test_the_most_urgent_priority_stays(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 7, priority=2)
    put(db, 7, priority=0)
    enqueue_many(db, [7], trigger="sync_all", priority=2, now=NOON)
    assert row(queue, 7)["priority"] == 0


def test_a_destroyed_scene_is_marked_until_it_is_seen_again(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 7, deleted=True)
    assert queue.claim(1)[0].deleted
    put(db, 7)
    queue.take_over()
    assert not queue.claim(1)[0].deleted


def test_the_latest_second_look_is_kept(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 7, again_at=NOON + 60)
    put(db, 7)
    assert row(queue, 7)["again_at"] == NOON + 60
    put(db, 7, again_at=NOON + 30)
    assert row(queue, 7)["again_at"] == NOON + 60
    put(db, 7, again_at=NOON + 90)
    assert row(queue, 7)["again_at"] == NOON + 90


def test_a_forced_run_stays_forced_when_the_scene_is_edited(db: sqlite3.Connection, queue: SyncQueue) -> None:
    enqueue_many(db, [7], trigger="sync_all", priority=2, now=NOON, force=True)
    put(db, 7)
    assert queue.claim(1)[0].force


def test_an_edit_closes_the_dead_letter(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    put(db, 7)
    queue.bury(queue.claim(1)[0], "no", 1)
    assert dead.count() == 1
    put(db, 7)
    assert dead.count() == 0
    assert queue.claim(1)[0].attempts == 0


def test_a_run_over_many_scenes_is_queued_in_few_transactions(
    db: sqlite3.Connection, queue: SyncQueue
) -> None:
    commits: list[str] = []
    db.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    assert enqueue_many(db, iter(range(1, 2501)), trigger="sync_all", priority=2, now=NOON) == 2500
    db.set_trace_callback(None)
    assert len(commits) == 3
    assert queue.count().pending == 2500


def test_a_run_asks_a_waiting_scene_again_and_leaves_a_held_one(
    db: sqlite3.Connection, queue: SyncQueue
) -> None:
    enqueue_many(db, [1, 2], trigger="sync_all", priority=2, now=NOON)
    for job in queue.claim(1):
        queue.wait_for_plex(job, due_at=NOON + 86_400, names=["a.mp4"], error_type="PlexNotFound", message="")
    queue.hold([2])
    enqueue_many(db, [1, 2], trigger="sync_all", priority=2, now=NOON)
    assert [row(queue, scene)["state"] for scene in (1, 2)] == ["pending", "held"]


def test_the_first_hook_of_many_is_told_to_see_to_a_drain(db: sqlite3.Connection) -> None:
    assert [put(db, scene, asker=f"hook-{scene}") for scene in (1, 2, 3)] == [True, False, False]


def test_without_an_asker_nobody_is_told(db: sqlite3.Connection) -> None:
    assert not put(db, 1)
    assert not is_fresh(db, "ask", NOON)


@pytest.mark.parametrize(
    ("later_s", "told"),
    [(0.0, False), (10.0, False), (10.1, True), (-5.0, False), (-5.1, True), (-9e6, True)],
)
def test_an_ask_is_void_after_ten_seconds_and_when_it_is_of_the_future(
    db: sqlite3.Connection, later_s: float, told: bool
) -> None:
    put(db, 1, asker="first")
    assert put(db, 2, NOON + later_s, asker="second") is told


@pytest.mark.parametrize("kind", ["drain", "probe"])
def test_nobody_is_told_while_a_drain_or_a_probe_is_at_work(db: sqlite3.Connection, kind: str) -> None:
    (register_drain if kind == "drain" else note_probe)(db, "worker", 1, NOON)
    assert not put(db, 1, NOON + 9, asker="hook")
    assert put(db, 1, NOON + 11, asker="hook")


@pytest.mark.skipif(os.name != "posix", reason="Windows waits the ten seconds")
@pytest.mark.parametrize("kind", ["drain", "probe"])
def test_a_drain_or_a_probe_that_was_killed_is_void_at_once(db: sqlite3.Connection, kind: str) -> None:
    killed = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    (register_drain if kind == "drain" else note_probe)(db, "worker", killed.pid, NOON)
    assert is_fresh(db, kind, NOON + 1)
    assert not put(db, 1, NOON + 1, asker="hook")
    killed.kill()
    killed.communicate()
    assert not is_fresh(db, kind, NOON + 1)
    assert put(db, 2, NOON + 1, asker="hook")


def test_an_ask_outlives_the_process_of_its_hook(db: sqlite3.Connection) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    put(db, 1, asker="hook", pid=ended.pid)
    assert not put(db, 2, NOON + 9, asker="another", pid=ended.pid)


def test_a_drain_that_beats_is_at_work(db: sqlite3.Connection) -> None:
    register_drain(db, "worker", 1, NOON)
    beat(db, "worker", NOON + 9)
    assert not put(db, 1, NOON + 18, asker="hook")
    end(db, "worker")
    assert put(db, 1, NOON + 18, asker="hook")


def test_an_ask_can_be_taken_back_by_its_owner_only(db: sqlite3.Connection) -> None:
    put(db, 1, asker="hook")
    release_ask(db, "somebody else")
    assert is_fresh(db, "ask", NOON)
    release_ask(db, "hook")
    assert not is_fresh(db, "ask", NOON)


def test_a_row_and_its_ask_are_written_together_or_not_at_all(
    db: sqlite3.Connection, queue: SyncQueue
) -> None:
    def interrupted() -> None:
        with transaction(db):
            put(db, 1, asker="hook")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert queue.describe(1) is None
    assert not is_fresh(db, "ask", NOON)
