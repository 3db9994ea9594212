from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from events import PlexDown, PlexUp, emit
from observers import persist
from observers.persist import KEPT_PARTS, JsonPersister
from tests.observers.drain_makers import drain, failed, listening, progress, started, succeeded

SAVING_PROCESS = Path(__file__).parent / "saving_process.py"


def run(data_dir: Path, jobs: int, **given: Any) -> JsonPersister:
    """A whole session: a process that has one drain."""
    persister = JsonPersister(data_dir=data_dir, **given)
    with listening(persister):
        drain(succeeded(n) for n in range(jobs))
    return persister


def content(data_dir: Path) -> dict[str, Any]:
    data = json.loads((data_dir / "stats.json").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def processed(data_dir: Path) -> tuple[int, int]:
    data = content(data_dir)
    return data["session"]["jobs_processed"], data["cumulative"]["jobs_processed"]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def test_the_file_has_the_session_and_all_sessions(tmp_path: Path) -> None:
    run(tmp_path, 3, session_id="first", clock=lambda: 100.0)
    run(tmp_path, 4, session_id="second", clock=lambda: 200.0)
    data = content(tmp_path)
    assert (data["schema"], data["updated_at"]) == (1, 200.0)
    assert data["session"]["id"] == "second"
    assert (data["session"]["jobs_processed"], data["session"]["session_start"]) == (4, 200.0)
    assert (data["cumulative"]["jobs_processed"], data["cumulative"]["session_start"]) == (7, 100.0)
    assert (data["cumulative"]["success_rate"], data["cumulative"]["avg_processing_time"]) == (100.0, 0.125)


def test_saving_again_counts_nothing_twice(tmp_path: Path) -> None:
    persister = run(tmp_path, 3)
    for _ in range(3):
        assert persister.save()
    assert processed(tmp_path) == (3, 3)
    with listening(persister):
        emit(started())
        for done in range(1, 5):
            emit(succeeded(done))
            emit(progress(done))
            assert processed(tmp_path) == (3 + done, 3 + done)


def test_a_session_of_many_drains_adds_each_once(tmp_path: Path) -> None:
    run(tmp_path, 5)
    persister = JsonPersister(data_dir=tmp_path)
    with listening(persister):
        for jobs in (1, 2, 3):
            drain(succeeded(n) for n in range(jobs))
    assert processed(tmp_path) == (6, 11)


def test_a_drain_without_figures_does_not_touch_the_file(tmp_path: Path) -> None:
    run(tmp_path, 0)
    assert not (tmp_path / "stats.json").exists()


def test_an_outage_is_a_figure_too(tmp_path: Path) -> None:
    persister = JsonPersister(data_dir=tmp_path)
    with listening(persister):
        emit(PlexDown(at=1.0, error_type="PlexServerDown", message="refused", hint="wait"))
        emit(progress(0))
        assert content(tmp_path)["cumulative"]["plex_outages"] == 1
        emit(PlexUp(at=61.5, down_s=60.5))
        drain([failed()])
    whole = content(tmp_path)["cumulative"]
    assert (whole["plex_outages"], whole["plex_down_s"], whole["longest_outage_s"]) == (1, 60.5, 60.5)


def test_old_parts_are_folded_and_still_count(tmp_path: Path) -> None:
    for _ in range(KEPT_PARTS + 10):
        run(tmp_path, 2)
    data = content(tmp_path)
    assert len(data["parts"]) == KEPT_PARTS
    assert data["older"]["jobs_processed"] == 20
    assert data["cumulative"]["jobs_processed"] == 2 * (KEPT_PARTS + 10)


def test_a_service_that_lives_through_many_tasks_is_counted_once(tmp_path: Path) -> None:
    """Its early parts are long folded when it saves again."""
    service = JsonPersister(data_dir=tmp_path)
    with listening(service):
        drain([succeeded()])
    for _ in range(KEPT_PARTS + 5):
        run(tmp_path, 1)
    with listening(service):
        drain([succeeded()])
    assert processed(tmp_path) == (2, KEPT_PARTS + 7)


def test_the_file_is_the_owners_alone(tmp_path: Path) -> None:
    run(tmp_path, 1)
    assert stat.S_IMODE((tmp_path / "stats.json").stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} - {"stats.lock"} == {"stats.json"}


CORRUPT = [
    b"",
    b"{",
    b"\xff\xfe",
    b"null",
    b"[]",
    b"{}",
    b'{"schema": "1"}',
    b'{"schema": 1, "parts": []}',
    b'{"schema": 1, "parts": {"a": 3}}',
    b'{"schema": 1, "parts": {"a": {"jobs_processed": -3}}}',
    b'{"schema": 1, "older": 5}',
    b'{"schema": 1, "older": {"errors_by_type": 5}}',
    b"[" * 100_000,
    b'{"schema": 1, "older": {"total_processing_time": NaN}}',
]


@pytest.mark.parametrize("raw", CORRUPT, ids=range(len(CORRUPT)))
def test_an_odd_file_is_set_aside_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, raw: bytes
) -> None:
    (tmp_path / "stats.json").write_bytes(raw)
    persister = JsonPersister(data_dir=tmp_path, clock=lambda: 1_234.5)
    with listening(persister):
        drain([succeeded()])
        drain([succeeded()])
    assert (tmp_path / "stats.json.corrupt-1234").read_bytes() == raw
    assert processed(tmp_path) == (2, 2)
    [told] = warnings(caplog)
    assert "stats.json.corrupt-1234" in told


