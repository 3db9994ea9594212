"""What the scenes of the journal are called, for whoever looks for a change by title or file.

The journal knows scenes by number. Title and path are told by each job's end, so the history's observer notes them here,
folded; a scene of which the journal keeps nothing any more is forgotten with its last row (a trigger of the schema).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync_queue.folding import folded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

NOTE = """
INSERT OR REPLACE INTO scene_names (scene_id, name)
SELECT :scene_id, :name WHERE EXISTS (SELECT 1 FROM changes WHERE scene_id = :scene_id)
"""
DIGITS = 15
"""A longer number is no scene's."""


def note_names(db: sqlite3.Connection, named: Iterable[tuple[int, str, str]]) -> None:
    """Scene, title and path; the last ones count. A scene that goes without either keeps the name that it had."""
    rows = [
        {"scene_id": scene_id, "name": _key(f"{title}\n{path}")}
        for scene_id, title, path in named
        if title or path
    ]
    db.executemany(NOTE, rows)


@dataclass(frozen=True, slots=True)
class Search:
    """A query for the numbers of the scenes that a text means, and its values."""

    sql: str
    values: tuple[str | int, ...]

    @classmethod
    def of(cls, text: str) -> Search:
        """Scenes in whose title or path every word of the text stands, in any case; of a number, that scene too."""
        words = _key(text).split()
        sql = f"SELECT scene_id FROM scene_names WHERE {' AND '.join(['instr(name, ?)'] * len(words))}"  # noqa: S608 -- question marks
        if text.strip().isdecimal() and len(text.strip()) <= DIGITS:
            return cls(f"{sql} UNION SELECT ?", (*words, int(text)))
        return cls(sql, tuple(words))

    def scenes(self, db: sqlite3.Connection, most: int) -> list[int]:
        """Their numbers, as many as ``most``."""
        return [int(row[0]) for row in db.execute(f"{self.sql} LIMIT ?", (*self.values, most))]


def _key(text: str) -> str:
    """The folders of a path are told apart by slashes, whatever system it comes from."""
    return folded(text.replace("\\", "/"))
