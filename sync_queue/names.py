"""What scenes are called, for whoever looks for a change or a failure by title or file.

A dead letter has title and path itself. The journal knows scenes by number: title and path are told by each job's end, so
the history's observer notes them here, folded; a scene of which the journal keeps nothing any more is forgotten with its
last row (a trigger of the schema).
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
    """Scenes in whose title or path every word of a text stands, in any case; of a number, the scene of that number, too."""

    words: tuple[str, ...]
    scene_id: int | None

    @classmethod
    def of(cls, text: str) -> Search:
        """What a person has typed."""
        number = text.strip()
        is_number = number.isdecimal() and len(number) <= DIGITS
        return cls(tuple(_key(text).split()), int(number) if is_number else None)

    def means(self, scene_id: int, title: str, path: str) -> bool:
        """Whether this scene is one of them."""
        name = _key(f"{title}\n{path}")
        return scene_id == self.scene_id or all(word in name for word in self.words)

    @property
    def sql(self) -> str:
        """A query for the numbers of those that the journal knows; its values are ``values``."""
        sql = f"SELECT scene_id FROM scene_names WHERE {' AND '.join(['instr(name, ?)'] * len(self.words))}"  # noqa: S608 -- question marks
        return sql if self.scene_id is None else f"{sql} UNION SELECT ?"

    @property
    def values(self) -> tuple[str | int, ...]:
        """For the question marks of ``sql``."""
        return self.words if self.scene_id is None else (*self.words, self.scene_id)

    def scenes(self, db: sqlite3.Connection, most: int) -> list[int]:
        """The numbers of those that the journal knows, as many as ``most``."""
        return [int(row[0]) for row in db.execute(f"{self.sql} LIMIT ?", (*self.values, most))]


def _key(text: str) -> str:
    """The folders of a path are told apart by slashes, whatever system it comes from."""
    return folded(text.replace("\\", "/"))
