"""The index over Plex's libraries: which item has which file, without asking Plex for each scene.

It is built from one paged listing a library (a thousand items in a request) and kept on disk. Afterwards a look takes
one request a library for what is new and one for what has changed; a library whose size does not fit is listed anew.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, TypeVar

from plex.index_db import IndexLost
from plex.index_store import IndexRow, IndexStore
from plex.lister import Lister, RefreshResult
from plex.paths import folded, name_key, normal_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from plex.client import PlexClient, Section
    from plex.items import PlexItem

__all__ = ["IndexRow", "PlexIndex", "RefreshResult"]

log = logging.getLogger("plexsync.Plex")

T = TypeVar("T")


class PlexIndex:
    """One for a drain; several processes may have one over the same file.

    ``sections`` are the libraries that are wanted. ``server`` is the machineIdentifier that is expected: another one
    behind the address raises WrongServer whenever a library is listed. Without it, whoever answers is right.

    What was looked up never asks Plex; ``ensure_built``, ``ensure`` and ``refresh`` do, and raise what the client
    raises, and LibraryMissing when a library is no longer there.
    """

    def __init__(
        self,
        client: PlexClient,
        path: Path,
        sections: Sequence[Section],
        *,
        server: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = IndexStore(path)
        self._clock = clock
        self._lister = Lister(client, self._store, sections, server=server, clock=clock)
        self._hits = self._misses = self._refreshes = 0

    def close(self) -> None:
        """Give the file back."""
        self._store.close()

    @property
    def generation(self) -> tuple[int, int]:
        """Differs from before whenever a match that was found before may no longer hold."""
        return self._surely(lambda: self._store.generation)

    # --- looking at Plex ---

    def looked_at(self) -> float | None:
        """When the longest-ago look at a wanted library was, in epoch seconds; None while one of them was never listed."""
        states = self._surely(self._lister.states)
        return min(state.refreshed_at for state in states) if all(state.built for state in states) else None

    def ensure_built(self) -> RefreshResult | None:
        """List every library that was never listed; a warm index costs no request, and gives None."""
        if all(state.built for state in self._surely(self._lister.states)):
            return None
        return self.refresh()

    def ensure(self, max_age_s: float) -> RefreshResult | None:
        """Look for what is new unless that was done, by whomever, within ``max_age_s`` seconds; None when it was."""
        states = self._surely(self._lister.states)
        now = self._clock()
        # A look in the future is one before the clock was set back: it says nothing.
        if all(state.built and now - max_age_s <= state.refreshed_at <= now for state in states):
            return None
        return self.refresh()

    def refresh(self, *, full: bool = False) -> RefreshResult:
        """Look at every library for what is new or changed; ``full`` lists them whole.

        Afterwards the index shows each library as it was at some moment during the call.
        """
        result = self._surely(lambda: self._lister.refresh(full=full))
        self._refreshes += 1
        log.debug(
            "Plex index: %d new, %d changed, %d gone, %d requests",
            result.new,
            result.changed,
            result.removed,
            result.requests,
        )
        return result

    def news(self) -> set[str]:
        """Base names, case folded, of files that were not known like that before; they stay news until ``forget_news``.

        A thousand of them: whoever has forgotten those finds the next, and an empty set at the end. On disk from the moment in which the item is, so that neither a failing look nor a kill loses one.
        """
        return self._surely(self._store.news)

    def forget_news(self, names: set[str]) -> None:
        """Whoever waits for files of these names has been told."""
        self._surely(lambda: self._store.forget_news(names))

    # --- asking ---

    def by_path(self, path: str) -> list[IndexRow]:
        """The files at exactly this path of Plex's, in any library that is wanted."""
        normal = normal_path(path)
        return [row for row in self.by_folded_path(path) if normal_path(row.path) == normal]

    def by_folded_path(self, path: str) -> list[IndexRow]:
        """The same without regard to case."""
        return self._counted(self._surely(lambda: self._store.by_path(self._libraries(), folded(path))))

    def by_name(self, path: str, *, size: int | None = None) -> list[IndexRow]:
        """The files of this path's base name, without regard to case; with ``size`` those of another size are left out."""
        return self._counted(
            self._surely(lambda: self._store.by_name(self._libraries(), name_key(path), size))
        )

    def by_size(self, size: int) -> list[IndexRow]:
        """The files of exactly this many bytes, whatever their names."""
        return self._counted(self._surely(lambda: self._store.by_size(self._libraries(), size)))

    def by_rating_key(self, rating_key: int) -> list[IndexRow]:
        """The files of one item."""
        return self._counted(self._surely(lambda: self._store.by_rating_key(self._libraries(), rating_key)))

    def digest(self, rating_key: int) -> str | None:
        """What the last listing, or read, showed of an item; None when it is not in the index."""
        return self._surely(lambda: self._store.digest(self._libraries(), rating_key))

    def get_stats(self) -> dict[str, float]:
        """Lookups of this object that found something (``hits``) and that did not, in percent as ``hit_rate``;
        ``refreshes`` of this object and their ``requests``; ``items`` in the libraries.
        """
        asked = self._hits + self._misses
        return {
            "items": self._surely(lambda: self._store.count(self._libraries())),
            "hits": self._hits,
            "misses": self._misses,
            "hit_rate": 100.0 * self._hits / asked if asked else 0.0,
            "refreshes": self._refreshes,
            "requests": self._lister.requests,
        }

    # --- learning from what others read ---

    def note(self, item: PlexItem) -> None:
        """An item as it was just read back: the next look need not find it changed."""
        library = next(
            (library for library, section in self._libraries().items() if section == item.section_id), None
        )
        if library is not None and item.files:
            self._surely(lambda: self._store.note(library, item))

    def forget(self, rating_key: int) -> None:
        """An item that turned out to be gone, or to show another file: the next look finds it anew, if it is there."""
        self._surely(lambda: self._store.forget(self._libraries(), rating_key))

    def _libraries(self) -> dict[int, int]:
        return self._lister.libraries()

    def _counted(self, rows: list[IndexRow]) -> list[IndexRow]:
        if rows:
            self._hits += 1
        else:
            self._misses += 1
        return rows

    def _surely(self, ask: Callable[[], T]) -> T:
        """Ask again, of an empty index, when the file turned out to be unusable."""
        try:
            return ask()
        except IndexLost:
            self._lister.start_over()
            return ask()
