"""After the database was damaged: every scene is queued, and items whose entry is lost are recognised as ours.

Without its entry an item would look as at first contact, and our own locks on it like somebody else's: nothing that is
changed in Stash would ever reach it again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from plex.diff import locks_of
from plex.fields import PICTURE_FIELDS, SCALARS, TAGS, same_value, tag_keys
from sync_queue.intake import RUN, enqueue_many
from sync_queue.ledger import Record
from sync_queue.repair import everything_is_due, everything_is_queued
from worker.pictures import UNKNOWN

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from plex.fields import Desired
    from plex.items import PlexItem
    from stash.client import StashClient

log = logging.getLogger("plexsync.Worker")


def queue_everything_if_due(db: sqlite3.Connection, stash: StashClient, clock: Callable[[], float]) -> None:
    """Queue every scene when nobody knows which have changed. Raises StashError; then it is still due."""
    if not everything_is_due(db):
        return
    queued = 0
    for page in stash.scene_ids():
        queued += enqueue_many(db, page, trigger="rebuild", priority=RUN, now=clock())
    everything_is_queued(db)
    log.info("The database was built anew: %d scenes are compared with Plex", queued)


def guessed_record(desired: Desired, item: PlexItem, *, preserve: bool) -> Record | None:
    """What the lost entry may have said, as an open intent; None when the item shows no sign of us.

    A locked field that shows what Stash has is a sign, and so are poster and background when both are locked. All locks of
    such an item are ours then, for we lock all that we write; but where edits made in Plex are to be kept, a difference
    may be a person's doing. Of the tags only those that Stash still has are taken for ours.
    """
    pictures = set(PICTURE_FIELDS.values())
    locked = locks_of(item) & {*SCALARS, *TAGS, *pictures}
    signs = {name for name in locked if _shows(desired, item, name)}
    if pictures <= locked:
        signs |= pictures
    if not signs:
        return None
    locks = signs if preserve else locked
    values = {name: [item.scalars.get(name, "")] for name in SCALARS if name in locks}
    added = {
        kind: [tag for tag in item.tags.get(kind, ()) if set(tag_keys([tag])) <= set(tag_keys(wanted))]
        for kind, wanted in desired.tags.items()
    }
    return Record(
        intent={"values": values, "added": added, "removed": {}, "locks": sorted(locks)},
        pictures={
            kind: {"hash": UNKNOWN, "pending": True} for kind, name in PICTURE_FIELDS.items() if name in locks
        },
    )


def _shows(desired: Desired, item: PlexItem, name: str) -> bool:
    if name in desired.scalars:
        wanted = desired.scalars[name]
        return bool(wanted) and same_value(name, item.scalars.get(name, ""), wanted)
    if desired.tags.get(name):
        return set(tag_keys(desired.tags[name])) <= set(tag_keys(item.tags.get(name, ())))
    return False
