"""Asking Stash to run the drain task, if it is idle. Done by the watcher that a hook starts: nobody waits for that one."""

import os

from app.places import PLUGIN_ID, data_dir, queue_file, spare_dir
from stash.light import LightError, LightStash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from stash.runtime import Connection

PLUGIN_TASK = "Sync Queued Scenes"


def ask_stash(connection: "Connection") -> bool:
    """Ask; False if Stash is busy, or does not answer: then the watcher does the work, and the ask stands until it is at it."""
    try:
        with LightStash(connection) as stash:
            if stash.idle():
                stash.ask(
                    PLUGIN_ID, PLUGIN_TASK, "PlexSync: sync queued scenes", {"mode": "drain", "asked": True}
                )
                return True
    except LightError:
        pass  # an ask that did not arrive is void; the watcher drains
    return False


def take_back(connection: "Connection", token: str) -> None:
    """Take an ask that led to nothing back, if it still stands, so that nobody waits until it is void.

    ``token`` is whose ask it is in the database.
    """
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
