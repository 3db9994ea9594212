"""What stops every drain until the owner acts is said once, and not again at each save.

A wrong token or a missing setting meets each hook's drain anew, in another process every time. What was said last
stands in the database; a person who starts a task is answered all the same.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from plex.exceptions import PlexError, PlexRefused
from sync_queue.meta import delete_meta, get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3

    from stash.exceptions import StashError

log = logging.getLogger("plexsync.Worker")

KEY = "stopped_by"
REPEATED_AFTER_S = 3600.0


def say(db: sqlite3.Connection, error: PlexError | StashError, now: float, *, by_hand: bool) -> None:
    """Nothing can be done before the owner acts, and that is what the line is for. A person is always told."""
    text = f"{error.error_type}: {error}" if isinstance(error, PlexError) else f"{error}"
    log.log(
        logging.ERROR if is_news(db, _told_apart_by(error, text), now) or by_hand else logging.DEBUG,
        "%s. Every scene stays queued. %s",
        text,
        error.hint,
        extra={"error_type": error.error_type},
    )


def _told_apart_by(error: PlexError | StashError, text: str) -> str:
    """The text of a refused token names the request, or the item, that met it first."""
    if isinstance(error, PlexRefused):
        return error.cause or error.error_type
    return text


def say_it_is_over(db: sqlite3.Connection, now: float) -> None:
    """Something was synced: what had stopped it is over, and the next refusal is news."""
    last = get_meta(db, KEY)
    if isinstance(last, dict):
        delete_meta(db, KEY)
        log.info("Syncing goes on, after %.0f s in which it was stopped", max(0.0, now - last["since"]))


def is_news(db: sqlite3.Connection, text: str, now: float) -> bool:
    """Whether ``text`` (a message, or what it has in common with others) was not the last thing said, or that was more than an hour ago; it is noted as said now."""
    last, since = get_meta(db, KEY), now
    if isinstance(last, dict) and last.get("text") == text:
        if 0 <= now - last["at"] < REPEATED_AFTER_S:
            return False
        since = last["since"]
    set_meta(db, KEY, {"text": text, "at": now, "since": since})
    return True
