"""Step four of a batch: pictures are fetched, the intent is committed, and only then Plex is written to.

The order is what makes a kill harmless: what is about to be written stands in the ledger first, so that a value found
in Plex afterwards is known as ours, whether or not this process lived to read it back.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from plex.exceptions import EditRefused, PlexError, PlexPermanentError, PlexRefused, TransientError
from plex.writer import Writer
from stash.exceptions import StashOdd
from stash.log_context import adopt, facts
from sync_queue.database import transaction
from worker.journaling import announced, shown
from worker.pictures import (
    LOCK_OF,
    NAME_OF,
    fetch_cover,
    known_etag,
    leave_out_what_arrived,
    note_before,
    plan_pictures,
    wanted_pictures,
)
from worker.writers import Writers

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from stash.client import StashClient
    from sync_queue.ledger import Ledger
    from worker.options import WorkerOptions
    from worker.pictures import Cover, PictureStep
    from worker.plex_target import PlexTarget
    from worker.referee import Referee
    from worker.work import Target, Work

log = logging.getLogger("plexsync.Worker")

CHUNK_FOR_EACH_WRITER = 4
"""Covers held in memory at one time, for each writer."""
LAST_CHANCES = 2
"""How often an edit is sent again at a scene's last try: a server that fails one request in ten buries none by chance."""


