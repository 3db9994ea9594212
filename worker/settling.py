"""The last step of a batch: what was read back is compared with what was meant, the ledger and the queue are brought
up to date in one transaction for a few works, and then, with all of it true on disk, their events go out.
"""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

from events import emit
from plex.exceptions import AmbiguousMatch, PlexNotFound, WriteNotShown
from plex.paths import name_key
from plex.writer import verify
from worker.journaling import outcomes_after, shown
from worker.options import DAY_S
from worker.pictures import NAME_OF, note_after
from worker.scenes import shows
from worker.telling import Teller, cause, outcomes_of_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from events import Event
    from plex.exceptions import PlexError
    from plex.items import PlexItem
    from stash.exceptions import StashError
    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import SyncQueue
    from sync_queue.ledger import Entry, Ledger
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget
    from worker.work import Target, Work

log = logging.getLogger("plexsync.Worker")

AT_ONCE = 16
"""Works in one transaction. Saves wait while it lasts, and more would not save a flush that anybody notices."""


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
        self._clock = clock
        self._uniform = uniform
        self._tell = Teller(drain_id=drain_id, max_tries=options.retry.max_tries, clock=clock)

    def run(self, works: list[Work]) -> int:
        """Settle what is finished, give back what is not; returns how many jobs were finished."""
        for work in works:
            if work.open and work.written:
                self._verify(work)
        finished = [work for work in works if work.finished]
        given_back = [work.job.scene_id for work in works if not work.finished]
        if given_back:
            self._queue.release(given_back)
        for start in range(0, len(finished), AT_ONCE):
            self._settle_some(finished[start : start + AT_ONCE])
        return len(finished)

    def _settle_some(self, works: list[Work]) -> None:
        """A few works in one transaction, and then their events."""
        heard: list[Event] = []
        shown: list[PlexItem] = []
        with self._queue.transaction():
            for work in works:
                shown += [item for target in work.targets if (item := self._remember(work, target))]
                heard += self._settle(work)
        for event in heard:
            emit(event)
        # The index is another file: while its commits are waited for, no hook should wait for the queue.
        for item in shown:
            self._plex.index.note(item)

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
        if work.open:
            work.failure = work.cover_missing
        if work.skip is not None:
            return self._skipped(work, *work.skip)
        if work.failure is None:
            return self._succeeded(work)
        if isinstance(work.failure, PlexNotFound):
            return self._not_found(work, work.failure)
        return self._failed(work, work.failure)

    def _remember(self, work: Work, target: Target) -> PlexItem | None:
        """Write to the ledger what Plex shows now, and return it; on failure the open intent stays."""
        entry, item = target.entry, target.after or target.before
        if work.failure is not None:
            self._note_failure(target)
            return None
        if target.unchanged or target.change is None or item is None:
            if entry is not None and target.unchanged:
                self._remember_pictures(work, target, entry)
            return None
        entry = target.own_entry(self._plex.server, work.job.scene_id)
        announced = target.wrote or entry.record.intent is not None
        target.change.remember(entry.record, item, target.cut)
        note_after(entry.record, target.pictures)
        if announced:
            self._ledger.journal.settle(self._plex.server, target.rating_key, shown(item, entry.record))
        entry.state_hash = work.state_hash
        _note_whom_it_shows(entry, work)
        entry.listing_digest = item.listing_digest()
        entry.synced_at = self._clock()
        entry.outcomes = outcomes_after(entry.outcomes, target.outcomes, self._clock())
        self._ledger.put(entry)
        return item

    def _remember_pictures(self, work: Work, target: Target, entry: Entry) -> None:
        """Of an item that had not moved: a picture may have gone up all the same, for Stash tells of new covers only there."""
        confirmed = note_after(entry.record, target.pictures)
        if target.wrote:
            self._ledger.journal.settle(
                self._plex.server, target.rating_key, shown(target.after, entry.record)
            )
            entry.outcomes = outcomes_after(entry.outcomes, target.outcomes, self._clock())
        if _note_whom_it_shows(entry, work) or confirmed or target.wrote:
            self._ledger.put(entry)

    def _note_failure(self, target: Target) -> None:
        """What was read back is in the journal all the same, and which fields have failed is remembered."""
        if target.entry is None or not target.wrote:
            return
        if target.after is not None:
            self._ledger.journal.settle(self._plex.server, target.rating_key, shown(target.after, None))
        outcomes = outcomes_of_failure(target)
        target.entry.outcomes = outcomes_after(target.entry.outcomes, outcomes, self._clock())
        self._ledger.put(target.entry)

    def _succeeded(self, work: Work) -> list[Event]:
        keep = {target.rating_key for target in work.targets}
        self._ledger.forget_other_items(self._plex.server, work.job.scene_id, keep)
        self._queue.done(work.job.scene_id)
        return [self._tell.succeeded(work)]

    def _skipped(self, work: Work, reason: str, detail: str) -> list[Event]:
        if reason == "deleted":
            self._ledger.forget_scene(work.job.scene_id)
        self._queue.done(work.job.scene_id)
        return [self._tell.skipped(work, reason, detail)]

    def _not_found(self, work: Work, error: PlexNotFound) -> list[Event]:
        """Wait for Plex to find the file: said once, looked at when the index has news, given up after some days.

        A scene whose file has appeared while its batch was under way is looked at again at once.
        """
        names = _base_names(work)
        appeared = self._queue.has_appeared(work.job.scene_id, names)
        if self._options.ignore_missing and not appeared:
            return self._skipped(work, "not_in_plex", str(error))
        now, since = self._clock(), work.job.waiting_since
        waited_s = 0.0 if since is None else now - since
        if waited_s >= self._options.not_found_days * DAY_S and not appeared:
            days = round(waited_s / DAY_S)
            return self._bury(work, PlexNotFound(f"{error}, waited for {days} days") if days else error)
        due_at = now if appeared else now + DAY_S
        self._queue.wait_for_plex(
            work.job,
            due_at=due_at,
            names=names,
            error_type=error.error_type,
            message=str(error),
            title=work.title,
            path=work.path,
        )
        if since is not None:
            return [self._tell.skipped(work, "waiting_for_plex", str(error))]
        return [self._tell.failed(work, error, next_try_at=due_at, waits=True)]

    def _failed(self, work: Work, error: PlexError | StashError) -> list[Event]:
        tries = work.job.attempts + 1
        # What could be meant may be certain with a file that has appeared since: nobody would tell a dead letter of it again.
        appeared = isinstance(error, AmbiguousMatch) and self._queue.has_appeared(
            work.job.scene_id, _base_names(work)
        )
        if not appeared and (not error.will_retry or self._options.retry.is_last(tries)):
            return self._bury(work, error)
        due_at = self._clock() + (0.0 if appeared else self._options.retry.delay_s(tries, self._uniform))
        self._queue.retry(
            work.job,
            due_at=due_at,
            error_type=error.error_type,
            message=str(error),
            title=work.title,
            path=work.path,
        )
        return [self._tell.failed(work, error, next_try_at=due_at)]

    def _bury(self, work: Work, error: PlexError | StashError) -> list[Event]:
        buried = self._queue.bury(
            work.job,
            error,
            work.job.attempts + 1,
            error_type=error.error_type,
            hint=error.hint,
            title=work.title,
            path=work.path,
            cause=cause(work, error),
        )
        if not buried:  # edited meanwhile: the row is pending again, and the newer data get their own tries
            return [self._tell.failed(work, error, next_try_at=self._clock())]
        dead = self._tell.dead(work, error, dead_total=self._dead.count())
        return [self._tell.failed(work, error, next_try_at=None), dead]


def _note_whom_it_shows(entry: Entry, work: Work) -> bool:
    """Remember the scene's performers and the like by their ids; whether that is news."""
    before, entry.shows = entry.shows, entry.shows if work.scene is None else shows(work.scene)
    return entry.shows != before


def _base_names(work: Work) -> list[str]:
    return [name_key(file.path) for file in (work.scene.files if work.scene else ())]
