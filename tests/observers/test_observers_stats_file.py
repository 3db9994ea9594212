"""What may happen to ``stats.json`` and to those who save it: none of it stops a sync, and nothing is counted twice."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observers.persist import JsonPersister
from observers.stats_file import SHARING_WAITS_S, StatsFile, laid_out
from tests.observers.drain_makers import (
    drain,
    listening,
    succeeded,
)
from tests.observers.saved_figures import SAVING_PROCESS, processed, run, warnings


def test_the_file_can_be_read_by_a_person(tmp_path: Path) -> None:
    run(tmp_path, 3, session_id="s", clock=lambda: 100.0)
    lines = (tmp_path / "stats.json").read_text(encoding="utf-8").splitlines()
    assert lines[:5] == [
        "{",
        ' "schema": 1,',
        ' "session": {',
        '  "id": "s",',
        '  "jobs_processed": 3,',
    ]
    assert '  "processing_times": {"126982": 3},' in lines


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda part: st.dictionaries(st.text(), part)
)


@given(st.dictionaries(st.text(), anything))
def test_however_it_is_laid_out_it_is_the_same_json(content: dict[str, Any]) -> None:
    assert json.loads(laid_out(content)) == content


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


def test_trouble_that_is_over_and_comes_again_is_said_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    persister = JsonPersister(data_dir=tmp_path)
    with listening(persister):
        for _ in range(2):
            (tmp_path / "stats.json").mkdir()
            drain([succeeded()])
            drain([succeeded()])
            (tmp_path / "stats.json").rmdir()
            drain([succeeded()])
            (tmp_path / "stats.json").unlink()
    assert len(warnings(caplog)) == 2


@pytest.mark.skipif(os.name != "posix", reason="Windows has no limit on the size of a file")
def test_a_full_disk_leaves_the_old_file_and_stops_nothing(tmp_path: Path) -> None:
    """A limit on file sizes, which binds an administrator too, stands in for the disk."""
    run(tmp_path, 3)
    before = (tmp_path / "stats.json").read_bytes()
    asked = [sys.executable, str(SAVING_PROCESS), str(tmp_path), "2", "3", "small-files"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("The figures are not saved, syncing goes on") == 1
    assert (tmp_path / "stats.json").read_bytes() == before
    assert not (tmp_path / "stats.json.tmp").exists()


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


@pytest.mark.parametrize("name", ["stats.lock", "stats.json.tmp"])
def test_a_folder_where_a_file_of_ours_should_be_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    (tmp_path / name).mkdir()
    persister = run(tmp_path, 1)
    [told] = warnings(caplog)
    assert "The figures are not saved, syncing goes on" in told
    (tmp_path / name).rmdir()
    with listening(persister):
        drain([succeeded()])
    assert processed(tmp_path) == (2, 2)


class ReadByOthers:
    """A draft that cannot be renamed while somebody reads the file, as on Windows, for so many tries."""

    def __init__(self, tries: int) -> None:
        self.tries = tries

    def replace(self, _target: Path) -> None:
        self.tries -= 1
        if self.tries >= 0:
            raise PermissionError("in use")


@pytest.mark.parametrize("tries", [0, 2, 3])
def test_a_file_that_somebody_reads_is_replaced_a_moment_later(tmp_path: Path, tries: int) -> None:
    waits: list[float] = []
    file = StatsFile(tmp_path / "stats.json", clock=lambda: 0.0, sleep=waits.append)
    file._replace(cast("Path", ReadByOthers(tries)))  # Windows is not to be had here
    assert waits == list(SHARING_WAITS_S[:tries])


def test_a_file_that_is_read_for_ever_is_an_error_in_the_end(tmp_path: Path) -> None:
    file = StatsFile(tmp_path / "stats.json", clock=lambda: 0.0, sleep=lambda _seconds: None)
    with pytest.raises(PermissionError):
        file._replace(cast("Path", ReadByOthers(99)))


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
