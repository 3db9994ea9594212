"""Errands: a performer, studio, tag or group has changed, and the scenes that show it are looked up and queued.

Stash fires no hook for those scenes, and their ``updated_at`` does not move. They go into the queue behind everything
that a person waits for, a page at a time; a scene that is queued already stays one row. What comes of each is decided
where every scene's is: a scene that shows the same as before costs no write.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from stash.exceptions import StashOdd
from sync_queue.errands import Errands
from worker.mapping import PARENT_STUDIO, TAG_PARENTS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from stash.client import StashClient
    from sync_queue.errands import Errand
    from sync_queue.ledger import Ledger
    from worker.mapping import MappingOptions

log = logging.getLogger("plexsync.Worker")

PAGE = 1000
DEPTHS = {"tag": (TAG_PARENTS, 3), "studio": (PARENT_STUDIO, 1)}
"""What makes scenes show what stands above their own tags or studio, and how many levels above (``stash.scene.EXTRAS``)."""


class ErrandStep:
    """Turn errands into queued scenes."""

    def __init__(
        self,
        db: sqlite3.Connection,
        stash: StashClient,
        ledger: Ledger,
        mapping: MappingOptions,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._errands = Errands(db, clock=clock)
        self._stash = stash
        self._ledger = ledger
        self._mapping = mapping

    def run(self, go_on: Callable[[], bool]) -> None:
        """Do all that are due; between two pages ``go_on`` may end it, and the rest is done next time.

        An errand that Stash cannot answer is put off, and costs the others nothing. Raises what Stash being away raises.
        """
        done: Counter[str] = Counter()
        scenes = 0
        while (errand := self._errands.next()) is not None and go_on():
            try:
                scenes += self._do(errand, go_on)
            except StashOdd as error:
                self._failed(errand, error)
            else:
                done[errand.kind] += 1
        if scenes:
            kinds = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in done.items())
            log.info("Changed in Stash: %s; scenes that show them and are looked at again: %d", kinds, scenes)

    def _do(self, errand: Errand, go_on: Callable[[], bool]) -> int:
        queued = 0
        for page in self._pages(errand):
            queued += len(page)
            if not (self._errands.queue_page(errand, page) and go_on()):
                return queued
        self._errands.end(errand)
        log.debug("%s %d (%s): %d scenes queued", errand.kind, errand.id, errand.trigger, queued)
        return queued

    def _pages(self, errand: Errand) -> Iterator[list[int]]:
        """The scenes concerned, in ascending order; none when the settings let nothing of the change through to Plex."""
        if errand.change == "gone":
            return self._ledger_pages(errand)
        extra, levels = DEPTHS.get(errand.kind, ("", 0))
        inherited = extra in self._mapping.reads
        if (errand.change == "photo" and self._mapping.photos is None) or (
            errand.change == "parents" and not inherited
        ):
            return iter(())
        depth = levels if inherited else 0
        return self._stash.scene_ids_with(
            errand.kind, errand.id, depth=depth, after=errand.after, page_size=PAGE
        )

    def _ledger_pages(self, errand: Errand) -> Iterator[list[int]]:
        """Stash finds no scene by what it has deleted; the ledger knows which ones showed it."""
        after = errand.after
        while page := self._ledger.scenes_that_showed(errand.kind, errand.id, after=after, limit=PAGE):
            after = page[-1]
            yield page

    def _failed(self, errand: Errand, error: StashOdd) -> None:
        if self._errands.put_off(errand):
            log.debug(
                "Scenes of %s %d could not be looked up, and will be: %s", errand.kind, errand.id, error
            )
            return
        log.warning(
            "%s %d has changed in Stash, and which scenes show it could not be looked up: %s. "
            "Run 'Reconcile Library', which finds them",
            errand.kind.capitalize(),
            errand.id,
            error,
            extra={"error_type": error.error_type},
        )
