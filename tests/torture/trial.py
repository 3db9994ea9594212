"""A worker over simulated servers on a clock that the story moves, for what lasts minutes or hours.

The worker, its database and HTTP are real and in this process; a watcher works on it as ``tests.worker.outage_world``
lets it, and whatever it says and emits is kept. One at a time: signals and loggers are everybody's.
"""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from events import JobDlq, JobFailed, namespace
from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from tests.torture.library import Library
from tests.worker.conftest import Clock, World
from tests.worker.outage_world import lines_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    from events import Event
    from worker.drain import Result


@dataclass
class Trial(World):
    """``heard`` are the events and ``records`` the log records since ``fresh`` was last called."""

    heard: list[Event] = field(default_factory=list)
    records: list[logging.LogRecord] = field(default_factory=list)
    looked_at: list[float] = field(default_factory=list)
    """When drains have begun, by the trial's clock: each begins with a look whether Plex is there."""

    def drain(self, **kwargs: Any) -> Result:
        """Noted."""
        self.looked_at.append(self.clock())
        return super().drain(**kwargs)

    def buried(self) -> set[int]:
        """The scenes that were given up."""
        return {int(row[0]) for row in self.db.execute("SELECT scene_id FROM dead_letters")}

    def open_jobs(self) -> int:
        """Rows that are not finished, whatever they wait for."""
        return int(self.db.execute("SELECT count(*) FROM jobs").fetchone()[0])

    def fresh(self) -> None:
        """Forget what was heard, said and asked so far."""
        self.heard.clear()
        self.records.clear()
        self.looked_at.clear()
        self.plex.forget_requests()

    def lines(self) -> list[str]:
        """What an owner was told."""
        return lines_of(self.records)

    def tries_spent(self) -> int:
        """How many tries scenes have paid, and how many were given up."""
        return sum(isinstance(event, (JobFailed, JobDlq)) for event in self.heard)

    def repeated(self) -> int:
        """Writes that Plex has got and done more than once."""
        done = Counter(
            (write.method, write.path, tuple(write.query), write.body)
            for write in self.plex.writes()
            if write.applied and not is_lock_alone(write.query)
        )
        return sum(times - 1 for times in done.values())


def is_lock_alone(query: list[tuple[str, str]]) -> bool:
    """A lock that an item has is set again to see whether Plex works: that changes nothing, and is no repeated write."""
    return all(name in {"type", "id"} or name.endswith(".locked") for name, _ in query)


@contextmanager
def trial(
    folder: Path, chance: random.Random, *, login: bool = False, **fields: Any
) -> Iterator[tuple[Trial, Library]]:
    """A trial and its library, which is empty. ``fields`` are the trial's; with ``login`` Stash asks for a cookie, which ages by the trial's clock."""
    logger = logging.getLogger("plexsync")
    level, listener = logger.level, _Listener()
    logger.setLevel(logging.INFO)
    logger.addHandler(listener)
    with ExitStack() as stack:
        plex = stack.enter_context(PlexSimulator())
        clock = Clock()
        stash = stack.enter_context(StashSimulator(require_login=login, clock=clock))
        section = plex.add_section("Scenes", locations=("/media",))
        made = Trial(plex, stash, folder, section.id, clock, **fields)
        listener.records = made.records

        def note(sender: object, *, event: Event) -> None:
            made.heard.append(event)

        for signal in namespace.values():
            stack.enter_context(signal.connected_to(note))
        try:
            yield made, Library(made, chance)
        finally:
            made.close()
            logger.removeHandler(listener)
            logger.setLevel(level)


class _Listener(logging.Handler):
    """Keeps records, and shows them to nobody."""

    records: list[logging.LogRecord]

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
