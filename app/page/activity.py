"""What was written to Plex, field by field, the newest first."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.arguments import CallError, scene_ids_of
from app.page.asked import search_of, server_of, text_of, whole_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.page.shapes import Activity, Change
    from app.session import Session
    from sync_queue.journal import FieldChange

PAGE, MOST = 50, 200
MOST_SCENES = 500
LONGEST_TEXT = 2000
"""Characters of a value that are shown."""


def activity(session: Session, args: Mapping[str, Any]) -> Activity:
    """A page: of all changes, or of a ``field``, of some ``scene_ids``, or of those that ``search`` means by title, path or
    number; ``before`` is where the page before ended.
    """
    limit = whole_of(args, "limit", default=PAGE, most=MOST)
    scenes = scene_ids_of(args) if args.get("scene_ids") or args.get("scene_id") else []
    if len(scenes) > MOST_SCENES:
        raise CallError(f"scene_ids has {len(scenes)} entries; at most {MOST_SCENES} are taken at a time.")
    journal = session.ledger.journal
    found = journal.recent(
        limit=limit + 1,
        before_id=whole_of(args, "before", default=0) or None,
        field=text_of(args, "field"),
        scene_ids=scenes,
        search=search_of(args),
    )
    return {
        "changes": [change_of(one) for one in found[:limit]],
        "next_before": found[limit - 1].id if 0 < limit < len(found) else None,
        "fields": journal.fields(),
        "machine_identifier": server_of(session),
    }


def change_of(change: FieldChange) -> Change:
    """A row as the page gets it: no text is longer than a person reads."""
    values = asdict(change)
    return {
        "id": change.id,
        "scene_id": change.scene_id,
        "rating_key": change.rating_key,
        "at": change.at,
        "field": change.field,
        "old": _cut(values["old"]),
        "new": _cut(values["new"]),
        "done": change.done,
    }


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}…"
    return value
