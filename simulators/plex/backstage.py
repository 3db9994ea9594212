"""What Plex does after it has answered: scans and refreshes, shown as activities while they last."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(slots=True, eq=False)
class Activity:
    """Something that is going on until its time is up, or ``over`` is set; ``cancelled`` means that it has no effect."""

    type: str
    title: str
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))
    over: threading.Event = field(default_factory=threading.Event)
    cancelled: bool = False

    def cancel(self) -> None:
        """End it without its effect."""
        self.cancelled = True
        self.over.set()


class Backstage:
    """Runs work later, each piece in a thread of its own and under ``lock``."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._threads: dict[Activity, threading.Thread] = {}

    def start(
        self,
        activity: Activity,
        seconds: float,
        work: Callable[[], None],
        done: Callable[[], None] = lambda: None,
    ) -> str:
        """Do ``work`` after ``seconds`` unless it is cancelled, then ``done`` in any case; returns the activity's uuid."""

        def run() -> None:
            activity.over.wait(seconds)
            with self._lock:
                try:
                    if not activity.cancelled:
                        work()
                finally:
                    done()
                    del self._threads[activity]

        thread = threading.Thread(target=run, name=activity.title, daemon=True)
        with self._lock:
            self._threads[activity] = thread
            thread.start()
        return activity.uuid

    def running(self) -> list[Activity]:
        """What has not ended yet."""
        with self._lock:
            return list(self._threads)

    def cancel(self, activity_uuid: str) -> bool:
        """False when there is no such activity."""
        found = [activity for activity in self.running() if activity.uuid == activity_uuid]
        for activity in found:
            activity.cancel()
        return bool(found)

    def hurry(self) -> None:
        """The time of all that is going on is up now."""
        for activity in self.running():
            activity.over.set()

    def wait_idle(self, timeout_s: float) -> None:
        """Return once nothing is going on; raises TimeoutError."""
        until = time.monotonic() + timeout_s
        for thread in self._running_threads():
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                raise TimeoutError(f"Plex is still busy with {thread.name!r} after {timeout_s} s")

    def stop(self) -> None:
        """Cancel everything and wait for it."""
        for activity in self.running():
            activity.cancel()
        for thread in self._running_threads():
            thread.join()

    def _running_threads(self) -> list[threading.Thread]:
        with self._lock:
            return list(self._threads.values())
