"""A look before: what a sync would do with these scenes, field by field and why, without doing it.

It is the sync's own first half (``worker.preparing``, and the step that makes pictures ready) on a connection that cannot
write; what would be journalled is what is told here. Only what scenes of the same preview would take from one another is
remembered, so a library of any size is looked at in the memory of a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plex.exceptions import AmbiguousMatch, PlexNotFound, TransientError, Unknown
from plex.fields import OUR_NAMES, SCALARS, TAGS
from sync_queue.intake import RUN
from sync_queue.job import Job
from sync_queue.ledger import Ledger
from sync_queue.planned import PinsAsTheyAre, PlannedLedger, held_among, reading_only
from sync_queue.repair import ledger_was_lost
from worker.comparing import CompareStep
from worker.farewell import FarewellStep
from worker.field_settings import changed_at
from worker.index_look import RunListing
from worker.journaling import announced
from worker.matching import MatchStep
from worker.picture_fetch import PictureFetch
from worker.pictures import NAME_OF
from worker.preparing import Preparation
from worker.reasons import KEPT_BY, Reasons
from worker.referee import Referee
from worker.scene_plan import FieldPlan, ItemPlan, KeptField, ScenePlan
from worker.scenes import SceneReader
from worker.telling import cause
from worker.work import Work

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping

    from plex.change import Change
    from plex.exceptions import PlexError
    from stash.client import StashClient
    from stash.exceptions import StashError
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget
    from worker.reasons import Why
    from worker.scene_plan import Result
    from worker.work import Target

TRIGGER = "preview"
REPORT_IT = "Please report it with the log"
AGAIN = "A sync would try it again; make the preview again, and if this lasts, run 'Check Setup'"


def job_for(scene_id: int, now: float) -> Job:
    """As a run over the library would queue it."""
    return Job(
        scene_id=scene_id,
        trigger=TRIGGER,
        priority=RUN,
        attempts=0,
        generation=1,
        queued_at=now,
        changed_at=now,
        waiting_since=None,
        deleted=False,
        force=False,
        again_at=None,
        path="",
        title="",
    )


class Planner:
    """For one preview, or a dry run's drain. ``plex`` must be open; ``close`` it afterwards, the target stays open.

    ``ahead`` says how many scenes come after those that are being planned; ``wake`` is called after each look for new items in Plex; without it the next drain is left to tell who waits for them.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        plex: PlexTarget,
        stash: StashClient,
        options: WorkerOptions,
        *,
        clock: Callable[[], float],
        ahead: Callable[[], int] = lambda: 0,
        wake: Callable[[], object] = lambda: None,
    ) -> None:
        self._db = reading_only(db)
        self._plex = plex
        self._ledger = PlannedLedger(self._db)
        self._listing = RunListing(plex, ahead=ahead, wake=wake)
        self._titles = {section.id: section.title for section in plex.sections}
        self._changed_at = changed_at(self._db, options)
        self._pictures = PictureFetch(plex, stash, options, for_writing=False)
        stash.ask_for(options.mapping.reads)
        referee = Referee(plex.client, Ledger(self._db), server=lambda: plex.server, suspicious=lambda: False)
        match = MatchStep(
            plex,
            stash,
            self._ledger,
            PinsAsTheyAre(self._db),
            allow_low_confidence=options.allow_low_confidence,
            wake=wake,
            tell=lambda _scored: None,
            drain_id="",
            clock=clock,
        )
        self._farewell = FarewellStep(
            plex, referee, self._ledger, self._db, options, drain_id="", clock=clock
        )
        compare = CompareStep(plex, referee, options, ledger_lost=ledger_was_lost(self._db))
        self._prepare = Preparation(SceneReader(stash), self._part, match, compare)

    def close(self) -> None:
        """Give the connections back."""
        self._ledger.close()
        self._db.close()

    def plan(self, jobs: list[Job]) -> list[ScenePlan]:
        """What would become of these, which one batch would take; raises what Plex or Stash being away raises."""
        works = [Work(job=job) for job in jobs]
        held = held_among(self._db, [job.scene_id for job in jobs])
        for work in works:
            if work.job.scene_id in held:
                work.skip = ("held", "")
        trust = min(job.priority for job in jobs) >= RUN and self._listing.is_fresh(len(jobs))
        self._prepare.run(works, trust_listing=trust, under_way={})
        return [self._planned(work) for work in works]

    def _part(self, works: list[Work], under_way: Mapping[int, Work]) -> None:
        """What would be said to the items of deleted scenes."""
        for work, target in self._farewell.look(works, under_way):
            work.targets.append(target)

    def _planned(self, work: Work) -> ScenePlan:
        if work.open:
            self._pictures.run(work)
        items = [] if work.failure is not None else [self._item(work, target) for target in work.targets]
        if work.open:
            for target in work.targets:
                self._ledger.plan(target.rating_key, work.job.scene_id, target.row.section_id)
        result, detail = _result(work, items)
        error = (work.failure or work.postponed) if result == "failed" else None
        notes = work.notes if work.failure is None else []
        return ScenePlan(
            scene_id=work.job.scene_id,
            title=work.title,
            path=work.path,
            result=result,
            detail=detail,
            items=items,
            notes=[*notes, *([str(work.cover_missing)] if work.cover_missing else [])],
            cause=f"{error.error_type}: {cause(work, error)}" if error is not None else "",
            remedy=_remedy(error) if error is not None else "",
        )

    def _item(self, work: Work, target: Target) -> ItemPlan:
        reasons = Reasons(target, self._changed_at, deleted=work.skip is not None)
        shown = target.before.scalars.get("title", "") if target.before is not None else target.row.title
        plan = ItemPlan(
            rating_key=target.rating_key,
            title=shown,
            library=self._titles.get(target.row.section_id, ""),
            notes=list(target.notes),
        )
        steps = {NAME_OF[step.kind]: step for step in target.pictures}
        for name, (old, new) in announced(target).items():
            step = steps.get(name)
            if step is not None and step.data is not None:
                line = FieldPlan(
                    field=name,
                    what="picture",
                    old=old,
                    new=new,
                    why=reasons.of_picture(step),
                    size=len(step.data),
                )
                step.data = None  # a batch of covers must not stay in memory
            else:
                why = reasons.of_value(name, new=new, old=old)
                line = FieldPlan(field=name, what="value", old=old, new=new, why=why)
            plan.changes.append(line)
        if target.change is not None:
            plan.locks, plan.unlocks = _ours(target.change.lock), _ours(target.change.unlock)
        valued = {line.field for line in plan.changes}
        plan.changes += _lock_lines(plan, valued, reasons)
        plan.kept = list(_kept(work, target))
        return plan


