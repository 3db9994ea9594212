"""What the index remembers: libraries by server and uuid, their items, and the items' files."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from plex.index_db import IndexDatabase, add_lookups, drop_lookups
from plex.paths import folded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from plex.items import PlexItem

    FileRow = tuple[int, int, str, str, str, int | None, int | None]

SELECT = """SELECT files.rating_key, files.library, items.title, files.path, files.size, files.duration_ms, items.digest,
    items.updated_at FROM files JOIN items USING (library, rating_key)"""
IN_LIBRARIES = "files.library IN (SELECT value FROM json_each(?))"
ORDER = "ORDER BY files.library, files.rating_key, files.path"
"""So that equal evidence is found in equal order, however the rows came in."""

NEWS_AT_ONCE = 1000
"""After a first listing every file of a library is news: not all of them in memory at one time."""


class IndexRow(NamedTuple):
    """A file of a Plex item. ``path`` is as Plex gives it; ``digest`` stands for what the listing showed of the item.

    ``size`` is in bytes; ``updated_at`` in epoch seconds of Plex's clock.
    """

    rating_key: int
    section_id: int
    title: str
    path: str
    size: int | None
    duration_ms: int | None
    digest: str
    updated_at: int


class LibraryState(NamedTuple):
    """What the last look at a library found. ``total`` is Plex's own count of it; ``refreshed_at`` in epoch seconds."""

    id: int
    total: int
    newest_updated: int
    refreshed_at: float
    built: bool


@dataclass(slots=True)
class Noted:
    """What items brought: how many were new or changed, and the name keys of files that were not known like that: news."""

    new: int = 0
    changed: int = 0
    names: set[str] = field(default_factory=set)


class IndexStore:
    """One transaction a call. Every call may raise IndexLost, after which the store is empty."""

    def __init__(self, path: Path) -> None:
        self._database = IndexDatabase(path)
        self._moves = 0

    def close(self) -> None:
        """Give the file back."""
        self._database.close()

    @property
    def generation(self) -> tuple[int, int]:
        """Differs from before whenever a match that was found before may no longer hold, also by another process."""
        return self._moves, self._database.version_on_disk()

    def library(self, server: str, uuid: str) -> LibraryState:
        """The state of a library; one that was never met is made, and is not built."""
        query = "SELECT id, total, newest_updated, refreshed_at, built FROM libraries WHERE server = ? AND uuid = ?"
        with self._database.reading() as db:
            row = db.execute(query, (server, uuid)).fetchone()
        if row is None:
            with self._database.writing() as db:
                db.execute("INSERT OR IGNORE INTO libraries (server, uuid) VALUES (?, ?)", (server, uuid))
                row = db.execute(query, (server, uuid)).fetchone()
        return LibraryState(row[0], row[1], row[2], row[3], bool(row[4]))

    # --- writing ---

    def start_listing(self, library: int) -> int:
        """The number of a listing that begins: items which it shows are stamped with it."""
        with self._database.writing() as db:
            if db.execute("SELECT 1 FROM files LIMIT 1").fetchone() is None:
                drop_lookups(db)
            db.execute("UPDATE libraries SET listing = listing + 1 WHERE id = ?", (library,))
            return int(db.execute("SELECT listing FROM libraries WHERE id = ?", (library,)).fetchone()[0])

    def put(self, library: int, items: Sequence[PlexItem], listing: int = 0, *, first: bool = False) -> Noted:
        """Write items with their files; files that an item no longer has go.

        In a ``first`` listing all is new: that is counted, and told as news, when it is through.
        """
        with self._database.writing() as db:
            rows = _file_rows(library, items)
            noted = Noted() if first else _compare(db, library, items, rows)
            # Two processes may list at once: the later stamp stays, or the one's sweep would take the other's items.
            db.executemany(
                """INSERT INTO items VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET title = excluded.title,
                digest = excluded.digest, updated_at = excluded.updated_at, listing = max(listing, excluded.listing)""",
                [
                    (
                        library,
                        item.rating_key,
                        item.scalars.get("title", ""),
                        item.listing_digest(),
                        item.updated_at,
                        listing,
                    )
                    for item in items
                ],
            )
            db.executemany(
                "DELETE FROM files WHERE library = ? AND rating_key = ?",
                [(library, item.rating_key) for item in items],
            )
            db.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            db.executemany("INSERT OR IGNORE INTO news VALUES (?)", ((name,) for name in noted.names))
        if noted.new or noted.names:
            self._moves += 1
        return noted

    def finish_listing(
        self,
        library: int,
        listing: int,
        *,
        total: int,
        newest_updated: int,
        at: float,
        sweep: bool,
        first: bool = False,
    ) -> int:
        """The listing is through. With ``sweep`` what it did not show is gone from Plex; returns how many items."""
        removed = 0
        with self._database.writing() as db:
            if first:
                db.execute("INSERT OR IGNORE INTO news SELECT name FROM files WHERE library = ?", (library,))
            add_lookups(db)
            if sweep:
                removed = db.execute(
                    "DELETE FROM items WHERE library = ? AND listing < ?", (library, listing)
                ).rowcount
                db.execute(
                    """DELETE FROM files WHERE library = ? AND rating_key NOT IN
                    (SELECT rating_key FROM items WHERE library = ?)""",
                    (library, library),
                )
            _set_state(db, library, total, newest_updated, at)
        self._moves += bool(removed or first)
        return removed

    def finish_look(self, library: int, *, total: int, newest_updated: int, at: float) -> None:
        """A look at what is new and changed is through."""
        with self._database.writing() as db:
            _set_state(db, library, total, newest_updated, at)

    def note(self, library: int, item: PlexItem) -> None:
        """An item as it was read alone; one that was not known counts in the library's total from now on."""
        if self.put(library, [item]).new:
            with self._database.writing() as db:
                db.execute("UPDATE libraries SET total = total + 1 WHERE id = ?", (library,))

    def forget(self, libraries: Iterable[int], rating_key: int) -> None:
        """An item that is gone or is another one now; its library's total is one less."""
        values = (json.dumps(list(libraries)), rating_key)
        with self._database.writing() as db:
            db.execute(
                """UPDATE libraries SET total = total - 1 WHERE id IN (SELECT library FROM items
                WHERE library IN (SELECT value FROM json_each(?)) AND rating_key = ?)""",
                values,
            )
            for table in ("items", "files"):
                db.execute(
                    f"DELETE FROM {table} WHERE library IN (SELECT value FROM json_each(?)) AND rating_key = ?",  # noqa: S608 -- our own two names
                    values,
                )
        self._moves += 1

    def news(self) -> set[str]:
        """Name keys of files that came in since ``forget_news`` took them, whichever process saw them come."""
        with self._database.reading() as db:
            return {str(row[0]) for row in db.execute("SELECT name FROM news LIMIT ?", (NEWS_AT_ONCE,))}

    def forget_news(self, names: Iterable[str]) -> None:
        """Whoever waits for these names has been told."""
        with self._database.writing() as db:
            db.executemany("DELETE FROM news WHERE name = ?", ((name,) for name in names))

    # --- asking ---

    def known(self, library: int, rating_keys: Iterable[int]) -> set[int]:
        """Those of the keys that the library is known to have."""
        with self._database.reading() as db:
            return set(_known(db, library, rating_keys))

    def by_path(self, libraries: Mapping[int, int], path: str) -> list[IndexRow]:
        """Files by their folded path, in some libraries, given with their section ids."""
        return self._rows("files.folded = ?", (path,), libraries)

    def by_name(self, libraries: Mapping[int, int], name: str, size: int | None = None) -> list[IndexRow]:
        """Files by the key of their name, likewise; with ``size`` only those of this size or of an unknown one."""
        if size is None:
            return self._rows("files.name = ?", (name,), libraries)
        return self._rows("files.name = ? AND ifnull(files.size, ?) = ?", (name, size, size), libraries)

    def by_size(self, libraries: Mapping[int, int], size: int) -> list[IndexRow]:
        """Files by their size in bytes, likewise."""
        return self._rows("files.size = ?", (size,), libraries)

    def by_rating_key(self, libraries: Mapping[int, int], rating_key: int) -> list[IndexRow]:
        """The files of one item, likewise."""
        return self._rows("files.rating_key = ?", (rating_key,), libraries)

    def _rows(self, where: str, values: tuple[Any, ...], libraries: Mapping[int, int]) -> list[IndexRow]:
        query = f"{SELECT} WHERE {where} AND {IN_LIBRARIES} {ORDER}"
        with self._database.reading() as db:
            rows = db.execute(query, (*values, json.dumps(list(libraries)))).fetchall()
        return [IndexRow(row[0], libraries[row[1]], *row[2:]) for row in rows]

    def digest(self, libraries: Iterable[int], rating_key: int) -> str | None:
        """What the listing showed of an item, or None."""
        query = (
            "SELECT digest FROM items WHERE rating_key = ? AND library IN (SELECT value FROM json_each(?))"
        )
        with self._database.reading() as db:
            row = db.execute(query, (rating_key, json.dumps(list(libraries)))).fetchone()
        return None if row is None else str(row[0])

    def count(self, libraries: Iterable[int]) -> int:
        """How many items the libraries have."""
        query = "SELECT count(*) FROM items WHERE library IN (SELECT value FROM json_each(?))"
        with self._database.reading() as db:
            return int(db.execute(query, (json.dumps(list(libraries)),)).fetchone()[0])


