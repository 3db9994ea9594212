"""What a sync would do with one scene, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.reasons import Why

Result = Literal[
    "change",
    "nothing_to_do",
    "not_in_plex",
    "uncertain",
    "shared_item",
    "no_files",
    "deleted",
    "held",
    "failed",
]
RESULTS: Mapping[str, str] = {
    "change": "would be changed",
    "nothing_to_do": "nothing to do",
    "not_in_plex": "not in Plex",
    "uncertain": "matched with too little certainty",
    "shared_item": "the Plex item shows another scene",
    "no_files": "without a file",
    "deleted": "no longer in Stash",
    "held": "held until 'Resume Syncing'",
    "failed": "could not be looked at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlan:
    """One change: ``old`` and ``new`` are texts or lists of tags, of pictures the hashes, of locks ``unlocked`` and ``locked``."""

    field: str
    what: Literal["value", "picture", "lock"]
    old: Any
    new: Any
    why: Why
    size: int | None = None
    """Of a picture: bytes that would go up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptField:
    """A field that stays as it is in Plex though Stash has something else. Values are None where Plex was not read."""

    field: str
    plex: Any
    stash: Any
    why: Why


@dataclass(slots=True, kw_only=True)
class ItemPlan:
    """One Plex item. ``locks`` and ``unlocks`` name all fields whose lock changes, also those that get a value."""

    rating_key: int
    title: str
    library: str
    changes: list[FieldPlan] = field(default_factory=list)
    kept: list[KeptField] = field(default_factory=list)
    locks: list[str] = field(default_factory=list)
    unlocks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ScenePlan:
    """One scene. ``detail`` says more about a result other than ``change``.

    Of one that failed ``cause`` is what it has in common with others that failed so, and ``remedy`` is what to do.
    """

    scene_id: int
    title: str
    path: str
    result: Result
    detail: str = ""
    items: list[ItemPlan] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cause: str = ""
    remedy: str = ""
