"""How durations spread, in bounded memory: a histogram whose bins are each at most a fiftieth wider than the one before.

Bins are fixed, so that two histograms merge by adding, in any order and grouping, and lose nothing by it. A percentile is
read from its bin's middle: it is within 1 %, or within 1 µs, of the duration of that rank. What took more than an hour
counts as an hour. There are under a thousand bins, of which a run fills a hundred or so.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MICRO = 1_000_000
SHORTEST_US, LONGEST_US = 1, 3600 * MICRO
WIDENS_BY = 50


def _bounds() -> tuple[int, ...]:
    bounds = [SHORTEST_US]
    while bounds[-1] < LONGEST_US:
        bounds.append(min(LONGEST_US, bounds[-1] + max(1, bounds[-1] // WIDENS_BY)))
    return tuple(bounds)


BOUNDS_US = _bounds()
"""The upper ends of the bins, in microseconds. A bin holds what is longer than the bound before, and at most its own."""


def microseconds(seconds: float) -> int:
    """Whole microseconds, because those add up without rounding; what is no duration (negative, NaN, infinite) is none."""
    return round(seconds * MICRO) if math.isfinite(seconds) and seconds > 0 else 0


def add_seconds(first: float, second: float) -> float:
    """The sum to the microsecond, and exactly that: it does not depend on the order in which many are added (to 70 years)."""
    return (microseconds(first) + microseconds(second)) / MICRO


def bin_of(microseconds_: int) -> int:
    """The bound of the bin that a duration belongs to."""
    return BOUNDS_US[min(bisect_left(BOUNDS_US, microseconds_), len(BOUNDS_US) - 1)]


def percentile_s(bins: Mapping[int, int], percent: int) -> float:
    """The duration in seconds that so many percent (1 to 100) of all were not longer than; 0.0 when there are none.

    ``bins`` maps bounds to counts.
    """
    rank = -(-percent * sum(bins.values()) // 100)  # rounded up, in whole numbers
    for bound in sorted(bins):
        rank -= bins[bound]
        if rank <= 0:
            return _middle_us(bound) / MICRO
    return 0.0


def _middle_us(bound: int) -> float:
    """The value whose relative distance to both ends of the bin is the same."""
    place = bisect_left(BOUNDS_US, bound)
    if place == 0:
        return float(bound)
    below = BOUNDS_US[place - 1]
    return 2.0 * below * bound / (below + bound)
