"""A drain: takes the lock, works the queue off batch by batch, and ends when nothing is due.

It is the same loop whether Stash runs it as a task, the watcher runs it in the background or a person in a terminal:
they differ only in when they must stop early. Nothing here sleeps except the second in which another edit may come.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
import traceback
import uuid
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from plex.exceptions import LibraryMissing, PlexError, SetupError
from stash.exceptions import StashDown, StashError
from stash.log import flush as flush_log
from stash.log_context import about
from sync_queue import dry_run, runners
from sync_queue.database import DatabaseError
from sync_queue.intake import RUN
from worker import field_settings, refusals
from worker.drain_telling import DrainTeller
from worker.errands import ErrandStep
from worker.index_look import RunListing, look_for_news, wake_for_news
from worker.outages import Outages, say_stash_is_away
from worker.parts import Parts, Result
from worker.processor import Processor
from worker.rebuilding import queue_everything_if_due
from worker.referee import Referee
from worker.scan_asking import ScanAsker
from worker.telling import tell_closed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sync_queue.jobs import Job
    from worker.dry_run import DryProcessor

__all__ = ["Drain", "Parts", "Result"]

log = logging.getLogger("plexsync.Worker")

LOOK_AT_STASH_S = 3.0
"""How often a drain looks whether another job of Stash's waits, and says that it is alive."""
LINGER_STEP_S = 0.05


