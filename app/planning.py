"""Preview Changes: what a sync would do, without doing it, into a report. The task, the operation and ``plan`` end here."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from app.arguments import CallError, flag_of, scene_ids_of
from app.compose import options_from, plex_target
from app.logs import show_progress, use_format
from app.making_room import MakingRoom, for_other_jobs
from app.plan_reading import TROUBLE_KEY, folder_of
from app.plan_report import PART, PREVIEW, PlanReport
from app.plan_totals import lines
from app.stopping import Stop
from app.words import counted
from plex.exceptions import PlexError
from stash.exceptions import StashDown, StashError
from sync_queue.database import chunks
from sync_queue.locks import DataLock
from sync_queue.meta import delete_meta, set_meta
from sync_queue.planned import count_queued, queued_jobs
from worker.plan import Planner, job_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.plan_report import Report
    from app.session import Session
    from app.settings import Settings
    from sync_queue.job import Job

log = logging.getLogger("plexsync.Preview")

LOCK_FILE = "preview.lock"
ALL, SCENES, QUEUED = "all", "scenes", "queued"
TELL_EVERY_S = 1.0
HANDED_OVER = (
    "Another job of Stash's waits: the preview has ended after %s, and its report is of these alone. Made on PlexSync's page "
    "or with 'PlexSync.py plan' it takes no place in Stash's queue, and goes on to the end"
)


class ReportUnwritable(Exception):
    """The report cannot be written. There is none then, nor a part of one."""

    hint = "Make room on its disk, or let the user that Stash runs as write there, and make the preview again"
    will_retry = False


def preview(session: Session, args: dict[str, Any]) -> dict[str, Any]:
    """Look at every scene, at ``scene_ids``, or (``scope`` queued) at what is queued; nothing is written but the report.

    The answer has the report's paths and its totals, or why there is none. With ``makes_room``, which the task has and an
    operation, that takes no place in Stash's queue, has not, it ends when another job of Stash's waits; its report is of a part then.
    """
    scope, ids = scope_of(args)
    makes_room = flag_of(args, "makes_room")
    try:
        settings = session.settings()
    finally:
        use_format(session.log_format)
    answer: dict[str, Any] = {"reason": "stopped"}
    room = MakingRoom(lambda: for_other_jobs(session) if makes_room else "")
    with Stop() as stop:
        answer |= look(
            session,
            settings,
            scope,
            ids,
            stopped=lambda: stop.asked() or not room.go_on(),
            progress=show_progress,
        )
    if room.reason and answer["reason"] == "stopped":
        log.info(HANDED_OVER, counted(answer["totals"]["scenes"], "scene"))
        answer["reason"] = room.reason
    return answer


def scope_of(args: dict[str, Any]) -> tuple[str, list[int]]:
    """What is to be looked at. Raises CallError."""
    given = args.get("scope")
    if args.get("scene_ids") is not None or args.get("scene_id") is not None:
        if given:
            raise CallError(f"scope is {given!r:.80} and scene_ids are given too: give one of the two.")
        return SCENES, scene_ids_of(args)
    scope = str(given or ALL).strip().lower()
    if scope not in {ALL, QUEUED}:
        raise CallError(
            f"scope is {scope!r:.80}; it must be 'all' (the default) or 'queued', or give scene_ids."
        )
    return scope, []


def look(
    session: Session,
    settings: Settings,
    scope: str,
    ids: list[int],
    *,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] = lambda _done: None,
) -> dict[str, Any]:
    """One preview, with its lines in the log; ``reason`` is done, stopped, busy, or trouble (with a ``message``)."""
    session.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with DataLock(session.folder / LOCK_FILE) as lock:
        if not lock.try_acquire():
            log.info("A preview is at work already")
            return {"reason": "busy"}
        try:
            answer = _Look(session, settings, scope, ids, stopped, progress).run()
        except (PlexError, StashError, ReportUnwritable) as error:
            message = session.secrets.scrub(f"{error}. {_remedy(error)}")
            set_meta(session.db, TROUBLE_KEY, {"at": session.clock(), "message": message})
            log.error("%s", message, extra={"error_type": type(error).__name__})  # noqa: TRY400 -- it says what to do
            return {"reason": "trouble", "message": message}
        delete_meta(session.db, TROUBLE_KEY)
        return answer


def _remedy(error: PlexError | StashError | ReportUnwritable) -> str:
    """A sync tries again by itself what may be over the next time; a preview does not, and must not say so."""
    if isinstance(error, PlexError) and error.will_retry:
        return "There is no preview: make it again when Plex answers; if this lasts, run 'Check Setup'"
    if isinstance(error, StashDown):
        return "There is no preview: make it again when Stash answers"
    return error.hint


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReportUnwritable(
            f"the report cannot be written in {folder}: {error.strerror or error}"
        ) from error


class _Look:
    def __init__(
        self,
        session: Session,
        settings: Settings,
        scope: str,
        ids: list[int],
        stopped: Callable[[], bool],
        progress: Callable[[float], None],
    ) -> None:
        self._session = session
        self._scope = scope
        self._ids = ids
        self._stopped = stopped
        self._progress = progress
        self._told_at = time.monotonic()
        self._options = options_from(settings)._replace(ffmpeg=session.ffmpeg)
        self._plex = plex_target(session, settings)

    def run(self) -> dict[str, Any]:
        session = self._session
        with _writing(folder_of(session.folder)):
            report = PlanReport(
                session.folder,
                kind=PREVIEW if self._scope == ALL else PART,
                scope=self._scope,
                at=session.clock(),
                secrets=session.secrets,
            )
        try:
            complete = self._fill(report)
            with _writing(folder_of(session.folder)):
                done = report.finish(complete=complete)
        except BaseException:
            report.discard()
            raise
        finally:
            self._plex.close()
        tell(done)
        return {"reason": "done" if complete else "stopped", **done.told()}

    def _fill(self, report: PlanReport) -> bool:
        """Whether all was looked at."""
        self._plex.open()
        if not self._plex.relisted:
            self._plex.index.refresh()
        total = self._count()
        planner = Planner(
            self._session.db,
            self._plex,
            self._session.stash,
            self._options,
            clock=self._session.clock,
            ahead=lambda: max(0, total - report.totals.scenes),
        )
        try:
            for jobs in self._jobs():
                if self._stopped():
                    return False
                for plan in planner.plan(jobs):
                    with _writing(folder_of(self._session.folder)):
                        report.add(plan)
                    self._tell_progress(report.totals.scenes, total)
        finally:
            planner.close()
        return True

    def _tell_progress(self, done: int, total: int) -> None:
        if time.monotonic() - self._told_at >= TELL_EVERY_S:
            self._told_at = time.monotonic()
            self._progress(min(1.0, done / max(1, total)))

    def _count(self) -> int:
        if self._scope == ALL:
            return self._session.stash.count_scenes(updated_since=None)
        return len(self._ids) if self._scope == SCENES else count_queued(self._session.db)

    def _jobs(self) -> Iterator[list[Job]]:
        """In batches, as a drain would take them."""
        now, size = self._session.clock(), self._options.batch_size
        if self._scope == QUEUED:
            yield from queued_jobs(self._session.db, size, now)
            return
        pages = [self._ids] if self._scope == SCENES else self._session.stash.scene_ids()
        for page in pages:
            for chunk in chunks(list(page), size):
                yield [job_for(one, now) for one in chunk]


def tell(report: Report, *, head: str = "Preview Changes") -> None:
    """Where the report is, and its totals."""
    for line in lines(report.totals, head=head):
        log.info("%s", line)
    log.info("Nothing was written to Plex. The report: %s (for programs: %s)", report.html, report.json)