class WriteStep:
    """Bring the targets of a batch to what is wanted, a few works at a time, with ``writers`` threads."""

    def __init__(
        self,
        plex: PlexTarget,
        stash: StashClient,
        referee: Referee,
        ledger: Ledger,
        db: sqlite3.Connection,
        options: WorkerOptions,
        *,
        drain_id: str,
        clock: Callable[[], float],
    ) -> None:
        self._plex = plex
        self._stash = stash
        self._referee = referee
        self._ledger = ledger
        self._db = db
        self._options = options
        self._drain_id = drain_id
        self._clock = clock
        self._writer = Writer(plex.client)
        self._kinds = wanted_pictures(options.mapping, options.ffmpeg)

    def run(self, works: list[Work], *, go_on: Callable[[], bool], overtaken: set[int]) -> None:
        """Write every open work; stop early, between two chunks, when ``go_on`` says so (the rest stays unwritten).

        Items whose ratingKey has come into ``overtaken`` meanwhile stay unwritten too: somebody else's edit was there
        after they were read, and the item may belong to another scene now.

        An error that belongs to one item is kept with its target. One that concerns the whole server, or Stash, is raised.
        """
        # While Plex has yet to show that it takes edits, no more of them are risked than can be sent at once.
        size = self._options.writers * (1 if self._referee.suspicious else CHUNK_FOR_EACH_WRITER)
        waiting = [work for work in works if work.open]
        with Writers(
            self._options.writers, "plexsync-writer", initializer=adopt, initargs=(facts(),)
        ) as pool:
            for start in range(0, len(waiting), size):
                if start and not go_on():
                    return
                chunk = [
                    work
                    for work in waiting[start : start + size]
                    if overtaken.isdisjoint(target.rating_key for target in work.targets)
                ]
                list(pool.map(self._prepare, chunk))
                self._note_intents(chunk)
                try:
                    list(pool.map(self._write, chunk))
                    self._judge(chunk)
                except PlexError:
                    _forgive(chunk)
                    raise
                for work in chunk:
                    work.written = True

    def _prepare(self, work: Work) -> None:
        """Fetch the cover, once for all targets, and the pictures that Plex shows now, for the snapshot."""
        with work.step():
            cover = self._cover(work)
            for target in work.targets:
                self._plan(target, cover)

    def _cover(self, work: Work) -> Cover | None:
        if not self._kinds or work.scene is None:
            return None
        etags = {
            known_etag(target.entry.record if target.entry else None, self._kinds) for target in work.targets
        }
        cover = fetch_cover(self._stash, work.scene, etags.pop() if len(etags) == 1 else "")
        if cover.passing and not self._options.retry.is_last(work.job.attempts + 1):
            work.cover_missing = StashOdd(f"Stash serves, but not this scene's cover: {cover.problem}")
        return cover

    def _plan(self, target: Target, cover: Cover | None) -> None:
        if cover is None:
            return
        record = target.entry.record if target.entry else None
        target.pictures = plan_pictures(
            cover, self._kinds, target.before, record, override_locks=self._options.override_locks
        )
        leave_out_what_arrived(self._plex.client, target.rating_key, target.pictures, record)
        target.notes.extend(step.note for step in target.pictures if step.note)
        for step in target.pictures:
            target.outcomes[NAME_OF[step.kind]] = step.outcome
        if any(step.outcome == "failed" for step in target.pictures):
            target.notes.append(
                f"the cover was left out: {cover.problem}. Give the scene another cover in Stash"
            )
        known = record.pictures if record else {}
        first = [step.kind for step in target.pictures if step.data is not None and step.kind not in known]
        target.photos = {kind: self._selected_photo(target, kind) for kind in first}

    def _selected_photo(self, target: Target, kind: str) -> str:
        """What Plex shows now, for the way back: a picture of ours takes its place for the first time."""
        if target.before is not None and not target.before.scalars.get(LOCK_OF[kind]):
            return ""  # it shows none
        photos = self._plex.client.pictures(target.rating_key, kind)
        return next((photo.rating_key for photo in photos if photo.selected), "")

    def _note_intents(self, chunk: list[Work]) -> None:
        """One commit for the chunk: snapshots of items met for the first time, the journal, and what is about to be written."""
        with transaction(self._db):
            for work in chunk:
                for target in work.targets:
                    if work.open and self._will_write(target):
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

    def _write(self, work: Work) -> None:
        if not work.open:
            return
        with work.step():
            try:
                for target in work.targets:
                    self._write_one(target)
            except PlexRefused as error:
                work.refused = error  # of everybody, or of this edit alone: the referee finds out

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
            self._plex.client.upload(target.rating_key, step.kind, data)
        except PlexPermanentError as error:
            target.outcomes[NAME_OF[step.kind]] = step.outcome = "failed"
            target.notes.append(f"the {NAME_OF[step.kind]} was left out: {error}")
        except PlexError:
            step.data = data  # it may be sent again
            raise
        else:
            step.sent = True

    @staticmethod
    def _will_write(target: Target) -> bool:
        return bool(target.change is not None and target.change.writes) or any(
            step.data is not None for step in target.pictures
        )

    def _judge(self, chunk: list[Work]) -> None:
        """After answers that could be the items' fault or Plex's, find out whose it was: raises when it was Plex's."""
        errors = {id(work): error for work in chunk if (error := _trouble_of(work)) is not None}
        if not errors:
            return
        shaken = [work for work in chunk if id(work) in errors]
        keys = {target.rating_key for work in shaken for target in work.targets}
        others = any(target.wrote for work in chunk if id(work) not in errors for target in work.targets)
        self._referee.judge(keys, errors[id(shaken[-1])], edit=True, others_worked=others)
        for work in shaken:
            self._blame(work)

    def _blame(self, work: Work) -> None:
        """It is this item's own trouble. Before it may be the last of a scene, the edit is sent again."""
        for _ in range(LAST_CHANCES):
            if not isinstance(work.failure, TransientError):
                break
            if self._options.retry.is_last(work.job.attempts + 1):
                work.failure = None
                self._write(work)
        if work.refused is not None:
            work.failure = EditRefused(f"{work.refused}, while other edits are taken")
            work.failure.__cause__, work.refused = work.refused, None


def _forgive(chunk: list[Work]) -> None:
    """Plex's fault, and not theirs: these jobs go back as they were."""
    for work in chunk:
        if _trouble_of(work) is not None:
            work.failure = work.refused = None


def _trouble_of(work: Work) -> PlexError | None:
    return work.failure if isinstance(work.failure, TransientError) else work.refused
