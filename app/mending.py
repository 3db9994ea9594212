"""Going on after the database was found damaged in the middle of something: it is set aside, and the same is done once more."""

from __future__ import annotations

import logging
import sqlite3
from typing import TYPE_CHECKING, TypeVar

from sync_queue.database import DatabaseError, is_corrupt

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session

log = logging.getLogger("plexsync.Queue")

T = TypeVar("T")


def with_sound_database(session: Session, action: Callable[[], T]) -> T:
    """Do it; when something in the database cannot be read, mend that and do it again. Raises whatever else it raises."""
    try:
        return action()
    except (sqlite3.Error, DatabaseError) as error:
        if not is_corrupt(error):
            raise
        log.debug("the database is damaged: %s", error)
        session.mend()
    return action()
