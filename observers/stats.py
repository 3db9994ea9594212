"""The stats accumulator: the figures of this process's run, for whoever asks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from events import SyncStats

if TYPE_CHECKING:
    from collections.abc import Callable

    from events import Event


class StatsAccumulator:
    """``stats`` grows with every event of this process; the figures of all runs together are in ``stats.json``.

    Who wants to keep a state of it takes ``stats.copy()``.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.stats = SyncStats(session_start=clock())

    def _count(self, _sender: object, *, event: Event) -> None:
        self.stats.apply(event)

    on_job_succeeded = on_job_skipped = on_job_failed = on_job_dlq = _count
    on_plex_down = on_plex_up = on_drain_progress = on_drain_finished = _count
