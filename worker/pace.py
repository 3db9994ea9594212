"""How fast Plex is written to: as many writers as are allowed while it keeps up, fewer and with pauses when it does not.

Plex writes its database one at a time. When it is pressed it answers ever more slowly, or not at all, and everybody who
watches a film feels it.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

REMEMBERED = 50
"""Writes over which the median runs."""
ENOUGH = 5
"""Fewer writes than this have no median worth the name."""
SLOW = 2.0
"""Times the median: slower is slow."""
QUICK_S = 0.1
"""A write that takes less is never slow, whatever the others took."""
LONGEST_PAUSE_S = 10.0
STEADY = 20
"""Writes in a row without trouble after which one more writer is let in."""


class Pace:
    """``writers`` is how many may write at once when all is well; ``clock`` gives seconds. For one thread at a time."""

    def __init__(self, writers: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = writers
        self._clock = clock
        self._took: deque[float] = deque(maxlen=REMEMBERED)
        self._steady = 0
        self._next_at = 0.0
        self.limit = writers
        """How many may write at once now: at least one."""

    def pause_s(self) -> float:
        """Seconds until the next write may begin: 0 unless Plex was slow, or busy, just now."""
        return max(0.0, self._next_at - self._clock())

    def note(self, seconds: float, *, busy: bool = False) -> None:
        """A write took so long. ``busy`` says that Plex answered it with trouble of its own, or not in time.

        After one that was slow or busy nothing is sent for as long as it took, and one writer less is let in.
        """
        slow = self._is_slow(seconds)
        self._took.append(seconds)
        if busy or slow:
            self._steady = 0
            self.limit = max(1, self.limit - 1)
            self._next_at = self._clock() + min(seconds, LONGEST_PAUSE_S)
            return
        self._steady += 1
        if self._steady >= STEADY and self.limit < self._most:
            self._steady = 0
            self.limit += 1

    def _is_slow(self, seconds: float) -> bool:
        return seconds > QUICK_S and len(self._took) >= ENOUGH and seconds > SLOW * _median(self._took)


def _median(values: Iterable[float]) -> float:
    """The lower one of two in the middle. The library's brings fractions and decimals with it: 3 ms of every start."""
    ordered = sorted(values)
    return ordered[(len(ordered) - 1) // 2]
