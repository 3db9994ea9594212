"""The batch summarizer: a line for a number of jobs, never one for each.

From 200 jobs in one drain on the interval grows with what was done, so that 50,000 scenes write about fifty summaries.
Stretches in which nothing was to be done are summed up at debug level until the end.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from events import SyncStats

if TYPE_CHECKING:
    from events import DrainFinished, DrainProgress, DrainStarted, JobDlq, JobFailed, JobSkipped, JobSucceeded

log = logging.getLogger("plexsync.Sync")
json_log = logging.getLogger("plexsync.Stats")

GROWS_FROM = 200
GROWTH = 8
"""From then on the next summary comes when an eighth more is done."""


class BatchSummarizer:
    """``every`` is the number of jobs for each summary while a drain is short."""

    def __init__(self, *, every: int = 10) -> None:
        self._every = every
        self._session = SyncStats()
        self._batch = SyncStats()
        self._in_batch = self._in_drain = 0
        self._caches: dict[str, float] = {}

    def on_drain_started(self, _sender: object, *, event: DrainStarted) -> None:  # noqa: ARG002 -- the time is all that counts
        """A drain's jobs are counted from its start."""
        self._in_drain = 0

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """One more, and perhaps a summary."""
        self._take(event)

    def on_job_skipped(self, _sender: object, *, event: JobSkipped) -> None:
        """One more, and perhaps a summary."""
        self._take(event)

    def on_job_failed(self, _sender: object, *, event: JobFailed) -> None:
        """One more, and perhaps a summary."""
        self._take(event)

    def on_job_dlq(self, _sender: object, *, event: JobDlq) -> None:
        """It belongs to the failure before it."""
        self._session.apply(event)
        self._batch.apply(event)

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:
        """Keep the caches' hit rates for the next debug line."""
        self._caches = {
            "index": event.index.get("hit_rate", 0.0),
            "matches": event.matches.get("hit_rate", 0.0),
        }

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:
        """The end of a drain that did anything is always said."""
        if self._in_drain:
            self._say(final=True, took_s=event.duration_s)

    def _take(self, event: JobSucceeded | JobSkipped | JobFailed) -> None:
        # A failure's dead letter follows at once: the summary waits for the next job, so that both stand in one.
        if self._in_batch >= self._interval():
            self._say(final=False)
        self._session.apply(event)
        self._batch.apply(event)
        self._in_batch += 1
        self._in_drain += 1

    def _interval(self) -> int:
        done = self._in_drain
        return self._every if done < GROWS_FROM else max(self._every, done // GROWTH)

    def _say(self, *, final: bool, took_s: float = 0.0) -> None:
        batch, session = self._batch, self._session
        something = batch.jobs_succeeded > batch.jobs_unchanged or batch.jobs_failed
        level = logging.INFO if final or something else logging.DEBUG
        if final and session.jobs_processed + session.jobs_skipped > self._in_batch:
            log.log(level, "%s; session: %s", line(batch), line(session).removeprefix("Sync summary: "))
        else:
            log.log(level, "%s", line(batch))
        json_log.log(level, "%s", json.dumps(figures(batch, session), ensure_ascii=False))
        if self._caches:
            log.debug(
                "cache hit rates: index %.1f%%, matches %.1f%%",
                self._caches["index"],
                self._caches["matches"],
            )
        if final:
            log.debug("the drain took %.1f s", took_s)
        self._batch, self._in_batch = SyncStats(), 0


def line(stats: SyncStats) -> str:
    """The figures in one line, skips and unchanged ones named when there are any."""
    text = f"Sync summary: {stats.jobs_succeeded}/{stats.jobs_processed} succeeded ({stats.success_rate:.1f}%), avg {stats.avg_processing_time * 1000:.0f}ms, "
    text += f"confidence: {stats.high_confidence_matches} high / {stats.low_confidence_matches} low"
    extras = [f"{stats.jobs_unchanged} unchanged"] if stats.jobs_unchanged else []
    extras += [f"{count} skipped ({reason})" for reason, count in sorted(stats.skips_by_reason.items())]
    return ", ".join([text, *extras])


def figures(batch: SyncStats, session: SyncStats) -> dict[str, Any]:
    """The batch's figures for a machine, and the session's beside them."""
    return {**_plain(batch), "session": _plain(session)}


def _plain(stats: SyncStats) -> dict[str, Any]:
    return {
        "processed": stats.jobs_processed,
        "succeeded": stats.jobs_succeeded,
        "failed": stats.jobs_failed,
        "to_dlq": stats.jobs_to_dlq,
        "success_rate": f"{stats.success_rate:.1f}%",
        "avg_time_ms": f"{stats.avg_processing_time * 1000:.0f}",
        "errors_by_type": dict(stats.errors_by_type),
        "high_confidence": stats.high_confidence_matches,
        "low_confidence": stats.low_confidence_matches,
        "unchanged": stats.jobs_unchanged,
        "skipped": dict(stats.skips_by_reason),
    }
