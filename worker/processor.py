"""The processor: takes claimed jobs, brings Plex to what Stash has, and only emits.

It knows no observer. Jobs go through it in batches because Plex and Stash answer for a hundred items as fast as for
one; a single edit is a batch of one and costs Plex a read, a write and a read.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sync_queue.pins import Pins
from sync_queue.repair import ledger_was_lost
from worker.comparing import CompareStep
from worker.farewell import FarewellStep
from worker.index_look import wake_for_news
from worker.matching import MatchStep
from worker.pace import Pace
from worker.preparing import Preparation
from worker.reading import read_details
from worker.scenes import SceneReader
from worker.settling import SettleStep
from worker.work import Work
from worker.writing import WriteStep

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Sequence

    from stash.client import StashClient
    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import Job, SyncQueue
    from sync_queue.ledger import Ledger
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget
    from worker.referee import Referee
    from worker.scan_asking import ScanAsker

log = logging.getLogger("plexsync.Worker")

BACKLOG = 30
"""Works that may still be unwritten when the next batch is begun: what is compared early may be old when it is written."""


@dataclass(slots=True)
class Batch:
    """Jobs that were claimed together; ``fed`` are those that came into the line of works that are written."""

    works: list[Work]
    fed: list[Work] = field(default_factory=list)

    def passed(self) -> bool:
        """Whether all of them have come to the line's end."""
        return all(work.passed for work in self.fed)


