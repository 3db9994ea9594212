"""Verdicts that were found before, for as long as the index stays as it was."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from plex.evidence import FileFacts
    from plex.matcher import MatchResult

REMEMBERED = 2_000
"""Results. Each is a kilobyte, and a scene that is asked for again is asked for soon."""


class MatchCache:
    """Results by a scene's files, the least recently used forgotten; void as soon as the index has moved.

    For one thread.
    """

    def __init__(self, size: int = REMEMBERED) -> None:
        self._size = size
        self._results: OrderedDict[tuple[FileFacts, ...], MatchResult] = OrderedDict()
        self._generation: Hashable = None
        self._hits = self._misses = 0

    def get(self, files: tuple[FileFacts, ...], generation: Hashable) -> MatchResult | None:
        """The result for these files at this state of the index, marked as cached, or None."""
        if generation != self._generation:
            self._results.clear()
            self._generation = generation
        result = self._results.get(files)
        if result is None:
            self._misses += 1
            return None
        self._hits += 1
        self._results.move_to_end(files)
        return result._replace(cached=True)

    def put(self, files: tuple[FileFacts, ...], result: MatchResult) -> None:
        """Remember a result of the state that ``get`` was last asked about."""
        self._results[files] = result
        self._results.move_to_end(files)
        if len(self._results) > self._size:
            self._results.popitem(last=False)

    def get_stats(self) -> dict[str, float]:
        """Hits and misses so far, their rate in percent, and how many results are held."""
        asked = self._hits + self._misses
        return {
            "hits": self._hits,
            "misses": self._misses,
            "size": len(self._results),
            "hit_rate": 100.0 * self._hits / asked if asked else 0.0,
        }
