"""Clocks that jump: nothing is due for ever, and nothing at once that was put off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sync_queue.queue_steps import DAY_S, NOON, fail, ids, put, row, wait

if TYPE_CHECKING:
    import sqlite3

    from sync_queue.jobs import SyncQueue
    from tests.support import Clock


def test_a_row_from_a_clock_that_was_ahead_is_due_within_the_cap(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    clock.now = NOON + 1e8
    put(db, 1, now=clock.now)
    fail(queue, queue.claim(1)[0], clock.now + 60)
    clock.now = NOON
    assert queue.next_due_at() == NOON + 600
    assert not queue.has_due()
    clock.now += 600
    assert queue.has_due()
    assert ids(queue.claim(1)) == [1]


def test_a_new_edit_is_due_even_when_the_clock_was_set_back_since(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 1, now=NOON + 1e8)
    put(db, 1)
    assert ids(queue.claim(1)) == [1]


def test_who_takes_over_brings_far_due_times_back(db: sqlite3.Connection, queue: SyncQueue) -> None:
    put(db, 1, due_at=NOON + 1e8)
    put(db, 2, due_at=NOON + 300)
    queue.take_over()
    assert (row(queue, 1)["due_at"], row(queue, 2)["due_at"]) == (NOON + 600, NOON + 300)


@pytest.mark.parametrize("ahead_s", [60, 3600, 1e8])
def test_what_was_queued_before_the_clock_was_set_back_is_due_for_who_takes_over_or_notices(
    db: sqlite3.Connection, queue: SyncQueue, ahead_s: float
) -> None:
    put(db, 1, now=NOON + ahead_s)
    assert not queue.has_due()
    queue.clock_went_back()
    assert ids(queue.claim(1)) == [1]
    put(db, 2, now=NOON + ahead_s)
    queue.take_over()
    assert ids(queue.claim(2)) == [1, 2]


@pytest.mark.parametrize(("gone_days", "waited_days"), [(8, 8), (365, 1)])
def test_a_year_in_which_nobody_looked_does_not_count_as_waiting(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock, gone_days: int, waited_days: int
) -> None:
    put(db, 1)
    wait(queue, queue.claim(1)[0], "a.mp4", due_at=NOON + DAY_S)
    clock.now += gone_days * DAY_S
    (job,) = queue.claim(1)
    assert clock.now - (job.waiting_since or 0) == waited_days * DAY_S


def test_a_scene_that_began_to_wait_in_the_future_waits_since_now(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    clock.now = NOON + 1e8
    put(db, 1, now=clock.now)
    wait(queue, queue.claim(1)[0], "a.mp4", due_at=clock.now + DAY_S)
    clock.now = NOON
    assert not queue.has_due()
    assert (row(queue, 1)["waiting_since"], row(queue, 1)["due_at"]) == (NOON, NOON + DAY_S)


def test_a_clock_corrected_by_a_moment_moves_nothing(
    db: sqlite3.Connection, queue: SyncQueue, clock: Clock
) -> None:
    put(db, 1)
    fail(queue, queue.claim(1)[0], NOON + 600)
    clock.now -= 1
    assert not queue.has_due()
    assert row(queue, 1)["due_at"] == NOON + 600
