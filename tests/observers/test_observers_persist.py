from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from events import FieldOutcome, PlexDown, PlexTraffic, PlexUp, SyncStats, emit
from observers.persist import KEPT_PARTS, JsonPersister
from tests.observers.drain_makers import (
    drain,
    failed,
    finished,
    given_up,
    listening,
    progress,
    skipped,
    started,
    succeeded,
)
from tests.observers.saved_figures import content, processed, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from events import Event

OUTCOMES: tuple[FieldOutcome, ...] = ("changed", "equal", "kept", "failed")


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


def anything(chance: random.Random) -> list[Event]:
    """Some events, with figures of every kind in them."""
    wrote: dict[str, FieldOutcome] = {name: chance.choice(OUTCOMES) for name in ("title", "poster")}
    makers: list[Callable[[], list[Event]]] = [
        lambda: [succeeded(duration_s=chance.random(), score=chance.random(), outcomes=wrote)],
        lambda: [failed(duration_s=chance.random() * 100, attempt=2, outcomes=wrote)],
        lambda: [*given_up(error_type=chance.choice(["AmbiguousMatch", "Unknown"]))],
        lambda: [skipped(reason=chance.choice(["deleted", "no_files"]))],
        lambda: [PlexDown(at=1.0, error_type="PlexServerDown", message="refused", hint="wait")],
        lambda: [PlexUp(at=2.0, down_s=chance.random() * 1000)],
        lambda: [
            progress(1, traffic=PlexTraffic(requests=chance.randrange(9), bytes_sent=7, bytes_received=9))
        ],
    ]
    return [event for _ in range(chance.randint(0, 6)) for event in chance.choice(makers)()]


@pytest.mark.parametrize("seed", range(3))
def test_fifty_restarts_count_everything_once(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 -- repeatable on purpose
    whole = SyncStats(session_start=0.0)
    for _ in range(50):
        events = [succeeded(), *anything(chance)]
        with listening(JsonPersister(data_dir=tmp_path, clock=lambda: 0.0)):
            drain(events)
        for event in events:
            whole.apply(event)
        assert SyncStats.from_dict(content(tmp_path)["cumulative"]) == whole


def test_a_save_that_failed_when_it_was_done_already_is_repeated_without_harm(tmp_path: Path) -> None:
    """A network share may answer an error to a rename that came through."""
    persister = JsonPersister(data_dir=tmp_path)
    replace = persister._file._replace

    def replace_and_fail(draft: Path) -> None:
        replace(draft)
        raise OSError("no answer")

    persister._file._replace = replace_and_fail  # type: ignore[method-assign]  # a share is not to be had here
    with listening(persister):
        drain([succeeded(), succeeded()])
        assert processed(tmp_path) == (2, 2)
        persister._file._replace = replace  # type: ignore[method-assign]
        drain([succeeded()])
    assert processed(tmp_path) == (3, 3)


def test_a_drain_whose_part_others_have_folded_is_not_counted_again(tmp_path: Path) -> None:
    """Its last save failed, it slept while others worked, and now it has more to save."""
    sleeper = JsonPersister(data_dir=tmp_path)
    with listening(sleeper):
        emit(started())
        emit(succeeded())
        emit(progress(1))
        with FileLock(tmp_path / "stats.lock"):
            emit(succeeded())
            assert not sleeper.save(wait_s=0.05)
    for _ in range(KEPT_PARTS + 1):
        run(tmp_path, 1)
    with listening(sleeper):
        drain([succeeded()])
    assert processed(tmp_path) == (3, KEPT_PARTS + 4)


def test_a_drain_that_only_asked_whether_plex_is_there_waits_for_one_with_jobs(tmp_path: Path) -> None:
    persister = JsonPersister(data_dir=tmp_path)
    with listening(persister):
        emit(progress(0, traffic=PlexTraffic(requests=1)))
        emit(finished(0, "plex_down"))
        assert not (tmp_path / "stats.json").exists()
        drain([succeeded()])
    assert content(tmp_path)["session"]["plex_requests"] == 1


def test_a_file_from_before_there_were_more_figures_goes_on(tmp_path: Path) -> None:
    older = {"jobs_processed": 4, "jobs_succeeded": 4, "total_processing_time": 0.4, "session_start": 5.0}
    document = {"schema": 1, "session": older, "cumulative": older, "older": None, "parts": {"a-0": older}}
    (tmp_path / "stats.json").write_text(json.dumps(document), encoding="utf-8")
    run(tmp_path, 1)
    whole = content(tmp_path)["cumulative"]
    assert (whole["jobs_processed"], whole["session_start"], whole["total_processing_time"]) == (
        5,
        5.0,
        0.525,
    )


def test_a_figure_of_a_later_version_is_left_out_and_the_others_are_read(tmp_path: Path) -> None:
    part = {"jobs_processed": 4, "moons": {"full": 1}}
    document = {"schema": 1, "parts": {"a-0": part}, "weather": "fine"}
    (tmp_path / "stats.json").write_text(json.dumps(document), encoding="utf-8")
    run(tmp_path, 1)
    assert processed(tmp_path) == (1, 5)


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
