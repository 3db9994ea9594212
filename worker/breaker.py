"""The circuit breaker: while Plex is down nothing is tried but a probe, and no job pays for it.

Its state is one row in the database and not in memory: a task, the watcher and the terminal follow one another in
different processes, and the second must neither announce an outage again nor hammer a server that is starting.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

from sync_queue.meta import delete_meta, get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

KEY = "plex_down"
STASH_KEY = "stash_away"
"""Since when Stash does not answer: a row of its own, which no probe depends on."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 10.0

Proof = Literal["probe", "batch", "drain"]
"""What shows that an outage is over. A server may answer every probe and yet write nothing, or list nothing: then only
a batch of jobs, or a whole drain, that goes through is proof."""
PROOFS: tuple[Proof, ...] = ("probe", "batch", "drain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """Since when Plex is down, when the next probe is due (both epoch seconds), how many probes failed, and why.

    ``slow`` says that the last probe was not refused but waited for in vain: the next one gets more time.
    """

    since: float
    next_probe_at: float
    probes: int
    reason: str
    proof: Proof = "probe"
    slow: bool = False


KNOWN = frozenset(one.name for one in fields(Outage))


class Breaker:
    """Open while Plex is down. ``clock`` gives epoch seconds."""

    def __init__(self, db: sqlite3.Connection, *, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock

    def outage(self) -> Outage | None:
        """The outage that is going on, or None while the breaker is closed."""
        row = get_meta(self._db, KEY)
        return Outage(**{name: row[name] for name in row if name in KNOWN}) if isinstance(row, dict) else None

    def trip(self, reason: str, *, proof: Proof = "probe", slow: bool = False) -> bool:
        """Plex did not answer. True when that is news: the outage begins now; otherwise the next probe moves on.

        The pause between probes doubles from one second to ten, so that the return is noticed within about ten. An
        outage that has once asked for more proof goes on asking for it.
        """
        now, outage = self._clock(), self.outage()
        probes = outage.probes + 1 if outage else 0
        pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(probes, 10))
        going_on = Outage(
            since=outage.since if outage else now,
            next_probe_at=now + pause,
            probes=probes,
            reason=reason,
            proof=max(proof, outage.proof if outage else proof, key=PROOFS.index),
            slow=slow,
        )
        set_meta(self._db, KEY, asdict(going_on))
        return outage is None

    def reset(self) -> float | None:
        """Plex is back: close the breaker and return how long it was down, in seconds; None when it was not."""
        outage = self.outage()
        if outage is None:
            return None
        delete_meta(self._db, KEY)
        return max(0.0, self._clock() - outage.since)

    def wait_s(self) -> float:
        """Seconds until the next probe is due: 0 while closed, when it is due, or when the clock was set back since."""
        outage = self.outage()
        if outage is None:
            return 0.0
        wait = outage.next_probe_at - self._clock()
        return wait if 0 < wait <= LONGEST_PAUSE_S else 0.0
