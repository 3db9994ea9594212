"""Scenes that are not to be worked for now: Plex has not found their file, or a person holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.intake import enqueue_many
from tests.sync_queue.queue_steps import DAY_S, NOON, ids, put, row, wait

if TYPE_CHECKING:
    import sqlite3

    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import SyncQueue
    from tests.support import Clock


def test_a_scene_waits_until_an_item_of_its_name_appears(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 1, 2)
    for job, name in zip(queue.claim(2), ("One.mp4", "two.mp4"), strict=True):
        assert wait(queue, job, name, "other.mp4")
    assert queue.count().waiting_for_plex == 2
    assert not queue.has_due()
    clock.now += 100
    assert queue.wake_waiting(["ONE.MP4", "unknown.mp4"]) == 1
    (job,) = queue.claim(5)
    assert (job.scene_id, job.attempts, job.waiting_since) == (1, 0, NOON)
    assert queue.wake_waiting(["one.mp4"]) == 0


def test_the_beginning_of_the_wait_stays_the_names_are_the_latest(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 1)
    wait(queue, queue.claim(1)[0], "old.mp4")
    clock.now += DAY_S
    wait(queue, queue.claim(1)[0], "new.mp4", due_at=clock.now + DAY_S)
    assert row(queue, 1)["waiting_since"] == NOON
    assert queue.youngest_waiting_since() == NOON
    assert queue.wake_waiting(["old.mp4"]) == 0
    assert queue.wake_waiting(["new.mp4"]) == 1
    assert queue.youngest_waiting_since() is None


def test_a_waiting_scene_is_looked_at_once_a_day_in_the_midst_of_a_drain_too(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 1)
    wait(queue, queue.claim(1)[0], "a.mp4")
    assert queue.next_due_at() == NOON + DAY_S
    clock.now += DAY_S
    assert queue.has_due()
    assert ids(queue.claim(1)) == [1]
    assert not queue.has_due()


def test_no_look_is_put_off_further_than_a_day(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 1)
    wait(queue, queue.claim(1)[0], "a.mp4", due_at=NOON + 1e9)
    assert row(queue, 1)["due_at"] == NOON + DAY_S


def test_names_are_the_same_in_every_spelling_of_their_letters(
    db: sqlite3.Connection, queue: SyncQueue
) -> None:
    put(db, 1)
    wait(queue, queue.claim(1)[0], "Cafe\N{COMBINING ACUTE ACCENT}.mp4")
    assert queue.wake_waiting(["caf\N{LATIN SMALL LETTER E WITH ACUTE}.mp4"]) == 1


def test_a_thousand_new_names_wake_whom_they_concern(db: sqlite3.Connection, queue: SyncQueue) -> None:
    enqueue_many(db, range(1, 1201), trigger="sync_all", priority=2, now=NOON)
    for job in queue.claim(1200):
        wait(queue, job, f"scene-{job.scene_id}.mp4", "shared.mp4")
    assert queue.wake_waiting(f"scene-{number}.mp4" for number in range(101, 1300)) == 1100
    assert queue.wake_waiting(["shared.mp4"]) == 100
    assert queue.count().waiting_for_plex == 0


def test_a_scene_given_up_waiting_is_back_when_its_file_appears(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    put(db, 1, 2)
    one, two = queue.claim(2)
    queue.bury(one, "not there", 1, error_type="PlexNotFound", path="C:\\Media\\Café.mp4")
    queue.bury(two, "broken", 1, error_type="PermanentError", path="/media/café.mp4")
    assert queue.wake_waiting(["CAFÉ.mp4"]) == 1
    assert ids(queue.claim(5)) == [1]
    assert dead.count() == 1


# --- holding ---


def test_a_held_scene_stays_through_edits_until_it_is_let_go(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 1)
    queue.hold([1, 2])  # 2 has no row: it was synced long ago
    put(db, 1, 2)
    assert queue.claim(5) == []
    assert queue.count().held == 2
    clock.now += 50
    assert queue.unhold() == 2
    assert ids(queue.claim(5)) == [1, 2]


def test_some_of_the_held_can_be_let_go(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 3)
    queue.hold([1, 2])
    assert queue.unhold([2, 3, 4]) == 1
    assert queue.count().held == 1


def test_holding_a_scene_closes_its_dead_letter(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    put(db, 1)
    queue.bury(queue.claim(1)[0], "no", 1)
    queue.hold([1])
    assert dead.count() == 0
