"""The hour keeper: what each hour brought, for the page's curves. It counts with ``SyncStats`` and hands on what has come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from events import SyncStats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events import DrainFinished, DrainProgress, Event

KEPT = (
    "jobs_succeeded",
    "jobs_unchanged",
    "jobs_failed",
    "jobs_to_dlq",
    "errors_by_type",
    "skips_by_reason",
    "processing_times",
    "index_hits",
    "index_misses",
    "match_hits",
    "match_misses",
)
"""Whole numbers that add up. The rest of the figures stands in stats.json."""


class Store(Protocol):
    """Where the hours are kept; the composer puts it together."""

    def add(self, at: float, figures: Mapping[str, Any]) -> None:
        """Add to the hour of this time."""


class HourKeeper:
    """Writes after each batch and at the end of a drain: a batch belongs to the hour in which it ended."""

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._stats = SyncStats(session_start=0.0)

    def _count(self, _sender: object, *, event: Event) -> None:
        self._stats.apply(event)

    on_job_succeeded = on_job_skipped = on_job_failed = on_job_dlq = _count

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:
        """A batch is settled, and says how often the caches knew the answer."""
        self._stats.apply(event)
        self._write(event.at)

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:
        """What came after the last batch."""
        self._write(event.at)

    def _write(self, at: float) -> None:
        figures = {name: value for name, value in self._stats.to_dict().items() if name in KEPT and value}
        if figures:
            self._store.add(at, figures)
            self._stats = SyncStats(session_start=0.0)
