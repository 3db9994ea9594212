"""What a restore has done, left and not been able to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync_queue.ledger import NOBODY

if TYPE_CHECKING:
    from worker.restore_plans import Candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that a person is told of one item; ``field`` is empty where it is about the whole item."""

    scene_id: int
    rating_key: int
    title: str
    field: str
    why: str


@dataclass(slots=True, kw_only=True)
class Report:
    """``items`` that were looked at, of which ``restored`` were written; ``unlocked`` counts locks that were taken away."""

    items: int = 0
    restored: int = 0
    gone: int = 0
    unlocked: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    held: set[int] = field(default_factory=set)
    left: list[Note] = field(default_factory=list)
    failed: list[Note] = field(default_factory=list)


def scene_of(candidate: Candidate) -> int:
    """The scene that the item belongs to, or was written for last; 0 when that is not known."""
    return candidate.entry.scene_id or (candidate.changes[0].scene_id if candidate.changes else NOBODY)


def note_of(candidate: Candidate, title: str, why: str) -> Note:
    """Of the whole item."""
    entry = candidate.entry
    return Note(scene_id=scene_of(candidate), rating_key=entry.rating_key, title=title, field="", why=why)
