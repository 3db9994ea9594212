"""A guest: a third party's observer, told through a door of its own, so that what it does to an event stays with it."""

from __future__ import annotations

import functools
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from events import copied, receivers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from events import Event


class Busy(NamedTuple):
    """Whose code is running, what it was called for, and since when by a monotonic clock."""

    name: str
    doing: str
    since: float


class Presence:
    """Which guest is at work now. Written by the thread that runs it, and read by another one."""

    def __init__(
        self, note: Callable[[str], None] = lambda _name: None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``note`` is told each name, and an empty one when nobody is at work any more."""
        self._note = note
        self._clock = clock
        self.now: Busy | None = None

    @contextmanager
    def at_work(self, name: str, doing: str) -> Iterator[None]:
        """Around a guest's own code."""
        before, self.now = self.now, Busy(name, doing, self._clock())
        self._note(name)
        try:
            yield
        finally:
            self.now = before
            self._note(before.name if before else "")


class Guest:
    """Has an ``on_<signal>`` for each of the observer's, which hands on a copy of the event and keeps the figures.

    ``calls``, ``failures`` and ``seconds`` are those of all its signals since it was made. What it raises goes on to
    the bus, which knows what to do. Raises TypeError for an observer that ``subscribe`` would refuse.
    """

    def __init__(self, name: str, observer: object, presence: Presence) -> None:
        self.name = name
        self.calls = self.failures = 0
        self.seconds = 0.0
        self._presence = presence
        for signal, method in receivers_of(observer):
            setattr(self, f"on_{signal.name}", self._guarded(signal.name, method))

    def _guarded(self, signal_name: str, method: Callable[..., Any]) -> Callable[..., None]:
        @functools.wraps(method)  # it is known by its own name
        def receiver(sender: object, *, event: Event) -> None:
            self.calls += 1
            start = time.perf_counter()
            try:
                with self._presence.at_work(self.name, signal_name):
                    method(sender, event=copied(event))
            except BaseException:
                self.failures += 1
                raise
            finally:
                self.seconds += time.perf_counter() - start

        return receiver
