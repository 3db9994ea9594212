"""The report of a dry run's drain: begun with its first scene, told of at its end."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.plan_report import PlanReport
    from app.session import Session
    from worker.scene_plan import ScenePlan

log = logging.getLogger("plexsync.Preview")


class DryRunReport:
    """``add`` each scene, then ``close``. A folder that takes no report stops no drain."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._report: PlanReport | None = None
        self._failed = False

    def add(self, plan: ScenePlan) -> None:
        """One more scene."""
        if self._failed:
            return
        try:
            if self._report is None:
                self._report = self._begin()
            self._report.add(plan)
        except OSError as error:
            self._failed = True
            log.warning("[dry run] The report could not be written: %s", error)

    def close(self) -> None:
        """Finish it, and say where it is."""
        if self._report is None:
            return
        if self._failed:
            self._report.discard()
            return
        from app.planning import tell  # noqa: PLC0415 -- only a dry run needs it

        try:
            tell(self._report.finish(), head="[dry run] Preview")
        except OSError as error:
            log.warning("[dry run] The report could not be written: %s", error)

    def _begin(self) -> PlanReport:
        from app.plan_report import DRY_RUN, PlanReport  # noqa: PLC0415 -- as above

        session = self._session
        return PlanReport(
            session.folder, kind=DRY_RUN, scope="queued", at=session.clock(), scrub=session.secrets.scrub
        )
