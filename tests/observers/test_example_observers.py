"""The finished examples: short enough to read, loaded as a user would load them, and doing what they say."""

from __future__ import annotations

import csv
import shutil
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from events import Candidate, DrainFinished, DrainStarted, JobFailed, MatchScored, PlexDown, PlexUp, emit
from observers.loader import load_observers
from tests.observers.drain_makers import (
    common,
    drain,
    failed,
    finished,
    given_up,
    listening,
    progress,
    started,
    succeeded,
)
from tests.observers.inbox import Inbox
from tests.support import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # Apprise's own

EXAMPLES = Path(__file__).parents[2] / "examples" / "observers"


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Any]:
    """Copy an example into the data folder and load it."""
    folder = tmp_path / "observers"
    folder.mkdir(mode=0o700)

    def one(name: str) -> object:
        shutil.copy(EXAMPLES / name, folder / name)
        (folder / name).chmod(0o600)
        (observer,) = load_observers(tmp_path)
        return observer

    path = sys.path.copy()
    yield one
    sys.path[:] = path
    for name in [name for name in sys.modules if name.startswith("plexsync_observer_")]:
        del sys.modules[name]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_under_sixty_lines_and_says_how_to_install_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 60
    assert "<data folder>/observers" in text


# --- low_matches ---


def test_uncertain_matches_are_collected(tmp_path: Path, load: Any) -> None:
    lake = Candidate(rating_key=3, title="The Lake, again", path="/plex/lake.mkv", score=0.5, evidence="name")
    with listening(load("low_matches.py")):
        for confidence in ("high", "low", "none"):
            given = {
                **common(7),
                "confidence": confidence,
                "score": 0.5,
                "method": "name",
                "candidates": (lake,),
            }
            emit(MatchScored(**given))
    with (tmp_path / "low-matches.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["7", "/media/7.mkv", "0.50", "The Lake, again (/plex/lake.mkv): 0.50"]
        ]


# --- prometheus ---


def figures(file: Path) -> dict[tuple[str, str], float]:
    """Every sample, as Prometheus' own parser reads it: the name, the label's value, the figure."""
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(file.read_text(encoding="utf-8"))
        for sample in family.samples
    }


def test_figures_are_written_in_the_form_of_prometheus(tmp_path: Path, load: Any) -> None:
    with listening(load("prometheus.py")):
        drain([succeeded(1), succeeded(2), failed(3), *given_up(4)])
    types = {f.name: f.type for f in text_string_to_metric_families((tmp_path / "plexsync.prom").read_text())}
    assert types == {
        "plexsync_jobs": "counter",
        "plexsync_errors": "counter",
        "plexsync_queue_depth": "gauge",
        "plexsync_plex_up": "gauge",
    }
    assert figures(tmp_path / "plexsync.prom") == {
        ("plexsync_jobs_total", "succeeded"): 2,
        ("plexsync_jobs_total", "failed"): 2,
        ("plexsync_jobs_total", "given_up"): 1,
        ("plexsync_errors_total", "TransientError"): 1,
        ("plexsync_errors_total", "PermanentError"): 1,
        ("plexsync_queue_depth", ""): 0,
        ("plexsync_plex_up", ""): 1,
    }


def test_counters_go_on_where_another_process_has_left_them(tmp_path: Path, load: Any) -> None:
    first, second = load("prometheus.py"), load("prometheus.py")
    for observer in (first, second, first):
        with listening(observer):
            drain([succeeded(1)])
    assert figures(tmp_path / "plexsync.prom")["plexsync_jobs_total", "succeeded"] == 3


def test_an_outage_shows_even_where_it_was_announced_by_another_process(tmp_path: Path, load: Any) -> None:
    with listening(load("prometheus.py")):
        emit(started())
        emit(finished(0, reason="plex_down"))
        assert figures(tmp_path / "plexsync.prom")["plexsync_plex_up", ""] == 0
        drain([succeeded(1)])
        assert figures(tmp_path / "plexsync.prom")["plexsync_plex_up", ""] == 1


