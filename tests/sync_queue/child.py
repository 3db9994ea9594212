"""What the tests run in processes of their own: ``python -m tests.sync_queue.child <what> <file> …``."""

from __future__ import annotations

import functools
import itertools
import os
import signal
import sqlite3
import sys
import time
from typing import TYPE_CHECKING, Any

from sync_queue import runners
from sync_queue.database import connect
from sync_queue.intake import enqueue, enqueue_many
from sync_queue.jobs import SyncQueue
from sync_queue.ledger import Entry, Ledger
from sync_queue.said import say, take_said

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = 1_000_000.0


def fill(file: str, start: str, count: str) -> None:
    """Open the file, perhaps as the first, and queue that many scenes; each that is committed is printed."""
    db = connect(file)
    for scene_id in range(int(start), int(start) + int(count)):
        enqueue(
            db, scene_id, trigger="t", priority=0, now=time.time(), asker=str(os.getpid()), pid=os.getpid()
        )
        sys.stdout.write(f"{scene_id}\n")
        sys.stdout.flush()


def claim(file: str, enough: str) -> None:
    """Claim and finish until the other processes' rows are all done, and print each scene that was claimed."""
    db = connect(file)
    queue = SyncQueue(db, clock=time.time)
    done = 0
    while done < int(enough):
        with queue.transaction():
            jobs = queue.claim(7)
        with queue.transaction():
            for job in jobs:
                done += queue.done(job.scene_id)
                sys.stdout.write(f"{job.scene_id}\n")
        if not jobs:
            time.sleep(0.002)


def story(db: sqlite3.Connection) -> None:
    """A hook, a drain with one of each outcome, and what goes with it; the same at every run."""
    queue, ledger = SyncQueue(db, clock=lambda: NOON), Ledger(db)
    enqueue(db, 1, trigger="edited", priority=0, now=NOON, asker="hook", again_at=NOON + 60)
    runners.register_drain(db, "drain", 1, NOON)
    queue.take_over()
    one, two, three, four, *_ = queue.claim(6)
    enqueue(db, 2, trigger="edited", priority=0, now=NOON)
    with queue.transaction():
        ledger.put(Entry(server="s", rating_key=1, scene_id=1, section_id=1))
        ledger.snapshot_once("s", 1, {"title": "before"}, NOON)
    with queue.transaction():
        queue.done(one.scene_id)
        queue.bury(two, "edited meanwhile", 1)
        queue.bury(three, "no", 1)
        queue.wait_for_plex(four, due_at=NOON, names=["a.mp4"], error_type="PlexNotFound", message="")
        queue.release([5])
    queue.bury(queue.claim(1)[0], "alone", 1)
    queue.wake_waiting(["a.mp4"])
    say(db, NOON, "i", "Watcher", "said")
    take_said(db)
    runners.end_if_idle(db, "drain", NOON)


def die_at_every_statement(folder: str, what: str) -> None:
    """Fork again and again, each time killed just before one statement later, in a file named by that number; the last lives."""
    for number in itertools.count(1):
        child = os.fork()
        if child == 0:
            die_at(f"{folder}/{number}.sqlite", number, what)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{number}\n")
        if status != signal.SIGKILL:
            sys.exit(status)


def die_at(file: str, number: int, what: str) -> None:
    """Kill this process just before its n-th statement, while it opens the file or tells the story."""
    left = number

    def count(_statement: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Counted(sqlite3.Connection):
        def __init__(self, *values: Any, **named: Any) -> None:
            super().__init__(*values, **named)
            self.set_trace_callback(count)

    if what == "open":
        # An opening makes its connections itself: nothing else sees their first statements.
        sqlite3.connect = functools.partial(sqlite3.connect, factory=Counted)  # type: ignore[assignment]  # a factory more
        connect(file)
    else:
        db = seeded(file)
        db.set_trace_callback(count)
        story(db)


def seeded(file: str) -> sqlite3.Connection:
    """What the story begins with."""
    db = connect(file)
    enqueue_many(db, range(1, 7), trigger="t", priority=0, now=NOON)
    return db


COMMANDS: dict[str, Callable[..., None]] = {
    "fill": fill,
    "claim": claim,
    "die_at_every_statement": die_at_every_statement,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
