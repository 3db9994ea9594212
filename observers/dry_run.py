"""The summarizer of a dry run: what its scenes would come to, in lines that say that nothing was written."""

from __future__ import annotations

import json
import logging
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from events import DrainFinished, DrainStarted, JobPreviewed

log = logging.getLogger("plexsync.Sync")
json_log = logging.getLogger("plexsync.Stats")

GROWS_FROM = 200
GROWTH = 6
"""From there on the next summary comes when a sixth more is done."""


class DryRunSummarizer:
    """``every`` is the number of scenes for each summary while a drain is short; each says how it stands since the drain's start."""

    def __init__(self, *, every: int = 10) -> None:
        self._every = every
        self._begin()

    def _begin(self) -> None:
        self._results: Counter[str] = Counter()
        self._fields: Counter[str] = Counter()
        self._told = 0

    def on_drain_started(self, _sender: object, *, event: DrainStarted) -> None:  # noqa: ARG002 -- a start is a start
        """A drain's scenes are counted from its start."""
        self._begin()

    def on_job_previewed(self, _sender: object, *, event: JobPreviewed) -> None:
        """One more, and perhaps a summary."""
        self._results[event.result] += 1
        self._fields.update(event.would_change)
        done = self._results.total()
        step = max(self._every, done // GROWTH if done >= GROWS_FROM else 0)
        if done - self._told >= step:
            self._say()

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:  # noqa: ARG002 -- an end is an end
        """What was not told yet."""
        if self._results.total() > self._told:
            self._say()
        self._begin()

    def _say(self) -> None:
        self._told = self._results.total()
        change = self._results["change"]
        others = "".join(
            f", {count} {result.replace('_', ' ')}"
            for result, count in sorted(self._results.items())
            if result != "change"
        )
        log.info(
            "Sync summary [dry run]: %d of %d scenes would be changed%s; nothing was written to Plex",
            change,
            self._told,
            others,
        )
        told = {
            "dry_run": True,
            "previewed": self._told,
            "results": dict(self._results),
            "would_change": dict(self._fields),
        }
        json_log.info("%s", json.dumps(told, ensure_ascii=False))
