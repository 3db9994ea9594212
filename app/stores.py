"""What observers are handed to keep things in: they know only events, and the database is behind these."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sync_queue.history import DrainRow, History, Result
from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session import Session

SAID_KEY = "dead_letters_said"


class Said:
    """Which dead letters were reported last: another process does not report them again."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def read(self) -> dict[str, int]:
        """The summary that was said last."""
        said = get_meta(self._session.db, SAID_KEY)
        return said if isinstance(said, dict) else {}

    def write(self, summary: Mapping[str, int]) -> None:
        """Remember what was said."""
        set_meta(self._session.db, SAID_KEY, dict(summary))


class HistoryStore:
    """The history: plain values from the observer, rows from here on."""

    def __init__(self, session: Session) -> None:
        self._history = History(session.db)

    def note(self, results: list[dict[str, Any]], drain: dict[str, Any]) -> None:
        """Keep results of scenes, and how the drain stands."""
        self._history.note([Result(**result) for result in results], DrainRow(**drain))
