"""The watchdog: an observer that never returns would keep the drain, and the task list of Stash, waiting for ever.

No thread can be ended from without, so in the end the process is: that is as safe as a kill at any other moment, since
everything an observer hears of is on disk already.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from observers.guest import Busy, Presence

log = logging.getLogger("plexsync.Observers")

WARN_S, END_S = 10.0, 60.0
LOOK_S = 1.0


class Watchdog:
    """Warns of a guest that is at work for ten seconds, and after a minute calls ``end`` with it, from a thread of its own."""

    def __init__(
        self,
        presence: Presence,
        end: Callable[[Busy], None],
        *,
        warn_s: float = WARN_S,
        end_s: float = END_S,
        look_s: float = LOOK_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._presence = presence
        self._end = end
        self._warn_s, self._end_s, self._look_s = warn_s, end_s, look_s
        self._clock = clock
        self._warned: Busy | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look once a second from here on. Starting twice is fine."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, daemon=True, name="plexsync-watchdog")
            self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(self._look_s):
            self.look()

    def look(self) -> None:
        """One look."""
        busy = self._presence.now
        if busy is None:
            return
        spent = self._clock() - busy.since
        if spent >= self._end_s:
            self._end(busy)
        elif spent >= self._warn_s and busy is not self._warned:
            self._warned = busy
            log.warning(
                "observer %s has been at work on %s for %.0f s, and every scene waits for it; after %.0f s this run is ended",
                busy.name,
                busy.doing,
                spent,
                self._end_s,
            )
