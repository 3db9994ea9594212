"""Filling a library, and looking into an index over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plex.index import PlexIndex

OLD = 1_700_000_000


def fill(plex_sim, library, count: int, start: int = 0) -> list[int]:
    keys: list[int] = plex_sim.add_items(
        library.id,
        [
            {"path": f"/media/{n}.mp4", "added_at": OLD + n, "updated_at": OLD + n}
            for n in range(start, start + count)
        ],
    )
    return keys


def paths_in(index: PlexIndex, count: int, start: int = 0) -> list[int]:
    """The rating key of each file, 0 for one that is not there."""
    found = [index.by_path(f"/media/{n}.mp4") for n in range(start, start + count)]
    return [rows[0].rating_key if rows else 0 for rows in found]


def built(index: PlexIndex) -> None:
    """The index lists its libraries, and whoever waited for what it found has been told."""
    index.ensure_built()
    while names := index.news():
        index.forget_news(names)
