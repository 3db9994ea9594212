"""One scene as PlexSync knows it: its state in a word, why, and what was written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.arguments import scene_id_of
from app.page.activity import change_of
from app.page.asked import server_of
from app.state import in_words
from sync_queue.history import History
from sync_queue.pins import Pins
from sync_queue.waiting import NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.page.shapes import Scene, SceneState
    from app.session import Session
    from sync_queue.dead_letters import DeadLetter
    from sync_queue.history import Result
    from sync_queue.ledger import Entry

SHOWN_CHANGES = 10
STATES: Mapping[str, SceneState] = {"waiting_for_plex": "waiting_for_plex", "held": "held"}
"""Of the queue's states those that are told apart; all others are scenes that wait for their turn."""


def scene(session: Session, args: Mapping[str, Any]) -> Scene:
    """The scene of ``scene_id``; one that was never seen is unknown, and no error."""
    scene_id = scene_id_of(args)
    job, letter = session.queue.describe(scene_id), session.dead.get(scene_id)
    result, server = History(session.db).result_of(scene_id), server_of(session)
    entries = session.ledger.of_scene(server, scene_id) if server else []
    state, text = _state(job, letter, result, entries)
    return {
        "scene_id": scene_id,
        "state": state,
        "text": text,
        "hint": letter.hint if letter else "",
        "at": _last_at(letter, result, entries),
        "next_at": job["due_at"] if job and job["state"] not in {"held", "previewed"} else None,
        "pinned": bool(server and Pins(session.db).of_scene(server, scene_id)),
        "match": result.detail.get("match") if result else None,
        "items": [
            {"rating_key": one.rating_key, "synced_at": one.synced_at, "outcomes": one.outcomes}
            for one in entries
        ],
        "changes": [change_of(one) for one in session.ledger.journal.of_scene(scene_id, limit=SHOWN_CHANGES)],
        "machine_identifier": server,
    }


def _state(
    job: Mapping[str, Any] | None, letter: DeadLetter | None, result: Result | None, entries: list[Entry]
) -> tuple[SceneState, str]:
    if job is not None:
        return STATES.get(job["state"], "waiting"), job["last_error"] or ""
    if letter is not None:
        return "not_in_plex" if letter.error_type == NOT_FOUND else "failed", letter.error_message
    kept = sorted(
        {name for one in entries for name, (outcome, *_) in one.outcomes.items() if outcome == "kept"}
    )
    if kept:
        return "changed_in_plex", ", ".join(kept)
    if any(one.synced_at is not None for one in entries):
        return "in_step", in_words(result) if result else ""
    return "unknown", in_words(result) if result else ""


def _last_at(letter: DeadLetter | None, result: Result | None, entries: list[Entry]) -> float | None:
    times = [one.synced_at for one in entries if one.synced_at is not None]
    times += [letter.died_at] if letter else []
    times += [result.at] if result else []
    return max(times, default=None)
