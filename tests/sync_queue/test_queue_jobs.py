from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync_queue.queue_steps import NOON, fail, ids, put, row, wait

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import Job, SyncQueue
    from tests.support import Clock

OUTCOMES: dict[str, Callable[[SyncQueue, Job], object]] = {
    "done": lambda queue, job: queue.done(job.scene_id),
    "retry": lambda queue, job: fail(queue, job, NOON + 60),
    "wait_for_plex": lambda queue, job: wait(queue, job, "a.mp4"),
    "bury": lambda queue, job: queue.bury(job, "no", 1),
}
every_outcome = pytest.mark.parametrize("settle", OUTCOMES.values(), ids=OUTCOMES)


def test_the_urgent_come_first_and_then_the_longest_due(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 1, now=NOON - 3, priority=2)
    put(db, 2, now=NOON - 1)
    put(db, 3, now=NOON - 2)
    put(db, 4, now=NOON - 9, priority=1)
    assert ids(queue.claim(3)) == [3, 2, 4]
    assert ids(queue.claim(3)) == [1]
    assert queue.claim(3) == []


def test_a_claim_can_be_kept_to_the_urgent(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 1, priority=2)
    assert queue.has_due()
    assert not queue.has_due(below_priority=2)
    assert queue.claim(5, max_priority=1) == []
    put(db, 2, priority=1)
    assert queue.has_due(below_priority=2)
    assert ids(queue.claim(5, max_priority=1)) == [2]


def test_nothing_is_claimed_while_paused_and_hooks_go_on(db: sqlite3.Connection, queue: SyncQueue) -> None:
    queue.pause("a test")
    put(db, 1)
    assert queue.paused
    assert queue.claim(1) == []
    queue.resume()
    assert ids(queue.claim(1)) == [1]


def test_a_finished_job_leaves_the_queue(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 1)
    queue.claim(1)
    assert queue.done(1)
    assert queue.describe(1) is None
    assert not queue.done(1)


@every_outcome
def test_an_edit_in_flight_keeps_the_job_pending_whatever_becomes_of_it(
    db: sqlite3.Connection,
    queue: SyncQueue,
    dead: DeadLetterQueue,
    settle: Callable[[SyncQueue, Job], object],
) -> None:
    put(db, 1)
    (job,) = queue.claim(1)
    put(db, 1, due_at=NOON + 60)
    assert row(queue, 1)["state"] == "in_flight"
    assert settle(queue, job) is False
    (again,) = queue.claim(1)
    assert (again.attempts, again.generation) == (0, 2)
    assert dead.count() == 0


@every_outcome
def test_an_outcome_counts_only_while_the_row_is_in_flight(
    db: sqlite3.Connection,
    queue: SyncQueue,
    dead: DeadLetterQueue,
    settle: Callable[[SyncQueue, Job], object],
) -> None:
    put(db, 1, 2)
    held, taken = queue.claim(2)
    queue.take_over()
    queue.hold([1])
    assert (settle(queue, held), settle(queue, taken)) == (False, False)
    assert (row(queue, 1)["state"], row(queue, 2)["state"]) == ("held", "pending")
    assert row(queue, 2)["attempts"] == 0
    assert dead.count() == 0


def test_a_failed_try_is_counted_and_put_off(db: sqlite3.Connection, queue: SyncQueue, clock: Clock) -> None:
    put(db, 1)
    (job,) = queue.claim(1)
    assert fail(queue, job, NOON + 5, title="A title", path="/a/b.mp4")
    assert queue.next_due_at() == NOON + 5
    clock.now += 5
    (job,) = queue.claim(1)
    assert (job.attempts, job.title, job.path) == (1, "A title", "/a/b.mp4")
    fail(queue, job, NOON + 10)
    assert (row(queue, 1)["title"], row(queue, 1)["last_error"]) == ("A title", "500")


