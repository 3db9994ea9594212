"""The last step of a batch: what was read back is compared with what was meant, the ledger and the queue are brought
up to date in one transaction, and then, with all of it true on disk, the events go out.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING, TypedDict

from events import JobDlq, JobFailed, JobSkipped, JobSucceeded, emit
from plex.exceptions import PlexNotFound, WriteNotShown
from plex.paths import name_key
from plex.writer import verify
from stash.log_context import about
from worker.options import DAY_S
from worker.pictures import NAME_OF, note_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from events import Event, FieldOutcome
    from plex.exceptions import PlexError
    from stash.exceptions import StashError
    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import SyncQueue
    from sync_queue.ledger import Ledger
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget
    from worker.work import Target, Work

log = logging.getLogger("plexsync.Worker")


class _Common(TypedDict):
    scene_id: int
    title: str
    path: str
    attempt: int
    drain_id: str
    at: float


class SettleStep:
    """Turn finished works into rows and events."""

    def __init__(
        self,
        plex: PlexTarget,
        queue: SyncQueue,
        dead: DeadLetterQueue,
        ledger: Ledger,
        options: WorkerOptions,
        *,
        drain_id: str,
        clock: Callable[[], float],
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._plex = plex
        self._queue = queue
        self._dead = dead
        self._ledger = ledger
        self._options = options
        self._drain_id = drain_id
        self._clock = clock
        self._uniform = uniform

    def run(self, works: list[Work]) -> int:
        """Settle what is finished, give back what is not; returns how many jobs were finished."""
        for work in works:
            if work.open and work.written:
                self._verify(work)
        finished = [work for work in works if not work.open or work.written]
        given_back = [work.job.scene_id for work in works if work.open and not work.written]
        heard: list[Event] = []
        with self._queue.transaction():
            for work in finished:
                heard.extend(self._settle(work))
            self._queue.release(given_back)
        for event in heard:
            emit(event)
        return len(finished)

    def _verify(self, work: Work) -> None:
        """Succeeded means that Plex shows what was meant: anything else is a failure, and is tried again."""
        for target in work.targets:
            if target.wrote and target.after is None:
                self._plex.index.forget(target.rating_key)
                work.failure = WriteNotShown(f"Plex item {target.rating_key} was gone when it was read back")
                return
            if target.change is None or target.after is None:
                continue
            target.outcomes |= verify(target.change, target.after, target.cut)
            wrong = sorted(
                name
                for name, outcome in target.outcomes.items()
                if outcome == "failed" and name not in NAME_OF.values()
            )
            if wrong:
                work.failure = WriteNotShown(
                    f"Plex took the edit of item {target.rating_key} but does not show it in {', '.join(wrong)}"
                )

    def _settle(self, work: Work) -> list[Event]:
        for target in work.targets:
            self._remember(work, target)
        if work.skip is not None:
            return self._skipped(work, *work.skip)
        if work.failure is None:
            return self._succeeded(work)
        if isinstance(work.failure, PlexNotFound):
            return self._not_found(work, work.failure)
        return self._failed(work, work.failure)

    def _remember(self, work: Work, target: Target) -> None:
        """Write to the ledger what Plex shows now; on failure the open intent stays."""
        entry, item = target.entry, target.after or target.before
        if work.failure is not None or target.unchanged or target.change is None or item is None:
            if entry is not None and target.unchanged and target.pictures:
                note_after(entry.record, target.pictures)
                self._ledger.put(entry)
            return
        entry = target.own_entry(self._plex.server, work.job.scene_id)
        target.change.remember(entry.record, item, target.cut)
        note_after(entry.record, target.pictures)
        entry.state_hash = work.state_hash
        entry.listing_digest = item.listing_digest()
        entry.synced_at = self._clock()
        self._ledger.put(entry)
        self._plex.index.note(item)

    def _succeeded(self, work: Work) -> list[Event]:
        keep = {target.rating_key for target in work.targets}
        self._ledger.forget_other_items(self._plex.server, work.job.scene_id, keep)
        self._queue.done(work.job.scene_id)
        outcomes = _merged([target.outcomes for target in work.targets])
        event = JobSucceeded(
            **self._common(work),
            duration_s=work.spent_s,
            confidence=work.match.confidence if work.match else "high",
            score=work.match.score if work.match else None,
            changed=tuple(name for name, outcome in outcomes.items() if outcome == "changed"),
            outcomes=outcomes,
            targets=tuple(target.rating_key for target in work.targets),
            replaced=tuple(
                dict.fromkeys(
                    name for target in work.targets if target.change for name in target.change.replaced
                )
            ),
            notes=tuple(
                dict.fromkeys([*work.notes, *(note for target in work.targets for note in target.notes)])
            ),
        )
        return [event]

    def _skipped(self, work: Work, reason: str, detail: str) -> list[Event]:
        if reason == "deleted":
            self._ledger.forget_scene(work.job.scene_id)
        self._queue.done(work.job.scene_id)
        return [JobSkipped(**self._common(work), duration_s=work.spent_s, reason=reason, detail=detail)]

    def _not_found(self, work: Work, error: PlexNotFound) -> list[Event]:
        """Wait for Plex to find the file: said once, looked at when the index has news, given up after some days."""
        if self._options.ignore_missing:
            return self._skipped(work, "not_in_plex", str(error))
        now, since = self._clock(), work.job.waiting_since
        given_up = now - (now if since is None else since) >= self._options.not_found_days * DAY_S
        if given_up:
            return self._bury(work, error)
        names = _base_names(work)
        self._queue.wait_for_plex(
            work.job,
            due_at=now + DAY_S,
            names=names,
            error_type=error.error_type,
            message=str(error),
            title=work.title,
            path=work.path,
        )
        if since is not None:
            return [
                JobSkipped(
                    **self._common(work),
                    duration_s=work.spent_s,
                    reason="waiting_for_plex",
                    detail=str(error),
                )
            ]
        return [self._failure(work, error, next_try_at=now + DAY_S)]

    def _failed(self, work: Work, error: PlexError | StashError) -> list[Event]:
        tries = work.job.attempts + 1
        if not error.will_retry or self._options.retry.is_last(tries):
            return self._bury(work, error)
        due_at = self._clock() + self._options.retry.delay_s(tries, self._uniform)
        self._queue.retry(
            work.job,
            due_at=due_at,
            error_type=error.error_type,
            message=str(error),
            title=work.title,
            path=work.path,
        )
        return [self._failure(work, error, next_try_at=due_at)]

    def _bury(self, work: Work, error: PlexError | StashError) -> list[Event]:
        tries = work.job.attempts + 1
        buried = self._queue.bury(
            work.job,
            error,
            tries,
            error_type=error.error_type,
            hint=error.hint,
            title=work.title,
            path=work.path,
        )
        if not buried:  # edited meanwhile: the row is pending again, and the newer data get their own tries
            return [self._failure(work, error, next_try_at=self._clock())]
        dead = JobDlq(
            **self._common(work),
            error_type=error.error_type,
            message=str(error),
            hint=error.hint,
            retry_count=tries,
            dead_total=self._dead.count(),
        )
        return [self._failure(work, error, next_try_at=None), dead]

    def _failure(self, work: Work, error: PlexError | StashError, *, next_try_at: float | None) -> JobFailed:
        with about(scene_id=work.job.scene_id):
            log.debug("how scene %d failed", work.job.scene_id, exc_info=error)
        return JobFailed(
            **self._common(work),
            duration_s=work.spent_s,
            max_attempts=self._options.retry.max_tries,
            error_type=error.error_type,
            message=str(error),
            hint=error.hint,
            will_retry=next_try_at is not None,
            next_try_at=next_try_at,
            tried=work.match.method if work.match else "",
            confidence=work.match.confidence if work.match else None,
            score=work.match.score if work.match else None,
            outcomes=_merged([_outcomes_of_failure(target) for target in work.targets]),
        )

    def _common(self, work: Work) -> _Common:
        return {
            "scene_id": work.job.scene_id,
            "title": work.title,
            "path": work.path,
            "attempt": work.job.attempts + 1,
            "drain_id": self._drain_id,
            "at": self._clock(),
        }


def _merged(parts: list[dict[str, FieldOutcome]]) -> dict[str, FieldOutcome]:
    """One outcome for each field over all targets: the one that says most about what happened."""
    order: tuple[FieldOutcome, ...] = ("equal", "kept", "changed", "failed")
    merged: dict[str, FieldOutcome] = {}
    for part in parts:
        for name, outcome in part.items():
            merged[name] = max(merged.get(name, "equal"), outcome, key=order.index)
    return merged


def _outcomes_of_failure(target: Target) -> dict[str, FieldOutcome]:
    """What was to be written and was not read back counts as failed, whatever Plex may have made of it."""
    if target.after is not None:
        return target.outcomes
    return {name: "failed" if outcome == "changed" else outcome for name, outcome in target.outcomes.items()}


def _base_names(work: Work) -> list[str]:
    return [name_key(file.path) for file in (work.scene.files if work.scene else ())]
