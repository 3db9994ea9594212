"""The index over Plex's libraries: which item has which file, without asking Plex for each scene.

It is built from one paged listing a library (a thousand items in a request) and kept on disk. Afterwards a look takes
one request a library for what is new and one for what has changed; a library whose size does not fit is listed anew.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from plex.index_store import IndexRow, IndexStore, SectionState
from plex.paths import base_name, folded, normal_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from plex.client import PlexClient, Section
    from plex.items import PlexItem

__all__ = ["IndexRow", "PlexIndex", "RefreshResult"]

log = logging.getLogger("plexsync.Plex")

PAGE = 1000
NEW_PAGE = 50
"""Items in a look for what is new: usually a few, and the listing goes on when all of them are."""


@dataclass(slots=True)
class RefreshResult:
    """What a look found. ``names`` are the base names, case folded, of files that were not known before."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    names: set[str] = field(default_factory=set)
    full: bool = False


class PlexIndex:
    """One for a drain. ``sections`` are the libraries that are wanted on ``server`` (its machineIdentifier)."""

    def __init__(
        self,
        client: PlexClient,
        path: Path,
        sections: Sequence[Section],
        *,
        server: str,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._sections = tuple(sections)
        self._server = server
        self._clock = clock
        self._store = IndexStore(path)
        self._hits = self._misses = self._refreshes = 0
        self.generation = 0
        """Moves whenever a match that was found before may no longer hold."""
        if self._store.servers() - {server}:
            self._store.clear()

    def close(self) -> None:
        """Give the file back."""
        self._store.close()

    def ensure_built(self) -> None:
        """List every library that was never listed; a warm index costs no request."""
        if any(self._state(section) is None for section in self._sections):
            self.refresh()

    def ensure(self, max_age_s: float) -> RefreshResult | None:
        """Look for what is new unless that was done within ``max_age_s`` seconds; None when it was."""
        states = [self._state(section) for section in self._sections]
        oldest = min((state.refreshed_at for state in states if state is not None), default=None)
        now = self._clock()
        if None not in states and oldest is not None and now - max_age_s <= oldest <= now:
            return None
        return self.refresh()

    def refresh(self, *, full: bool = False) -> RefreshResult:
        """Look at every library for what is new or changed; ``full`` lists them whole."""
        result = RefreshResult()
        for section in self._sections:
            state = self._state(section)
            if full or state is None:
                self._list(section, result)
            else:
                self._look(section, state, result)
        if full:
            self._store.drop_other_sections(section.id for section in self._sections)
        self._refreshes += 1
        self.generation += 1
        log.debug("Plex index: %d new, %d changed, %d gone", result.new, result.changed, result.removed)
        return result

    def _state(self, section: Section) -> SectionState | None:
        return self._store.section(self._server, section.id, section.uuid)

    def _list(self, section: Section, result: RefreshResult) -> None:
        """The whole listing. One that ended early (a library that changes while it is read) is no proof of what is gone."""
        result.full = True
        seen = int(self._clock() * 1000)
        added = updated = count = total = 0
        for items, total in self._pages(section, PAGE, sort="id"):  # noqa: B007 -- the last total is what counts
            self._note_new(items, result)
            with self._store.transaction():
                self._store.put(items, section.id, seen)
            count += len(items)
            added = max([added, *(item.added_at for item in items)])
            updated = max([updated, *(item.updated_at for item in items)])
        with self._store.transaction():
            if count >= total:
                result.removed += self._store.drop_unseen(section.id, seen)
            self._store.put_section(
                self._server, section.id, section.uuid, SectionState(total, added, updated, self._clock())
            )

    def _look(self, section: Section, state: SectionState, result: RefreshResult) -> None:
        """Newest first until known items come, then what changed since; the whole listing when the sizes do not fit."""
        fresh: dict[int, PlexItem] = {}
        total = state.total
        for items, total in self._pages(section, NEW_PAGE, sort="addedAt:desc"):  # noqa: B007 -- see _list
            unknown = [item for item in items if self._store.item(item.rating_key) is None]
            fresh.update({item.rating_key: item for item in unknown})
            if len(unknown) < len(items):
                break
        if total != state.total + len(fresh):
            self._list(section, result)
            return
        changed: dict[int, PlexItem] = {}
        # A second back: an edit in the same second as the last look would otherwise never be seen.
        since = str(max(0, state.newest_updated - 1))
        for items, _ in self._pages(section, PAGE, sort="updatedAt", **{"updatedAt>>": since}):
            moved = [item for item in items if self.digest(item.rating_key) != item.listing_digest()]
            changed.update({item.rating_key: item for item in moved if item.rating_key not in fresh})
        result.changed += len(changed)
        everything = [*changed.values(), *fresh.values()]
        self._note_new(everything, result)
        added = max([state.newest_added, *(item.added_at for item in everything)])
        updated = max([state.newest_updated, *(item.updated_at for item in everything)])
        with self._store.transaction():
            self._store.put(everything, section.id, int(self._clock() * 1000))
            self._store.put_section(
                self._server, section.id, section.uuid, SectionState(total, added, updated, self._clock())
            )

    def _pages(self, section: Section, size: int, **filters: str) -> Iterator[tuple[list[PlexItem], int]]:
        """Advance by what came: Plex may ignore the size that was asked for. Ends when the total is reached or nothing comes."""
        start = 0
        while True:
            page = self._client.page(section.id, start, size, **filters)
            yield list(page.items), page.total
            start += len(page.items)
            if not page.items or start >= page.total:
                return

    def _note_new(self, items: list[PlexItem], result: RefreshResult) -> None:
        for item in items:
            known = self._store.item(item.rating_key)
            if known is None:
                result.new += 1
            if known is None or normal_path(known.path) not in {
                normal_path(file.path) for file in item.files
            }:
                result.names.update(base_name(file.path).casefold() for file in item.files)

    # --- asking ---

    def by_path(self, path: str) -> list[IndexRow]:
        """The files at exactly this path of Plex's, in any library that is wanted."""
        return self._found("path", normal_path(path))

    def by_folded_path(self, path: str) -> list[IndexRow]:
        """The same without regard to case."""
        return self._found("folded", folded(path))

    def by_name(self, name: str) -> list[IndexRow]:
        """The files of this base name, without regard to case."""
        return self._found("name", base_name(name).casefold())

    def _found(self, column: str, value: str) -> list[IndexRow]:
        wanted = {section.id for section in self._sections}
        rows = [row for row in self._store.find(column, value) if row.section_id in wanted]
        if rows:
            self._hits += 1
        else:
            self._misses += 1
        return rows

    def digest(self, rating_key: int) -> str | None:
        """What the last listing showed of an item; None when it is not in the index."""
        row = self._store.item(rating_key)
        return None if row is None else row.digest

    def note(self, item: PlexItem) -> None:
        """An item as it was just read back: the next look need not find it changed."""
        if item.section_id is not None:
            with self._store.transaction():
                self._store.put([item], item.section_id, int(self._clock() * 1000))

    def forget(self, rating_key: int) -> None:
        """An item that turned out to be gone, or to be another one: the next look lists its library anew."""
        self._store.forget(rating_key)
        self.generation += 1

    def get_stats(self) -> dict[str, float]:
        """Hits and misses of the lookups of this process, looks taken, and items known."""
        asked = self._hits + self._misses
        return {
            "items": self._store.count(),
            "hits": self._hits,
            "misses": self._misses,
            "hit_rate": 100.0 * self._hits / asked if asked else 0.0,
            "refreshes": self._refreshes,
        }
