"""The stats accumulator: the figures of this process's run, for whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events import SyncStats

if TYPE_CHECKING:
    from events import JobDlq, JobFailed, JobSkipped, JobSucceeded, PlexDown


class StatsAccumulator:
    """``stats`` is a SyncStats that grows with every event."""

    def __init__(self) -> None:
        self.stats = SyncStats()

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """Count a success, and the confidence of its match once."""
        self.stats.apply(event)

    def on_job_skipped(self, _sender: object, *, event: JobSkipped) -> None:
        """Count a skip by its reason: no failure."""
        self.stats.apply(event)

    def on_job_failed(self, _sender: object, *, event: JobFailed) -> None:
        """Count a failed try by its type."""
        self.stats.apply(event)

    def on_job_dlq(self, _sender: object, *, event: JobDlq) -> None:
        """Count a scene that was given up."""
        self.stats.apply(event)

    def on_plex_down(self, _sender: object, *, event: PlexDown) -> None:
        """Count an outage."""
        self.stats.apply(event)
