"""Every question to the database is a search in an index: hooks and the watcher ask while thousands of rows wait."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from sync_queue import reconciling, restoring, runners
from sync_queue.adopt import adopt
from sync_queue.database import connect
from sync_queue.errands import Errands
from sync_queue.intake import enqueue, enqueue_errand, enqueue_many
from sync_queue.jobs import SyncQueue
from sync_queue.ledger import Entry, Ledger
from sync_queue.meta import get_meta
from sync_queue.pins import Pin, Pins
from tests.support import Clock
from tests.sync_queue.queue_steps import NOON

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync_queue.dead_letters import DeadLetterQueue

ROWS = 4000
DAY_S = 86_400.0
# Reading all of a table is what these are for; nothing asks them while somebody waits.
WHOLE_TABLE = (
    "SELECT count(*) FROM dead_letters",
    "SELECT count(*) FROM errands",
    "SELECT count(*) FROM ledger WHERE synced_at IS NOT NULL",
    "SELECT error_type, count(*) FROM dead_letters",
    "SELECT error_type, cause, count(*) AS scenes FROM dead_letters",
    "SELECT scene_id, job FROM dead_letters \\Z",
    "SELECT scene_id FROM dead_letters \\Z",
    r"\s*INSERT OR REPLACE INTO closed_letters [^=]*FROM dead_letters\s*\Z",
    "DELETE FROM dead_letters \\Z",
)


@pytest.fixture
def full(db: sqlite3.Connection, queue: SyncQueue) -> sqlite3.Connection:
    """Thousands of rows in every state and every table."""
    db.execute("PRAGMA synchronous = OFF")
    enqueue_many(db, range(1, ROWS + 1), trigger="sync_all", priority=2, now=NOON)
    with queue.transaction():
        for job in queue.claim(ROWS - 500):
            kind = job.scene_id % 4
            if kind == 0:
                queue.retry(job, due_at=NOON + 300, error_type="TransientError", message="500")
            elif kind == 1:
                names = [f"{job.scene_id}.mp4"]
                queue.wait_for_plex(
                    job, due_at=NOON + DAY_S, names=names, error_type="PlexNotFound", message=""
                )
            elif kind == 2:
                queue.bury(job, "no", 1, error_type="PlexNotFound", path=f"/a/{job.scene_id}.mp4")
            else:
                queue.hold([job.scene_id])
        queue.claim(200)
        ledger = Ledger(db)
        for key in range(1, 1001):
            ledger.put(Entry(server="s", rating_key=key, scene_id=key, section_id=1, synced_at=NOON))
            ledger.snapshot_once("s", key, {}, NOON)
    return db


@pytest.fixture
def asked(full: sqlite3.Connection) -> Iterator[list[str]]:
    """Every statement from here on, with its values."""
    statements: list[str] = []
    full.set_trace_callback(statements.append)
    yield statements
    full.set_trace_callback(None)


def use_everything(db: sqlite3.Connection, queue: SyncQueue, dead: DeadLetterQueue) -> None:
    enqueue(db, 1, trigger="Scene.Update.Post", priority=0, now=NOON, asker="hook")
    enqueue_many(db, [2, 3], trigger="sync_all", priority=2, now=NOON)
    runners.register_drain(db, "drain", 1, NOON)
    runners.beat(db, "drain", NOON)
    runners.is_fresh(db, "drain", NOON)
    runners.end_if_idle(db, "drain", NOON)
    enqueue_errand(db, "tag", 3, change="shown", trigger="Tag.Update.Post", now=NOON)
    store = Errands(db, clock=lambda: NOON)
    errand = store.next()
    store.count()
    assert errand is not None
    store.queue_page(errand, [5])
    store.put_off(errand)
    store.end(errand)
    queue.has_due()
    queue.has_due(below_priority=2)
    queue.has_in_flight()
    queue.next_due_at()
    queue.count()
    queue.take_over()
    jobs = queue.claim(5, max_priority=1) + queue.claim(5)
    queue.done(jobs[0].scene_id)
    queue.retry(jobs[1], due_at=NOON, error_type="TransientError", message="")
    queue.wait_for_plex(jobs[2], due_at=NOON, names=["a"], error_type="PlexNotFound", message="")
    queue.bury(jobs[3], "no", 1)
    queue.release([jobs[4].scene_id])
    queue.wake_waiting(["1.mp4", "2.mp4", "6.mp4"])
    queue.youngest_waiting_since()
    queue.hold([1])
    queue.unhold([1])
    queue.unhold()
    queue.describe(1)
    get_meta(db, "paused")
    reconciling.is_due(db, NOON)
    reconciling.known_states(db, [1, 2, 3])
    dead.get_recent()
    dead.get_error_summary()
    dead.get(6)
    dead.retry(6)
    dead.retry_type("PlexNotFound")
    dead.count_causes()
    dead.describe_cause("PlexNotFound", "no")
    dead.purge(10)
    dead.discard(10)
    dead.discard_many([14, 18])
    dead.discard_type("PlexNotFound")
    dead.take_closed()
    dead.retry_all()
    dead.discard_all()


def use_the_ledger(ledger: Ledger) -> None:
    ledger.journal.announce(
        "s", 1, {"title": ("a", "b")}, shown={"title": "a"}, scene_id=1, drain_id="d", at=NOON
    )
    ledger.journal.settle("s", 1, {"title": "b"})
    ledger.journal.of_scene(1)
    ledger.journal.recent()
    ledger.get_many("s", [1, 2])
    ledger.of_scene("s", 1)
    ledger.owner("s", 1)
    ledger.scenes_that_showed("tag", 1, after=10)
    ledger.scene_ids("s", 10, 500)
    ledger.after("s", 10)
    ledger.forget_other_items("s", 1, {1})
    ledger.forget_scene(2)
    ledger.snapshot("s", 1)
    ledger.snapshot_at("s", 1)
    ledger.count("s")


def use_the_way_back(db: sqlite3.Connection) -> None:
    restoring.orphans(db, "s", 0, 50)
    restoring.orphans_of_scene(db, "s", 1)
    restoring.of_item(db, "s", 1)
    list(restoring.pages_of_drain(db, "s", "d", 50))
    restoring.has_drain(db, "d")
    restoring.change(db, 1)
    restoring.newest(db, "s", [1, 2])


def use_the_pins(pins: Pins) -> None:
    pins.put("s", Pin(scene_id=1, rating_key=1, path="/a"), NOON)
    pins.of_scene("s", 1)
    pins.scene_of("s", 1)
    pins.remove(1)


def test_no_statement_walks_over_a_table(
    full: sqlite3.Connection, asked: list[str], queue: SyncQueue, dead: DeadLetterQueue, file: Path
) -> None:
    use_everything(full, queue, dead)
    use_the_ledger(Ledger(full))
    use_the_way_back(full)
    use_the_pins(Pins(full))
    full.set_trace_callback(None)
    questions = {sql for sql in asked if re.match(r"(?i)\s*(SELECT|UPDATE|DELETE|INSERT)", sql)}
    assert len(questions) > 60
    other = connect(file)
    for sql in questions:
        if any(re.match(known.replace("(*)", r"\(\*\)"), sql) for known in WHOLE_TABLE):
            continue
        plan = [row["detail"] for row in other.execute(f"EXPLAIN QUERY PLAN {sql}")]
        # What is read in its own order up to a LIMIT is no walk; runners has three rows at most.
        first_few = "WHERE" not in sql and "GROUP BY" not in sql and "LIMIT" in sql
        walked = [
            step for step in plan if step.startswith("SCAN") and "runners" not in step and not first_few
        ]
        sorts = [step for step in plan if "TEMP B-TREE FOR ORDER" in step]
        assert not walked + sorts, (sql, plan)
    other.close()


def steps_of(db: sqlite3.Connection, do: Callable[[], object]) -> int:
    """How many hundreds of SQLite's virtual instructions it takes; unlike time, the same on every machine."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    db.set_progress_handler(count, 100)
    do()
    db.set_progress_handler(None, 0)
    return steps


