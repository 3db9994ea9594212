"""What hooks and drains do to the queue, in a word each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_queue.intake import enqueue

if TYPE_CHECKING:
    import sqlite3

    from sync_queue.jobs import Job, SyncQueue

NOON = 1_000_000.0
"""Where the tests' clock stands at first, in epoch seconds."""
DAY_S = 86_400.0


def put(db: sqlite3.Connection, *scene_ids: int, now: float = NOON, **more: Any) -> None:
    for scene_id in scene_ids:
        enqueue(db, scene_id, **{"trigger": "Scene.Update.Post", "priority": 0, "now": now, **more})


def row(queue: SyncQueue, scene_id: int) -> dict[str, Any]:
    found = queue.describe(scene_id)
    assert found is not None
    return found


def ids(jobs: list[Job]) -> list[int]:
    return [job.scene_id for job in jobs]


def fail(queue: SyncQueue, job: Job, due_at: float, **more: Any) -> bool:
    return queue.retry(job, due_at=due_at, error_type="TransientError", message="500", **more)


def wait(queue: SyncQueue, job: Job, *names: str, due_at: float = NOON + DAY_S) -> bool:
    return queue.wait_for_plex(
        job, due_at=due_at, names=names, error_type="PlexNotFound", message="not there"
    )
