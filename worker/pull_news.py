"""What Plex shows that is new since the last pull: the first half of a pass, which asks Plex and writes nothing.

The listing is read page by page, and a page's scenes are handed on before the next is asked for. Two kinds wait for the end
of all libraries: scenes with several items, which are decided together, and items whose stars are gone, since only then it
is known whether that was a person or a collapse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from plex.watched import pages_of, plays_since
from sync_queue.database import chunks
from sync_queue.reconciling import known_states
from worker.pull_rules import Seen, is_collapse, new_plays, plex_moved, plex_rated

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator

    from plex.watched import Watched
    from sync_queue.ledger import Entry, Ledger
    from sync_queue.pulled import Pulled, PulledStore
    from worker.plex_target import PlexTarget
    from worker.pull_rules import PullOptions

    Scenes = dict[int, list[Seen]]

SCENES = 100
"""Scenes that are handed on together, and asked of Stash together."""
OVERLAP_S = 86_400.0
"""The history is read from so long before the mark: a play may be entered later than it is dated."""


class PullNews:
    """One pass over the libraries of a target that is open."""

    def __init__(
        self,
        db: sqlite3.Connection,
        ledger: Ledger,
        plex: PlexTarget,
        store: PulledStore,
        options: PullOptions,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._plex = plex
        self._store = store
        self._options = options
        self._clock = clock
        self._mark = 0.0
        self._history: dict[int, list[float]] = {}
        self._waiting: dict[int, list[tuple[Watched, float]]] = {}
        """Scene → its items that wait for the end, and when they were asked for."""
        self._gone = 0
        self._left = 0
        self.items = 0
        """Items that were looked at so far."""

    @property
    def collapsed(self) -> int:
        """Ratings that are gone, if too many are at once to be believed; to be asked when all libraries were read."""
        return self._gone if is_collapse(self._gone, self._left) else 0

    def scenes(self) -> Iterator[Scenes]:
        """The scenes of items that show something new, some at a time; all such items of a scene are together."""
        if self._options.plays:
            self._mark = max(0.0, self._store.history_at - OVERLAP_S)
            self._history = plays_since(self._plex.client, self._mark)
        for section in self._plex.sections:
            asked_at = self._clock()
            for page in pages_of(self._plex.client, section.id):
                self.items += len(page)
                yield from self._without_held(self._new_of(page, asked_at))
                asked_at = self._clock()
        for some in chunks(sorted(self._waiting), SCENES):
            yield from self._without_held(self._waited_for(some))

    def with_older_plays(self, seen: Seen) -> Seen:
        """An item that is new here may have plays from before the mark; they are asked for when some are missing."""
        first = self._options.plays and self._mark > 0 and (seen.known is None or not seen.known.viewed_at)
        if not first or len(seen.dates) >= seen.item.plays:
            return seen
        key = seen.item.rating_key
        dates = plays_since(self._plex.client, 0.0, rating_key=key).get(key, [])
        return replace(seen, dates=tuple(dates))

    def _new_of(self, page: list[Watched], asked_at: float) -> Scenes:
        """What of a page can be decided now; the rest waits."""
        news: Scenes = {}
        for scene_id, seen in self._look((item, asked_at) for item in page):
            self._left += bool(seen.item.rating)
            self._gone += self._is_gone(seen)
            if self._is_news(seen):
                news.setdefault(scene_id, []).append(seen)
        several = self._ledger.with_several_items(self._plex.server, news)
        waits = {
            one for one, some in news.items() if one in several or any(self._is_gone(seen) for seen in some)
        }
        for one in waits:
            items = [(seen.item, asked_at) for seen in news[one]]
            self._waiting.setdefault(one, []).extend(items)
        return {one: some for one, some in news.items() if one not in waits}

    def _waited_for(self, some: list[int]) -> Scenes:
        """These scenes, now that all is known; they are read anew, since what is known of thousands is much."""
        news: Scenes = {}
        for scene_id, seen in self._look(item for one in some for item in self._waiting[one]):
            if self.collapsed and self._is_gone(seen):
                seen = replace(seen, doubtful=True)  # noqa: PLW2901 -- the same item, with less trust
            if self._is_news(seen):
                news.setdefault(scene_id, []).append(seen)
        return news

    def _without_held(self, news: Scenes) -> Iterator[Scenes]:
        for some in chunks(sorted(news), SCENES):
            states = known_states(self._db, some)
            yield {one: news[one] for one in some if states.get(one) != "held"}

    def _look(self, asked: Iterable[tuple[Watched, float]]) -> Iterator[tuple[int, Seen]]:
        """The items that a sync has brought to what Stash has, each with its scene and what is known of it."""
        asked = list(asked)
        keys = [item.rating_key for item, _ in asked]
        entries, known = self._ledger.get_many(self._plex.server, keys), self._store.get_many(keys)
        for item, asked_at in asked:
            entry = entries.get(item.rating_key)
            if entry is not None and entry.scene_id and entry.synced_at:
                yield entry.scene_id, self._seen(item, entry, known.get(item.rating_key), asked_at)

    def _seen(self, item: Watched, entry: Entry, known: Pulled | None, asked_at: float) -> Seen:
        """An item that belongs to another scene by now is one that was never looked at."""
        known = known if known is not None and known.scene_id == entry.scene_id else None
        dates = self._history.get(item.rating_key, [])
        doubtful = asked_at < (entry.synced_at or 0.0) <= self._clock()
        return Seen(item=item, known=known, record=entry.record, dates=tuple(dates), doubtful=doubtful)

    def _is_gone(self, seen: Seen) -> bool:
        """Whether it had a rating, which nobody but Plex has taken away."""
        options = self._options
        return options.ratings and not seen.item.rating and plex_rated(seen, pushed=options.pushed)

    def _is_news(self, seen: Seen) -> bool:
        options = self._options
        return (
            (options.ratings and plex_rated(seen, pushed=options.pushed))
            or (options.plays and any(new_plays(seen)))
            or (options.places and plex_moved(seen))
        )