@pytest.mark.parametrize("put_off", [0, ROWS])
def test_rows_put_off_cost_a_claim_nothing(tmp_path: Path, put_off: int) -> None:
    db, clock = connect(tmp_path / "queue.sqlite"), Clock(NOON)
    db.execute("PRAGMA synchronous = OFF")
    queue = SyncQueue(db, clock=clock)
    enqueue_many(db, range(1, put_off + 1), trigger="t", priority=0, now=NOON)
    with queue.transaction():
        for job in queue.claim(put_off):
            if job.scene_id % 2:
                queue.retry(job, due_at=NOON + 300, error_type="TransientError", message="")
            else:
                queue.wait_for_plex(
                    job, due_at=NOON + DAY_S, names=["a"], error_type="PlexNotFound", message=""
                )
    enqueue_many(db, range(ROWS + 1, ROWS + 6), trigger="t", priority=2, now=NOON)
    assert steps_of(db, queue.has_due) <= 5
    assert steps_of(db, queue.next_due_at) <= 5
    assert steps_of(db, lambda: runners.end_if_idle(db, "drain", NOON)) <= 5
    assert steps_of(db, lambda: enqueue(db, 9999, trigger="t", priority=1, now=NOON, asker="a")) <= 5
    assert steps_of(db, lambda: queue.claim(3)) <= 15
    assert len(queue.claim(9)) == 3
    db.close()


def test_new_items_of_plex_cost_nothing_per_scene_that_waits_or_is_dead(
    full: sqlite3.Connection, queue: SyncQueue
) -> None:
    assert queue.count().dead > 800
    assert queue.count().waiting_for_plex > 800
    names = [f"new-{number}.mp4" for number in range(50)]
    assert steps_of(full, lambda: queue.wake_waiting(names)) <= 40


def test_taking_over_from_an_empty_spare_file_writes_nothing(db: sqlite3.Connection, tmp_path: Path) -> None:
    connect(tmp_path / "spare.sqlite").close()
    before = db.total_changes
    adopt(db, tmp_path / "spare.sqlite")
    assert db.total_changes == before
