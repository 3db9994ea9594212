"""Scenes that were given up: tried again or forgotten, all of them, by type, by age, or one by one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from app.arguments import days_of, scene_ids_of, type_of
from app.spawn import spawn_watcher
from app.wake import about_to_drain
from app.words import counted

if TYPE_CHECKING:
    from collections.abc import Collection

    from app.session import Session

log = logging.getLogger("plexsync.Tasks")

KEPT_DAYS, MOST_DAYS = 30, 3650
DAY_S = 86_400.0


def retry_failed(session: Session, args: dict[str, Any]) -> Any:
    """Put dead letters back into the queue, all or those of one ``type``, and work the queue off."""
    from app import tasks  # noqa: PLC0415 -- plexapi and requests, which the others here do without

    kind = type_of(args, session.dead.get_error_summary())
    with about_to_drain(session):
        count = session.dead.retry_type(kind) if kind else session.dead.retry_all()
        log.info("%s queued again", _are(count))
        return {"retried": count, **tasks.drain(session, args)}


def discard_failed(session: Session, args: dict[str, Any]) -> Any:
    """Forget dead letters, all or those of one ``type``."""
    kind = type_of(args, session.dead.get_error_summary())
    count = session.dead.discard_type(kind) if kind else session.dead.discard_all()
    log.info("%s forgotten; an edit or 'Sync All Scenes' brings them back", _are(count))
    return {"discarded": count}


def purge_failures(session: Session, args: dict[str, Any]) -> Any:
    """Forget the dead letters that are older than so many ``days``."""
    days = days_of(args, default=KEPT_DAYS, most=MOST_DAYS)
    count = session.dead.purge(days * DAY_S)
    log.info("%s forgotten: given up more than %d days ago", _are(count), days)
    return {"purged": count, "days": days}


def retry(session: Session, args: dict[str, Any]) -> Any:
    """Try these scenes again; answers at once, and the watcher works them off."""
    asked = scene_ids_of(args)
    found = session.dead.retry_many(asked)
    if found:
        spawn_watcher(session.connection)
    return {"retried": found, "not_failed": _others(asked, found), "paused": session.queue.paused}


def discard(session: Session, args: dict[str, Any]) -> Any:
    """Forget the dead letters of these scenes."""
    asked = scene_ids_of(args)
    found = session.dead.discard_many(asked)
    return {"discarded": found, "not_failed": _others(asked, found)}


def _others(asked: list[int], found: Collection[int]) -> list[int]:
    known = set(found)
    return [scene_id for scene_id in asked if scene_id not in known]


def _are(count: int) -> str:
    return f"{counted(count, 'failed scene')} {'is' if count == 1 else 'are'}"
