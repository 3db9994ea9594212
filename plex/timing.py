"""How long things take, for debug lines and statistics."""

from __future__ import annotations

import functools
import logging
import time
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

log = logging.getLogger("plexsync.Timing")

P = ParamSpec("P")
R = TypeVar("R")


class OperationTimer:
    """``with OperationTimer() as timer: …``; ``timer.elapsed`` is in seconds, also while it still runs and when it raised."""

    def __init__(self, name: str = "", *, clock: Callable[[], float] = time.perf_counter) -> None:
        self.name = name
        self._clock = clock
        self._start = clock()
        self._end: float | None = None

    def __enter__(self) -> Self:
        self._start, self._end = self._clock(), None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end = self._clock()
        if self.name:
            log.debug("%s took %.1f ms", self.name, self.elapsed * 1000)

    @property
    def elapsed(self) -> float:
        """Seconds since the start, or between start and end."""
        return (self._clock() if self._end is None else self._end) - self._start


def timed(function: Callable[P, R]) -> Callable[P, R]:
    """Log at debug level how long each call takes, whether it returns or raises."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with OperationTimer(function.__qualname__):
            return function(*args, **kwargs)

    return wrapper
