"""``SyncStats``: the figures of a run, as a pure fold over its events. Every observer that needs figures keeps its own."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from events.messages import JobDlq, JobFailed, JobSkipped, JobSucceeded, PlexDown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events.messages import Event


@dataclass(slots=True)
class SyncStats:
    """Counts, and times in seconds. ``jobs_processed`` counts tries that ended in success or failure; skips stand apart.

    Confidence is counted once for each job that has ended: by its success, or by the failure that was the last.
    """

    jobs_processed: int = 0
    jobs_succeeded: int = 0
    jobs_unchanged: int = 0
    """Of those that succeeded, the ones where Plex was already right."""
    jobs_failed: int = 0
    jobs_to_dlq: int = 0
    total_processing_time: float = 0.0
    session_start: float = field(default_factory=time.time)
    errors_by_type: Counter[str] = field(default_factory=Counter)
    skips_by_reason: Counter[str] = field(default_factory=Counter)
    high_confidence_matches: int = 0
    low_confidence_matches: int = 0
    plex_outages: int = 0

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

    def record_success(self, processing_time: float, confidence: str = "high") -> None:
        """A job has succeeded."""
        self.jobs_processed += 1
        self.jobs_succeeded += 1
        self.total_processing_time += processing_time
        self._count_match(confidence)

    def record_failure(self, error_type: str, processing_time: float, to_dlq: bool = False) -> None:
        """A try has failed; ``to_dlq`` when the scene was given up with it."""
        self.jobs_processed += 1
        self.jobs_failed += 1
        self.total_processing_time += processing_time
        self.errors_by_type[error_type] += 1
        if to_dlq:
            self.jobs_to_dlq += 1

    def apply(self, event: Event) -> None:
        """Take any event into account; those that are no figures change nothing."""
        match event:
            case JobSucceeded():
                self.record_success(event.duration_s, event.confidence)
                self.jobs_unchanged += not event.changed
            case JobFailed():
                self.record_failure(event.error_type, event.duration_s)
                if not event.will_retry:
                    self._count_match(event.confidence)
            case JobDlq():
                self.jobs_to_dlq += 1
            case JobSkipped():
                self.skips_by_reason[event.reason] += 1
            case PlexDown():
                self.plex_outages += 1
            case _:
                pass

    def _count_match(self, confidence: str | None) -> None:
        self.high_confidence_matches += confidence == "high"
        self.low_confidence_matches += confidence == "low"

    def copy(self) -> SyncStats:
        """The figures of this moment, which later events do not change."""
        return replace(
            self, errors_by_type=Counter(self.errors_by_type), skips_by_reason=Counter(self.skips_by_reason)
        )

    def merge(self, other: SyncStats) -> SyncStats:
        """The figures of both together, as if one fold had seen all events; the earlier start counts."""
        merged = SyncStats(session_start=min(self.session_start, other.session_start))
        for name in FIGURES:
            setattr(merged, name, getattr(self, name) + getattr(other, name))
        return merged

    def since(self, earlier: SyncStats) -> SyncStats:
        """What has been added to ``earlier``, a former state of this fold: ``earlier.merge(now.since(earlier))`` is now."""
        added = SyncStats(session_start=self.session_start)
        for name in FIGURES:
            setattr(added, name, getattr(self, name) - getattr(earlier, name))
        return added

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, a copy."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: dict(value) if isinstance(value, Counter) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SyncStats:
        """Read what ``to_dict`` wrote; unknown keys are left out, missing ones are zero. Raises ValueError for odd values."""
        stats = cls(session_start=0.0)
        for f in fields(cls):
            if f.name in data:
                setattr(stats, f.name, _read(f.name, data[f.name]))
        return stats


COUNTERS = ("errors_by_type", "skips_by_reason")
FLOATS = ("total_processing_time", "session_start")
FIGURES = tuple(f.name for f in fields(SyncStats) if f.name != "session_start")
"""What adds up."""


def _read(name: str, value: Any) -> Any:
    if name in COUNTERS:
        if isinstance(value, dict) and all(_is_count(n) for n in value.values()):
            return Counter({str(key): n for key, n in value.items()})
    elif _is_count(value) or (
        name in FLOATS and type(value) is float and math.isfinite(value) and value >= 0
    ):
        return value
    raise ValueError(f"{name} is {value!r:.80}")


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0
