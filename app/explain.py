"""Explain: why a scene is, or is not, in step with Plex, from all that is known of it here, in Stash and in Plex.

Nothing is changed, queued or written to Plex. What cannot be looked up now, because Stash or Plex is away or a setting is
wrong, is named, and the rest is told all the same. docs/status.md describes the keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.verdict import verdict
from plex.fields import OUR_NAMES
from sync_queue.causes import describe_cause
from sync_queue.history import History
from sync_queue.meta import get_meta
from worker.breaker import Breaker

if TYPE_CHECKING:
    import sqlite3

    from app.session import Session
    from sync_queue.dead_letters import DeadLetter
    from sync_queue.ledger import Entry, Ledger

SHOWN_CHANGES = 10
SERVER_KEY = "plex_server"
TRIGGERS = {
    "Scene.Update.Post": "an edit in Stash",
    "Scene.Create.Post": "it was new in Stash",
    "Scene.Destroy.Post": "it was deleted in Stash",
    "sync_all": "Sync All Scenes",
    "sync_recent": "Sync Recent Scenes",
    "retry": "it was retried",
    "appeared": "its file appeared in Plex",
    "preview": "it was applied from a preview",
    "hold": "it was restored or unlocked in Plex",
}
"""What queued a scene, in words."""


def explain(session: Session, scene_id: int) -> dict[str, Any]:
    """Everything about a scene, with a verdict. Raises DatabaseError only."""
    from app.explain_live import look  # noqa: PLC0415 -- plexapi and requests

    found = stored(session, scene_id)
    found |= look(session, scene_id, found)
    return {"scene_id": scene_id, "at": session.clock(), **verdict(found, session.clock()), **found}


def stored(session: Session, scene_id: int) -> dict[str, Any]:
    """What the database knows."""
    db = session.db
    job, letter = session.queue.describe(scene_id), session.dead.get(scene_id)
    last = History(db).result_of(scene_id)
    outage = Breaker(db, clock=session.clock).outage()
    shown = [(one.title, one.path) for one in (letter, last) if one] + [
        (job["title"], job["path"]) for job in [job] if job
    ]
    return {
        "title": next((title for title, _ in shown if title), ""),
        "path": next((path for _, path in shown if path), ""),
        "paused": session.queue.paused,
        "plex_away": None if outage is None else {"since": outage.since, "reason": outage.reason},
        "trigger": _trigger(job, last),
        "queue": None if job is None else _job(job),
        "dead_letter": None if letter is None else _letter(db, letter),
        "last_result": None
        if last is None
        else {"result": last.result, "at": last.at, "drain_id": last.drain_id, **last.detail},
        "items": _items(db, session.ledger, scene_id),
        "changes": [
            {
                "at": one.at,
                "rating_key": one.rating_key,
                "field": one.field,
                "old": one.old,
                "new": one.new,
                "drain_id": one.drain_id,
            }
            for one in session.ledger.journal.of_scene(scene_id, limit=SHOWN_CHANGES)
            if one.done
        ],
    }


def _trigger(job: dict[str, Any] | None, last: Any) -> dict[str, Any] | None:
    if job is not None:
        name, at = str(job["trigger"]), job["changed_at"]
    elif last is not None and last.trigger:
        name, at = last.trigger, last.at
    else:
        return None
    return {"name": name, "what": TRIGGERS.get(name, name), "at": at}


def _job(job: dict[str, Any]) -> dict[str, Any]:
    names = (
        "state",
        "priority",
        "attempts",
        "queued_at",
        "changed_at",
        "due_at",
        "again_at",
        "waiting_since",
        "last_error_type",
        "last_error",
    )
    return {name: job[name] for name in names}


def _letter(db: sqlite3.Connection, letter: DeadLetter) -> dict[str, Any]:
    cause = describe_cause(db, letter.error_type, letter.cause)
    return {
        "error_type": letter.error_type,
        "message": letter.error_message,
        "hint": letter.hint,
        "tries": letter.retry_count,
        "died_at": letter.died_at,
        "scenes_with_this_cause": cause.count if cause else 1,
    }


def _items(db: sqlite3.Connection, ledger: Ledger, scene_id: int) -> list[dict[str, Any]]:
    """The Plex items that are this scene's, as they were left."""
    known = get_meta(db, SERVER_KEY)
    if not isinstance(known, dict):
        return []
    titles = {section["id"]: section["title"] for section in known.get("sections", [])}
    server = str(known["server"])
    return [_item(ledger, entry, titles) for entry in ledger.of_scene(server, scene_id)]


def _item(ledger: Ledger, entry: Entry, titles: dict[int, str]) -> dict[str, Any]:
    fields = {
        name: {"outcome": outcome, "at": at, "written_at": written_at}
        for name, (outcome, at, written_at) in entry.outcomes.items()
    }
    intent = entry.record.intent or {}
    announced = {*intent.get("values", {}), *intent.get("added", {}), *intent.get("removed", {})}
    return {
        "rating_key": entry.rating_key,
        "library": titles.get(entry.section_id),
        "synced_at": entry.synced_at,
        "snapshot_at": ledger.snapshot_at(entry.server, entry.rating_key),
        "our_locks": our_names(entry.record.locks),
        "fields": fields,
        "open_writes": our_names(announced),
        "now": None,
    }


def our_names(names: Any) -> list[str]:
    """Plex's names of fields in the words of the settings, in their order."""
    wanted = set(names)
    return [ours for name, ours in OUR_NAMES.items() if name in wanted]
