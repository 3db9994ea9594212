"""The history keeper: the last result of each scene, with its evidence, and how the drains went, for whoever looks later.

"Show Status", ``watch`` and ``explain`` read it from the database; they ask no worker.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Protocol

from events import JobFailed, JobSkipped, JobSucceeded, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events import DrainFinished, DrainProgress, DrainStarted, JobEvent, MatchScored

SHOWN_CANDIDATES = 5
WORTH_A_ROW = frozenset({"refused", "plex_trouble", "stash_away"})
"""Ends of drains that have done nothing, and of which somebody wants to know why."""
NO_DETAIL = frozenset({"scene_id", "title", "path", "drain_id", "at", "trigger"})
"""What stands beside the detail."""


class Store(Protocol):
    """Where the history is kept; the composer puts it together."""

    def note(self, results: list[dict[str, Any]], drain: dict[str, Any]) -> None:
        """Keep results of scenes, and how the drain stands."""


class HistoryKeeper:
    """Writes after each batch and at the end of a drain."""

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._results: dict[int, dict[str, Any]] = {}
        self._matches: dict[int, MatchScored] = {}
        self._counts: Counter[str] = Counter()
        self._drain: dict[str, Any] = {}

    def on_drain_started(self, _sender: object, *, event: DrainStarted) -> None:
        """A drain begins; it is worth a row when it has done something."""
        self._results.clear()
        self._matches.clear()
        self._counts.clear()
        self._drain = {"drain_id": event.drain_id, "runner": event.runner, "started_at": event.at}

    def on_match_scored(self, _sender: object, *, event: MatchScored) -> None:
        """Keep the evidence for the result that comes, be it after the end of the batch that is under way."""
        self._matches[event.scene_id] = event

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """It was written, or there was nothing to write."""
        self._take(event, "changed" if event.changed else "unchanged")

    def on_job_skipped(self, _sender: object, *, event: JobSkipped) -> None:
        """There was nothing to do."""
        self._take(event, "skipped")

    def on_job_failed(self, _sender: object, *, event: JobFailed) -> None:
        """A try has failed."""
        self._take(event, "failed" if event.will_retry else "given_up")

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:
        """A batch is settled: write it down."""
        self._write(event.at, done=event.done, total=event.total)

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:
        """Write how it ended, unless there was nothing to do at all."""
        if event.processed or self._results or event.reason in WORTH_A_ROW:
            ended = {"finished_at": event.at, "reason": event.reason, "message": event.message}
            self._write(event.at, done=event.processed, total=event.processed, **ended)
        self._matches.clear()
        self._drain = {}

    def _take(self, event: JobSucceeded | JobSkipped | JobFailed, result: str) -> None:
        self._counts[result] += 1
        match = self._matches.pop(event.scene_id, None)
        # A run over a whole library finds most scenes in order: of those the word is enough.
        is_news = not (result == "unchanged" and event.trigger.startswith("sync_"))
        detail = _detail(event, match) if is_news else {}
        self._results[event.scene_id] = {**_common(event), "result": result, "detail": detail}

    def _write(self, at: float, **state: Any) -> None:
        if not self._drain:  # it has heard of no start: an observer that came late
            return
        drain = {**self._drain, "seen_at": at, **state, "counts": dict(self._counts)}
        results, self._results = list(self._results.values()), {}
        self._store.note(results, drain)


def _detail(event: JobSucceeded | JobSkipped | JobFailed, match: MatchScored | None) -> dict[str, Any]:
    detail = {name: value for name, value in plain(event).items() if name not in NO_DETAIL}
    if match is not None:
        detail["match"] = {
            "confidence": match.confidence,
            "score": match.score,
            "method": match.method,
            "targets": list(match.targets),
            "candidates": [plain(candidate) for candidate in match.candidates[:SHOWN_CANDIDATES]],
        }
    return detail


def _common(event: JobEvent) -> Mapping[str, Any]:
    return {
        "scene_id": event.scene_id,
        "at": event.at,
        "drain_id": event.drain_id,
        "trigger": event.trigger,
        "title": event.title,
        "path": event.path,
    }