class Drain:
    """One run through the queue. ``must_stop`` is asked between batches and returns a reason, or an empty string.

    ``by_hand``: a person has started it: what stops it is told even if that was said before, and Plex is asked for the files
    that scenes wait for, however short the last look ago.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        runner: str,
        must_stop: Callable[[], str] = lambda: "",
        by_hand: bool = True,
    ) -> None:
        self._parts = parts
        self._must_stop = must_stop
        self._by_hand = by_hand
        self._id = uuid.uuid4().hex[:8]
        self._token = f"{os.getpid()}-{self._id}"  # who looks at it learns the drain's id
        self._outages = Outages(parts.db, parts.plex.client, clock=parts.clock, token=self._token)
        may_ask = parts.options.scan_new_files and not parts.options.dry_run
        self._scans = ScanAsker(parts.plex, parts.db, enabled=may_ask, clock=parts.clock)
        self._processor = self._new_processor()
        self._errands = ErrandStep(
            parts.db, parts.stash, parts.ledger, parts.options.mapping, clock=parts.clock
        )
        self._teller = DrainTeller(parts, drain_id=self._id, runner=runner)
        self._priority = 0
        """How urgent the jobs under way are."""
        self._looked_at = time.monotonic()  # whoever starts a drain has just looked, or has no other choice
        self._stop_reason = ""
        self._listing = RunListing(
            parts.plex,
            ahead=parts.queue.due_count,
            wake=lambda: wake_for_news(parts.queue, parts.plex.index),
        )

    def run(self) -> Result:
        """Drain until nothing is due, or until something says stop; never raises what Plex or Stash being away raises.

        Afterwards no row is in flight, the lock is free, and whoever enqueues from now on finds no drain registered.
        """
        if self._parts.restore_waits() or not self._parts.lock.try_acquire():
            return Result(reason="busy")
        try:
            with about(drain=self._id):
                return self._run_locked()
        finally:
            self._parts.plex.close()
            self._parts.lock.release()

    def _run_locked(self) -> Result:
        parts, start = self._parts, self._parts.clock()
        parts.queue.take_over()
        if not parts.options.dry_run:
            dry_run.let_go(parts.db)
            field_settings.note(parts.db, parts.options, start)
        runners.register_drain(parts.db, self._token, os.getpid(), start)
        self._teller.started(start)
        try:
            result = self._guarded()
        except (DatabaseError, sqlite3.Error) as error:
            # A row that stands half read in one of these frames would keep every write of this process from beginning.
            traceback.clear_frames(error.__traceback__)
            with suppress(DatabaseError, sqlite3.Error):
                self._end(Result(reason="stopped", message=str(error)), start)
            raise
        except BaseException:
            self._end(Result(reason="stopped"), start)
            raise
        self._end(result, start)
        return result

    def _end(self, result: Result, start: float) -> None:
        """Whatever went wrong, no row stays in flight: nobody else would look at it before the next drain."""
        parts = self._parts
        self._processor.close()
        parts.queue.take_over()
        runners.clear_probe(parts.db)
        runners.end(parts.db, self._token)
        flush_log()  # repeats of single scenes come before what sums them up
        tell_closed(parts.dead, self._id)
        self._teller.finished(result, processed=self._processor.finished, began=start)

    def _guarded(self) -> Result:
        try:
            reason = self._drain_with_the_libraries_there_are()
        except PlexError as error:
            return self._plex_trouble(error)
        except StashDown as error:
            say_stash_is_away(self._parts.db, error, self._parts.clock())
            return self._ended("stash_away", error)
        except StashError as error:
            return self._refused(error)
        if reason == "empty" and self._parts.options.dry_run:
            reason = "dry_run"
        return Result(reason=reason, processed=self._processor.finished)

    def _plex_trouble(self, error: PlexError) -> Result:
        if error.opens_breaker or not error.stops_drain:
            self._outages.begin(error)
            return self._ended("plex_down" if error.opens_breaker else "plex_trouble", error)
        if isinstance(error, SetupError):
            self._parts.plex.forget_libraries()
        return self._refused(error)

    def _refused(self, error: PlexError | StashError) -> Result:
        refusals.say(self._parts.db, error, self._parts.clock(), by_hand=self._by_hand)
        return self._ended("refused", error)

    def _ended(self, reason: str, error: PlexError | StashError) -> Result:
        return Result(reason=reason, processed=self._processor.finished, message=str(error), hint=error.hint)

    def _drain_with_the_libraries_there_are(self) -> str:
        """A library that is gone is looked for once more: with none named in the settings, the others go on."""
        try:
            return self._drain()
        except LibraryMissing:
            self._parts.plex.forget_libraries()
            return self._drain()

    def _drain(self) -> str:
        """The loop: edits and scans first; when there are none, lookups, and what they and whole runs have queued.

        Returns why it ended; raises PlexError and StashError that concern more than one job.
        """
        was_away = self._outages.look()
        if not self._parts.queue.paused:
            self._parts.plex.open(surely=was_away)
            queue_everything_if_due(self._parts.db, self._parts.stash, self._parts.clock)
            look_for_news(self._parts, by_hand=self._by_hand)
            self._scans.ask()
        while True:
            reason = "paused" if self._parts.queue.paused else self._reason_to_stop()
            if reason:
                self._finish()  # which goes on no more, but ends what has been written
                return reason
            jobs = self._claim_up_to(RUN - 1)
            if not jobs:
                self._errands.run(go_on=self._may_go_on)
                jobs = self._claim_up_to(None)
            if jobs:
                self._batch(jobs)
            elif self._processor.busy:
                self._finish()
            elif self._nothing_comes():
                self._outages.drain_done()
                return "empty"

    def _new_processor(self) -> Processor | DryProcessor:
        p = self._parts
        if p.options.dry_run:
            from worker.dry_run import DryProcessor  # noqa: PLC0415 -- the whole of the preview, which no other drain needs

            return DryProcessor(p, drain_id=self._id)
        referee = Referee(
            p.plex.client,
            p.ledger,
            server=lambda: p.plex.server,
            suspicious=lambda: self._outages.unproven,
        )
        return Processor(
            p.plex,
            p.stash,
            p.db,
            p.queue,
            p.dead,
            p.ledger,
            p.options,
            referee=referee,
            scans=self._scans,
            drain_id=self._id,
            clock=p.clock,
        )

    def _claim_up_to(self, priority: int | None) -> list[Job]:
        """Jobs up to this priority. What closed their dead letters is told before they are tried again."""
        jobs = self._parts.queue.claim(self._parts.options.batch_size, max_priority=priority)
        tell_closed(self._parts.dead, self._id)
        return jobs

    def _batch(self, jobs: list[Job]) -> None:
        """Begin with these jobs. Those of the same urgency may be under way together; more urgent ones overtake."""
        priority = max(job.priority for job in jobs)
        if self._processor.busy and priority < self._priority:
            self._processor.overtake(jobs)
            return
        if self._processor.busy and (priority > self._priority or self._outages.unproven):
            self._finish()
        trust = priority >= RUN and self._listing.is_fresh(len(jobs))
        self._priority = priority
        with self._telling():
            self._processor.take(jobs, trust_listing=trust, go_on=self._go_on)

    def _finish(self) -> None:
        with self._telling():
            self._processor.finish(self._go_on)

    def _go_on(self) -> bool:
        """Between a few works: make room when asked to, and let more urgent edits overtake."""
        if not self._may_go_on():
            return False
        if self._priority and self._parts.queue.has_due(below_priority=self._priority):
            urgent = self._claim_up_to(self._priority - 1)
            if urgent:
                self._processor.overtake(urgent)
        return True

    def _may_go_on(self) -> bool:
        return not (self._reason_to_stop() or self._parts.queue.paused)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Afterwards say how far it is, if a batch has come to its end."""
        before = self._processor.batches
        yield
        if self._processor.batches > before:
            self._outages.batch_done()
            refusals.say_it_is_over(self._parts.db, self._parts.clock())
            self._scans.ask()
            runners.beat(self._parts.db, self._token, self._parts.clock())
            self._teller.progress(self._processor.finished)

    def _reason_to_stop(self) -> str:
        """Ask, at most every few seconds, whether to make room; and tell the hooks that this drain is alive."""
        now = time.monotonic()
        if not self._stop_reason and now - self._looked_at >= LOOK_AT_STASH_S:
            self._looked_at = now
            runners.beat(self._parts.db, self._token, self._parts.clock())
            self._stop_reason = "handed_over" if self._parts.restore_waits() else self._must_stop()
        if self._parts.interrupted():
            self._stop_reason = "stopped"
        return self._stop_reason

    def _nothing_comes(self) -> bool:
        """Linger for a second, then end in the transaction that finds nothing due. False: there is work again."""
        deadline = time.monotonic() + self._parts.options.linger_s
        while time.monotonic() < deadline and not self._parts.interrupted():
            if self._parts.queue.has_due():
                return False
            self._parts.sleep(LINGER_STEP_S)
        return runners.end_if_idle(self._parts.db, self._token, self._parts.clock())