@pytest.mark.parametrize(
    ("due_in_s", "cap_s", "put_off_s"), [(1e9, 600.0, 600), (50, 30.0, 30), (1e9, 1e9, 600)]
)
def test_no_try_is_put_off_further_than_the_cap(
    db: sqlite3.Connection, queue: SyncQueue, due_in_s: float, cap_s: float, put_off_s: float
) -> None:
    put(db, 1)
    (job,) = queue.claim(1)
    fail(queue, job, NOON + due_in_s, cap_s=cap_s)
    assert row(queue, 1)["due_at"] == NOON + put_off_s


def test_a_released_job_has_spent_no_try(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 1, 2)
    queue.claim(2)
    queue.release([1, 99])
    (job,) = queue.claim(2)
    assert (job.scene_id, job.attempts) == (1, 0)


def test_who_takes_over_finds_what_a_killed_drain_had_in_flight(
    db: sqlite3.Connection, queue: SyncQueue
) -> None:
    put(db, 1, 2, 3)
    assert not queue.has_in_flight()
    queue.claim(2)
    assert queue.has_in_flight()
    assert queue.take_over() == 2
    assert not queue.has_in_flight()
    assert ids(queue.claim(5)) == [1, 2, 3]


def test_a_scanned_scene_is_looked_at_once_more(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 1, again_at=NOON + 60, force=True)
    queue.claim(1)
    assert not queue.done(1)
    assert queue.next_due_at() == NOON + 60
    clock.now += 60
    (job,) = queue.claim(1)
    assert (job.again_at, job.force) == (None, False)
    assert queue.done(1)


@pytest.mark.parametrize("later_s", [60, 3600])
def test_a_second_look_that_is_due_already_is_done_with_the_first(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock, later_s: float
) -> None:
    put(db, 1, again_at=NOON + 60)
    clock.now += later_s  # Plex was down for so long
    assert queue.claim(1)[0].again_at is None
    assert queue.done(1)


def test_a_second_look_is_kept_through_failed_tries(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 1, again_at=NOON + 60)
    fail(queue, queue.claim(1)[0], NOON + 5)
    clock.now += 5
    queue.claim(1)
    assert not queue.done(1)
    assert queue.next_due_at() == NOON + 60


def test_a_second_look_after_a_clock_that_was_ahead_is_near(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 1, again_at=NOON + 1e8)
    queue.claim(1)
    queue.done(1)
    assert queue.next_due_at() == NOON + 600


def test_giving_up_is_one_step(db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue) -> None:
    put(db, 1)
    (job,) = queue.claim(1)
    assert queue.bury(job, ValueError("no"), 5, error_type="PermanentError", hint="look", path="/a/b.mp4")
    assert queue.describe(1) is None
    letter = dead.get(1)
    assert letter is not None
    assert (letter.error_type, letter.retry_count, letter.hint) == ("PermanentError", 5, "look")


def test_a_batch_is_settled_in_one_commit_or_not_at_all(
    db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue
) -> None:
    put(db, 1, 2, 3)
    one, two, _ = queue.claim(3)

    def settle() -> None:
        with queue.transaction():
            queue.done(1)
            fail(queue, one, NOON + 5)
            queue.bury(two, "no", 1)
            queue.release([3])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        settle()
    assert queue.count().in_flight == 3
    assert dead.count() == 0


def test_the_counts_tell_what_is_due_from_what_is_put_off(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 1, 2, 3, 4, 5, 6)
    first, second, third, *_ = queue.claim(4)
    fail(queue, first, NOON + 60)
    wait(queue, second, "a.mp4")
    queue.bury(third, "no", 1)
    queue.hold([5])
    counts = queue.count()
    assert (counts.pending, counts.deferred, counts.in_flight) == (1, 1, 1)
    assert (counts.waiting_for_plex, counts.held, counts.dead) == (1, 1, 1)


def test_an_empty_queue_has_nothing_due(queue: SyncQueue) -> None:
    assert queue.next_due_at() is None
    assert not queue.has_due()
    assert queue.claim(10) == []
    assert queue.claim(0) == []
