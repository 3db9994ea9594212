"""Operations that say which Plex item shows a scene: ``pin`` and ``unpin``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from app.arguments import CallError, rating_key_of, scene_id_of
from app.compose import plex_target
from app.spawn import spawn_watcher
from plex.exceptions import PlexError
from sync_queue.intake import PERSON, enqueue
from sync_queue.pins import Pin, Pins

if TYPE_CHECKING:
    from app.page.mode_shapes import Pinned, Unpinned
    from app.session import Session
    from app.settings import Settings
    from plex.items import PlexItem

log = logging.getLogger("plexsync.Match")


def pin(session: Session, args: dict[str, Any]) -> Pinned:
    """Pin the scene ``scene_id`` to the item ``rating_key``, once it is sure that both exist, and sync it.

    Answers at once; the watcher does the sync.
    """
    scene_id, rating_key = scene_id_of(args), rating_key_of(args)
    scene = session.stash.scenes([scene_id]).get(scene_id)
    if scene is None:
        raise CallError(f"Stash has no scene {scene_id}.")
    if not scene.files:
        raise CallError(f"scene {scene_id} has no file, so no Plex item can show it.")
    server, item = _item(session, session.settings(), rating_key)
    pins = Pins(session.db)
    other = pins.scene_of(server, rating_key)
    if other is not None and other != scene_id:
        raise CallError(f"Plex item {rating_key} is pinned to scene {other}: unpin that scene first.")
    title, path = item.scalars.get("title", ""), item.files[0].path if item.files else ""
    pins.put(server, Pin(scene_id=scene_id, rating_key=rating_key, path=path), session.clock())
    log.info("Scene %d is pinned to Plex item %d (%s)", scene_id, rating_key, path)
    _sync(session, scene_id, "pin")
    return {"scene_id": scene_id, "rating_key": rating_key, "title": title, "path": path}


def unpin(session: Session, args: dict[str, Any]) -> Unpinned:
    """Let evidence decide again which item shows the scene ``scene_id``, and sync it."""
    scene_id = scene_id_of(args)
    was_pinned = Pins(session.db).remove(scene_id)
    if was_pinned:
        log.info("Scene %d is pinned no more", scene_id)
        _sync(session, scene_id, "unpin")
    return {"scene_id": scene_id, "was_pinned": was_pinned}


def _item(session: Session, settings: Settings, rating_key: int) -> tuple[str, PlexItem]:
    """The server's machineIdentifier and the item, which is in a library that is synced. Raises CallError."""
    target = plex_target(session, settings)
    try:
        target.open()
        item = target.client.details([rating_key]).get(rating_key)
    except PlexError as error:
        raise CallError(f"{error}. {error.hint}.") from error
    finally:
        target.close()
    libraries = {section.id: section.title for section in target.sections}
    named = " or ".join(repr(title) for title in libraries.values())
    if item is None:
        raise CallError(
            f"Plex has no item {rating_key}: its ratingKey stands in the address of its page in Plex."
        )
    if item.section_id not in libraries:
        raise CallError(f"Plex item {rating_key} is not in {named}, and no other library is synced.")
    return target.server, item


def _sync(session: Session, scene_id: int, trigger: str) -> None:
    enqueue(session.db, scene_id, trigger=trigger, priority=PERSON, now=session.clock(), force=True)
    spawn_watcher(session.connection)
