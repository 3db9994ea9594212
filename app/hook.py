"""The hook: one row in the queue, somebody to work it off, and out.

Stash's save waits for this process until its standard output ends, once for each scene of a bulk edit. So there is
nothing here but a little of the standard library and one committed transaction. Stash is not asked and the settings are
not even read: that is left to the watcher, which is started when nobody drains, and where nobody waits.
"""

import os
import time

from app.places import data_dir, queue_file, spare_dir
from app.spawn import spawn_watcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from app.errand_hook import ErrandNote
    from stash.runtime import HookContext, Payload

IRRELEVANT = frozenset(
    {
        "clientMutationId",
        "custom_fields",
        "gallery_ids",
        "id",
        "ids",
        "o_counter",
        "organized",
        "play_count",
        "play_duration",
        "resume_time",
        "stash_ids",
        "url",
        "urls",
    }
)
"""Keys of SceneUpdateInput and BulkSceneUpdateInput that change nothing which Plex shows."""

SECOND_LOOK_S = 60.0
"""A scan makes the cover after its hook and fires none for it, so such a scene is looked at once more."""


class HookError(Exception):
    """The change could be written nowhere. The text says where it was tried, why it failed and the way out."""


def is_relevant(context: "HookContext") -> bool:
    """Whether Plex could show the change.

    ``inputFields`` alone decides: ``input`` of a single update has every key of the schema, null where nothing was
    sent, and of scenesUpdate it is the array of all scenes. Without ``inputFields`` (scans) everything may have changed.
    """
    if not context.type.startswith("Scene."):
        return False
    if context.type != "Scene.Update.Post" or not context.input_fields:
        return True
    return not IRRELEVANT.issuperset(context.input_fields)


def priority_of(context: "HookContext") -> int:
    """A single edit by a person goes before scans and before edits of many scenes at once."""
    from sync_queue.intake import MANY, PERSON  # noqa: PLC0415 -- see _enqueue

    sent = context.input
    if sent is None or (isinstance(sent, list) and len(sent) > 1):
        return MANY
    if isinstance(sent, dict) and len(sent.get("ids") or ()) > 1:
        return MANY
    return PERSON


def run_hook(payload: "Payload", *, clock: "Callable[[], float]" = time.time) -> str:
    """Queue the scene, or the errand, and see to it that somebody drains; return a word for Stash's debug log.

    Afterwards the change is on disk, in the data folder or, where that cannot be written, in the spare one beside
    Stash's configuration. Raises HookError when neither can be written.
    """
    context = payload.hook
    note = None if context is None else _what_to_note(context)
    if note is None:
        return "nothing that Plex shows has changed"
    token = f"{os.getpid()}-{clock()}"
    must_ask, complaint = _enqueue(payload, note, token, clock())
    if must_ask and not spawn_watcher(payload.connection, ask=token):
        from app.ask import ask_stash, take_back  # noqa: PLC0415 -- the watcher's business, where there can be one

        if not ask_stash(payload.connection):
            take_back(payload.connection, token)
    if complaint:
        raise HookError(complaint)
    return f"{note.name} is queued"


def _what_to_note(context: "HookContext") -> "SceneNote | ErrandNote | None":
    """What is to be written down, or None when Plex shows nothing of the change."""
    if context.type.startswith("Scene."):
        return SceneNote(context) if is_relevant(context) else None
    from app.errand_hook import errand_of  # noqa: PLC0415 -- only hooks of performers and the like pay for it

    return errand_of(context)


class SceneNote:
    """One row of the queue."""

    def __init__(self, context: "HookContext") -> None:
        self._context = context
        self.name = f"scene {context.id}"

    def write(self, db: "sqlite3.Connection", token: str, now: float) -> bool:
        """One transaction; whether a drain must be asked for."""
        from sync_queue.intake import enqueue  # noqa: PLC0415 -- see _enqueue

        context = self._context
        return enqueue(
            db,
            context.id,
            trigger=context.type,
            priority=priority_of(context),
            now=now,
            again_at=now + SECOND_LOOK_S if context.input is None else None,
            deleted=context.type == "Scene.Destroy.Post",
            asker=token,
            pid=os.getpid(),
        )


def _enqueue(payload: "Payload", note: "SceneNote | ErrandNote", token: str, now: float) -> tuple[bool, str]:
    """Write the row, in the spare folder if need be; tell whether a drain must be asked for, and the complaint."""
    from sync_queue.database import DatabaseError  # noqa: PLC0415 -- after the relevance check, which most hooks of a play end at

    try:
        return _enqueue_in(data_dir(), note, token, now), ""
    except DatabaseError as first:
        spare = spare_dir(payload.connection.config_dir)
        try:
            must_ask = _enqueue_in(spare, note, token, now)
        except DatabaseError as second:
            raise HookError(
                f"{note.name} could not be queued: {first} In the spare folder: {second}"
            ) from second
        return must_ask, f"{first} {note.name.capitalize()} is kept in {spare} until then."


def _enqueue_in(folder: str, note: "SceneNote | ErrandNote", token: str, now: float) -> bool:
    from sync_queue.database import connect  # noqa: PLC0415 -- see _enqueue

    db = connect(queue_file(folder), busy_timeout_s=30.0)
    try:
        return note.write(db, token, now)
    finally:
        db.close()
