"""Step four of a batch: pictures are fetched, the intent is committed, and only then Plex is written to.

The order is what makes a kill harmless: what is about to be written stands in the ledger first, so that a value found
in Plex afterwards is known as ours, whether or not this process lived to read it back.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from plex.exceptions import (
    EditRefused,
    PlexError,
    PlexNotFound,
    PlexPermanentError,
    PlexRefused,
    TransientError,
)
from plex.writer import Writer
from sync_queue.database import connect_again, transaction
from sync_queue.ledger import Ledger
from worker.journaling import announced, shown
from worker.line import Line
from worker.picture_fetch import PictureFetch
from worker.pictures import NAME_OF, note_before

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from stash.client import StashClient
    from worker.options import WorkerOptions
    from worker.pace import Pace
    from worker.pictures import PictureStep
    from worker.plex_target import PlexTarget
    from worker.referee import Referee
    from worker.work import Target, Work

log = logging.getLogger("plexsync.Worker")

LOOK_AFTER = 4
"""Works for each writer after which the drain looks whether it shall stop, or whether edits wait that are more urgent …"""
LOOK_S = 0.25
"""… and the seconds after which it does so in any case."""
LAST_CHANCES = 2
"""How often an edit is sent again at a scene's last try: a server that fails one request in ten buries none by chance."""


