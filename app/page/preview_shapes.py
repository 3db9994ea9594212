"""The JSON of the page's Preview view, as ``app/page/shapes.py`` describes that of the others."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class PreviewExample(TypedDict):
    """A scene that stands for others."""

    scene_id: int
    title: str
    detail: str


class PreviewReason(TypedDict):
    """A reason for leaving scenes, or fields of theirs, alone."""

    reason: str
    scenes: int
    examples: list[PreviewExample]


class PreviewField(TypedDict):
    """How often a field would be written, locked without a new value, or kept."""

    field: str
    changed: int
    locks: int
    kept: int


class PreviewSummary(TypedDict):
    """A report: ``change`` of ``scenes`` would be changed. ``html`` is where its page lies on Stash's machine."""

    report: str
    at: float
    scope: str
    dry_run: bool
    complete: bool
    scenes: int
    change: int
    fields: list[PreviewField]
    why: dict[str, int]
    skipped: list[PreviewReason]
    html: str


class PreviewTrouble(TypedDict):
    """Why the last preview could not be made."""

    at: float
    message: str


class Previews(TypedDict):
    """The newest reports, the newest first; ``running`` while another one is being made."""

    reports: list[PreviewSummary]
    running: bool
    trouble: PreviewTrouble | None


class PreviewLine(TypedDict):
    """A change. ``old`` and ``new`` are texts, lists of tags, or the hash of a picture; of a lock ``unlocked`` and ``locked``."""

    field: str
    what: Literal["value", "picture", "lock"]
    old: Any
    new: Any
    why: str
    size: int | None


class PreviewKept(TypedDict):
    """A field that stays as it is; ``plex`` and ``stash`` are None where Plex was not read."""

    field: str
    plex: Any
    stash: Any
    why: str


class PreviewItem(TypedDict):
    """A Plex item of a scene."""

    rating_key: int
    library: str
    changes: list[PreviewLine]
    kept: list[PreviewKept]


class PreviewScene(TypedDict):
    """A scene of a report."""

    scene_id: int
    title: str
    path: str
    result: str
    detail: str
    items: list[PreviewItem]
    notes: list[str]


class PreviewScenes(TypedDict):
    """A page of a report's scenes; ``next_at`` is where the next one begins."""

    scenes: list[PreviewScene]
    next_at: int | None
    machine_identifier: str | None
