"""The batch summarizer: a line for a number of jobs, never one for each.

From 200 jobs in one drain on the interval grows with what was done, so that 1,000 jobs lead to about thirty summaries
and 50,000 to fewer than sixty. As long as a drain has changed nothing, its summaries go to debug; the one at its end
then covers them all. So the batches at info level never overlap, and their sum is the session.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from events import SyncStats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events import (
        DrainFinished,
        DrainProgress,
        DrainStarted,
        JobDlq,
        JobFailed,
        JobSkipped,
        JobSucceeded,
        PlexDown,
        PlexUp,
    )

log = logging.getLogger("plexsync.Sync")
json_log = logging.getLogger("plexsync.Stats")

SKIPS = {
    "deleted": "deleted in Stash",
    "no_files": "without a file",
    "not_in_plex": "not in Plex",
    "waiting_for_plex": "Plex has not found the file yet",
    "shared_item": "the Plex item shows another scene",
}
"""The reasons of skips in words."""
PERCENTILES = (50, 95, 99)
GROWS_FROM = 200
GROWTH = 6
"""From there on the next summary comes when a sixth more is done."""


class BatchSummarizer:
    """``every`` is the number of jobs for each summary while a drain is short; 1 or more."""

    def __init__(self, *, every: int = 10) -> None:
        if every < 1:
            raise ValueError(f"every is {every}; it must be 1 or more")
        self._every = every
        self._session = SyncStats()
        """All batches before this one."""
        self._batch = SyncStats()
        self._begin()

    def _begin(self) -> None:
        self._jobs, self._next = 0, self._every
        self._changed_nothing = True
        self._caches: dict[str, Mapping[str, float]] = {}
        self._requests = 0

    def on_drain_started(self, _sender: object, *, event: DrainStarted) -> None:  # noqa: ARG002 -- a start is a start
        """A drain's jobs are counted from its start."""
        self._begin()

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """One more, and perhaps a summary."""
        self._take(event)
        self._changed_nothing &= not event.changed
        self._say_when_due()

    def on_job_skipped(self, _sender: object, *, event: JobSkipped) -> None:
        """One more, and perhaps a summary."""
        self._take(event)
        self._say_when_due()

    def on_job_failed(self, _sender: object, *, event: JobFailed) -> None:
        """One more, and perhaps a summary; of a last failure the dead letter comes first, to stand in the same one."""
        self._take(event)
        self._changed_nothing = False
        if event.will_retry:
            self._say_when_due()

    def on_job_dlq(self, _sender: object, *, event: JobDlq) -> None:
        """It belongs to the failure before it."""
        self._batch.apply(event)
        self._say_when_due()

    def on_plex_down(self, _sender: object, *, event: PlexDown) -> None:
        """A figure of the session."""
        self._batch.apply(event)

    def on_plex_up(self, _sender: object, *, event: PlexUp) -> None:
        """A figure of the session."""
        self._batch.apply(event)

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:
        """Keep what the caches did for the next summary's debug line."""
        self._caches = {"index": event.index, "matches": event.matches}
        self._requests += event.traffic.requests

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:
        """What no summary at info level has covered yet is summed up, whatever the drain's end was."""
        self._requests += event.traffic.requests
        if self._batch.jobs_processed or self._batch.jobs_skipped:
            self._say(logging.INFO)
        if self._jobs:
            log.debug("%d jobs in %.1f s (%s)", self._jobs, event.duration_s, event.reason)
        self._begin()

    def _take(self, event: JobSucceeded | JobSkipped | JobFailed) -> None:
        self._say_when_due()
        self._batch.apply(event)
        self._jobs += 1

    def _say_when_due(self) -> None:
        if self._jobs < self._next:
            return
        grown = self._jobs // GROWTH if self._jobs >= GROWS_FROM else 0
        self._next = self._jobs + max(self._every, grown)
        self._say(logging.DEBUG if self._changed_nothing else logging.INFO)

    def _say(self, level: int) -> None:
        session = self._session.merge(self._batch)
        text, told = f"Sync summary: {sentence(self._batch)}", figures(self._batch)
        told |= _changed(self._batch)
        if self._session.jobs_processed or self._session.jobs_skipped:
            text += f" | session: {sentence(session)}"
            told["session"] = figures(session) | _of_a_session(session)
        else:  # of its first batch the figures are the session's: they are not said twice
            told |= _of_a_session(session)
        log.log(level, "%s", text)
        json_log.log(level, "%s", json.dumps(told, ensure_ascii=False))
        self._say_caches()
        if level == logging.INFO:
            self._session, self._batch = session, SyncStats()

    def _say_caches(self) -> None:
        if not self._caches or not log.isEnabledFor(logging.DEBUG):
            return
        rates = ", ".join(f"{name} {_hit_rate(stats)}" for name, stats in self._caches.items())
        log.debug("cache hits: %s; %d requests to Plex", rates, self._requests)


def sentence(stats: SyncStats) -> str:
    """The figures as a person reads them; what was unchanged or skipped is named when there is any."""
    extras = [f"{stats.jobs_unchanged} unchanged"] if stats.jobs_unchanged else []
    extras += [
        f"{count} skipped ({SKIPS.get(reason, reason)})"
        for reason, count in sorted(stats.skips_by_reason.items())
    ]
    if not stats.jobs_processed:
        return f"nothing to sync, {', '.join(extras)}"
    text = (
        f"{stats.jobs_succeeded}/{stats.jobs_processed} succeeded ({stats.success_rate:.1f}%), avg {_ms(stats.avg_processing_time)}ms, "
        f"confidence: {stats.high_confidence_matches} high / {stats.low_confidence_matches} low"
    )
    return f"{text}, {', '.join(extras)}" if extras else text


def figures(stats: SyncStats) -> dict[str, Any]:
    """For machines: nine that are always there, and the others where there is something to tell."""
    told: dict[str, Any] = {
        "processed": stats.jobs_processed,
        "succeeded": stats.jobs_succeeded,
        "failed": stats.jobs_failed,
        "to_dlq": stats.jobs_to_dlq,
        "success_rate": f"{stats.success_rate:.1f}%",
        "avg_time_ms": _ms(stats.avg_processing_time),
        "errors_by_type": dict(stats.errors_by_type),
        "high_confidence": stats.high_confidence_matches,
        "low_confidence": stats.low_confidence_matches,
    }
    more = {
        "unchanged": stats.jobs_unchanged,
        "retries": stats.retries,
        "skipped": dict(stats.skips_by_reason),
    }
    return told | {name: value for name, value in more.items() if value}


def _changed(stats: SyncStats) -> dict[str, Any]:
    """Which fields the batch has written, and how often."""
    fields = {name: outcomes["changed"] for name, outcomes in stats.outcomes_by_field.items()}
    changed = {name: count for name, count in fields.items() if count}
    return {"changed_fields": changed} if changed else {}


def _of_a_session(stats: SyncStats) -> dict[str, Any]:
    """What says little of ten jobs, and nothing of a single one."""
    told: dict[str, Any] = {}
    if stats.jobs_processed > 1:
        told = {f"p{percent}_time_ms": _ms(stats.percentile(percent)) for percent in PERCENTILES}
    if stats.plex_outages or stats.plex_down_s:
        told |= {"outages": stats.plex_outages, "down_s": round(stats.plex_down_s)}
    return told


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


def _hit_rate(lookups: Mapping[str, float]) -> str:
    hits = lookups.get("hits", 0)
    asked = hits + lookups.get("misses", 0)
    return f"{100 * hits / asked:.1f}% of {asked:.0f}" if asked else "not asked"
