"""Time as the tests of the queue tell it."""

from __future__ import annotations

NOON = 1_000_000.0


class Clock:
    """Epoch seconds; a test sets or moves ``now``, also backwards."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
