from __future__ import annotations

import csv
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from events import Candidate, MatchScored, emit
from observers.loader import load_observers
from tests.observers.drain_makers import common, drain, listening, succeeded

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[2] / "examples" / "observers" / "low_matches.py"

GOOD = """
class Counter:
    def __init__(self, data_dir):
        self.data_dir = data_dir
        self.heard = 0

    def on_job_succeeded(self, sender, *, event):
        self.heard += 1

create = Counter
"""

posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such bit")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "observers"
    place.mkdir(mode=0o755)
    place.chmod(0o755)
    yield place
    for name in [name for name in sys.modules if name.startswith("plexsync_observer_")]:
        del sys.modules[name]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    return path


def test_a_file_in_the_folder_is_an_observer(tmp_path: Path, folder: Path) -> None:
    put(folder, "counter.py", GOOD)
    [observer] = load_observers(str(tmp_path))
    with listening(observer):
        drain([succeeded(), succeeded()])
    assert getattr(observer, "heard", None) == 2
    assert getattr(observer, "data_dir", None) == tmp_path


def test_without_the_folder_there_are_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert load_observers(tmp_path) == []
    assert load_observers(tmp_path / "nowhere") == []
    assert not caplog.records


def test_files_come_by_name_and_private_ones_and_others_are_left_alone(tmp_path: Path, folder: Path) -> None:
    for name in ("b.py", "a.py", "_shared.py", "notes.txt"):
        put(folder, name, GOOD)
    assert [type(one).__module__ for one in load_observers(tmp_path)] == [
        "plexsync_observer_a",
        "plexsync_observer_b",
    ]


def test_a_dataclass_with_annotations_loads(tmp_path: Path, folder: Path) -> None:
    """A dataclass looks for its module in sys.modules."""
    put(
        folder,
        "kept.py",
        "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom pathlib import Path\n\n"
        "@dataclass\nclass Kept:\n    folder: Path\n\n    def on_plex_up(self, sender, *, event): ...\n\ncreate = Kept\n",
    )
    assert len(load_observers(tmp_path)) == 1


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("def create(:", "SyntaxError"),
        (
            "import no_such_package_anywhere",
            "ModuleNotFoundError: No module named 'no_such_package_anywhere' (line 1)",
        ),
        ("x = 1\ny = 1 / 0", "ZeroDivisionError: division by zero (line 2)"),
        ("import sys\nsys.exit(3)", "SystemExit: 3 (line 2)"),
        ("x = 1", "TypeError: it has no create(data_dir)"),
        ("create = 5", "TypeError: it has no create(data_dir)"),
        ("def create(): ...", "TypeError: create() takes 0 positional arguments"),
        ("def create(data_dir):\n    raise OSError('no disk')", "OSError: no disk (line 2)"),
        ("def create(data_dir): ...", "TypeError: NoneType listens to no signal; there are on_match_scored"),
        (GOOD.replace("succeeded", "suceeded"), "Counter has on_job_suceeded, which is no signal; there are"),
        (GOOD.replace("def on", "async def on"), "on_job_succeeded is async"),
    ],
)
def test_a_broken_file_is_named_with_its_cause_and_the_others_go_on(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture, text: str, cause: str
) -> None:
    put(folder, "a_good.py", GOOD)
    broken = put(folder, "b_broken.py", text)
    put(folder, "c_good.py", GOOD)
    assert len(load_observers(tmp_path)) == 2
    [told] = warnings(caplog)
    assert told.startswith(f"observer {broken} is left out: ")
    assert cause in told


def test_an_interrupt_while_loading_is_not_swallowed(tmp_path: Path, folder: Path) -> None:
    put(folder, "a.py", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_observers(tmp_path)
    assert "plexsync_observer_a" not in sys.modules


@posix_only
def test_a_file_that_every_user_can_write_is_not_run(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    open_file = put(
        folder, "open.py", f"from pathlib import Path\nPath({str(tmp_path)!r}, 'ran').touch()\n" + GOOD
    )
    open_file.chmod(0o666)
    put(folder, "mine.py", GOOD)
    assert len(load_observers(tmp_path)) == 1
    [told] = warnings(caplog)
    assert str(open_file) in told
    assert "every user can write to it" in told
    assert not (tmp_path / "ran").exists()


@posix_only
@pytest.mark.parametrize("place", [".", "observers"])
def test_nothing_is_run_from_a_folder_that_every_user_can_write(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    put(folder, "mine.py", GOOD)
    (tmp_path / place).chmod(0o777)
    assert load_observers(tmp_path) == []
    [told] = warnings(caplog)
    assert f"every user can write to {tmp_path / place}" in told


@posix_only
def test_a_link_into_a_folder_that_every_user_can_write_is_not_followed(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "open").mkdir()
    (folder / "mine.py").symlink_to(put(tmp_path / "open", "mine.py", GOOD))
    assert len(load_observers(tmp_path)) == 1
    (tmp_path / "open").chmod(0o777)
    assert load_observers(tmp_path) == []
    [told] = warnings(caplog)
    assert "every user can write to it" in told


@posix_only
def test_an_open_folder_without_observers_is_nobodys_trouble(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.chmod(0o777)
    assert load_observers(tmp_path) == []
    assert not caplog.records


@posix_only
def test_a_link_that_leads_nowhere_is_told(
    tmp_path: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "gone.py").symlink_to(tmp_path / "nothing")
    assert load_observers(tmp_path) == []
    assert len(warnings(caplog)) == 1


@pytest.fixture
def package(tmp_path: Path) -> Iterator[None]:
    """An installed package with three entry points: a good one, one that raises and one of nothing."""
    site = tmp_path / "site"
    info = site / "sample_observers-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "sample_observers.py").write_text(GOOD + "\ndef bad(data_dir):\n    raise RuntimeError('bad')\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: sample-observers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[plexsync.observers]\ngood = sample_observers:create\nbad = sample_observers:bad\nnone = sample_observers:no\n"
    )
    sys.path.insert(0, str(site))
    yield
    sys.path.remove(str(site))
    sys.modules.pop("sample_observers", None)


@pytest.mark.usefixtures("package")
def test_entry_points_are_read_only_where_they_are_allowed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert load_observers(tmp_path) == []
    assert not caplog.records
    assert len(load_observers(tmp_path, entry_points=True)) == 1
    first, second = warnings(caplog)
    assert "observer bad (sample_observers:bad) is left out: RuntimeError: bad" in first
    assert "observer none (sample_observers:no) is left out: AttributeError" in second


def test_the_example_has_under_25_lines_and_collects_low_matches(tmp_path: Path, folder: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 25
    put(folder, "low_matches.py", text)
    [observer] = load_observers(tmp_path)
    lake = Candidate(rating_key=3, title="The Lake, again", path="/plex/lake.mkv", score=0.5, evidence="name")
    with listening(observer):
        for confidence in ("high", "low", "none"):
            emit(
                MatchScored(
                    **common(7),
                    confidence=confidence,
                    score=0.5,
                    method="name",
                    candidates=(lake,),
                )
            )
    with (tmp_path / "low-matches.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["7", "/media/7.mkv", "0.50", "The Lake, again (/plex/lake.mkv): 0.50"]
        ]
