"""The DLQ reporter: each failure in a line that says what to do, and what the dead letters hold whenever that changes."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from events import DrainFinished, JobDlq, JobFailed, JobSkipped, JobSucceeded

log = logging.getLogger("plexsync.DLQ")

REMEMBERED = 10_000


class DeadLetters(Protocol):
    """What it needs of the dead letter queue."""

    def get_error_summary(self) -> dict[str, int]:
        """How many of each error type, the most frequent first."""


class DlqReporter:
    """A failure that will be retried is a warning the first time for its scene, and a debug line after that."""

    def __init__(self, *, dead_letters: DeadLetters) -> None:
        self._dead_letters = dead_letters
        self._warned: set[int] = set()
        self._hints: dict[str, str] = {}
        self._said = dict(dead_letters.get_error_summary())

    def on_job_failed(self, _sender: object, *, event: JobFailed) -> None:
        """One line with scene, path, error type, try, and what to do."""
        self._hints[event.error_type] = event.hint
        if not event.will_retry:
            level, what_next = logging.ERROR, "given up"
        else:
            level = logging.DEBUG if event.scene_id in self._warned else logging.WARNING
            what_next = _next_try(event.next_try_at)
            if len(self._warned) < REMEMBERED:
                self._warned.add(event.scene_id)
        log.log(
            level,
            "Scene %d %r (%s): %s: %s. Try %d of %d, %s. %s",
            event.scene_id,
            event.title,
            event.path,
            event.error_type,
            event.message,
            event.attempt,
            event.max_attempts,
            what_next,
            event.hint,
            extra={"scene_id": event.scene_id, "error_type": event.error_type},
        )

    def on_job_dlq(self, _sender: object, *, event: JobDlq) -> None:
        """Remember its hint for the report at the end of the drain."""
        self._hints[event.error_type] = event.hint
        self._warned.discard(event.scene_id)

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """It works again: the next failure of this scene is news. Notes and replaced values are said too."""
        self._warned.discard(event.scene_id)
        for note in event.notes:
            log.info("Scene %d %r: %s", event.scene_id, event.title, note)
        if event.replaced:
            log.info(
                "Scene %d %r: replaced what was edited in Plex: %s",
                event.scene_id,
                event.title,
                ", ".join(event.replaced),
            )

    def on_job_skipped(self, _sender: object, *, event: JobSkipped) -> None:
        """A skip is no failure; for whoever looks closely."""
        log.debug("Scene %d %r skipped: %s %s", event.scene_id, event.title, event.reason, event.detail)

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:  # noqa: ARG002 -- the time is all that counts
        """What the dead letters hold, by type with a hint each, if that has changed since it was last said."""
        summary = self._dead_letters.get_error_summary()
        if summary == self._said:
            return
        self._said = dict(summary)
        total = sum(summary.values())
        if not total:
            log.info("DLQ is empty again")
            return
        log.warning(
            "DLQ contains %d item%s: %s",
            total,
            "" if total == 1 else "s",
            ", ".join(f"{n} {kind}" for kind, n in summary.items()),
        )
        for kind in summary:
            if kind in self._hints:
                log.warning("%s: %s", kind, self._hints[kind])


def _next_try(at: float | None) -> str:
    if at is None:
        return "will be tried again"
    return f"next at {time.strftime('%d %b %H:%M:%S', time.localtime(at))}"