def _set_state(db: sqlite3.Connection, library: int, total: int, newest_updated: int, at: float) -> None:
    db.execute(
        "UPDATE libraries SET total = ?, newest_updated = ?, refreshed_at = ?, built = 1 WHERE id = ?",
        (total, newest_updated, at, library),
    )


def _known(db: sqlite3.Connection, library: int, rating_keys: Iterable[int]) -> dict[int, str]:
    """Key → digest."""
    query = """SELECT rating_key, digest FROM items WHERE library = ?
        AND rating_key IN (SELECT value FROM json_each(?))"""
    return dict(db.execute(query, (library, json.dumps(list(rating_keys)))).fetchall())


def _compare(db: sqlite3.Connection, library: int, items: Sequence[PlexItem], rows: list[FileRow]) -> Noted:
    keys = [item.rating_key for item in items]
    digests = _known(db, library, keys)
    query = """SELECT rating_key, folded, size FROM files WHERE library = ?
        AND rating_key IN (SELECT value FROM json_each(?))"""
    files = set(db.execute(query, (library, json.dumps(keys))).fetchall())
    unknown = [row for row in rows if (row[1], row[3], row[5]) not in files]
    otherwise = {row[1] for row in unknown}
    noted = Noted(names={row[4] for row in unknown})
    for item in items:
        if item.rating_key not in digests:
            noted.new += 1
        elif item.rating_key in otherwise or digests[item.rating_key] != item.listing_digest():
            noted.changed += 1
    return noted


def _file_rows(library: int, items: Sequence[PlexItem]) -> list[FileRow]:
    """Rows of ``files``: the name key is the last component of the folded path."""
    rows = []
    for item in items:
        for file in item.files:
            path = folded(file.path)
            name = path.rpartition("/")[2]
            rows.append((library, item.rating_key, file.path, path, name, file.size, file.duration_ms))
    return rows
