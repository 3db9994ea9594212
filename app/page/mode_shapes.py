"""The JSON of the operations that ask Stash and Plex, as ``app/page/shapes.py`` describes that of the page's own."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

RestoreReason = Literal["done", "stopped", "trouble"]


class Check(TypedDict):
    """A tested condition of Check Setup. ``rule`` may be put into the path map; empty where none is suggested."""

    name: str
    ok: bool
    text: str
    remedy: str
    rule: str


class Checked(TypedDict):
    """What Check Setup found; ``ok`` when no check has failed."""

    ok: bool
    checks: list[Check]


class PlexAway(TypedDict):
    """Since when, and how that was noticed."""

    since: float
    reason: str


class Trigger(TypedDict):
    """What queued a scene: its name, and in words."""

    name: str
    what: str
    at: float


class ExplainedFailure(TypedDict):
    """Why a scene was given up."""

    error_type: str
    message: str
    hint: str
    tries: int
    died_at: float
    scenes_with_this_cause: int


class MappedPath(TypedDict):
    """A scene's file as Stash has it, where Plex should see it, and the rule of the path map that says so."""

    stash: str
    plex: str
    rule: str | None


class NotLookedUp(TypedDict):
    """What could not be asked, and why."""

    part: str
    reason: str


class ExplainedItem(TypedDict):
    """A Plex item of the scene. ``fields`` by field: outcome, at, written_at; ``now`` is what Plex shows, None when it
    could not be asked.
    """

    rating_key: int
    library: str | None
    synced_at: float | None
    snapshot_at: float | None
    our_locks: list[str]
    fields: dict[str, dict[str, Any]]
    open_writes: list[str]
    now: dict[str, Any] | None


class ExplainedChange(TypedDict):
    """A field that was written."""

    at: float
    rating_key: int
    field: str
    old: Any
    new: Any
    drain_id: str


class Explanation(TypedDict):
    """Why a scene is, or is not, in step: ``state`` is a word of docs/status.md, ``advice`` empty where there is nothing
    to do. ``queue``, ``last_result`` and ``match`` are what the database, or the index, has.
    """

    scene_id: int
    at: float
    state: str
    why: str
    advice: str
    title: str
    path: str
    paused: bool
    plex_away: PlexAway | None
    trigger: Trigger | None
    queue: dict[str, Any] | None
    dead_letter: ExplainedFailure | None
    last_result: dict[str, Any] | None
    items: list[ExplainedItem]
    changes: list[ExplainedChange]
    in_stash: bool | None
    paths: list[MappedPath]
    match: dict[str, Any] | None
    not_looked_up: list[NotLookedUp]


class Pinned(TypedDict):
    """The item that the scene is pinned to."""

    scene_id: int
    rating_key: int
    title: str
    path: str


class Unpinned(TypedDict):
    """Whether there was a pin."""

    scene_id: int
    was_pinned: bool


class RestoreNote(TypedDict):
    """What was left as it is, or failed: of which item, and why. ``field`` is empty where it is the whole item."""

    scene_id: int
    rating_key: int
    title: str
    field: str
    why: str


class Restored(TypedDict):
    """What a restore did (operation ``restore`` or ``unlock``). ``items`` were looked at, ``restored`` of them written.

    ``held`` counts the scenes that are held by it; ``left`` and ``failed`` have the first hundred of so many.
    """

    reason: RestoreReason
    message: str
    restore_id: str
    preview: bool
    items: int
    restored: int
    unlocked: int
    gone: int
    fields: dict[str, int]
    held: int
    left: list[RestoreNote]
    left_total: int
    failed: list[RestoreNote]
    failed_total: int
