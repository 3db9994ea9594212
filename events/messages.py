"""What can happen, as frozen dataclasses. Each carries all that an observer may want, so that none has to ask the worker.

Times called ``at`` and ``…_at`` are epoch seconds, ``…_s`` durations in seconds. Everything is immutable, mappings too;
``plain`` gives a copy that ``json.dumps`` takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from types import MappingProxyType
from typing import Any, Literal

Confidence = Literal["high", "low", "none"]
FieldOutcome = Literal["changed", "equal", "kept", "failed"]


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


def _freeze(event: Any) -> None:
    """What an observer hears, the next one must hear unchanged: a caller's list or dict becomes one that nobody can alter."""
    for f in fields(event):
        value = getattr(event, f.name)
        if isinstance(value, Mapping):
            object.__setattr__(event, f.name, MappingProxyType(dict(value)))
        elif isinstance(value, list):
            object.__setattr__(event, f.name, tuple(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A Plex item that could be meant, with the evidence for it and a score from 0 to 1."""

    rating_key: int
    title: str
    path: str
    score: float
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """What all events of a job carry. ``path`` is the scene's primary file as Stash sees it, ``attempt`` begins at 1.
    ``trigger`` is what queued the job: a hook's name, sync_all, sync_recent, retry, appeared …
    """

    scene_id: int
    title: str
    path: str
    attempt: int
    drain_id: str
    at: float
    trigger: str = ""

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchScored(JobEvent):
    """A match was looked for. ``targets`` are the ratingKeys that were found; what becomes of the job is told next."""

    confidence: Confidence
    score: float
    method: str
    candidates: tuple[Candidate, ...] = ()
    targets: tuple[int, ...] = ()
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSucceeded(JobEvent):
    """The Plex items show what Stash has, as was read back, and the job has left the queue."""

    duration_s: float
    confidence: Confidence = "high"
    score: float | None = None
    """The match's, from 0 to 1; None when none was looked for."""
    changed: tuple[str, ...] = ()
    """Fields that were written; empty: Plex was already right."""
    outcomes: Mapping[str, FieldOutcome] = field(default_factory=_nothing)
    targets: tuple[int, ...] = ()
    replaced: tuple[str, ...] = ()
    """Fields in which a person's edit in Plex was overwritten."""
    notes: tuple[str, ...] = ()
    """What was left out, in words: a text that was cut, a date that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSkipped(JobEvent):
    """There was nothing to do: no failure. ``reason`` is deleted, no_files, not_in_plex, waiting_for_plex, shared_item or held."""

    duration_s: float
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPreviewed(JobEvent):
    """A dry run has looked at the scene, and nothing was written; told in place of all other events of a job. ``result`` is change,
    nothing_to_do, not_in_plex, uncertain, shared_item, no_files, deleted or failed. The job waits for the dry run's end.
    """

    duration_s: float
    result: str
    would_change: tuple[str, ...] = ()
    """Fields that a sync would write or lock."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(JobEvent):
    """A try has failed, and the queue knows when the next one is; ``will_retry`` False means that it was the last.
    ``cause`` is the same for all scenes with the same trouble; ``waits`` says that the scene is looked at again as soon
    as Plex has new items, and that no try was spent.
    """

    duration_s: float
    max_attempts: int
    error_type: str
    message: str
    hint: str
    will_retry: bool
    next_try_at: float | None = None
    tried: str = ""
    confidence: Confidence | None = None
    score: float | None = None
    outcomes: Mapping[str, FieldOutcome] = field(default_factory=_nothing)
    """As far as the try came: a field that was to change and was not read back has failed."""
    cause: str = ""
    waits: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDlq(JobEvent):
    """The scene was given up: its job is gone and its dead letter is on disk. ``dead_total`` counts all dead letters."""

    error_type: str
    message: str
    hint: str
    retry_count: int
    dead_total: int
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterClosed:
    """A dead letter is gone; told once, before the scene's next try. ``reason`` is edited, appeared (in Plex), run, retried,
    discarded, purged, held or deleted (in Stash); the first three happen by themselves.
    """

    scene_id: int
    title: str
    path: str
    drain_id: str
    at: float
    error_type: str
    cause: str
    died_at: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainStarted:
    """A drain has the lock and begins; ``due`` jobs are waiting. ``runner`` is task, watcher, service or terminal."""

    drain_id: str
    at: float
    runner: str
    due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlexTraffic:
    """Requests that Plex answered, and bytes of addresses and bodies, since the drain's last event that told of them.

    So the pieces add up to the whole, and of a drain that was killed only the last batch is missing.
    """

    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheUse:
    """Lookups in the two caches since the drain's last progress: a hit found something, or a match that was known."""

    index_hits: int = 0
    index_misses: int = 0
    match_hits: int = 0
    match_misses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainProgress:
    """A batch is settled. ``index`` and ``matches`` are the statistics of the two caches so far, ``caches`` and ``traffic``
    what this batch added.
    """

    drain_id: str
    at: float
    done: int
    total: int
    depth: int
    index: Mapping[str, float] = field(default_factory=_nothing)
    matches: Mapping[str, float] = field(default_factory=_nothing)
    caches: CacheUse = CacheUse()
    traffic: PlexTraffic = PlexTraffic()

    def __post_init__(self) -> None:
        _freeze(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainFinished:
    """A drain has ended; ``reason`` is empty, dry_run, handed_over, paused, plex_down, plex_trouble, refused, stopped or stash_away."""

    drain_id: str
    at: float
    processed: int
    duration_s: float
    reason: str
    message: str = ""
    traffic: PlexTraffic = PlexTraffic()
    """What came after the last progress; all of it when there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlexDown:
    """Plex does not answer; said once for an outage. Every job stays queued, with no try spent."""

    at: float
    error_type: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlexUp:
    """Plex answers again, after ``down_s`` seconds."""

    at: float
    down_s: float


Event = (
    MatchScored
    | JobSucceeded
    | JobSkipped
    | JobPreviewed
    | JobFailed
    | JobDlq
    | DeadLetterClosed
    | DrainStarted
    | DrainProgress
    | DrainFinished
    | PlexDown
    | PlexUp
)


def plain(event: Event | Candidate | CacheUse | PlexTraffic) -> dict[str, Any]:
    """The event as dicts, lists and plain values, for JSON. (``dataclasses.asdict`` cannot copy read-only mappings.)"""
    return {f.name: _plain(getattr(event, f.name)) for f in fields(event)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def copied(event: Event) -> Event:
    """The event anew, down to its mappings and candidates: whatever is done to it, nobody else sees."""
    made: Event = _copied(event)
    return made


def _copied(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(**{f.name: _copied(getattr(value, f.name)) for f in fields(value)})
    if isinstance(value, Mapping):
        return MappingProxyType({key: _copied(entry) for key, entry in value.items()})
    return tuple(map(_copied, value)) if isinstance(value, tuple) else value
