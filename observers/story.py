"""The story teller: how it went with each scene, for whoever reads the details. Decisions at debug, evidence at trace."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from events import DrainStarted, JobEvent, JobSkipped, JobSucceeded, MatchScored

log = logging.getLogger("plexsync.Job")

TRACE = 5
"""Stash's own level below debug."""


class StoryTeller:
    """A debug line for each decision about a scene. Failures are told by others, at levels that nobody overlooks."""

    def on_drain_started(self, _sender: object, *, event: DrainStarted) -> None:
        """Say who begins, and with how much."""
        log.debug("a drain begins (%s); %d scenes are due", event.runner, event.due)

    def on_match_scored(self, _sender: object, *, event: MatchScored) -> None:
        """Say what was found, and at trace level every candidate with its evidence."""
        if not log.isEnabledFor(logging.DEBUG):
            return
        about = _about(event)
        if event.targets:
            _tell(
                event,
                "is Plex item %s by %s (%s confidence, score %.2f%s)",
                _listed(event.targets),
                event.method,
                event.confidence,
                event.score,
                ", remembered" if event.cached else "",
            )
        else:
            _tell(event, "has no certain Plex item among %d candidates", len(event.candidates))
        for one in event.candidates:
            log.log(
                TRACE,
                "Scene %d: item %d %r (%s) scores %.2f by %s",
                event.scene_id,
                one.rating_key,
                one.title,
                one.path,
                one.score,
                one.evidence,
                extra=about,
            )

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """Say what was written, and at trace level what became of every field."""
        if not log.isEnabledFor(logging.DEBUG):
            return
        items, spent_ms = _listed(event.targets), event.duration_s * 1000
        if event.changed:
            _tell(event, "wrote %s to item %s in %.0f ms", ", ".join(event.changed), items, spent_ms)
        else:
            _tell(event, "nothing to write to item %s (%.0f ms)", items, spent_ms)
        if event.outcomes:
            outcomes = ", ".join(f"{name} {outcome}" for name, outcome in event.outcomes.items())
            log.log(TRACE, "Scene %d: %s", event.scene_id, outcomes, extra=_about(event))

    def on_job_skipped(self, _sender: object, *, event: JobSkipped) -> None:
        """Say why there was nothing to do."""
        _tell(event, "skipped (%s): %s", event.reason, event.detail or "nothing to do")


def _tell(event: JobEvent, message: str, *values: object) -> None:
    log.debug(
        f"Scene %d %r (%s): {message}",  # noqa: G004 -- one beginning for all, and the values still apart from the form
        event.scene_id,
        event.title,
        event.path,
        *values,
        extra=_about(event),
    )


def _about(event: JobEvent) -> dict[str, object]:
    return {"scene_id": event.scene_id, "drain": event.drain_id}


def _listed(keys: Iterable[int]) -> str:
    return ", ".join(map(str, keys)) or "none"
