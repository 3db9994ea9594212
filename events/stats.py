"""``SyncStats``: the figures of a run, as a pure fold over its events. Every observer that needs figures keeps its own.

Everything in it adds up exactly: folding events in one go equals folding them in parts and merging, to the last digit.
"""

from __future__ import annotations

import math
import operator
import time
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from events.durations import add_seconds, bin_of, microseconds, percentile_s
from events.messages import (
    DeadLetterClosed,
    DrainFinished,
    DrainProgress,
    JobDlq,
    JobFailed,
    JobSkipped,
    JobSucceeded,
    PlexDown,
    PlexUp,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from events.messages import CacheUse, Event, FieldOutcome, PlexTraffic

SCORE_BINS = 10


@dataclass(slots=True)
class SyncStats:
    """Counts, bytes, and times in seconds. ``jobs_processed`` counts tries that ended in success or failure; skips stand apart.

    Confidence and score are counted once for each job that has ended: by its success, or by the failure that was the last.
    Times are kept to the microsecond, because whole microseconds add up without rounding.
    """

    jobs_processed: int = 0
    jobs_succeeded: int = 0
    jobs_unchanged: int = 0
    """Of those that succeeded, the ones where Plex was already right."""
    jobs_failed: int = 0
    jobs_to_dlq: int = 0
    retries: int = 0
    """Of those processed, the tries of a job that had been tried before."""
    total_processing_time: float = 0.0
    session_start: float = field(default_factory=time.time)
    errors_by_type: Counter[str] = field(default_factory=Counter)
    skips_by_reason: Counter[str] = field(default_factory=Counter)
    letters_closed: Counter[str] = field(default_factory=Counter)
    """Scenes that were given up and are so no longer, by reason, as ``DeadLetterClosed`` has it."""
    outcomes_by_field: dict[str, Counter[str]] = field(default_factory=dict)
    """For each field of Plex's how often it was changed, equal, kept or failed, over all tries."""
    high_confidence_matches: int = 0
    low_confidence_matches: int = 0
    matches_by_score: Counter[str] = field(default_factory=Counter)
    """By the lower end of ten bins, from "0.0" to "0.9"; a score of 1 is in the last."""
    processing_times: Counter[int] = field(default_factory=Counter)
    """How many took how long, by the upper end of a bin in microseconds; see ``events.durations``."""
    plex_outages: int = 0
    """Counted when they begin, and their length when they end, perhaps by another process."""
    plex_down_s: float = 0.0
    longest_outage_s: float = 0.0
    plex_requests: int = 0
    plex_bytes_sent: int = 0
    plex_bytes_received: int = 0
    index_hits: int = 0
    index_misses: int = 0
    match_hits: int = 0
    match_misses: int = 0
    """Lookups in the index and among the matches that were known; a hit needed no look at Plex, or no look for a match."""

    @property
    def success_rate(self) -> float:
        """In percent; 0.0 when nothing was processed."""
        return 100.0 * self.jobs_succeeded / self.jobs_processed if self.jobs_processed else 0.0

    @property
    def avg_processing_time(self) -> float:
        """In seconds; 0.0 when nothing was processed."""
        return self.total_processing_time / self.jobs_processed if self.jobs_processed else 0.0

    @property
    def jobs_skipped(self) -> int:
        """Jobs where there was nothing to do, for whatever reason."""
        return sum(self.skips_by_reason.values())

    def percentile(self, percent: int) -> float:
        """The processing time in seconds, within 1 %, that so many percent of the tries did not exceed; 0.0 without any."""
        return percentile_s(self.processing_times, percent)

    def record_success(self, processing_time: float, confidence: str = "high") -> None:
        """A job has succeeded."""
        self.jobs_succeeded += 1
        self._record(processing_time)
        self._count_match(confidence, None)

    def record_failure(self, error_type: str, processing_time: float, to_dlq: bool = False) -> None:
        """A try has failed; ``to_dlq`` when the scene was given up with it."""
        self.jobs_failed += 1
        self._record(processing_time)
        self.errors_by_type[error_type] += 1
        if to_dlq:
            self.jobs_to_dlq += 1

    def apply(self, event: Event) -> None:
        """Take any event into account; those that are no figures change nothing."""
        match event:
            case JobSucceeded():
                self._succeeded(event)
            case JobFailed():
                self._failed(event)
            case JobSkipped():
                self.skips_by_reason[event.reason] += 1
            case JobDlq():
                self.jobs_to_dlq += 1
            case DeadLetterClosed():
                self.letters_closed[event.reason] += 1
            case PlexDown():
                self.plex_outages += 1
            case PlexUp():
                self.plex_down_s = add_seconds(self.plex_down_s, event.down_s)
                self.longest_outage_s = max(self.longest_outage_s, add_seconds(0.0, event.down_s))
            case DrainProgress():
                self._count_traffic(event.traffic)
                self._count_lookups(event.caches)
            case DrainFinished():
                self._count_traffic(event.traffic)
            case _:
                pass

    def _succeeded(self, event: JobSucceeded) -> None:
        self.jobs_succeeded += 1
        self._record(event.duration_s)
        self.jobs_unchanged += not event.changed
        self.retries += event.attempt > 1
        self._count_match(event.confidence, event.score)
        self._count_outcomes(event.outcomes)

    def _failed(self, event: JobFailed) -> None:
        self.record_failure(event.error_type, event.duration_s)
        self.retries += event.attempt > 1
        if not event.will_retry:
            self._count_match(event.confidence, event.score)
        self._count_outcomes(event.outcomes)

    def _record(self, seconds: float) -> None:
        self.jobs_processed += 1
        self.total_processing_time = add_seconds(self.total_processing_time, seconds)
        self.processing_times[bin_of(microseconds(seconds))] += 1

    def _count_match(self, confidence: str | None, score: float | None) -> None:
        self.high_confidence_matches += confidence == "high"
        self.low_confidence_matches += confidence == "low"
        if score is not None and confidence in {"high", "low"}:
            self.matches_by_score[f"{min(int(score * SCORE_BINS), SCORE_BINS - 1) / SCORE_BINS:.1f}"] += 1

    def _count_outcomes(self, outcomes: Mapping[str, FieldOutcome]) -> None:
        for name, outcome in outcomes.items():
            self.outcomes_by_field.setdefault(name, Counter())[outcome] += 1

    def _count_traffic(self, traffic: PlexTraffic) -> None:
        self.plex_requests += traffic.requests
        self.plex_bytes_sent += traffic.bytes_sent
        self.plex_bytes_received += traffic.bytes_received

    def _count_lookups(self, caches: CacheUse) -> None:
        self.index_hits += caches.index_hits
        self.index_misses += caches.index_misses
        self.match_hits += caches.match_hits
        self.match_misses += caches.match_misses

    def copy(self) -> SyncStats:
        """The figures of this moment, which later events do not change."""
        return self.merge(SyncStats(session_start=math.inf))

    def merge(self, other: SyncStats) -> SyncStats:
        """The figures of both together, as if one fold had seen all events; the earlier start counts."""
        merged = SyncStats(session_start=0.0)
        for name in NAMES:
            together = HOW_TO_MERGE.get(name, operator.add)
            setattr(merged, name, together(getattr(self, name), getattr(other, name)))
        return merged

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, a copy."""
        return {name: _plain(getattr(self, name)) for name in NAMES}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SyncStats:
        """Read what ``to_dict`` wrote; unknown keys are left out, missing ones are zero. Raises ValueError for odd values."""
        stats = cls(session_start=0.0)
        for name in NAMES:
            if name in data:
                setattr(stats, name, _read(name, data[name]))
        return stats


NAMES = tuple(f.name for f in fields(SyncStats))


def _merge_outcomes(
    first: dict[str, Counter[str]], second: dict[str, Counter[str]]
) -> dict[str, Counter[str]]:
    nothing: Counter[str] = Counter()
    return {name: first.get(name, nothing) + second.get(name, nothing) for name in (first | second)}


HOW_TO_MERGE: dict[str, Callable[[Any, Any], Any]] = {
    "total_processing_time": add_seconds,
    "plex_down_s": add_seconds,
    "longest_outage_s": max,
    "session_start": min,
    "outcomes_by_field": _merge_outcomes,
}
"""All else is added."""


def _plain(value: Any) -> Any:
    return {str(key): _plain(value[key]) for key in sorted(value)} if isinstance(value, dict) else value


def _read(name: str, value: Any) -> Any:
    """Raises ValueError for what ``to_dict`` cannot have written."""
    read: Callable[[Any], Any] = _READERS.get(name, _read_count)
    try:
        return read(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {value!r:.80}") from None


def _read_count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def _read_seconds(value: Any) -> float:
    if type(value) not in {int, float} or not math.isfinite(value) or value < 0:
        raise ValueError
    return float(value)


def _read_counter(value: Any) -> Counter[str]:
    return Counter({key: _read_count(count) for key, count in _mapping(value).items()})


def _read_times(value: Any) -> Counter[int]:
    """Bounds are looked up anew: those of a version with other bins fall into the nearest of ours."""
    times: Counter[int] = Counter()
    for bound, count in _mapping(value).items():
        times[bin_of(int(bound))] += _read_count(count)
    return times


def _read_outcomes(value: Any) -> dict[str, Counter[str]]:
    return {name: _read_counter(outcomes) for name, outcomes in _mapping(value).items()}


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "total_processing_time": _read_seconds,
    "session_start": _read_seconds,
    "plex_down_s": _read_seconds,
    "longest_outage_s": _read_seconds,
    "errors_by_type": _read_counter,
    "skips_by_reason": _read_counter,
    "letters_closed": _read_counter,
    "matches_by_score": _read_counter,
    "processing_times": _read_times,
    "outcomes_by_field": _read_outcomes,
}
"""All else is a count."""
