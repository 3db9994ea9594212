"""Asking Stash to run the drain task, if it is idle. Done by the watcher that a hook starts: nobody waits for that one."""

import os

from app.places import PLUGIN_ID, data_dir, queue_file, spare_dir
from stash.light import LightError, LightStash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stash.runtime import Connection

PLUGIN_TASK = "Sync Queued Scenes"


def ask_stash(connection: "Connection", token: str) -> None:
    """Ask; if Stash is busy, or does not answer, take the ask back, and the watcher does the work.

    ``token`` is whose ask it is in the database.
    """
    try:
        with LightStash(connection) as stash:
            if stash.idle():
                stash.ask(
                    PLUGIN_ID, PLUGIN_TASK, "PlexSync: sync queued scenes", {"mode": "drain", "asked": True}
                )
                return
    except LightError:
        pass  # an ask that did not arrive is void; the watcher drains
    _release(connection, token)


def _release(connection: "Connection", token: str) -> None:
    """Take the ask back, so that the watcher need not wait until it is void."""
    from sync_queue.database import DatabaseError, connect  # noqa: PLC0415 -- only when there is no task
    from sync_queue.intake import release_ask  # noqa: PLC0415

    for folder in (data_dir(), spare_dir(connection.config_dir)):
        try:
            if not os.path.exists(queue_file(folder)):  # noqa: PTH110 -- pathlib costs the hook 5 ms
                continue
            db = connect(queue_file(folder))
            try:
                release_ask(db, token)
            finally:
                db.close()
        except DatabaseError:
            continue  # not where the row went
