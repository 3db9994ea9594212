"""The reports of a dry run's drain: each begun with its first scene, told of at the drain's end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.plan_report import PlanReport
    from app.session import Session
    from sync_queue.job import Job
    from worker.scene_plan import ScenePlan

log = logging.getLogger("plexsync.Preview")

OF_SCENE_HOOKS = "Scene."
"""How the triggers of jobs begin that a save or a scan in Stash has queued."""


class DryRunReports:
    """``add`` each scene, then ``close``. A folder that takes no report stops no drain.

    What an edit or a scan would change, and what somebody asked for, stand in two reports.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._reports: dict[str, PlanReport] = {}
        self._failed = False

    def add(self, job: Job, plan: ScenePlan) -> None:
        """One more scene, and the job that it was looked at for."""
        if self._failed:
            return
        try:
            self._report_for(job).add(plan)
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """Finish them, and say where they are."""
        from app.planning import tell  # noqa: PLC0415 -- only a dry run needs it

        for report in self._reports.values():
            if self._failed:
                report.discard()
                continue
            try:
                tell(report.finish(), head="[dry run] Preview")
            except OSError as error:
                self._fail(error)

    def _report_for(self, job: Job) -> PlanReport:
        from app.plan_report import DRY_RUN, EDITS, PlanReport  # noqa: PLC0415 -- as above

        kind, scope = (EDITS, "edits") if job.trigger.startswith(OF_SCENE_HOOKS) else (DRY_RUN, "queued")
        if kind not in self._reports:
            session = self._session
            self._reports[kind] = PlanReport(
                session.folder, kind=kind, scope=scope, at=session.clock(), secrets=session.secrets
            )
        return self._reports[kind]

    def _fail(self, error: OSError) -> None:
        self._failed = True
        log.warning("[dry run] The report could not be written: %s", error)
