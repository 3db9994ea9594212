"""The events that tell of a drain as a whole: that it began, how far it is, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events import DrainFinished, DrainProgress, DrainStarted, emit
from worker.lookups import Lookups
from worker.traffic_meter import TrafficMeter

if TYPE_CHECKING:
    from worker.parts import Parts, Result


class DrainTeller:
    """One for a drain. Traffic and cache hits are told once each: in the event that comes next after them."""

    def __init__(self, parts: Parts, *, drain_id: str, runner: str) -> None:
        self._parts = parts
        self._drain_id = drain_id
        self._runner = runner
        self._traffic = TrafficMeter(parts.plex.client)
        self._lookups = Lookups()

    def started(self, at: float) -> None:
        """It has begun, at this time in epoch seconds."""
        due = self._parts.queue.due_count()
        emit(DrainStarted(drain_id=self._drain_id, at=at, runner=self._runner, due=due))

    def progress(self, done: int) -> None:
        """So many jobs have come to their end."""
        parts = self._parts
        left = parts.queue.count()
        depth = left.pending + left.in_flight
        index, matches = parts.plex.index.get_stats(), parts.plex.matcher.get_stats()
        emit(
            DrainProgress(
                drain_id=self._drain_id,
                at=parts.clock(),
                done=done,
                total=done + depth,
                depth=depth,
                index=index,
                matches=matches,
                caches=self._lookups.new(parts.plex, index, matches),
                traffic=self._traffic.since_last(),
            )
        )

    def finished(self, result: Result, *, processed: int, began: float) -> None:
        """It is over; ``began`` is what ``started`` was told."""
        now = self._parts.clock()
        emit(
            DrainFinished(
                drain_id=self._drain_id,
                at=now,
                processed=processed,
                duration_s=max(0.0, now - began),
                reason=result.reason,
                message=result.message,
                traffic=self._traffic.since_last(),
            )
        )
