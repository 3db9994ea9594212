"""The JSON of the page's operations, described once: mypy holds the answers to it, and ``scripts/page_types.py`` makes the
page's TypeScript types of it. Times are epoch seconds. Only types stand here, and an answer does not pay for them.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Outcome = Literal["changed", "unchanged", "skipped", "failed", "given_up"]
SceneState = Literal[
    "in_step", "waiting", "waiting_for_plex", "failed", "not_in_plex", "changed_in_plex", "held", "unknown"
]


class Badge(TypedDict):
    """What the navigation bar shows. ``woken``: scenes were due, nobody drained, and somebody does now."""

    failures: int
    woken: bool


class Queue(TypedDict):
    """How many scenes are in which state; ``next_due_at`` is when the next put-off one is tried."""

    pending: int
    in_flight: int
    deferred: int
    waiting_for_plex: int
    held: int
    previewed: int
    paused: bool
    next_due_at: float | None


class Plex(TypedDict):
    """``down_since``, ``reason`` and ``next_probe_at`` are there while Plex is away. ``libraries`` are those that are synced."""

    state: Literal["up", "down", "unknown"]
    down_since: float | None
    reason: str | None
    next_probe_at: float | None
    machine_identifier: str | None
    version: str | None
    libraries: list[str]
    movie_libraries: list[str]


class RunningDrain(TypedDict):
    """``total``, ``runner`` and the rest are None until the first batch is settled. ``rate`` in scenes a second."""

    drain_id: str
    runner: str | None
    started_at: float | None
    done: int
    total: int | None
    rate: float | None


class EndedDrain(TypedDict):
    """``counts`` by outcome."""

    drain_id: str
    runner: str
    started_at: float
    finished_at: float
    reason: str
    message: str
    done: int
    counts: dict[str, int]


class LastHour(TypedDict):
    """What the drains that began within an hour have done, ``counts`` by outcome."""

    done: int
    counts: dict[str, int]


class Worker(TypedDict):
    """Whether somebody drains, or was asked to."""

    draining: bool
    asked: bool
    synced_items: int
    drain: RunningDrain | None
    last_hour: LastHour
    last_drain: EndedDrain | None


class Result(TypedDict):
    """How a scene's last try ended; ``text`` says it in a few words."""

    scene_id: int
    title: str
    path: str
    at: float
    trigger: str
    result: Outcome
    text: str


class Comparing(TypedDict):
    """A comparison of the library at work, or broken off: ``at`` is when it looked at its last page. ``found`` by kind."""

    at: float
    scenes: int
    total: int
    queued: int
    deep: bool
    recent: bool
    found: dict[str, int]


class Compared(TypedDict):
    """A comparison that is through, at ``at``: how many scenes it looked at, queued, and ``found``, by kind."""

    at: float
    scenes: int
    queued: int
    deep: bool
    recent: bool
    found: dict[str, int]


class Reconcile(TypedDict):
    """The comparison of the library that goes on, and the last one."""

    under_way: Comparing | None
    last: Compared | None


class Now(TypedDict):
    """The state of this moment. ``errands`` are performers, studios, tags and groups whose scenes are still to be looked up."""

    at: float
    dry_run: bool
    queue: Queue
    errands: int
    reconcile: Reconcile
    plex: Plex
    stash_away_since: float | None
    worker: Worker
    failures: int
    results: list[Result]


class CauseOfFailure(TypedDict):
    """Scenes that failed for the same reason; of a search ``scenes`` counts those that it means. ``folder`` holds the files
    of all, or is empty.
    """

    error_type: str
    cause: str
    text: str
    hint: str
    scenes: int
    folder: str
    first_at: float
    last_at: float


class Failures(TypedDict):
    """The hundred most frequent causes, how many scenes failed in all, and how many of them a search has found."""

    at: float
    total: int
    found: int
    causes: list[CauseOfFailure]


class Candidate(TypedDict):
    """A Plex item that was looked at, its score from 0 to 1, and what spoke for it."""

    rating_key: int
    title: str
    path: str
    score: float
    evidence: str


class FailedScene(TypedDict):
    """One scene that was given up. ``candidates`` are the Plex items that could be meant, where the match was in doubt,
    ``targets`` those that were taken.
    """

    scene_id: int
    title: str
    path: str
    attempts: int
    message: str
    hint: str
    trigger: str
    died_at: float
    candidates: list[Candidate]
    targets: list[int]


class FailedScenes(TypedDict):
    """A page of the scenes of one cause, the newest first."""

    total: int
    offset: int
    machine_identifier: str | None
    scenes: list[FailedScene]


class Change(TypedDict):
    """A field of a Plex item that was written. ``old`` and ``new`` are texts, lists of tags, or a picture's hash."""

    id: int
    scene_id: int
    rating_key: int
    at: float
    field: str
    old: Any
    new: Any
    done: bool


class Activity(TypedDict):
    """A page of changes, the newest first; ``next_before`` asks for the next page, None at the end."""

    changes: list[Change]
    next_before: int | None
    fields: list[str]
    machine_identifier: str | None


class SceneItem(TypedDict):
    """A Plex item that shows the scene; ``outcomes`` by field: what came of it last, when, and when it was last written."""

    rating_key: int
    synced_at: float | None
    outcomes: dict[str, list[Any]]


class Match(TypedDict):
    """What the last match was made of. ``targets`` are the items that were taken."""

    confidence: str
    score: float
    method: str
    targets: list[int]
    candidates: list[Candidate]


class Scene(TypedDict):
    """A scene as PlexSync knows it. ``next_at`` is when it is tried next, ``pinned`` whether a person
    has said which item shows it, ``error`` the last one, ``hint`` its remedy.
    """

    scene_id: int
    state: SceneState
    text: str
    hint: str
    at: float | None
    next_at: float | None
    pinned: bool
    match: Match | None
    items: list[SceneItem]
    changes: list[Change]
    machine_identifier: str | None


class Acted(TypedDict):
    """How many scenes an action was done to, and whether syncing is paused."""

    scenes: int
    paused: bool


class Problem(TypedDict):
    """The plugin could not do what was asked: a text for a person."""

    problem: str
