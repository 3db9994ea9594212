"""A long task that asks, now and then, whether it is to make room for another job of Stash's."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session

LOOK_EVERY_S = 1.0
"""The look may be a request to Stash."""
OWN_JOBS = ("Sync Queued Scenes", "PlexSync: sync queued scenes", "Preview Changes")
"""Ends of the descriptions of our own queued runs: there is no point in making room for them."""


def for_other_jobs(session: Session) -> str:
    """Why a task of Stash's is to end early: ``handed_over`` while another job waits for its turn, else an empty string."""
    return "handed_over" if session.stash.other_jobs_waiting(own=OWN_JOBS) else ""


class MakingRoom:
    """``reason`` is what ``must_stop`` said when it was asked last, or an empty string. ``clock`` counts seconds from anywhere."""

    def __init__(self, must_stop: Callable[[], str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._must_stop = must_stop
        self._clock = clock
        self._looked_at = clock()
        self.reason = ""

    def go_on(self) -> bool:
        """Whether to go on; it looks at most once a second, and not in the first."""
        if self._clock() - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = self._clock()
            self.reason = self._must_stop()
        return not self.reason
