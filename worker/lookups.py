"""What the two caches were asked in a batch: their statistics count from when they were made, which is anew for each opening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events import CacheUse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.plex_target import PlexTarget


class Lookups:
    """For one drain. The pieces that it tells of add up to the whole, whether or not a cache was made anew meanwhile."""

    def __init__(self) -> None:
        self._index = _Grown()
        self._matches = _Grown()

    def new(self, plex: PlexTarget, index: Mapping[str, float], matches: Mapping[str, float]) -> CacheUse:
        """What has come since this was last asked; ``index`` and ``matches`` are the caches' statistics now."""
        index_hits, index_misses = self._index.by(plex.index, index)
        match_hits, match_misses = self._matches.by(plex.matcher, matches)
        return CacheUse(
            index_hits=index_hits,
            index_misses=index_misses,
            match_hits=match_hits,
            match_misses=match_misses,
        )


class _Grown:
    """Hits and misses of one cache since the last time; another cache has begun at zero."""

    def __init__(self) -> None:
        self._cache: Any = None
        self._told = (0, 0)

    def by(self, cache: object, stats: Mapping[str, float]) -> tuple[int, int]:
        before = self._told if cache is self._cache else (0, 0)
        self._cache, self._told = cache, (int(stats["hits"]), int(stats["misses"]))
        return self._told[0] - before[0], self._told[1] - before[1]
