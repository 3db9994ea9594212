"""The edit reporter: which edits by a person in Plex were overwritten, and what of a scene could not be shown."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from events import DrainFinished, JobSucceeded

log = logging.getLogger("plexsync.Edits")

MOST_SAID = 20
"""Scenes named in one drain: a library full of overwritten edits must not fill the log."""


class EditReporter:
    """Names the scenes whose edits in Plex were replaced, the first 20 of a drain at info level; notes are debug lines."""

    def __init__(self) -> None:
        self._replaced = 0

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """Say what was replaced and what was left out."""
        for note in event.notes:
            log.debug("Scene %d %r: %s", event.scene_id, event.title, note)
        if not event.replaced:
            return
        self._replaced += 1
        level = logging.INFO if self._replaced <= MOST_SAID else logging.DEBUG
        fields = ", ".join(event.replaced)
        log.log(
            level,
            "Scene %d %r: what was edited in Plex was replaced: %s",
            event.scene_id,
            event.title,
            fields,
        )

    def on_drain_finished(self, _sender: object, *, event: DrainFinished) -> None:  # noqa: ARG002 -- an end is an end
        """Say how many more there were."""
        if self._replaced > MOST_SAID:
            log.info(
                "In %d more scenes, too, what was edited in Plex was replaced", self._replaced - MOST_SAID
            )
        self._replaced = 0
