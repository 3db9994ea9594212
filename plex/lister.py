"""Bringing the index up to date with Plex's libraries in as few requests as the wire allows.

What is known of the wire: a listing may ignore the size that was asked for, and filters that it does not know; only the
library's own count tells that something is gone; a library that changes while it is listed shows an item twice or not
at all. ``updatedAt`` moves with every edit, also with our own.
"""

from __future__ import annotations

import logging
from collections import deque
from contextvars import copy_context
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plex.exceptions import LibraryMissing, PlexNotFound, WrongServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from plex.client import Page, PlexClient, Section
    from plex.index_store import IndexStore, LibraryState, Noted
    from plex.items import PlexItem

log = logging.getLogger("plexsync.Plex")

PAGE = 1000
NEW_PAGE = 50
"""Items in the first request for what is new: usually a few. When all of them are, the next ones have ``PAGE``."""
AHEAD = 2
"""Pages of a listing that are on their way while one is worked on."""
LISTINGS = 3
"""Times that a library is listed when it changes meanwhile; then its removals wait for a quieter moment."""
FUTURE_S = 86_400
"""A change dated further ahead than a day comes from a clock that was wrong, and must not hide the real ones."""


@dataclass(slots=True)
class RefreshResult:
    """What a look found, in items; the names of new files are the index's ``news``."""

    new: int = 0
    changed: int = 0
    removed: int = 0
    full: bool = False
    listed: int = 0
    """Libraries that were listed whole."""
    requests: int = 0

    def add(self, noted: Noted) -> None:
        """Count what a page brought."""
        self.new += noted.new
        self.changed += noted.changed


class _OtherLibrary(Exception):
    """A listing is of another library than the one that is known under this number."""


