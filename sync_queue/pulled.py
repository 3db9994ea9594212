"""What was last brought from a Plex item to its scene: by it the next look knows what has changed since, and on which side."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sync_queue.database import chunks, rows_in, transaction
from sync_queue.meta import get_meta, set_meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

CHUNK = 500
KEY = "pulled"
COLUMNS = "rating_key, scene_id, rating, plays, viewed_at, resume_s, stash_resume_s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """The state after the last look. Times are epoch seconds, places in a film seconds from its start.

    ``rating`` is what Plex showed, of ten, and 0 for none. ``plays`` is Plex's count, and ``viewed_at`` the newest play
    that is known here. ``resume_s`` is Plex's place, ``stash_resume_s`` that of Stash.
    """

    rating_key: int
    scene_id: int
    rating: float = 0.0
    plays: int = 0
    viewed_at: float = 0.0
    resume_s: float = 0.0
    stash_resume_s: float = 0.0


class PulledStore:
    """One row for each item of a server. Every method is one transaction, or part of its caller's."""

    def __init__(self, db: sqlite3.Connection, server: str) -> None:
        self._db = db
        self._server = server

    def get_many(self, rating_keys: Iterable[int]) -> dict[int, Pulled]:
        """What is known of these items, by ratingKey."""
        found: dict[int, Pulled] = {}
        for chunk in chunks(list(rating_keys), CHUNK):
            query = f"SELECT {COLUMNS} FROM pulled WHERE server = ? AND rating_key IN ({rows_in(chunk)})"  # noqa: S608 -- constants and question marks
            rows = self._db.execute(query, (self._server, *chunk)).fetchall()
            found.update({row["rating_key"]: Pulled(**dict(row)) for row in rows})
        return found

    def put(self, pulled: Pulled) -> None:
        """Remember it in place of what was known of the item."""
        with transaction(self._db) as db:
            db.execute(
                "INSERT OR REPLACE INTO pulled (server, rating_key, scene_id, rating, plays, viewed_at, resume_s, stash_resume_s) "
                "VALUES (:server, :rating_key, :scene_id, :rating, :plays, :viewed_at, :resume_s, :stash_resume_s)",
                {**asdict(pulled), "server": self._server},
            )

    @property
    def history_at(self) -> float:
        """Up to when Plex's history was read in full; 0 when it never was. It is the mark from which the next look reads."""
        row = get_meta(self._db, KEY)
        same = isinstance(row, dict) and row.get("server") == self._server
        return float(row["history_at"]) if same else 0.0

    def end(self, history_at: float) -> None:
        """A look is through, and nothing of it failed: the mark moves on."""
        set_meta(self._db, KEY, {"server": self._server, "history_at": history_at})
