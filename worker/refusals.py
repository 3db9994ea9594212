"""What stops every drain until the owner acts is said once, and not again at each save.

A wrong token or a missing setting meets each hook's drain anew, in another process every time. What was said last
stands in the database; a person who starts a task is answered all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync_queue.meta import delete_meta, get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3

KEY = "refusal_said"
REPEATED_AFTER_S = 3600.0


def is_news(db: sqlite3.Connection, text: str, now: float) -> bool:
    """Whether this was not the last thing said, or that was more than an hour ago; it is noted as said now."""
    last = get_meta(db, KEY)
    if isinstance(last, dict) and last.get("text") == text and 0 <= now - last["at"] < REPEATED_AFTER_S:
        return False
    set_meta(db, KEY, {"text": text, "at": now})
    return True


def forget(db: sqlite3.Connection) -> None:
    """It works again: the next refusal is news."""
    if get_meta(db, KEY) is not None:
        delete_meta(db, KEY)