class Lister:
    """Writes into the store what Plex shows of the wanted libraries."""

    def __init__(
        self,
        client: PlexClient,
        store: IndexStore,
        sections: Sequence[Section],
        *,
        server: str | None,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._store = store
        self._sections = list(sections)
        self._expected = server
        self._server = server
        self._clock = clock
        self._libraries: dict[int, int] | None = None
        self._server_checked = False
        self._uuids_agree = True
        self.requests = 0

    def start_over(self) -> None:
        """The store is an empty one now."""
        self._libraries = None

    def states(self) -> list[LibraryState]:
        """What is known of each wanted library, in their order."""
        return [self._state(number) for number in range(len(self._sections))]

    def libraries(self) -> dict[int, int]:
        """The store's number of each wanted library → Plex's."""
        if self._libraries is None:
            ids = [section.id for section in self._sections]
            self._libraries = dict(zip((state.id for state in self.states()), ids, strict=True))
        return self._libraries

    def refresh(self, *, full: bool) -> RefreshResult:
        """Look at, or list, every wanted library."""
        result, before = RefreshResult(), self.requests
        self._server_checked = False
        for number in range(len(self._sections)):
            try:
                self._bring_up(number, result, full=full)
            except _OtherLibrary:
                self._learn_anew(number)
                self._bring_up(number, result, full=True)
        result.requests = self.requests - before
        return result

    def _bring_up(self, number: int, result: RefreshResult, *, full: bool) -> None:
        state = self._state(number)
        if full or not state.built or not self._look(number, state, result):
            self._check_server()
            self._list(number, state, result)

    def _list(self, number: int, state: LibraryState, result: RefreshResult) -> None:
        """The whole listing. What it lacks is gone, if it is one of a single moment: complete, or the same twice."""
        library, first = state.id, not state.built
        result.full = True
        result.listed += 1
        previous: set[int] | None = None
        for _ in range(LISTINGS):
            listing = self._store.start_listing(library)
            keys: set[int] = set()
            totals: set[int] = set()
            newest = 0
            for page in self._pages_ahead(number, sort="id"):
                result.add(self._store.put(library, page.items, listing, first=first))
                keys |= {item.rating_key for item in page.items}
                totals.add(page.total)
                newest = max([newest, *(item.updated_at for item in page.items)])
            whole = totals == {len(keys)} or keys == previous
            if whole:
                break
            previous = keys
            log.debug("Library %r changed while it was listed", self._sections[number].title)
        result.removed += self._store.finish_listing(
            library,
            listing,
            total=max(totals),
            newest_updated=self._cursor(newest),
            at=self._clock(),
            sweep=whole,
            first=first,
        )
        if first:
            result.new += self._store.count([library])

    def _look(self, number: int, state: LibraryState, result: RefreshResult) -> bool:
        """Newest first until known items come, then what changed since. False when the library's size does not fit."""
        found: dict[int, PlexItem] = {}
        total = 0
        for page in self._pages(number, NEW_PAGE, sort="addedAt:desc"):
            total = page.total
            known = self._store.known(state.id, [item.rating_key for item in page.items])
            found |= {item.rating_key: item for item in page.items if item.rating_key not in known}
            if known:
                break
        if total != state.total + len(found):
            return False
        # From one second before: an item may have changed twice in the second of the last look.
        since = max(0, state.newest_updated - 1)
        for page in self._pages(number, PAGE, sort="updatedAt:desc", **{"updatedAt>>": str(since)}):
            found |= {item.rating_key: item for item in page.items if item.updated_at > since}
            if any(item.updated_at <= since for item in page.items):
                break  # a filter that Plex ignored
        result.add(self._store.put(state.id, list(found.values())))
        newest = max([state.newest_updated, *(item.updated_at for item in found.values())])
        self._store.finish_look(state.id, total=total, newest_updated=self._cursor(newest), at=self._clock())
        return True

    def _pages(self, number: int, size: int, **filters: str) -> Iterator[Page]:
        """Advance by what came. Ends when the total is reached or nothing comes; there is always one page."""
        start = 0
        while True:
            page = self._page(number, start, size, filters)
            yield page
            start += len(page.items)
            if not page.items or start >= page.total:
                return
            size = PAGE

    def _pages_ahead(self, number: int, **filters: str) -> Iterator[Page]:
        """The same in full pages. While one is read and worked on, the next ones are on their way, if they are where they should be."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 -- a drain of a few scenes lists nothing

        with ThreadPoolExecutor(AHEAD, thread_name_prefix="plexsync-listing") as pool:
            asked: deque[Future[Callable[[], Page]]] = deque()
            start, total, step = 0, 1, PAGE
            while True:
                while len(asked) <= AHEAD and start + len(asked) * step < total:
                    at = start + len(asked) * step
                    # The context goes along: what a log line is about follows no thread by itself.
                    asked.append(pool.submit(copy_context().run, self._ask, number, at, PAGE, filters))
                page = self._read(number, asked.popleft().result())
                start, total = start + len(page.items), page.total
                yield page
                if not page.items or start >= total:
                    return
                if len(page.items) != step:
                    asked.clear()  # what is on its way begins at the wrong place
                    step = len(page.items)

    def _page(self, number: int, start: int, size: int, filters: dict[str, str]) -> Page:
        return self._read(number, self._ask(number, start, size, filters))

    def _ask(self, number: int, start: int, size: int, filters: dict[str, str]) -> Callable[[], Page]:
        self.requests += 1
        return self._client.ask_page(self._sections[number].id, start, size, **filters)

    def _read(self, number: int, read: Callable[[], Page]) -> Page:
        section = self._sections[number]
        try:
            page = read()
        except PlexNotFound as error:
            self._check_server()  # another server has other libraries
            raise LibraryMissing(f"Plex no longer has the library {section.title!r}") from error
        if self._uuids_agree and page.section_uuid and section.uuid and page.section_uuid != section.uuid:
            raise _OtherLibrary
        return page

    def _state(self, number: int) -> LibraryState:
        if self._server is None:
            self._check_server()
        section = self._sections[number]
        return self._store.library(str(self._server), section.uuid or f"section {section.id}")

    def _check_server(self) -> None:
        """Who answers, asked at most once a refresh. Raises WrongServer when it is not who is expected."""
        if self._server_checked:
            return
        self.requests += 1
        found = self._client.identity().machine_identifier
        if self._expected is not None and found != self._expected:
            raise WrongServer(
                f"the Plex server is another one ({found}) than the one expected ({self._expected})"
            )
        if found != self._server:
            self._server = found
            self._libraries = None
        self._server_checked = True

    def _learn_anew(self, number: int) -> None:
        """The library under this number has another uuid than before: another server, or a library that was made anew."""
        self._check_server()
        self.requests += 1
        old = self._sections[number]
        now = next((section for section in self._client.sections() if section.id == old.id), None)
        if now is None or (now.title, now.type) != (old.title, old.type):
            raise LibraryMissing(
                f"Plex no longer has the library {old.title!r}; number {old.id} is another one now"
            )
        if now.uuid == old.uuid:  # then a listing's uuid is something else on this server
            self._uuids_agree = False
        self._sections[number] = now
        self._libraries = None

    def _cursor(self, newest: int) -> int:
        return min(newest, int(self._clock()) + FUTURE_S)
