"""Whole drains, emitted as the worker emits them."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from events import (
    DeadLetterClosed,
    DrainFinished,
    DrainProgress,
    DrainStarted,
    JobDlq,
    JobFailed,
    JobSkipped,
    JobSucceeded,
    emit,
    subscribe,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from events import Event

BATCH = 100


def common(scene_id: int) -> dict[str, Any]:
    return {
        "scene_id": scene_id,
        "title": f"Scene {scene_id}",
        "path": f"/media/{scene_id}.mkv",
        "attempt": 1,
        "drain_id": "d1",
        "at": 1_000.0,
        "trigger": "Scene.Update.Post",
    }


def succeeded(scene_id: int = 7, **fields: Any) -> JobSucceeded:
    return JobSucceeded(**{**common(scene_id), "duration_s": 0.125, "changed": ("title",), **fields})


def unchanged(scene_id: int = 7, **fields: Any) -> JobSucceeded:
    return succeeded(scene_id, changed=(), **fields)


def skipped(scene_id: int = 7, **fields: Any) -> JobSkipped:
    return JobSkipped(**{**common(scene_id), "duration_s": 0.0, "reason": "no_files", **fields})


def failed(scene_id: int = 7, **fields: Any) -> JobFailed:
    given = {
        "duration_s": 0.25,
        "max_attempts": 5,
        "error_type": "TransientError",
        "message": "Plex was slow.",
    }
    return JobFailed(
        **{
            **common(scene_id),
            **given,
            "hint": "Check Plex",
            "will_retry": True,
            "next_try_at": 1_005.0,
            **fields,
        }
    )


def given_up(
    scene_id: int = 7, error_type: str = "PermanentError", **fields: Any
) -> tuple[JobFailed, JobDlq]:
    last = failed(
        scene_id, error_type=error_type, will_retry=False, next_try_at=None, hint="Mend it", **fields
    )
    given = {"error_type": error_type, "message": "no", "hint": "Mend it", "retry_count": 1, "dead_total": 1}
    return last, JobDlq(**{**common(scene_id), **given})


def closed(scene_id: int = 7, **fields: Any) -> DeadLetterClosed:
    given = {"title": f"Scene {scene_id}", "path": f"/media/{scene_id}.mkv", "drain_id": "d1", "at": 1_000.0}
    trouble = {"error_type": "PlexNotFound", "cause": "no item", "died_at": 900.0, "reason": "edited"}
    return DeadLetterClosed(**{"scene_id": scene_id, **given, **trouble, **fields})


def started() -> DrainStarted:
    return DrainStarted(drain_id="d1", at=999.0, runner="task", due=1)


def progress(done: int, **fields: Any) -> DrainProgress:
    return DrainProgress(
        **{"drain_id": "d1", "at": 1_001.0, "done": done, "total": done, "depth": 0, **fields}
    )


def finished(processed: int, reason: str = "empty") -> DrainFinished:
    return DrainFinished(drain_id="d1", at=1_002.0, processed=processed, duration_s=3.0, reason=reason)


def drain(told: Iterable[Event]) -> None:
    """One drain with these events of jobs, in batches."""
    emit(started())
    done = 0
    for event in told:
        emit(event)
        done += not isinstance(event, JobDlq)
        if done % BATCH == 0:
            emit(progress(done))
    emit(progress(done))
    emit(finished(done))


@contextmanager
def listening(*observers: object) -> Iterator[None]:
    subscriptions = [subscribe(observer) for observer in observers]
    try:
        yield
    finally:
        for subscription in subscriptions:
            subscription.close()


def lines(records: Iterable[logging.LogRecord], component: str, *, least: int = logging.INFO) -> list[str]:
    """What a component said at this level or above."""
    return [r.getMessage() for r in records if r.name == f"plexsync.{component}" and r.levelno >= least]
