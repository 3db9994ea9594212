"""Nothing grows without bound: a service's memory, threads and descriptors, and every file that it keeps.

One service drains a small library and is stopped. Another drains a large one, and is then asked for the same again and
again: at its end it must have no more of anything than the first had after its one drain.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from sync_queue import runners
from sync_queue.intake import RUN, enqueue_many
from tests.torture import machine
from tests.torture.house import house
from tests.torture.library import Library
from tests.torture.story import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.torture.house import House
    from tests.torture.story import Stage

TIMES_SMALL = 1.3
"""How much more memory the large drain may take at its highest than the small one."""
LARGEST_LOG = 8 * 1024 * 1024
"""Bytes of a write-ahead log. SQLite begins it anew at about 4 MB, unless somebody keeps it from doing so."""
MOST_CONNECTIONS = 16
"""Kept open to Stash, as many as threads have asked it at once, until it closes them."""
AGAIN = 3
SPARE = 1.1
"""How much a file may have grown when the same was asked for again and again: pages that are not quite full."""
LOOK_S = 0.05
CLOSING_S, CLOSED_S = 0.5, 30.0
"""For a drain that has said that it ends to give back what it has; on a busy machine that takes longer."""
PATIENCE_S = 600.0


def run(stage: Stage) -> Iterator[Row]:
    """One service, from its first job to its last."""
    small, large = stage.of(full=2000, short=150), stage.of(full=20_000, short=500)
    with house(stage.folder) as made:
        service = _Service(made)
        library = Library(made, stage.chance())
        library.fill(small, doomed=large)
        service.drain(library.keys)
        before, small_kb = service.holdings(), service.most_kb()
        service.stop()
        service = _Service(made)
        library.fill(large - small, doomed=large, first=small)
        service.drain(library.keys)
        large_kb = service.most_kb()
        some = dict(list(library.keys.items())[:small])
        service.drain(some)
        sizes = _sizes(made)
        for _ in range(AGAIN):
            service.drain(some)
        after = service.holdings(most=before)
        grown = _grown(sizes, _sizes(made))
        wrong = [text for scene in library.keys if (text := library.wrong(scene))]
    jobs = large + small * (1 + AGAIN)
    problems = [*wrong[:3], *grown]
    if large_kb > TIMES_SMALL * small_kb:
        problems.append(f"{large_kb} kB for {large} scenes, {small_kb} kB for {small}")
    more = after.threads > before.threads or after.files > before.files
    if more or after.connections > MOST_CONNECTIONS:
        problems.append(f"it had {before} after {small} jobs and {after} after {jobs}")
    if service.largest_log > LARGEST_LOG:
        problems.append(f"a write-ahead log grew to {service.largest_log} bytes")
    yield Row(
        fault="a large library, and the same again and again",
        provoked=3 + AGAIN,
        jobs_in=large,
        right=large - len(wrong),
        problems=tuple(problems),
        facts=(
            f"at most {small_kb / 1024:.1f} MB for {small:,} scenes and {large_kb / 1024:.1f} MB for {large:,}",
            f"{before} after {small:,} jobs; {after} after {jobs:,}",
            f"write-ahead logs up to {service.largest_log / 1e6:.1f} MB; no file grew in {AGAIN} more runs",
        ),
    )


class _Service:
    """The worker as a service, on the queue of a house."""

    def __init__(self, made: House) -> None:
        self._house = made
        self._process = made.service()
        self.largest_log = 0

    def drain(self, scenes: dict[int, int]) -> None:
        """Queue these scenes as a run over the library does, and wait until the service has nothing left to do."""
        db = self._house.db
        enqueue_many(db, scenes, trigger="sync_all", priority=RUN, now=time.time())
        deadline = time.monotonic() + PATIENCE_S
        while self._house.open_jobs() or runners.is_fresh(db, "drain", time.time()):
            assert time.monotonic() < deadline, f"{self._house.open_jobs()} jobs are left"
            assert self._process.poll() is None, self._house.errors()
            for log in self._house.data.glob("*-wal"):
                with suppress(FileNotFoundError):  # the last who closes a database takes its log away
                    self.largest_log = max(self.largest_log, log.stat().st_size)
            time.sleep(LOOK_S)

    def stop(self) -> None:
        """End it, as a service's keeper does."""
        self._process.terminate()
        self._process.wait(PATIENCE_S)

    def most_kb(self) -> int:
        """The service's memory at its highest so far."""
        return machine.memory_kb(self._process.pid, "VmHWM")

    def holdings(self, most: machine.Holdings | None = None) -> machine.Holdings:
        """What it has while it sleeps; where that must not be more than ``most``, it is given time to give things back."""
        time.sleep(CLOSING_S)
        deadline = time.monotonic() + CLOSED_S
        while True:
            found = machine.holdings(self._process.pid)
            enough = most is None or (found.threads <= most.threads and found.files <= most.files)
            if enough or time.monotonic() > deadline:
                return found
            time.sleep(LOOK_S)


def _sizes(made: House) -> dict[str, int]:
    """Every file but the logs, whose content is moved to where it belongs first, and the statistics.

    Those keep figures of the last fifty drains one by one: the story of the kills looks that there are no more.
    """
    for name in ("queue.sqlite", "index.sqlite"):
        db = sqlite3.connect(made.data / name, timeout=60.0)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        db.close()
    return {
        path.name: path.stat().st_size
        for path in made.data.iterdir()
        if path.is_file() and "-" not in path.name and path.name != "stats.json"
    }


def _grown(before: dict[str, int], after: dict[str, int]) -> list[str]:
    news = [f"{name} has come" for name in sorted(after.keys() - before.keys())]
    return news + [
        f"{name} grew from {size} to {after[name]} bytes"
        for name, size in sorted(before.items())
        if after.get(name, 0) > size * SPARE + 4096
    ]
