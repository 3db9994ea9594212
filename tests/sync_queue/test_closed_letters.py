"""A dead letter that is gone is kept until a drain has told of it, whoever closed it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue import waiting
from sync_queue.adopt import adopt
from sync_queue.database import connect
from sync_queue.intake import enqueue, enqueue_many
from sync_queue.jobs import SyncQueue
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from sync_queue.dead_letters import DeadLetterQueue
    from tests.support import Clock


def die(db: sqlite3.Connection, queue: SyncQueue, *scenes: int, error_type: str = "PlexNotFound") -> None:
    for scene_id in scenes:
        enqueue(db, scene_id, trigger="Scene.Update.Post", priority=0, now=NOON)
        (job,) = queue.claim(1)
        path = f"/media/{scene_id}.mp4"
        assert queue.bury(job, "no item", 1, error_type=error_type, title=f"T{scene_id}", path=path)


def closed(dead: DeadLetterQueue) -> list[tuple[int, str]]:
    return [(letter.scene_id, letter.trigger) for letter in dead.take_closed()]


def test_an_edit_closes_a_letter_and_that_is_told_once_with_all_that_was_known(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue, clock: Clock
) -> None:
    die(db, queue, 7)
    clock.now += 60
    enqueue(db, 7, trigger="Scene.Update.Post", priority=0, now=clock.now)
    (letter,) = dead.take_closed()
    assert (letter.scene_id, letter.title, letter.path) == (7, "T7", "/media/7.mp4")
    assert (letter.error_type, letter.cause, letter.trigger) == (
        "PlexNotFound",
        "no item",
        "Scene.Update.Post",
    )
    assert (letter.died_at, letter.closed_at) == (NOON, NOON + 60)
    assert dead.take_closed() == []
    assert dead.count() == 0


def test_every_way_to_close_a_letter_is_told(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue, clock: Clock
) -> None:
    die(db, queue, *range(1, 10))
    die(db, queue, 10, error_type="Unknown")
    enqueue_many(db, [1, 77], trigger="sync_all", priority=2, now=clock.now)
    assert queue.wake_waiting(["2.mp4"]) == 1
    waiting.hold(db, [3], clock.now)
    assert dead.retry(4)
    assert dead.retry_many([5, 5, 78]) == [5]
    assert dead.discard(6)
    assert dead.discard_many([79, 7]) == [7]
    assert dead.discard_type("Unknown") == 1
    clock.now += 100
    assert dead.purge(older_than_s=50) == 2
    assert sorted(closed(dead)) == [
        (1, "sync_all"),
        (2, "appeared"),
        (3, "hold"),
        (4, "retry"),
        (5, "retry"),
        (6, "discard"),
        (7, "discard"),
        (8, "purge"),
        (9, "purge"),
        (10, "discard"),
    ]


def test_more_than_fit_at_a_time_are_told_in_turn(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    die(db, queue, *range(1, 8))
    dead.discard_all()
    assert [len(dead.take_closed(limit=3)) for _ in range(4)] == [3, 3, 1, 0]


def test_retrying_more_scenes_than_a_statement_takes_parameters(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    die(db, queue, 1, 2)
    assert dead.retry_many(range(5000)) == [1, 2]


def test_an_edit_that_was_kept_elsewhere_closes_a_letter_too(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue, tmp_path: Path
) -> None:
    die(db, queue, 7)
    other = connect(tmp_path / "spare" / "queue.sqlite")
    enqueue(other, 7, trigger="Scene.Update.Post", priority=0, now=NOON + 5)
    other.close()
    adopt(db, tmp_path / "spare" / "queue.sqlite")
    assert closed(dead) == [(7, "Scene.Update.Post")]
    assert dead.count() == 0


def test_a_letter_of_the_other_file_keeps_its_cause(
    db: sqlite3.Connection, dead: DeadLetterQueue, clock: Clock, tmp_path: Path
) -> None:
    other = connect(tmp_path / "spare" / "queue.sqlite")
    die(other, SyncQueue(other, clock=clock), 7)
    other.close()
    adopt(db, tmp_path / "spare" / "queue.sqlite")
    letter = dead.get(7)
    assert letter is not None
    assert letter.cause == "no item"
