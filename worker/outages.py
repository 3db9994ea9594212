"""What a drain makes of Plex or Stash being away: when it looks, what counts as proof of a return, and one line for each.

One line when it goes and one when it comes back, over all the processes that follow one another meanwhile: both states
are rows in the database.
"""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from events import PlexDown, PlexUp, emit
from plex.client import PROBE_S
from plex.exceptions import PlexError, PlexStuck
from sync_queue import runners
from sync_queue.meta import delete_meta, get_meta, set_meta
from worker.breaker import STASH_KEY, Breaker

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from plex.client import PlexClient
    from stash.exceptions import StashError
    from worker.breaker import Proof

log = logging.getLogger("plexsync.Worker")

PATIENCE_S = (PROBE_S, 30.0)
"""How long a probe is waited for, and how long the next one when that was in vain: a server may be so slow that the
short one never sees it serve."""


class Outages:
    """One for a drain. ``token`` is the drain's own, under which it is known to be looking for Plex."""

    def __init__(
        self,
        db: sqlite3.Connection,
        client: PlexClient,
        *,
        clock: Callable[[], float],
        token: str,
        patience_s: tuple[float, float] = PATIENCE_S,
    ) -> None:
        self._db = db
        self._client = client
        self._clock = clock
        self._token = token
        self._breaker = Breaker(db, clock=clock)
        self._awaited: Proof | None = None
        self._stash_was_away = get_meta(db, STASH_KEY) is not None
        self._short_s, self._long_s = patience_s
        self._probe_took_s = 0.0

    @property
    def unproven(self) -> bool:
        """Plex answers a probe, and has yet to show that it works again."""
        return self._awaited is not None

    # --- Plex ---

    def look(self) -> bool:
        """While Plex is away nothing is asked of it but whether it is back; returns whether it was away.

        Raises what the probe raises.
        """
        outage = self._breaker.outage()
        if outage is None:
            return False
        runners.note_probe(self._db, self._token, os.getpid(), self._clock())
        self._probe(self._long_s if outage.slow else self._short_s)
        if outage.proof == "probe":
            self._back()
        else:
            self._awaited = outage.proof
        return True

    def batch_done(self) -> None:
        """A batch went through, and with it Stash has answered: that proves most returns."""
        if self._awaited == "batch":
            self._back()
        if self._stash_was_away:
            self._stash_is_back()

    def drain_done(self) -> None:
        """The drain has come to its end without any trouble."""
        if self._awaited is not None:
            self._back()

    def begin(self, error: PlexError) -> None:
        """Plex is away, or does no work: said when it is news."""
        proof = self._proof_for(error)
        if not self._breaker.trip(str(error), proof=proof, slow=self._probe_took_s >= self._short_s):
            return
        log.warning(
            "Plex is away: %s. Every scene stays queued and is synced when it is back. %s",
            error,
            error.hint,
            extra={"error_type": error.error_type},
        )
        emit(PlexDown(at=self._clock(), error_type=error.error_type, message=str(error), hint=error.hint))

    def _proof_for(self, error: PlexError) -> Proof:
        """A server that answers a probe in the middle of its trouble will do so again: that shows nothing."""
        if not error.opens_breaker:
            return "drain"
        if isinstance(error, PlexStuck):
            return "batch"
        return "batch" if self._breaker.outage() is None and self._answers() else "probe"

    def _answers(self) -> bool:
        try:
            self._probe(self._short_s)
        except PlexError:
            return False
        return True

    def _probe(self, patience_s: float) -> None:
        start = time.monotonic()
        try:
            self._client.probe(patience_s)
        finally:
            self._probe_took_s = time.monotonic() - start

    def _back(self) -> None:
        self._awaited = None
        down_s = self._breaker.reset()
        runners.clear_probe(self._db)
        if down_s is not None:
            log.info("Plex is back after %.0f s", down_s)
            emit(PlexUp(at=self._clock(), down_s=down_s))

    # --- Stash ---

    def _stash_is_back(self) -> None:
        self._stash_was_away = False
        since = get_meta(self._db, STASH_KEY)
        delete_meta(self._db, STASH_KEY)
        if isinstance(since, (int, float)):
            log.info("Stash answers again after %.0f s", max(0.0, self._clock() - since))


def say_stash_is_away(db: sqlite3.Connection, error: StashError, now: float) -> None:
    """Stash does not answer: said when it is news. The first batch that Stash has answered for says that it is over."""
    if get_meta(db, STASH_KEY) is None:
        set_meta(db, STASH_KEY, now)
        log.warning(
            "Stash does not answer: %s. Every scene stays queued. %s",
            error,
            error.hint,
            extra={"error_type": error.error_type},
        )
