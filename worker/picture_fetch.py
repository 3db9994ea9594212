"""A scene's pictures before they are written: fetched from Stash, compared with what is known, shaped for Plex."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stash.exceptions import StashOdd
from worker.pictures import (
    LOCK_OF,
    NAME_OF,
    Cover,
    fetch_cover,
    known_etag,
    leave_out_what_arrived,
    open_kinds,
    plan_pictures,
    wanted_pictures,
)

if TYPE_CHECKING:
    from stash.client import StashClient
    from worker.options import WorkerOptions
    from worker.plex_target import PlexTarget
    from worker.work import Target, Work


class PictureFetch:
    """For several threads at once."""

    def __init__(
        self, plex: PlexTarget, stash: StashClient, options: WorkerOptions, *, for_writing: bool = True
    ) -> None:
        """``for_writing``: what Plex shows until now is looked up for the snapshot; a preview does without."""
        self._for_writing = for_writing
        self._plex = plex
        self._stash = stash
        self._options = options
        self._kinds = wanted_pictures(options.mapping, options.ffmpeg)

    def run(self, work: Work) -> None:
        """Fetch the cover, once for all targets, and the pictures that Plex shows now, for the snapshot.

        What is to go up stands in the targets afterwards. A failure of the scene's own is kept with it; raises when
        Stash or Plex is away.
        """
        with work.step():
            cover = self._cover(work)
            for target in work.targets:
                self._plan(target, cover)

    def _cover(self, work: Work) -> Cover | None:
        if not self._kinds or work.scene is None:
            return None
        etags = {etag for target in work.targets if (etag := self._etag(target)) is not None}
        if not etags:
            return Cover(same=True)
        cover = fetch_cover(self._stash, work.scene, etags.pop() if len(etags) == 1 else "")
        if cover.passing and not self._options.retry.is_last(work.job.attempts + 1):
            work.cover_missing = StashOdd(f"Stash serves, but not this scene's cover: {cover.problem}")
        return cover

    def _etag(self, target: Target) -> str | None:
        """The cover that the item shows already, as Stash named it, or ""; None when somebody else's locks keep every kind from us."""
        record = target.entry.record if target.entry else None
        kinds = open_kinds(self._kinds, target.before, record, override_locks=self._options.override_locks)
        return known_etag(record, kinds) if kinds else None

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
        if not self._for_writing:
            return
        known = record.pictures if record else {}
        first = [step.kind for step in target.pictures if step.data is not None and step.kind not in known]
        target.photos = {kind: self._selected_photo(target, kind) for kind in first}

    def _selected_photo(self, target: Target, kind: str) -> str:
        """What Plex shows now, for the way back: a picture of ours takes its place for the first time."""
        if target.before is not None and not target.before.scalars.get(LOCK_OF[kind]):
            return ""  # it shows none
        photos = self._plex.client.pictures(target.rating_key, kind)
        return next((photo.rating_key for photo in photos if photo.selected), "")
