"""What becomes of a Plex item whose scene was deleted in Stash: by choice our locks go, and our collections and labels."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from plex.diff import diff
from plex.exceptions import EditRefused, PlexRefused, TransientError
from plex.fields import Desired
from plex.index import IndexRow
from plex.writer import Writer
from sync_queue.database import transaction
from worker.journaling import announced, shown
from worker.options import LEAVE_COLLECTIONS, UNLOCK
from worker.reading import read_details
from worker.work import Target

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Container

    from plex.change import Change
    from plex.exceptions import PlexError
    from plex.items import PlexItem
    from sync_queue.ledger import Entry, Ledger
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget
    from worker.referee import Referee
    from worker.work import Work

log = logging.getLogger("plexsync.Worker")

LAST_WISH = {UNLOCK: Desired(), LEAVE_COLLECTIONS: Desired(tags={"collection": (), "label": ()})}
"""What is none of our business any more loses our locks and keeps its value; of what is wanted empty, only ours goes."""


class FarewellStep:
    """For a drain. Nothing is done, nor asked of Plex, while the choice is to keep the items as they are."""

    def __init__(
        self,
        plex: PlexTarget,
        referee: Referee,
        ledger: Ledger,
        db: sqlite3.Connection,
        options: WorkerOptions,
        *,
        drain_id: str,
        clock: Callable[[], float],
    ) -> None:
        self._plex = plex
        self._referee = referee
        self._ledger = ledger
        self._db = db
        self._options = options
        self._drain_id = drain_id
        self._clock = clock
        self._writer = Writer(plex.client)

    def run(self, works: list[Work], under_way: Container[int]) -> None:
        """Write what the choice says to the items of works whose scene is deleted; ``under_way`` are items of others by now.

        A work whose item could not be written is no longer skipped but failed, until its last try. An error that
        concerns the whole server is raised; then none of them counts as done.
        """
        if self._options.deleted_scenes not in LAST_WISH:
            return
        deleted = [work for work in works if work.skip is not None and work.skip[0] == "deleted"]
        try:
            self._part(deleted, under_way)
        except BaseException:
            for work in deleted:
                work.skip = work.failure = work.refused = None
            raise
        for work in deleted:
            if work.failure is None:
                continue
            if work.failure.will_retry and not self._options.retry.is_last(work.job.attempts + 1):
                work.skip = None
            else:
                log.warning(
                    "Scene %d was deleted in Stash, and its Plex item stays as it is: %s. Unlock it in Plex if need be",
                    work.job.scene_id,
                    work.failure,
                )

    def look(self, works: list[Work], under_way: Container[int]) -> list[tuple[Work, Target]]:
        """Read the items of works whose scene is deleted, and work out what the choice has to say to each; nothing is written."""
        if self._options.deleted_scenes not in LAST_WISH:
            return []
        pairs = [
            (work, Target(row=_row(entry), entry=entry))
            for work in works
            if work.skip is not None and work.skip[0] == "deleted"
            for entry in self._ledger.of_scene(self._plex.server, work.job.scene_id)
            if entry.rating_key not in under_way
        ]
        items = read_details(self._plex.client, self._referee, pairs)
        for work, target in pairs:
            item = items.get(target.rating_key)
            if item is not None and target.entry is not None:
                with work.step():
                    target.before, target.change = item, self._change(item, target.entry)
        return [
            (work, target) for work, target in pairs if target.change is not None and target.change.writes
        ]

    def _part(self, deleted: list[Work], under_way: Container[int]) -> None:
        pairs = self.look(deleted, under_way)
        for work, target in pairs:
            with work.step():
                work.parted.append(target.rating_key)
                try:
                    self._write(work, target)
                except PlexRefused as error:
                    work.refused = error  # of everybody, or of this edit alone
        self._judge([(work, target) for work, target in pairs if _trouble_of(work) is not None])

    def _judge(self, shaken: list[tuple[Work, Target]]) -> None:
        """After answers that could be the items' fault or Plex's, find out whose it was: raises when it was Plex's."""
        errors = [error for work, _ in shaken if (error := _trouble_of(work)) is not None]
        if not errors:
            return
        self._referee.judge({target.rating_key for _, target in shaken}, errors[-1], edit=True)
        for work, _ in shaken:
            if work.refused is not None:
                work.failure = EditRefused(f"{work.refused}, while other edits are taken")
                work.failure.__cause__, work.refused = work.refused, None

    def _change(self, item: PlexItem, entry: Entry) -> Change:
        return diff(
            LAST_WISH[self._options.deleted_scenes],
            item,
            entry.record,
            preserve=self._options.preserve_plex_edits,
            override_locks=self._options.override_locks,
        )

    def _write(self, work: Work, target: Target) -> None:
        item, change, entry = target.before, target.change, target.entry
        assert item is not None  # noqa: S101 -- look() has set all three
        assert change is not None  # noqa: S101 -- as above
        assert entry is not None  # noqa: S101 -- as above
        self._announce(work, target, change, entry)
        self._writer.apply(item, change)
        after = self._plex.client.details([item.rating_key]).get(item.rating_key)
        if after is not None:
            self._ledger.journal.settle(self._plex.server, item.rating_key, shown(after, entry.record))
            self._plex.index.note(after)

    def _announce(self, work: Work, target: Target, change: Change, entry: Entry) -> None:
        """As for every write: the journal and the intent are on disk before it."""
        with transaction(self._db):
            self._ledger.journal.announce(
                self._plex.server,
                target.rating_key,
                announced(target),
                shown=shown(target.before, entry.record),
                scene_id=work.job.scene_id,
                drain_id=self._drain_id,
                at=self._clock(),
            )
            entry.record.intent = change.intent()
            self._ledger.put(entry)


def _trouble_of(work: Work) -> PlexError | None:
    return work.failure if isinstance(work.failure, TransientError) else work.refused


def _row(entry: Entry) -> IndexRow:
    """The item by its keys alone: no file is looked for."""
    return IndexRow(entry.rating_key, entry.section_id, "", "", None, None, "", 0)
