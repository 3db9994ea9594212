"""The DLQ reporter: each failure in one line that says what to do, and what the dead letters hold when that has changed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from events import DrainFinished, DrainStarted, JobDlq, JobFailed, JobSucceeded

log = logging.getLogger("plexsync.DLQ")

MOST_REMEMBERED = 10_000
HINTS = {
    "PlexNotFound": "Check if file exists in Plex library, try library scan",
    "PlexPermanentError": "Check Plex authentication token",
    "TransientError": "Will retry automatically; if persists, check Plex connectivity",
}
"""For dead letters of earlier runs; what comes with an event of this one goes before."""
OTHER_HINT = "See the message in 'Show Status'; mend the cause and run 'Retry Failed Scenes'"


class DeadLetters(Protocol):
    """What the reporter needs of the dead letter queue."""

    def get_error_summary(self) -> dict[str, int]:
        """How many of each error type, the most frequent first."""


class Said(Protocol):
    """Where the reporter keeps what it said last, so that another process does not say it again."""

    def read(self) -> dict[str, int] | None:
        """What was written last; None when nothing ever was."""

    def write(self, summary: dict[str, int]) -> None:
        """Keep it beyond the end of this process."""


class DlqReporter:
    """One line for each failure, and the report at the end of a drain.

    A failure that will be retried is a warning the first time for its scene and a debug line after that; the one that
    was the last is an error. Without ``said`` the report comes when a drain has changed the dead letters; with it, when
    they differ from what any process said last.
    """

    def __init__(self, *, dead_letters: DeadLetters, said: Said | None = None) -> None:
        self._dead_letters = dead_letters
        self._store = said
        self._said: dict[str, int] | None = None
        self._warned: dict[int, str] = {}
        self._hints = dict(HINTS)

    def on_drain_started(self, _sender: object, *, event: DrainStarted) -> None:  # noqa: ARG002 -- a start is a start
        """Note what is old: each of Stash's tasks is a process of its own, and must not repeat it."""
        self._said = self._store.read() if self._store else self._dead_letters.get_error_summary()

    def on_job_failed(self, _sender: object, *, event: JobFailed) -> None:
        """Say scene, path, error type, and what to do."""
        self._hints[event.error_type] = event.hint
        level = self._level(event)
        if not log.isEnabledFor(level):
            return
        tried = f" (tried: {event.tried})" if event.tried else ""
        log.log(
            level,
            "Scene %d %r (%s): %s: %s%s. Try %d of %d; %s. %s",
            event.scene_id,
            event.title,
            event.path,
            event.error_type,
            event.message.rstrip("."),
            tried,
            event.attempt,
            event.max_attempts,
            _what_next(event),
            event.hint,
            extra={"scene_id": event.scene_id, "path": event.path, "error_type": event.error_type},
        )

    def _level(self, event: JobFailed) -> int:
        if not event.will_retry:
            self._warned.pop(event.scene_id, None)
            return logging.ERROR
        # A later try was announced by its first one, perhaps by another process.
        if event.attempt > 1 or self._warned.get(event.scene_id) == event.error_type:
            return logging.DEBUG
        if len(self._warned) >= MOST_REMEMBERED:
            self._warned.pop(next(iter(self._warned)))
        self._warned[event.scene_id] = event.error_type
        return logging.WARNING

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """It works again: the next failure of this scene is news."""
        self._warned.pop(event.scene_id, None)

    def on_job_dlq(self, _sender: object, *, event: JobDlq) -> None:
        """Keep the hint for the report."""
        self._hints[event.error_type] = event.hint

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:  # noqa: ARG002 -- an end is an end
        """Say what the dead letters hold, by type with a hint for each, if that is news."""
        summary = self._dead_letters.get_error_summary()
        if summary == (self._said or {}):
            return
        self._said = dict(summary)
        if summary:
            self._report(summary)
        else:
            log.info("DLQ is empty again")
        if self._store:
            self._store.write(self._said)

    def _report(self, summary: dict[str, int]) -> None:
        total = sum(summary.values())
        kinds = ", ".join(f"{count} {kind}" for kind, count in summary.items())
        log.warning("DLQ contains %d item%s: %s", total, "" if total == 1 else "s", kinds)
        for kind in summary:
            log.warning("%s: %s", kind, self._hints.get(kind) or OTHER_HINT)


def _what_next(event: JobFailed) -> str:
    if not event.will_retry:
        return "given up"
    if event.next_try_at is None:
        return "will be tried again"
    return f"next in {_duration(max(0.0, event.next_try_at - event.at))}"


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
