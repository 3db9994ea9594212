"""When to look in Plex for files that it had not found yet: soon after a scene began to wait, then ever less often;
and whom to tell of what a look found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from plex.index import PlexIndex
    from sync_queue.jobs import SyncQueue

KEY = "index_looked_at"
SHORTEST_S, LONGEST_S = 30.0, 3600.0


def wake_for_news(queue: SyncQueue, index: PlexIndex) -> int:
    """Scenes that wait for files which the index has met since this was asked last are due now; returns how many.

    The news are forgotten only after the queue has been told: a kill in between wakes a scene twice, never not at all.
    """
    names = index.news()
    if not names:
        return 0
    woken = queue.wake_waiting(names)
    index.forget_news(names)
    return woken


class IndexLook:
    """A look costs one request. Its pause is half the age of the youngest waiting scene, from 30 seconds to an hour."""

    def __init__(self, db: sqlite3.Connection, queue: SyncQueue, *, clock: Callable[[], float]) -> None:
        self._db = db
        self._queue = queue
        self._clock = clock

    def is_due(self) -> bool:
        """Whether scenes wait and the last look is long enough ago; a last look in the future (a clock that jumped) counts for nothing."""
        youngest = self._queue.youngest_waiting_since()
        if youngest is None:
            return False
        now = self._clock()
        last = get_meta(self._db, KEY)
        if not isinstance(last, (int, float)) or last > now:
            return True
        pause = min(LONGEST_S, max(SHORTEST_S, (now - youngest) / 2))
        return now - max(last, youngest) >= pause

    def note(self) -> None:
        """The look was taken just now."""
        set_meta(self._db, KEY, self._clock())