def test_a_later_versions_file_is_left_alone_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An old watcher may still run while a new version's task has saved already: its figures must not be lost."""
    raw = b'{"schema": 2, "what": "ever"}'
    (tmp_path / "stats.json").write_bytes(raw)
    persister = run(tmp_path, 1)
    with listening(persister):
        drain([succeeded()])
    assert (tmp_path / "stats.json").read_bytes() == raw
    [told] = warnings(caplog)
    assert "later version (schema 2, this one knows 1)" in told
    (tmp_path / "stats.json").unlink()
    with listening(persister):
        drain([succeeded()])
    assert processed(tmp_path) == (3, 3)


def test_a_file_that_cannot_be_written_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "stats.json").mkdir()
    persister = run(tmp_path, 1)
    with listening(persister):
        drain([succeeded()])
    [told] = warnings(caplog)
    assert "The figures are not saved, syncing goes on" in told
    assert not list(tmp_path.glob("*.tmp"))
    (tmp_path / "stats.json").rmdir()
    with listening(persister):
        drain([succeeded()])
    assert processed(tmp_path) == (3, 3)


def test_a_folder_that_is_not_there_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    run(in_the_way, 1)
    assert len(warnings(caplog)) == 1


@pytest.mark.skipif(os.name != "posix", reason="there is no such folder on Windows")
def test_a_folder_that_may_not_be_written_stops_nothing() -> None:
    """The root folder belongs to the administrator, and the process gives up his rights if it has them."""
    asked = [sys.executable, str(SAVING_PROCESS), "/", "2", "3", "unprivileged"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("The figures are not saved, syncing goes on: /stats.json: ") == 1


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only an administrator can make two users' files"
)
def test_a_file_that_may_not_be_replaced_stops_nothing() -> None:
    """In a folder with the sticky bit everybody may add files, and nobody may replace another's."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o1777)
        run(folder, 1)
        (folder / "stats.json").chmod(0o644)
        (folder / "stats.lock").unlink(missing_ok=True)
        before = (folder / "stats.json").read_bytes()
        asked = [sys.executable, str(SAVING_PROCESS), name, "2", "3", "unprivileged"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("The figures are not saved") == 1
        assert (folder / "stats.json").read_bytes() == before
        assert not (folder / "stats.json.tmp").exists()


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


def test_processes_that_save_at_once_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    asked = [sys.executable, str(SAVING_PROCESS), str(tmp_path), "8", "5"]
    processes = [
        subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in processes:
        _, told = process.communicate(timeout=60)
        assert process.returncode == 0, told
        assert not told
    assert content(tmp_path)["cumulative"]["jobs_processed"] == 3 * 8 * 5


def test_a_killed_process_leaves_a_whole_file(tmp_path: Path) -> None:
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
