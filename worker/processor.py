"""The processor: takes claimed jobs, brings Plex to what Stash has, and only emits.

It knows no observer. Jobs go through it in batches because Plex and Stash answer for a hundred items as fast as for
one; a single edit is a batch of one and costs Plex a read, a write and a read.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from plex.exceptions import PlexNotFound
from worker.comparing import CompareStep
from worker.matching import MatchStep
from worker.reading import read_details
from worker.scenes import SceneReader
from worker.settling import SettleStep
from worker.work import Work, shared_time
from worker.writing import WriteStep

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from stash.client import StashClient
    from sync_queue.dead_letters import DeadLetterQueue
    from sync_queue.jobs import Job, SyncQueue
    from sync_queue.ledger import Ledger
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget
    from worker.referee import Referee

log = logging.getLogger("plexsync.Worker")


class Processor:
    """One for a drain. ``run`` may be called again while a ``run`` waits in ``go_on``: an edit overtakes a long batch."""

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
        drain_id: str,
        clock: Callable[[], float],
    ) -> None:
        self._plex = plex
        self._scenes = SceneReader(stash)
        stash.ask_for(options.mapping.reads)
        self._match = MatchStep(
            plex,
            stash,
            queue,
            ledger,
            allow_low_confidence=options.allow_low_confidence,
            drain_id=drain_id,
            clock=clock,
        )
        self._referee = referee
        self._compare = CompareStep(plex, referee, options)
        self._write = WriteStep(plex, stash, referee, ledger, db, options, drain_id=drain_id, clock=clock)
        self._settle = SettleStep(plex, queue, dead, ledger, options, drain_id=drain_id, clock=clock)
        self._running = 0
        self.finished = 0
        """Jobs that have come to an end so far, also in runs that were broken off."""
        self._overtaken: set[int] = set()

    def run(
        self, jobs: Sequence[Job], *, trust_listing: bool = False, go_on: Callable[[], bool] = lambda: True
    ) -> None:
        """Work the jobs off; afterwards none of them is in flight.

        A job that fails, is skipped or succeeds leaves with its events. When Plex or Stash is away, or Plex refuses us,
        what was finished is settled, the rest goes back to the queue with no try spent, and the error is raised.
        """
        works = [Work(job=job) for job in jobs]
        self._running += 1
        try:
            self._run(works, trust_listing=trust_listing, go_on=go_on)
        finally:
            self._running -= 1
            if self._running:
                # The run that waits knows these items as they were: it must not write them from that.
                self._overtaken.update(target.rating_key for work in works for target in work.targets)
            else:
                self._overtaken.clear()

    def _run(self, works: list[Work], *, trust_listing: bool, go_on: Callable[[], bool]) -> None:
        try:
            self._read(works)
            self._match.run(works)
            self._compare.run(works, trust_listing=trust_listing)
            self._look_again([work for work in works if work.open and work.stale])
            self._write.run(works, go_on=go_on, overtaken=self._overtaken)
            self._read_back(works)
        except BaseException:
            # Written but not read back counts as not finished: the next try finds it equal and writes nothing.
            for work in works:
                work.written = False
            self.finished += self._settle.run(works)
            raise
        self.finished += self._settle.run(works)
        for work in works:
            if work.postponed is not None:
                raise work.postponed

    def _look_again(self, stale: list[Work]) -> None:
        """Items that the index named were gone: once more with a fresh index, and what is gone then is not found."""
        if not stale:
            return
        self._match.look_again(stale)
        self._compare.run(stale, trust_listing=False)
        for work in stale:
            if work.open and not work.targets:
                work.failure = PlexNotFound("the Plex item that showed this file is gone")

    def _read(self, works: list[Work]) -> None:
        # Stash logs an error for each id that it does not have: what a hook told to be deleted is not asked for.
        there = [work for work in works if not work.job.deleted]
        with shared_time(works):
            scenes = self._scenes.read(there)
        for work in works:
            work.scene = scenes.get(work.job.scene_id)
            if not work.open:
                continue
            if work.scene is None:
                work.skip = ("deleted", "the scene is no longer in Stash")
            elif not work.scene.files:
                work.skip = ("no_files", "the scene has no file, so nothing in Plex can be it")

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
