"""The processor of a dry run: it looks at what it is given, tells what a sync would do, and puts it aside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from events import JobPreviewed, emit
from sync_queue import dry_run
from worker.index_look import wake_for_news
from worker.plan import Planner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sync_queue.jobs import Job
    from worker.parts import Parts
    from worker.scene_plan import ScenePlan


class DryProcessor:
    """In the place of a ``Processor``: one for a drain; ``close`` it. Nothing is under way between two calls."""

    busy = False

    def __init__(self, parts: Parts, *, drain_id: str) -> None:
        self._parts = parts
        self._drain_id = drain_id
        self._planner: Planner | None = None
        self.finished = 0
        """Jobs that were looked at."""
        self.batches = 0

    def take(
        self, jobs: Sequence[Job], *, trust_listing: bool = False, go_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Look at these jobs. Afterwards none is in flight; when Plex or Stash is away they go back, and that is raised."""
        del trust_listing, go_on  # the planner sees to the one, and a batch is soon over
        start = time.perf_counter()
        try:
            plans = self._plan(list(jobs))
        except BaseException:
            self._parts.queue.release([job.scene_id for job in jobs])
            raise
        share = (time.perf_counter() - start) / max(1, len(plans))
        for job, plan in zip(jobs, plans, strict=True):
            self._parts.preview(job, plan)
        dry_run.put_aside(self._parts.db, [(one.scene_id, one.title, one.path) for one in plans])
        self.finished += len(plans)
        self.batches += 1
        for job, plan in zip(jobs, plans, strict=True):
            emit(self._told(job, plan, share))

    def finish(self, go_on: Callable[[], bool] = lambda: True) -> None:
        """There is nothing under way."""

    def overtake(self, jobs: Sequence[Job]) -> None:
        """Look at these now."""
        self.take(jobs)

    def close(self) -> None:
        """Give the planner's connections back."""
        if self._planner is not None:
            self._planner.close()
            self._planner = None

    def _plan(self, jobs: list[Job]) -> list[ScenePlan]:
        parts = self._parts
        if self._planner is None:
            self._planner = Planner(
                parts.db,
                parts.plex,
                parts.stash,
                parts.options,
                clock=parts.clock,
                ahead=parts.queue.due_count,
                wake=lambda: wake_for_news(parts.queue, parts.plex.index),
            )
        return self._planner.plan(jobs)

    def _told(self, job: Job, plan: ScenePlan, spent_s: float) -> JobPreviewed:
        fields = [line.field for item in plan.items for line in item.changes]
        return JobPreviewed(
            scene_id=job.scene_id,
            title=plan.title,
            path=plan.path,
            attempt=job.attempts + 1,
            drain_id=self._drain_id,
            at=self._parts.clock(),
            trigger=job.trigger,
            duration_s=spent_s,
            result=plan.result,
            would_change=tuple(dict.fromkeys(fields)),
            detail=plan.detail,
        )
