"""When a job that failed is tried again: exponential backoff with full jitter."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

LAST_DOUBLING = 30
"""Beyond this many doublings the cap has long been reached, and the power would only grow."""


class RetryPolicy(NamedTuple):
    """Times in seconds. ``max_tries`` counts the first try too: 5 means one try and four retries."""

    base_s: float = 5.0
    cap_s: float = 600.0
    max_tries: int = 5

    def delay_s(self, tries: int, uniform: Callable[[float, float], float] = random.uniform) -> float:
        """How long to wait after the ``tries``-th failed try (1 or more): anything from 0 to the doubled base.

        Full jitter, so that a thousand jobs which failed together do not come back together.
        """
        ceiling = min(self.cap_s, self.base_s * 2 ** min(tries - 1, LAST_DOUBLING))
        return uniform(0.0, ceiling)

    def is_last(self, tries: int) -> bool:
        """Whether the ``tries``-th failed try was the last."""
        return tries >= self.max_tries
