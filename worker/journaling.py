"""What the journal is told of an item: its fields by the names that people know, before and after a write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plex.fields import OUR_NAMES, SCALARS, TAGS
from worker.pictures import NAME_OF

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events import FieldOutcome
    from plex.items import PlexItem
    from sync_queue.ledger import Record
    from worker.work import Target


def announced(target: Target) -> dict[str, tuple[Any, Any]]:
    """Field → (what Plex shows, what is about to be written); to be asked before the pictures are noted in the record."""
    now = shown(target.before, target.entry.record if target.entry else None)
    found = {}
    if target.change is not None:
        written = {**target.change.scalars, **{kind: list(t.final) for kind, t in target.change.tags.items()}}
        found = {OUR_NAMES[name]: (now.get(OUR_NAMES[name], ""), value) for name, value in written.items()}
    for step in target.pictures:
        if step.data is not None:
            found[NAME_OF[step.kind]] = (now.get(NAME_OF[step.kind], ""), step.hash)
    return found


def shown(item: PlexItem | None, record: Record | None) -> dict[str, Any]:
    """What an item shows: its fields as it was read, its pictures by the hash of what is known to have arrived."""
    found: dict[str, Any] = {}
    if item is not None:
        found = {OUR_NAMES[name]: item.scalars.get(name, "") for name in SCALARS}
        found |= {OUR_NAMES[kind]: list(item.tags.get(kind, ())) for kind in TAGS}
    for kind, picture in (record.pictures if record else {}).items():
        if not picture.get("pending"):
            found[NAME_OF[kind]] = picture.get("hash") or ""
    return found


def outcomes_after(
    before: dict[str, list[Any]], outcomes: Mapping[str, FieldOutcome], now: float
) -> dict[str, list[Any]]:
    """The last result of each field: [outcome, when, when it was last written], from those of before and this try's."""
    after = dict(before)
    for name, outcome in outcomes.items():
        written_at = now if outcome == "changed" else (before.get(name) or [None, None, None])[2]
        after[name] = [outcome, now, written_at]
    return after