class WriteStep:
    """Bring works to what is wanted, in a line that goes on while the drain does other things. ``close`` it."""

    def __init__(
        self,
        plex: PlexTarget,
        stash: StashClient,
        referee: Referee,
        db: sqlite3.Connection,
        options: WorkerOptions,
        pace: Pace,
        *,
        drain_id: str,
        clock: Callable[[], float],
    ) -> None:
        self._plex = plex
        self._referee = referee
        self._options = options
        self._drain_id = drain_id
        self._clock = clock
        self._writer = Writer(plex.client)
        self._pictures = PictureFetch(plex, stash, options)
        # A connection of its own: intents are committed while the drain settles what was written before.
        self._db = connect_again(db)
        self._ledger = Ledger(self._db)
        self._look_after = options.writers * LOOK_AFTER
        self._line = Line(self, pace, writers=options.writers, patience=self._look_after - 1)
        self._worked: deque[bool] = deque(maxlen=self._look_after)
        """Of the last works that met no trouble, whether each wrote something."""

    def close(self, *, at_once: bool = False) -> None:
        """End the line; what is being written is waited for, unless ``at_once``. What is left stays unwritten."""
        if self._line.close(at_once=at_once):
            self._db.close()

    # --- what the drain's thread asks ---

    def feed(self, works: list[Work]) -> None:
        """Put these in the line, behind those that are in it."""
        if self._referee.suspicious:
            self._go_on()
        self._line.feed(works)

    def wait(self, until: Callable[[], bool], go_on: Callable[[], bool]) -> bool:
        """Wait until that is so; between a few works ``go_on`` is asked, and when it says no, so does this.

        An error that belongs to one item is kept with its work. One that concerns the whole server, or Stash, is raised.
        """
        line, look = self._line, _Look(self._line, self._look_after)

        def is_so() -> bool:
            return until() and not line.trouble

        while not is_so():
            line.wait(LOOK_S, until=lambda: is_so() or look.is_due())
            if line.error is not None:
                _forgive(line.trouble)
                raise line.error
            if line.stands():
                self._judge()
                self._go_on()
            if look.is_due():
                if not go_on():
                    return False
                look.taken()
        return True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody writes inside: somebody else does, or nobody shall any more."""
        self._line.hold()
        if self._line.error is None:
            self._judge()
        yield
        self._go_on()

    def _go_on(self) -> None:
        # While Plex has yet to show that it takes edits, no more of them are risked than can be sent at once.
        self._line.go_on(only=self._options.writers if self._referee.suspicious else None)

    # --- what the line does ---

    def prepare(self, work: Work) -> None:
        """Fetch the pictures, and make them ready."""
        self._pictures.run(work)

    def announce(self, works: list[Work]) -> list[Work]:
        """Commit what is about to be written; returns the works that have something to write."""
        meant = [
            work for work in works if work.open and not work.overtaken and any(map(_will_write, work.targets))
        ]
        if meant:
            self._note_intents(meant)
        return meant

    def write(self, work: Work) -> None:
        """Send what differs, and the pictures that are new."""
        if not work.open:
            return
        with work.step():
            try:
                for target in work.targets:
                    self._write_one(target)
            except PlexRefused as error:
                work.refused = error  # of everybody, or of this edit alone: the referee finds out
            else:
                self._worked.append(any(target.wrote for target in work.targets))

    def troubled(self, work: Work) -> bool:
        """Whether it is to be judged whose fault it is that something did not work."""
        return _trouble_of(work) is not None

    def weight(self, work: Work) -> int:
        """Bytes of pictures that the work holds; one picture may be meant for several places."""
        held = {
            id(step.data): len(step.data) for target in work.targets for step in target.pictures if step.data
        }
        return sum(held.values())

    def _note_intents(self, works: list[Work]) -> None:
        """One commit for all: snapshots of items met for the first time, the journal, and what is about to be written."""
        with transaction(self._db):
            for work in works:
                for target in work.targets:
                    if _will_write(target):
                        self._note_intent(work, target)

    def _note_intent(self, work: Work, target: Target) -> None:
        if target.before is not None:
            snapshot = {**target.before.to_dict(), "selected": {}}
            self._ledger.snapshot_once(self._plex.server, target.rating_key, snapshot, self._clock())
        self._ledger.snapshot_pictures(self._plex.server, target.rating_key, target.photos)
        entry = target.own_entry(self._plex.server, work.job.scene_id)
        self._ledger.journal.announce(
            self._plex.server,
            target.rating_key,
            announced(target),
            shown=shown(target.before, entry.record),
            scene_id=work.job.scene_id,
            drain_id=self._drain_id,
            at=self._clock(),
        )
        if target.change is not None:
            entry.record.intent = target.change.intent()
        note_before(entry.record, target.pictures)
        self._ledger.put(entry)

    def _write_one(self, target: Target) -> None:
        if target.change is not None and target.before is not None and target.change.writes:
            target.wrote = True
            written = self._writer.apply(target.before, target.change)
            target.notes.extend(written.notes)
            target.cut = dict(written.cut)
        for step in target.pictures:
            if step.data is not None:
                target.wrote = True
                self._upload(target, step)

    def _upload(self, target: Target, step: PictureStep) -> None:
        data, step.data = step.data, None  # a batch of covers must not stay in memory
        assert data is not None  # noqa: S101 -- the caller looked
        try:
            if not self._select(target, step):
                self._plex.client.upload(target.rating_key, step.kind, data)
        except PlexPermanentError as error:
            target.outcomes[NAME_OF[step.kind]] = step.outcome = "failed"
            target.notes.append(f"the {NAME_OF[step.kind]} was left out: {error}")
        except PlexError:
            step.data = data  # it may be sent again
            raise
        else:
            step.sent = True

    def _select(self, target: Target, step: PictureStep) -> bool:
        """Whether Plex has the picture from before and shows it again."""
        if not step.photo:
            return False
        try:
            self._plex.client.select(target.rating_key, step.kind, step.photo)
        except PlexNotFound:
            return False
        return True

    def _judge(self) -> None:
        """After answers that could be the items' fault or Plex's, find out whose it was: raises when it was Plex's."""
        shaken = self._line.trouble
        if not shaken:
            return
        last = _trouble_of(shaken[-1])
        assert last is not None  # noqa: S101 -- or it would not be among them
        keys = {target.rating_key for work in shaken for target in work.targets}
        try:
            self._referee.judge(keys, last, edit=True, others_worked=any(self._worked))
        except PlexError:
            _forgive(shaken)
            raise
        self._worked.clear()
        for work in shaken:
            self._blame(work)

    def _blame(self, work: Work) -> None:
        """It is this item's own trouble. Before it may be the last of a scene, the edit is sent again."""
        for _ in range(LAST_CHANCES):
            if not isinstance(work.failure, TransientError):
                break
            if self._options.retry.is_last(work.job.attempts + 1):
                work.failure = None
                self.write(work)
        if work.refused is not None:
            work.failure = EditRefused(f"{work.refused}, while other edits are taken")
            work.failure.__cause__, work.refused = work.refused, None


class _Look:
    """When the drain looks up: after so many works have passed, or after a while."""

    def __init__(self, line: Line, works: int) -> None:
        self._line, self._works = line, works
        self.taken()

    def is_due(self) -> bool:
        return self._line.passed >= self._at_work or time.monotonic() >= self._at

    def taken(self) -> None:
        self._at_work = self._line.passed + self._works
        self._at = time.monotonic() + LOOK_S


def _will_write(target: Target) -> bool:
    return bool(target.change is not None and target.change.writes) or any(
        step.data is not None for step in target.pictures
    )


def _forgive(works: list[Work]) -> None:
    """Plex's fault, and not theirs: these jobs go back as they were."""
    for work in works:
        work.failure = work.refused = None


def _trouble_of(work: Work) -> PlexError | None:
    return work.failure if isinstance(work.failure, TransientError) else work.refused
