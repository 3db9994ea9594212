"""What only real processes show: the same new file opened by sixteen at once, races, and kills at every statement."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sync_queue import runners
from sync_queue.database import connect
from sync_queue.intake import enqueue
from sync_queue.jobs import SyncQueue
from tests.support import wait_for
from tests.sync_queue.child import NOON, seeded, story

if TYPE_CHECKING:
    import sqlite3

ROOT = Path(__file__).parent.parent.parent
TABLES = ("jobs", "wait_names", "dead_letters", "ledger", "snapshots", "runners", "said", "meta")
SELECT = {table: f"SELECT * FROM {table} ORDER BY 1, 2" for table in TABLES}  # noqa: S608 -- constants
# A process that is to be killed measures no coverage: it would leave broken files of it.
PLAIN = {key: value for key, value in os.environ.items() if not key.startswith("COV")}

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL has another name there")


def start(what: str, *values: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.sync_queue.child", what, *map(str, values)]
    return subprocess.Popen(command, cwd=ROOT, env=PLAIN, stdout=subprocess.PIPE, text=True)


def printed(process: subprocess.Popen[str]) -> list[int]:
    """The whole lines that it printed, once it has ended."""
    out, _ = process.communicate(timeout=300)
    return [int(line) for line in out.splitlines(keepends=True) if line.endswith("\n")]


def dump(db: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    return [[tuple(row) for row in db.execute(SELECT[table])] for table in TABLES]


def test_sixteen_processes_make_the_same_new_file_and_lose_no_row(file: Path) -> None:
    processes = [start("fill", file, number * 1000 + 1, 50) for number in range(16)]
    expected = {scene for process in processes for scene in printed(process)}
    assert [process.returncode for process in processes] == [0] * 16
    db = connect(file)
    assert {row[0] for row in db.execute("SELECT scene_id FROM jobs")} == expected
    assert len(expected) == 800
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert db.execute("SELECT count(*) FROM runners").fetchone()[0] == 1
    db.close()


def test_each_row_is_claimed_once_while_hooks_write(file: Path) -> None:
    connect(file).close()
    hooks = [start("fill", file, number * 1000 + 1, 150) for number in range(2)]
    drain = start("claim", file, 300)
    claimed = printed(drain)
    assert len(claimed) == len(set(claimed)) == 300
    assert {scene for hook in hooks for scene in printed(hook)} == set(claimed)


def test_every_row_whose_hook_went_on_is_on_disk_after_a_kill(file: Path) -> None:
    chance = random.Random(7)  # noqa: S311 -- the same at every run
    committed: set[int] = set()
    for number in range(6):
        hook = start("fill", file, number * 100_000 + 1, 90_000)
        assert hook.stdout is not None
        committed.add(int(hook.stdout.readline()))  # from here on there is something to lose
        time.sleep(chance.random() / 5)
        hook.send_signal(signal.SIGKILL)
        committed.update(printed(hook))
    db = connect(file)
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert committed <= {row[0] for row in db.execute("SELECT scene_id FROM jobs")}
    db.close()


def files_of_the_killed(folder: Path, what: str) -> list[Path]:
    """One file for each statement before which a process was killed; the last one lived."""
    process = start("die_at_every_statement", folder, what)
    numbers = printed(process)
    assert process.returncode == 0
    return [folder / f"{number}.sqlite" for number in numbers]


def test_a_kill_at_any_statement_of_the_first_opening_leaves_a_file_that_opens(tmp_path: Path) -> None:
    files = files_of_the_killed(tmp_path, "open")
    assert len(files) > 20
    for file in files:
        db = connect(file)
        enqueue(db, 1, trigger="t", priority=0, now=NOON)
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        db.close()


def test_a_kill_at_any_statement_leaves_what_was_true_between_two_transactions(tmp_path: Path) -> None:
    (tmp_path / "killed").mkdir()
    whole = str(tmp_path / "whole.sqlite")
    db, other = seeded(whole), connect(whole)
    before: list[list[list[tuple[object, ...]]]] = []
    db.set_trace_callback(lambda _statement: before.append(dump(other)))
    story(db)
    db.set_trace_callback(None)
    before.append(dump(other))
    other.close()
    db.close()
    files = files_of_the_killed(tmp_path / "killed", "story")
    for file, expected in zip(files, before, strict=True):
        db = connect(file)
        assert dump(db) == expected, file
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        queue = SyncQueue(db, clock=lambda: NOON)
        queue.take_over()
        assert queue.count().in_flight == 0
        db.close()


def test_a_row_is_seen_by_the_drain_that_ends_or_its_hook_asks_for_another(file: Path) -> None:
    """Both start at the same moment, or one a little later: never does the drain end while the hook believes in it."""
    db, hook = connect(file), connect(file)
    queue = SyncQueue(db, clock=lambda: NOON)
    gate = threading.Barrier(2)

    def save(scene: int, late_s: float) -> bool:
        gate.wait()
        time.sleep(late_s)
        return enqueue(hook, scene, trigger="t", priority=0, now=NOON, asker="hook")

    chance = random.Random(5)  # noqa: S311 -- the same at every run
    with ThreadPoolExecutor(1) as pool:
        for scene in range(1, 301):
            runners.register_drain(db, "drain", 1, NOON)
            hook_is_late_s, drain_is_late_s = (chance.choice([0.0, 0.0, 0.001, 0.003]) for _ in range(2))
            saved = pool.submit(save, scene, hook_is_late_s)
            gate.wait()
            time.sleep(drain_is_late_s)
            ended = runners.end_if_idle(db, "drain", NOON)
            assert saved.result() is ended
            for job in queue.claim(1):
                queue.done(job.scene_id)
    db.close()
    hook.close()


def test_no_row_is_stranded_by_drains_that_come_and_go(file: Path) -> None:
    hook_db = connect(file)
    wanted, stop = threading.Event(), threading.Event()

    def drains() -> None:
        db = connect(file)
        queue = SyncQueue(db, clock=time.time)
        while not stop.is_set():
            if not wanted.wait(0.05):
                continue
            wanted.clear()
            queue.take_over()
            runners.register_drain(db, "drain", 1, time.time())
            while True:
                for job in queue.claim(5):
                    queue.done(job.scene_id)
                if runners.end_if_idle(db, "drain", time.time()):
                    break
        db.close()

    thread = threading.Thread(target=drains)
    thread.start()
    asks = 0
    chance = random.Random(3)  # noqa: S311 -- the same at every run
    try:
        for scene in range(1, 401):
            if enqueue(hook_db, scene, trigger="t", priority=0, now=time.time(), asker=f"hook-{scene}"):
                asks += 1
                wanted.set()
            if chance.random() < 0.3:
                time.sleep(chance.random() / 100)
        left = SyncQueue(hook_db, clock=time.time)
        wait_for(lambda: left.next_due_at() is None, "a row is stranded")
    finally:
        stop.set()
        thread.join()
        hook_db.close()
    assert 1 <= asks < 400
