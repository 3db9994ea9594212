"""What the page does: try again, forget, sync a scene, pause. Each answers at once, and the watcher works it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.arguments import scene_ids_of
from app.holding import let_go
from app.page.asked import search_of, text_of
from app.spawn import spawn_watcher
from sync_queue.intake import PERSON, enqueue_many

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.page.shapes import Acted
    from app.session import Session


def retry(session: Session, args: Mapping[str, Any]) -> Acted:
    """Try again what failed: the scenes of ``scene_ids``, or all of the cause that ``error_type`` and ``cause`` name; with
    ``search`` those of them that it means.
    """
    dead = session.dead
    whole = _is_whole_cause(args)
    count = dead.retry_cause(*_cause(args)) if whole else len(dead.retry_many(_scenes(session, args)))
    return acted(session, count, start=count > 0)


def discard(session: Session, args: Mapping[str, Any]) -> Acted:
    """Forget what failed, named as for ``retry``."""
    dead = session.dead
    whole = _is_whole_cause(args)
    count = dead.discard_cause(*_cause(args)) if whole else len(dead.discard_many(_scenes(session, args)))
    return acted(session, count)


def sync(session: Session, args: Mapping[str, Any]) -> Acted:
    """Compare these scenes with Plex now, whatever is known of them."""
    scenes = scene_ids_of(args)
    count = enqueue_many(session.db, scenes, trigger="page", priority=PERSON, now=session.clock(), force=True)
    return acted(session, count, start=True)


def pause(session: Session, _args: Mapping[str, Any]) -> Acted:
    """Every drainer stops before its next scene; hooks go on queuing."""
    session.queue.pause("the page")
    return acted(session, 0)


def resume(session: Session, args: Mapping[str, Any]) -> Acted:
    """End the pause, or let go what is held (``scene_ids``: of these); the watcher works it off. Returns how many scenes wait."""
    let_go(session, args)
    return acted(session, session.queue.count().pending, start=True)


def acted(session: Session, scenes: int, *, start: bool = False) -> Acted:
    """How many it concerned; with ``start`` the watcher works them off."""
    paused = session.queue.paused
    if start and not paused:
        spawn_watcher(session.connection)
    return {"scenes": scenes, "paused": paused}


def _is_whole_cause(args: Mapping[str, Any]) -> bool:
    return bool(args.get("error_type")) and not search_of(args)


def _cause(args: Mapping[str, Any]) -> tuple[str, str]:
    return text_of(args, "error_type"), text_of(args, "cause")


def _scenes(session: Session, args: Mapping[str, Any]) -> list[int]:
    if not args.get("error_type"):
        return scene_ids_of(args)
    key = _cause(args)
    return session.dead.search(search_of(args), key).get(key, [])
