"""Processes that save ``stats.json`` at the same time, or are killed while they do: nothing is lost or counted twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from events import SyncStats, emit
from observers import persist
from observers.persist import JsonPersister
from tests.observers.drain_makers import (
    drain,
    listening,
    progress,
    started,
    succeeded,
)
from tests.observers.saved_figures import SAVING_PROCESS, content, processed, run, warnings

KILLED_SAVES = Path(__file__).parent / "killed_saves.py"


def test_who_cannot_have_the_lock_goes_on_and_saves_with_the_next(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    persister = JsonPersister(data_dir=tmp_path)
    with listening(persister), FileLock(tmp_path / "stats.lock"):
        emit(started())
        emit(succeeded())
        emit(progress(1))
        assert not warnings(caplog), "between two batches it does not wait, and does not complain"
        assert not persister.save(wait_s=0.05)
        assert not persister.save(wait_s=0.05)
    [told] = warnings(caplog)
    assert "another process holds its lock" in told
    with listening(persister):
        drain([succeeded()])
    assert processed(tmp_path) == (2, 2)


def test_the_lock_is_waited_for_no_longer_than_two_seconds() -> None:
    assert persist.LOCK_WAIT_S <= 2.0


def test_a_draft_that_a_killed_process_left_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "stats.json.tmp").write_text('{"schema": 1, "par')
    run(tmp_path, 2)
    assert processed(tmp_path) == (2, 2)
    assert not (tmp_path / "stats.json.tmp").exists()


@pytest.mark.parametrize("processes", [2, 3])
def test_processes_that_save_at_once_lose_nothing_and_count_nothing_twice(
    tmp_path: Path, processes: int
) -> None:
    asked = [sys.executable, str(SAVING_PROCESS), str(tmp_path), "8", "5"]
    running = [
        subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    for process in running:
        _, told = process.communicate(timeout=300)
        assert process.returncode == 0, told
        assert not told
    jobs = processes * 8 * 5
    whole = SyncStats.from_dict(content(tmp_path)["cumulative"])
    assert (whole.jobs_processed, whole.total_processing_time) == (jobs, jobs / 8)
    assert whole.processing_times.total() == jobs


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a child for each line needs fork")
def test_a_kill_at_any_line_of_saving_leaves_a_whole_file_that_counts_on(tmp_path: Path) -> None:
    asked = [sys.executable, str(KILLED_SAVES), str(tmp_path)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    *kills, survivor = [json.loads(line) for line in done.stdout.splitlines()]
    assert not survivor["place"]
    struck = {kill["place"].rpartition(" line ")[0] for kill in kills}
    assert {
        "stats_file.py locked",
        "stats_file.py load",
        "stats_file.py write",
        "stats_file.py _replace",
        "persist.py save",
    } <= struck
    for kill in kills:
        assert kill["after"] - kill["before"] in {0, 1}, kill
        assert kill["then"] == kill["after"] + 1, kill
    assert {kill["after"] - kill["before"] for kill in kills} == {0, 1}, (
        "before the file was replaced, and after"
    )
    assert not list(tmp_path.glob("*.corrupt-*"))
    assert not list(tmp_path.glob("*.tmp"))


def test_processes_that_are_killed_while_they_save_leave_whole_files(tmp_path: Path) -> None:
    """At a moment of chance, which is seldom between two lines."""
    asked = [sys.executable, str(SAVING_PROCESS), str(tmp_path), "100000", "1"]
    for _ in range(3):
        with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            while process.poll() is None and not (tmp_path / "stats.json").exists():
                pass
            process.kill()
        before = content(tmp_path)["cumulative"]["jobs_processed"]
        run(tmp_path, 1)
        assert content(tmp_path)["cumulative"]["jobs_processed"] == before + 1