class Processor:
    """One for a drain; ``close`` it. While a batch is being written the next one is read, matched and compared."""

    def __init__(
        self,
        plex: PlexTarget,
        stash: StashClient,
        db: sqlite3.Connection,
        queue: SyncQueue,
        dead: DeadLetterQueue,
        ledger: Ledger,
        options: WorkerOptions,
        *,
        referee: Referee,
        scans: ScanAsker,
        drain_id: str,
        clock: Callable[[], float],
    ) -> None:
        self._plex = plex
        self._scans = scans
        stash.ask_for(options.mapping.reads)
        match = MatchStep(
            plex,
            stash,
            ledger,
            Pins(db),
            allow_low_confidence=options.allow_low_confidence,
            wake=lambda: wake_for_news(queue, plex.index),
            drain_id=drain_id,
            clock=clock,
        )
        self._referee = referee
        farewell = FarewellStep(plex, referee, ledger, db, options, drain_id=drain_id, clock=clock)
        compare = CompareStep(plex, referee, options, ledger_lost=ledger_was_lost(db))
        self._prepare = Preparation(SceneReader(stash), farewell.run, match, compare)
        pace = Pace(options.writers)

        def new_line() -> WriteStep:
            return WriteStep(plex, stash, referee, db, options, pace, drain_id=drain_id, clock=clock)

        self._new_line = new_line
        self._line: WriteStep | None = None
        self._settle = SettleStep(plex, queue, dead, ledger, options, drain_id=drain_id, clock=clock)
        self._under_way: list[Batch] = []
        self.finished = 0
        """Jobs that have come to an end so far, also in runs that were broken off."""
        self.batches = 0
        """Batches that went through."""

    @property
    def busy(self) -> bool:
        """Whether jobs are under way."""
        return bool(self._under_way)

    def take(
        self, jobs: Sequence[Job], *, trust_listing: bool = False, go_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Begin with these jobs, and finish those that were taken before; afterwards these alone may be in flight.

        A job that fails, is skipped or succeeds leaves with its events. Between a few works ``go_on`` is asked; when it
        says no, what was written is finished and all else goes back to the queue. When Plex or Stash is away, or Plex
        refuses us, what was settled stays so, all else goes back with no try spent, and the error is raised.
        """
        batch = Batch([Work(job=job) for job in jobs])
        before, self._under_way = self._under_way, [*self._under_way, batch]
        with self._breaking_off():
            if before and not self._write.wait(lambda: _left(before) <= BACKLOG, go_on):
                self._stop()
                return
            self._begin(batch, trust_listing=trust_listing, under_way=_items_of(before))
            self._write.feed(batch.fed)
            for _ in before:
                if not self._finish_first(go_on):
                    return

    def finish(self, go_on: Callable[[], bool] = lambda: True) -> None:
        """Finish what is under way; afterwards nothing of it is in flight. Asks, raises and stops as ``take`` does."""
        with self._breaking_off():
            while self._under_way and self._finish_first(go_on):
                pass

    def overtake(self, jobs: Sequence[Job]) -> None:
        """Work these off while those under way wait; to be called from within ``go_on``, or between two calls.

        What the ones under way know of items that were written here is old: they go back, to be compared anew.
        """
        batch = Batch([Work(job=job) for job in jobs])
        with self._breaking_off(), self._write.held():
            express = self._new_line()
            try:
                self._begin(batch, trust_listing=False, under_way={})
                express.feed(batch.fed)
                express.wait(batch.passed, go_on=lambda: True)
                self._read_back(batch.works)
            except BaseException:
                self._give_back([batch])
                raise
            finally:
                express.close(at_once=_is_urgent(sys.exception()))
            self._mark_overtaken(batch)
            self._settle_batch(batch)

    def close(self) -> None:
        """End the threads."""
        if self._line is not None:
            self._line.close(at_once=_is_urgent(sys.exception()))
            self._line = None

    @property
    def _write(self) -> WriteStep:
        if self._line is None:
            self._line = self._new_line()
        return self._line

    def _begin(self, batch: Batch, *, trust_listing: bool, under_way: dict[int, Work]) -> None:
        self._prepare.run(batch.works, trust_listing=trust_listing, under_way=under_way)
        batch.fed = [work for work in batch.works if work.open and not work.gives_way]

    def _finish_first(self, go_on: Callable[[], bool]) -> bool:
        """Finish the batch that was taken first; False when ``go_on`` said no, and all were stopped."""
        batch = self._under_way[0]
        if not self._write.wait(batch.passed, go_on):
            self._stop()
            return False
        self._end_first()
        return True

    def _stop(self) -> None:
        """Write no more. What was written is finished, the rest goes back."""
        with self._write.held():
            while self._under_way:
                self._end_first()
            self.close()

    def _end_first(self) -> None:
        batch = self._under_way[0]
        self._read_back(batch.works)
        self._under_way.pop(0)
        self._settle_batch(batch)

    def _settle_batch(self, batch: Batch) -> None:
        self._settle_works(batch.works)
        for work in batch.works:
            if work.postponed is not None:
                raise work.postponed
        self.batches += 1

    @contextmanager
    def _breaking_off(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            batches, self._under_way = self._under_way, []
            self._give_back(batches)
            raise

    def _give_back(self, batches: list[Batch]) -> None:
        """Written but not read back counts as not finished: the next try finds it equal and writes nothing."""
        for batch in batches:
            for work in batch.works:
                work.written = False
            self._settle_works(batch.works)

    def _settle_works(self, works: list[Work]) -> None:
        """Where Plex should look comes first: once a scene is noted as waiting its file is new no more."""
        self._scans.note(works)
        self.finished += self._settle.run(works)

    def _mark_overtaken(self, batch: Batch) -> None:
        """What is written already goes back as well: read back now it would show what the other one has made of the item."""
        keys = {target.rating_key for work in batch.works for target in work.targets}
        keys.update(key for work in batch.works for key in work.parted)
        for waiting in self._under_way:
            for work in waiting.works:
                if not keys.isdisjoint(target.rating_key for target in work.targets):
                    work.go_back()

    def _read_back(self, works: list[Work]) -> None:
        pairs = [
            (work, target)
            for work in works
            if work.open and work.written
            for target in work.targets
            if target.wrote
        ]
        items = read_details(self._plex.client, self._referee, pairs)
        for _, target in pairs:
            target.after = items.get(target.rating_key)


def _left(batches: list[Batch]) -> int:
    """Works that the line has yet to deal with."""
    return sum(not work.passed for batch in batches for work in batch.fed)


def _items_of(batches: list[Batch]) -> dict[int, Work]:
    """The items that works under way are about to write, or have written and will be settled with, by ratingKey."""
    works = (
        work
        for batch in batches
        for work in batch.works
        if work.open or any(target.wrote for target in work.targets)
    )
    return {target.rating_key: work for work in works for target in work.targets}


def _is_urgent(error: BaseException | None) -> bool:
    """Whether this process was told to end at once: what a thread still writes then does no harm, its intent was committed."""
    return error is not None and not isinstance(error, Exception)
