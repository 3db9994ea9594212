"""What the queue's steps cost at 100 rows and at 1,000,000: ``python benchmarks/queue_growth.py [--quick]``.

Each step is a committed transaction; the commit's wait for the disk is left out (``synchronous=OFF``) in the first table, for
it is the same whatever the size, and would hide what is not. The second table counts commits: a batch is acknowledged in one.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness import folder, options, table, verdict
from sync_queue.database import connect
from sync_queue.intake import PERSON, RUN, enqueue, enqueue_many
from sync_queue.jobs import SyncQueue

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL, LARGE, QUICK_LARGE = 100, 1_000_000, 100_000
BOUND = 1.5
BATCH = 100
STEPS = (
    "enqueue one, as a hook does",
    f"claim {BATCH}",
    f"acknowledge {BATCH}",
    "look whether something is due",
)


class Bench:
    """A queue of so many rows, of which some are always due; it has as many after each step as before."""

    def __init__(self, file: Path, rows: int) -> None:
        self.db = connect(file)
        self.db.execute("PRAGMA synchronous=OFF")
        self.queue = SyncQueue(self.db, clock=time.time)
        self._next = rows
        enqueue_many(self.db, range(1, rows + 1), trigger="benchmark", priority=RUN, now=time.time())

    def enqueue(self) -> float:
        """Microseconds of a hook's transaction."""
        self._next += 1
        return timed(
            lambda: enqueue(
                self.db, self._next, trigger="benchmark", priority=PERSON, now=time.time(), asker="hook"
            )
        )

    def claim_and_acknowledge(self) -> tuple[float, float]:
        """Microseconds of taking a batch, and of being done with it in one transaction; as many rows come again."""
        jobs = []
        claim = timed(lambda: jobs.extend(self.queue.claim(BATCH)))

        def acknowledge() -> None:
            with self.queue.transaction():
                for job in jobs:
                    self.queue.done(job.scene_id)

        done = timed(acknowledge)
        enqueue_many(
            self.db, [job.scene_id for job in jobs], trigger="benchmark", priority=RUN, now=time.time()
        )
        return claim, done

    def look(self) -> float:
        """Microseconds of the watcher's look every other second."""
        return timed(self.queue.has_due)


def timed(action: Callable[[], object]) -> float:
    """Microseconds."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1e6


def measure(small: Bench, large: Bench, rounds: int) -> list[tuple[float, float]]:
    """The medians of each step at both sizes, the sizes taking turns."""
    figures: dict[Bench, list[list[float]]] = {bench: [[] for _ in STEPS] for bench in (small, large)}
    for _ in range(rounds):
        for bench, columns in figures.items():
            claim, done = bench.claim_and_acknowledge()
            for column, value in zip(columns, (bench.enqueue(), claim, done, bench.look()), strict=True):
                column.append(value)
    return [(median(a), median(b)) for a, b in zip(figures[small], figures[large], strict=True)]


def commits(file: Path) -> tuple[float, float]:
    """Milliseconds of acknowledging a batch in one durable commit, and one by one."""
    db = connect(file)
    queue = SyncQueue(db, clock=time.time)
    took = {}
    for together in (True, False):
        enqueue_many(db, range(1, BATCH + 1), trigger="benchmark", priority=RUN, now=time.time())
        jobs = queue.claim(BATCH)
        start = time.perf_counter()
        if together:
            with queue.transaction():
                for job in jobs:
                    queue.done(job.scene_id)
        else:
            for job in jobs:
                queue.done(job.scene_id)
        took[together] = (time.perf_counter() - start) * 1000
    db.close()
    return took[True], took[False]


def main() -> int:
    """Print the tables; 1 when the bound does not hold."""
    quick = options(__doc__).quick
    rows, rounds = (QUICK_LARGE, 100) if quick else (LARGE, 300)
    with folder() as data:
        small, large = Bench(data / "small.sqlite", SMALL), Bench(data / "large.sqlite", rows)
        medians = measure(small, large, rounds)
        for bench in (small, large):
            bench.db.close()
        together, apart = commits(data / "commits.sqlite")
    table(
        ("", f"{SMALL} rows, µs", f"{rows:,} rows, µs", "ratio"),
        [(step, f"{a:.0f}", f"{b:.0f}", f"{b / a:.2f}") for step, (a, b) in zip(STEPS, medians, strict=True)],
    )
    print(f"\nA batch of {BATCH} acknowledged, commits durable, SQLite {sqlite3.sqlite_version}:\n")
    table(("", "ms"), [("in one commit", f"{together:.1f}"), ("one by one", f"{apart:.1f}")])
    worst = max(b / a for a, b in medians)
    return verdict(f"Bound: at most {BOUND} times as long, each step", holds=worst <= BOUND)


if __name__ == "__main__":
    sys.exit(main())
