"""Scenes that were given up: the causes, and behind each a page of its scenes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.page.asked import search_of, server_of, text_of, whole_of
from sync_queue.causes import MOST_CAUSES
from sync_queue.history import History

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.page.shapes import FailedScene, FailedScenes, Failures, Match
    from app.session import Session
    from sync_queue.dead_letters import DeadLetter

PAGE, MOST = 25, 100


def failures(session: Session, args: Mapping[str, Any]) -> Failures:
    """The causes, the most frequent first; with ``search`` those of the scenes that it means by title, path or number."""
    dead = session.dead
    search = search_of(args)
    if search:
        scenes = {key: len(ids) for key, ids in dead.search(search).items()}
        found = sum(scenes.values())
        frequent = sorted(scenes, key=lambda key: (-scenes[key], key))[:MOST_CAUSES]
        scenes = {key: scenes[key] for key in frequent}
    else:
        scenes, found = dead.count_causes(), dead.count()
    causes = [(dead.describe_cause(*key), count) for key, count in scenes.items()]
    return {
        "at": session.clock(),
        "total": dead.count(),
        "found": found,
        "causes": [
            {
                "error_type": cause.error_type,
                "cause": cause.cause,
                "text": cause.text,
                "hint": cause.hint,
                "scenes": count,
                "folder": cause.folder if cause.count > 1 else "",
                "first_at": cause.first_at,
                "last_at": cause.last_at,
            }
            for cause, count in causes
            if cause is not None
        ],
    }


def cause(session: Session, args: Mapping[str, Any]) -> FailedScenes:
    """Scenes of the cause that ``error_type`` and ``cause`` name, from ``offset`` on; with ``search`` those that it means."""
    dead = session.dead
    key = text_of(args, "error_type"), text_of(args, "cause")
    offset = whole_of(args, "offset", default=0)
    limit = whole_of(args, "limit", default=PAGE, most=MOST)
    search = search_of(args)
    if search:
        found = dead.search(search, key).get(key, [])
        total, letters = len(found), dead.of_scenes(found[offset : offset + limit])
    else:
        total, letters = dead.count_of_cause(*key), dead.of_cause(*key, limit=limit, offset=offset)
    history = History(session.db)
    return {
        "total": total,
        "offset": offset,
        "machine_identifier": server_of(session),
        "scenes": [_scene(letter, history) for letter in letters],
    }


def _scene(letter: DeadLetter, history: History) -> FailedScene:
    """With the Plex items that the scene's last match was about, the best first."""
    result = history.result_of(letter.scene_id)
    match: Match | None = result.detail.get("match") if result else None
    return {
        "scene_id": letter.scene_id,
        "title": letter.title,
        "path": letter.path,
        "attempts": letter.retry_count,
        "message": letter.error_message,
        "hint": letter.hint,
        "trigger": letter.trigger,
        "died_at": letter.died_at,
        "candidates": match["candidates"] if match else [],
        "targets": match["targets"] if match else [],
    }
