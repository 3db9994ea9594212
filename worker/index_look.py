"""When to look in Plex for files that it had not found yet: soon after a scene began to wait, then ever less often;
whom to tell of what a look found; and the whole listing that a long run begins with.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from plex.exceptions import TransientError
from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from plex.index import PlexIndex
    from sync_queue.jobs import SyncQueue
    from worker.parts import Parts
    from worker.plex_target import PlexTarget

log = logging.getLogger("plexsync.Worker")

KEY = "index_looked_at"
SHORTEST_S, LONGEST_S = 30.0, 3600.0
WORTH_A_LISTING = 20
"""Fewer scenes than this are read by their details, however small the library is."""
ITEMS_FOR_A_SCENE = 10
"""A listing costs a request for a thousand items, details one for a hundred scenes: with more items than this for each scene
of the run, the details cost less."""


def wake_for_news(queue: SyncQueue, index: PlexIndex) -> int:
    """Scenes that wait for files which the index has met since this was asked last are due now; returns how many.

    The news are forgotten only after the queue has been told: a kill in between wakes a scene twice, never not at all.
    """
    woken = 0
    while names := index.news():
        woken += queue.wake_waiting(names)
        index.forget_news(names)
    return woken


class IndexLook:
    """A look costs one request. Its pause is half the age of the youngest waiting scene, from 30 seconds to an hour."""

    def __init__(self, db: sqlite3.Connection, queue: SyncQueue, *, clock: Callable[[], float]) -> None:
        self._db = db
        self._queue = queue
        self._clock = clock

    def is_due(self, *, by_hand: bool = False) -> bool:
        """Whether scenes wait and the last look is long enough ago; a last look in the future (a clock that jumped) counts for nothing.

        ``by_hand``: a person asks, who may know that Plex has the file by now; no look is too soon for that.
        """
        youngest = self._queue.youngest_waiting_since()
        if youngest is None or by_hand:
            return youngest is not None
        now = self._clock()
        last = get_meta(self._db, KEY)
        if not isinstance(last, (int, float)) or last > now:
            return True
        pause = min(LONGEST_S, max(SHORTEST_S, (now - youngest) / 2))
        return now - max(last, youngest) >= pause

    def note(self) -> None:
        """The look was taken just now."""
        set_meta(self._db, KEY, self._clock())


def look_for_news(parts: Parts, *, by_hand: bool) -> None:
    """Scenes that wait for Plex to find their file: look for new items when it is time, or a person asks for it."""
    look = IndexLook(parts.db, parts.queue, clock=parts.clock)
    if look.is_due(by_hand=by_hand):
        parts.plex.index.refresh()
        look.note()
    woken = wake_for_news(parts.queue, parts.plex.index)
    if woken:
        log.debug("Plex has new items; %d waiting scenes are looked at again", woken)


class RunListing:
    """The whole listing, read at most once a drain: what it shows unchanged need not be read. One for a drain.

    ``ahead`` says how many scenes of the run come after those that are asked about.
    """

    def __init__(self, plex: PlexTarget, *, ahead: Callable[[], int], wake: Callable[[], object]) -> None:
        self._plex = plex
        self._ahead = ahead
        self._wake = wake
        self._failed = False

    def is_fresh(self, scenes: int) -> bool:
        """Whether the listing can be trusted; it is read now if that is worth it for so many scenes and those ahead."""
        plex = self._plex
        if plex.relisted or self._failed or not self._is_worth_it(scenes):
            return plex.relisted
        try:
            plex.relist()
        except TransientError as error:
            plex.client.probe()
            self._failed = True
            log.debug("Plex serves, but not its listing (%s): every item is read instead", error)
        self._wake()
        return plex.relisted

    def _is_worth_it(self, scenes: int) -> bool:
        scenes += self._ahead()
        items = self._plex.index.get_stats()["items"]
        return scenes >= max(WORTH_A_LISTING, items / ITEMS_FOR_A_SCENE)