def _lock_lines(plan: ItemPlan, valued: set[str], reasons: Reasons) -> Iterable[FieldPlan]:
    """Locks that come or go without a value."""
    for name in plan.locks:
        if name not in valued:
            yield FieldPlan(field=name, what="lock", old="unlocked", new="locked", why=reasons.of_lock())
    for name in plan.unlocks:
        if name not in valued:
            yield FieldPlan(
                field=name, what="lock", old="locked", new="unlocked", why=reasons.of_unlock(name)
            )


def _kept(work: Work, target: Target) -> Iterable[KeptField]:
    if target.unchanged:
        outcomes = target.entry.outcomes if target.entry is not None else {}
        for name, (outcome, *_) in outcomes.items():
            if outcome == "kept":
                yield KeptField(field=name, plex=None, stash=None, why="unmoved")
    if target.change is not None:
        yield from _kept_values(work, target, target.change)
    for step in target.pictures:
        if step.outcome in {"kept", "failed"}:
            why: Why = "lock" if step.outcome == "kept" else "cover_unusable"
            yield KeptField(field=NAME_OF[step.kind], plex=None, stash=None, why=why)


def _kept_values(work: Work, target: Target, change: Change) -> Iterable[KeptField]:
    item, desired = target.before, work.desired
    if item is None or desired is None:
        return
    for name in (*SCALARS, *TAGS):
        ours = OUR_NAMES[name]
        if ours not in change.kept_by:
            continue
        plex: Any = list(item.tags.get(name, ())) if name in TAGS else item.scalars.get(name, "")
        stash: Any = list(desired.tags[name]) if name in TAGS else desired.scalars[name]
        why: Why = KEPT_BY[change.kept_by[ours]]
        yield KeptField(field=ours, plex=plex, stash=stash, why=why)


def _ours(names: Iterable[str]) -> list[str]:
    wanted = set(names)
    return [ours for name, ours in OUR_NAMES.items() if name in wanted]


def _result(work: Work, items: list[ItemPlan]) -> tuple[Result, str]:
    if isinstance(work.failure, PlexNotFound):
        return "not_in_plex", str(work.failure)
    if isinstance(work.failure, AmbiguousMatch):
        return "uncertain", str(work.failure)
    error = work.failure or work.postponed
    if error is not None:
        return "failed", f"{error.error_type}: {error}"
    if any(item.changes for item in items):
        return "change", ""
    if work.skip is not None:
        reason: Any = work.skip[0]
        return reason, work.skip[1]
    return "nothing_to_do", ""


def _remedy(error: PlexError | StashError) -> str:
    """A sync tries again by itself what may be over the next time; a preview does not, and must not say so."""
    if isinstance(error, TransientError):
        return AGAIN
    return REPORT_IT if isinstance(error, Unknown) else error.hint
