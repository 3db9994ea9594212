"""Scenes that were given up: the causes, and behind each a page of its scenes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.page.asked import server_of, text_of, whole_of
from sync_queue.history import History

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.page.shapes import FailedScene, FailedScenes, Failures, Match
    from app.session import Session
    from sync_queue.dead_letters import DeadLetter

PAGE, MOST = 25, 100


def failures(session: Session, _args: Mapping[str, Any]) -> Failures:
    """The causes, the most frequent first."""
    dead = session.dead
    causes = [dead.describe_cause(*key) for key in dead.count_causes()]
    return {
        "at": session.clock(),
        "total": dead.count(),
        "causes": [
            {
                "error_type": cause.error_type,
                "cause": cause.cause,
                "text": cause.text,
                "hint": cause.hint,
                "scenes": cause.count,
                "folder": cause.folder if cause.count > 1 else "",
                "first_at": cause.first_at,
                "last_at": cause.last_at,
            }
            for cause in causes
            if cause is not None
        ],
    }


def cause(session: Session, args: Mapping[str, Any]) -> FailedScenes:
    """Scenes of the cause that ``error_type`` and ``cause`` name, from ``offset`` on."""
    key = text_of(args, "error_type"), text_of(args, "cause")
    offset = whole_of(args, "offset", default=0)
    letters = session.dead.of_cause(
        *key, limit=whole_of(args, "limit", default=PAGE, most=MOST), offset=offset
    )
    history = History(session.db)
    return {
        "total": session.dead.count_of_cause(*key),
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