def test_whoever_reads_while_it_is_written_never_sees_half_a_file(tmp_path: Path, load: Any) -> None:
    target, torn, done = tmp_path / "plexsync.prom", [], threading.Event()

    def read() -> None:
        while not done.is_set():
            if target.exists() and "plexsync_plex_up" not in target.read_text():
                torn.append(target.read_text())

    reader = threading.Thread(target=read)
    with listening(load("prometheus.py")):
        reader.start()
        for number in range(100):
            emit(progress(number))
        done.set()
        reader.join()
    assert torn == []


def test_the_figures_can_go_where_the_exporter_reads(
    tmp_path: Path, load: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEXSYNC_PROM_FILE", str(tmp_path / "elsewhere.prom"))
    with listening(load("prometheus.py")):
        drain([succeeded(1)])
    assert (tmp_path / "elsewhere.prom").exists()
    assert not (tmp_path / "plexsync.prom").exists()


# --- notify ---


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    with Inbox() as made:
        (tmp_path / "apprise.conf").write_text(made.address + "\n", encoding="utf-8")
        yield made


@pytest.fixture
def notify(load: Any, inbox: Inbox) -> Iterator[Any]:
    observer = load("notify.py")
    with listening(observer):
        yield observer
    observer._sender.shutdown()  # its thread, which else ends with the process


def drain_of(count: int, *failures: JobFailed) -> None:
    emit(DrainStarted(drain_id="d1", at=0.0, runner="task", due=count))
    for event in failures:
        emit(event)
    emit(DrainFinished(drain_id="d1", at=90.0, processed=count, duration_s=90.0, reason="empty"))


@pytest.mark.usefixtures("notify")
def test_the_end_of_a_long_run_is_told_and_that_of_a_single_save_is_not(inbox: Inbox) -> None:
    drain_of(1)
    drain_of(500, failed(1, at=100_000.0), failed(2, at=100_000.0))
    wait_for(lambda: len(inbox.messages) == 2, "nothing was sent")
    assert inbox.messages[-1] == ("PlexSync: done", "500 scenes in 1.5 minutes, 2 failures")


@pytest.mark.usefixtures("notify")
def test_the_first_failure_of_a_kind_is_told_once_a_day_with_its_remedy(inbox: Inbox) -> None:
    for scene in range(5):
        emit(failed(scene, at=100_000.0))
    emit(failed(5, error_type="PlexNotFound", message="no item has this file", at=100_000.0))
    emit(failed(6, at=100_000.0 + 86_401))
    wait_for(lambda: len(inbox.messages) == 3, "not all was sent")
    assert inbox.titles == ["PlexSync: TransientError", "PlexSync: PlexNotFound", "PlexSync: TransientError"]
    assert inbox.messages[1][1] == "Scene 5 (/media/5.mkv): no item has this file. Check Plex"


def test_what_was_told_is_remembered_by_the_next_process(inbox: Inbox, notify: Any, load: Any) -> None:
    emit(failed(1, at=100_000.0))
    second = load("notify.py")
    with listening(second):
        emit(failed(2, at=100_001.0))
        emit(PlexDown(at=0.0, error_type="PlexServerDown", message="nobody answers", hint="Nothing to do"))
    second._sender.shutdown()
    wait_for(lambda: len(inbox.messages) == 3, "not all was sent")
    assert sorted(inbox.titles) == [
        "PlexSync: Plex is away",
        "PlexSync: Plex is away",
        "PlexSync: TransientError",
    ]


@pytest.mark.usefixtures("notify")
def test_an_outage_is_told_at_both_its_ends(inbox: Inbox) -> None:
    emit(PlexDown(at=0.0, error_type="PlexServerDown", message="nobody answers", hint="Nothing to do"))
    emit(PlexUp(at=600.0, down_s=600.0))
    wait_for(lambda: len(inbox.messages) == 2, "not all was sent")
    assert inbox.messages == [
        ("PlexSync: Plex is away", "nobody answers. Nothing to do"),
        ("PlexSync: Plex is back", "after 10.0 minutes"),
    ]


def test_without_an_address_it_says_which_file_is_missing(
    tmp_path: Path, load: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ValueError, match="not enough values"):
        load("notify.py")
    assert f"{tmp_path / 'apprise.conf'} has no address that Apprise knows" in caplog.text
