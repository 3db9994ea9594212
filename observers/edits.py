"""The edit reporter: which edits by a person in Plex were overwritten, and what of a scene could not be shown."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from events import JobSucceeded

log = logging.getLogger("plexsync.Edits")


class EditReporter:
    """Names the scenes whose edits in Plex were replaced, and what was left out; many such lines become one in the log.

    What was left out is said at info level when the scene was written, and at debug level when nothing had changed:
    every run over the whole library would say it again.
    """

    def on_job_succeeded(self, _sender: object, *, event: JobSucceeded) -> None:
        """Say what was left out and what was replaced."""
        level = logging.INFO if event.changed else logging.DEBUG
        about = {"scene_id": event.scene_id, "path": event.path}
        scene = event.scene_id, event.title, event.path
        for note in event.notes:
            log.log(level, "Scene %d %r (%s): %s", *scene, note, extra=about)
        if event.replaced:
            fields = ", ".join(event.replaced)
            log.info(
                "Scene %d %r (%s): what was edited in Plex was replaced: %s. "
                "To let such edits stay, turn on 'Keep edits made in Plex'",
                *scene,
                fields,
                extra=about,
            )
