"""A scene in flight that misses the call that its file is there is told of it when it is noted as waiting."""

from __future__ import annotations

from sync_queue.intake import enqueue
from sync_queue.jobs import SyncQueue

NOON = 1_790_000_000.0


def claimed(db, *scenes: int) -> SyncQueue:
    queue = SyncQueue(db, clock=lambda: NOON)
    for scene in scenes:
        enqueue(db, scene, trigger="Scene.Create.Post", priority=1, now=NOON)
    assert len(queue.claim(10)) == len(scenes)
    return queue


def test_only_what_was_called_since_the_claim_and_by_one_of_its_names_was_missed(db):
    queue = claimed(db, 1)
    queue.wake_waiting({"early.mp4"})
    enqueue(db, 2, trigger="Scene.Create.Post", priority=1, now=NOON)
    queue.claim(10)
    queue.wake_waiting({"LATE.mp4"})
    assert queue.has_appeared(1, ["early.mp4"])
    assert not queue.has_appeared(2, ["early.mp4"])
    assert queue.has_appeared(2, ["other.mp4", "late.mp4"])
    assert not queue.has_appeared(2, ["other.mp4"])


def test_a_settled_scene_is_forgotten_while_others_are_in_flight(db):
    queue = claimed(db, 1, 2)
    queue.done(1)
    queue.wake_waiting({"a.mp4"})
    assert not queue.has_appeared(1, ["a.mp4"])
    assert queue.has_appeared(2, ["a.mp4"])


def test_nothing_is_remembered_once_nothing_is_in_flight(db):
    queue = claimed(db, 1)
    queue.wake_waiting({"a.mp4"})
    queue.done(1)
    queue.wake_waiting({"b.mp4"})
    enqueue(db, 2, trigger="Scene.Create.Post", priority=1, now=NOON)
    queue.claim(10)
    assert not queue.has_appeared(2, ["a.mp4"])
    assert not queue.has_appeared(2, ["b.mp4"])
