"""The door for third parties' observers: who is let in, how each one fares, and what is kept of it for the next process."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.observer_record import FIGURES_KEY, Record
from app.places import queue_file
from observers.guest import Guest, Presence
from observers.loader import Door
from observers.watchdog import Watchdog
from stash.log import flush
from sync_queue.database import DatabaseError, connect
from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from app.session import Session
    from events import DrainProgress
    from observers.guest import Busy

log = logging.getLogger("plexsync.Observers")

SLOW_S, CALLS_TO_JUDGE = 0.1, 10
"""More than this for each call on average is slow, and fewer calls say nothing."""
CALLS_REMEMBERED = 1000
"""From then on the past weighs half, so that one who was mended is soon judged by what it does now."""
HUNG_EXIT = 75
"""EX_TEMPFAIL: the next process goes on."""


@dataclass(slots=True)
class _Fares:
    """One guest over all processes, and what of that was before the drain that is looked at."""

    guest: Guest
    calls: int = 0
    seconds: float = 0.0
    slow_said: bool = False
    before: tuple[int, int, float] = field(default=(0, 0, 0.0))

    @property
    def average_s(self) -> float:
        calls = self.calls + self.guest.calls
        return (self.seconds + self.guest.seconds) / calls if calls else 0.0


class ObserverDoor(Door):
    """Every guest's figures of the last drain stand in the database afterwards, for "Show Status"; a slow one is reported once.

    A guest that does not return for a minute ends the process through ``end``, and is left out from then on until its
    file changes; so is one in whose hands three processes in a row have ended. ``close`` it in the end.
    """

    def __init__(
        self,
        session: Session,
        *,
        end: Callable[[int], None] = os._exit,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``clock`` counts seconds from anywhere, for the watchdog."""
        self._session = session
        self._end = end
        self._record = Record(session.db, session.folder)
        self._presence = Presence(self._record.at_work, clock=clock)
        self._watchdog = Watchdog(self._presence, self._hung, clock=clock)
        self._fares: list[_Fares] = []
        self._left_out: dict[str, str] = {}
        self._known = _mapping(get_meta(session.db, FIGURES_KEY))

    # --- letting in ---

    def refusal(self, name: str) -> str:
        """One that hung, or ended the process again and again, stays out until its file is another one."""
        return self._record.refusal(name)

    def opening(self, name: str) -> AbstractContextManager[None]:
        """Its loading is watched like its work."""
        self._watchdog.start()
        return self._presence.at_work(name, "its loading")

    def admit(self, name: str, observer: object) -> Guest:
        """The observer behind its door."""
        guest = Guest(name, observer, self._presence)
        kept = _mapping(_mapping(self._known.get("observers")).get(name))
        self._fares.append(
            _Fares(
                guest,
                calls=int(kept.get("all_calls", 0)),
                seconds=float(kept.get("all_seconds", 0.0)),
                slow_said=bool(kept.get("slow_said")),
            )
        )
        return guest

    def left_out(self, name: str, reason: str) -> None:
        """For "Show Status": the log's line is soon far above."""
        self._left_out[name] = reason

    # --- figures ---

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:  # noqa: ARG002 -- a batch is a batch
        """In a long drain a slow one is reported before the end."""
        for fares in self._fares:
            self._judge(fares)

    def note_drain(self) -> None:
        """A drain has done something: keep how everybody fared in it, in place of the one before."""
        if not (self._fares or self._left_out or self._known):
            return
        kept = {fares.guest.name: self._noted(fares) for fares in self._fares}
        self._known = {"at": self._session.clock(), "observers": kept, "left_out": self._left_out}
        set_meta(self._session.db, FIGURES_KEY, self._known)

    def _noted(self, fares: _Fares) -> dict[str, Any]:
        self._judge(fares)
        guest, (calls, failures, seconds) = fares.guest, fares.before
        fares.before = guest.calls, guest.failures, guest.seconds
        all_calls, all_seconds = fares.calls + guest.calls, fares.seconds + guest.seconds
        shrink = 2 if all_calls > CALLS_REMEMBERED else 1
        return {
            "calls": guest.calls - calls,
            "failures": guest.failures - failures,
            "seconds": round(guest.seconds - seconds, 6),
            "all_calls": all_calls // shrink,
            "all_seconds": round(all_seconds / shrink, 6),
            "slow_said": fares.slow_said,
        }

    def _judge(self, fares: _Fares) -> None:
        slow = fares.calls + fares.guest.calls >= CALLS_TO_JUDGE and fares.average_s > SLOW_S
        if slow and not fares.slow_said:
            log.warning(
                "observer %s takes %.0f ms for each event on average (%d calls), and every scene waits for it; "
                "let it work in a thread of its own, or take it away",
                fares.guest.name,
                fares.average_s * 1000,
                fares.calls + fares.guest.calls,
            )
        fares.slow_said = slow

    # --- one that hangs ---

    def _hung(self, busy: Busy) -> None:
        """In the watchdog's thread: with a connection of its own, since the other one belongs to the thread that hangs."""
        log.error(
            "observer %s does not return from %s: this run is ended, the next one goes on without it. Mend the observer; "
            "to let it in again, save its file",
            busy.name,
            busy.doing,
        )
        try:
            db = connect(queue_file(str(self._session.folder)))
            text = f"it did not return from {busy.doing} on {time.strftime('%d %b %H:%M:%S')}"
            self._record.hold(busy.name, text, db=db)
            db.close()
        except DatabaseError as error:
            log.error("that could not be kept: %s", error)  # noqa: TRY400 -- the text says what to do
        flush()
        self._session.last_word(f"observer {busy.name} did not return from {busy.doing}")
        self._end(HUNG_EXIT)

    def close(self) -> None:
        """The process ends in order, and nobody is at work any more."""
        self._watchdog.stop()
        self._record.close()


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
