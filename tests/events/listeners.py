"""Observers for the tests of the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from events import Event, JobDlq, JobSucceeded


class Listener:
    def __init__(self) -> None:
        self.heard: list[Event] = []

    def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
        self.heard.append(event)

    def on_job_dlq(self, sender: object, *, event: JobDlq) -> None:
        self.heard.append(event)


class Failing:
    """Raises on every event but those whose number is in ``spared``."""

    def __init__(self, *, error: BaseException | None = None, spared: frozenset[int] = frozenset()) -> None:
        self.calls = 0
        self._error = error or ValueError("no disk")
        self._spared = spared

    def on_job_succeeded(self, sender: object, *, event: JobSucceeded) -> None:
        self.calls += 1
        if self.calls not in self._spared:
            raise self._error
