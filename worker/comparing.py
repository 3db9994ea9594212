"""Step three of a batch: read the items that must be read, and work out what differs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from plex.diff import diff
from worker.mapping import desired_of, state_hash
from worker.pictures import wanted_kinds
from worker.reading import read_details
from worker.rebuilding import guessed_record

if TYPE_CHECKING:
    from plex.change import Change
    from plex.fields import Desired
    from plex.items import PlexItem
    from sync_queue.ledger import Record
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget
    from worker.referee import Referee
    from worker.work import Target, Work

log = logging.getLogger("plexsync.Worker")


class CompareStep:
    """Fill in, for every open work, what is wanted and, for each target, the item as it is and the change."""

    def __init__(
        self, plex: PlexTarget, referee: Referee, options: WorkerOptions, *, ledger_lost: bool = False
    ) -> None:
        self._ledger_lost = ledger_lost
        self._plex = plex
        self._referee = referee
        self._options = options

    def run(self, works: list[Work], *, trust_listing: bool) -> None:
        """Details are read in one request for a hundred items; none for a target that a fresh listing proves unchanged."""
        waiting = [work for work in works if work.open]
        for work in waiting:
            self._want(work)
        pairs = [(work, target) for work in waiting if work.open for target in work.targets]
        if trust_listing:
            for work, target in pairs:
                target.unchanged = self._is_unchanged(work, target)
        to_read = [pair for pair in pairs if not pair[1].unchanged]
        items = read_details(self._plex.client, self._referee, to_read)
        for work, target in to_read:
            if work.open:
                self._compare(work, target, items.get(target.rating_key))
        for work in waiting:
            work.targets = [target for target in work.targets if not target.gone]

    def _want(self, work: Work) -> None:
        assert work.scene is not None  # noqa: S101 -- a work without a scene is not open
        with work.step():
            work.desired, notes = desired_of(work.scene, self._options.mapping)
            work.notes.extend(notes)
            work.state_hash = state_hash(work.desired, self._options.mapping, **self._options.rules)

    def _is_unchanged(self, work: Work, target: Target) -> bool:
        entry = target.entry
        if entry is None or work.job.force or entry.record.intent is not None:
            return False
        same_wish = entry.state_hash == work.state_hash
        return (
            same_wish
            and entry.listing_digest is not None
            and entry.listing_digest == self._plex.index.digest(target.rating_key)
        )

    def _compare(self, work: Work, target: Target, item: PlexItem | None) -> None:
        assert work.desired is not None  # noqa: S101 -- _want has set it
        if item is None or target.row.path not in {file.path for file in item.files}:
            # Deleted, moved or re-added behind our back: the index is stale, and the processor asks a fresh one.
            self._plex.index.forget(target.rating_key)
            target.gone = work.stale = True
            return
        target.before = item
        with work.step():
            if target.entry is None and self._ledger_lost:
                self._recognise(work, target, item)
            record = target.entry.record if target.entry else None
            target.change = difference(work.desired, item, record, self._options)
            target.outcomes = dict(target.change.outcomes)

    def _recognise(self, work: Work, target: Target, item: PlexItem) -> None:
        """The entry of this item may have been lost with the database."""
        assert work.desired is not None  # noqa: S101 -- the caller looked
        record = guessed_record(work.desired, item, preserve=self._options.preserve_plex_edits)
        if record is not None:
            target.own_entry(self._plex.server, work.job.scene_id).record = record


def difference(desired: Desired, item: PlexItem, record: Record | None, options: WorkerOptions) -> Change:
    """What would have to be written now, with these options."""
    return diff(
        desired,
        item,
        record,
        preserve=options.preserve_plex_edits,
        override_locks=options.override_locks,
        pictures_wanted=set(wanted_kinds(options.mapping.exclude)),
        pulled=options.pulled,
    )
