from __future__ import annotations

import json
import logging
from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events import PlexDown, PlexTraffic, PlexUp, emit
from observers.stats import StatsAccumulator
from observers.summary import BatchSummarizer
from stash.log import StashLogHandler
from stash.redact import Secrets
from tests.observers.drain_makers import (
    drain,
    failed,
    given_up,
    lines,
    listening,
    progress,
    skipped,
    started,
    succeeded,
    unchanged,
)

if TYPE_CHECKING:
    from events import Event, FieldOutcome


pytestmark = pytest.mark.usefixtures("everything_is_logged")


def machine_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [json.loads(text) for text in lines(caplog.records, "Stats")]


def test_the_line_is_as_the_owner_knows_it(caplog: pytest.LogCaptureFixture) -> None:
    fine = [succeeded(n, duration_s=0.152, confidence="high" if n < 47 else "low") for n in range(48)]
    ambiguous = given_up(50, "AmbiguousMatch", duration_s=0.152, confidence="low")
    with listening(BatchSummarizer(every=50)):
        drain([*fine, *ambiguous, failed(51, duration_s=0.152)])
    expected = "Sync summary: 48/50 succeeded (96.0%), avg 152ms, confidence: 47 high / 2 low"
    assert lines(caplog.records, "Sync") == [expected]
    [told] = machine_lines(caplog)
    assert told == {
        "processed": 50,
        "succeeded": 48,
        "failed": 2,
        "to_dlq": 1,
        "success_rate": "96.0%",
        "avg_time_ms": "152",
        "errors_by_type": {"AmbiguousMatch": 1, "TransientError": 1},
        "high_confidence": 47,
        "low_confidence": 2,
        "p50_time_ms": "153",
        "p95_time_ms": "153",
        "p99_time_ms": "153",
    }


def test_a_single_job_is_told_in_nine_figures_and_once(caplog: pytest.LogCaptureFixture) -> None:
    """One edit is what happens most: its line must not be a mouthful."""
    with listening(BatchSummarizer()):
        drain([succeeded()])
    [told] = machine_lines(caplog)
    assert list(told) == [
        "processed",
        "succeeded",
        "failed",
        "to_dlq",
        "success_rate",
        "avg_time_ms",
        "errors_by_type",
        "high_confidence",
        "low_confidence",
    ]


def test_what_there_is_to_tell_beyond_the_nine_figures_is_told(caplog: pytest.LogCaptureFixture) -> None:
    wrote: dict[str, FieldOutcome] = {"title": "changed", "summary": "equal"}
    with listening(BatchSummarizer()):
        emit(PlexDown(at=1.0, error_type="PlexServerDown", message="refused", hint="wait"))
        emit(PlexUp(at=61.0, down_s=60.0))
        drain(
            [succeeded(1, outcomes=wrote), succeeded(2, outcomes=wrote, attempt=2), unchanged(3), skipped(4)]
        )
    [told] = machine_lines(caplog)
    assert told["changed_fields"] == {"title": 2}
    assert (told["retries"], told["unchanged"], told["skipped"]) == (1, 1, {"no_files": 1})
    assert (told["outages"], told["down_s"]) == (1, 60)


def test_the_figures_of_the_batch_and_of_the_session_stand_apart(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer(every=10)):
        emit(started())
        for n in range(20):
            emit(succeeded(n))
    first, second = lines(caplog.records, "Sync")
    assert first == "Sync summary: 10/10 succeeded (100.0%), avg 125ms, confidence: 10 high / 0 low"
    batch, _, session = second.partition(" | session: ")
    assert batch == first
    assert session == "20/20 succeeded (100.0%), avg 125ms, confidence: 20 high / 0 low"
    assert "session" not in machine_lines(caplog)[0], "of a first batch the figures are the session's"
    assert machine_lines(caplog)[1]["processed"] == 10
    assert machine_lines(caplog)[1]["session"]["processed"] == 20


def test_a_summary_comes_with_the_tenth_job_and_the_rest_at_the_end(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer()):
        drain(succeeded(n) for n in range(23))
    assert [told["processed"] for told in machine_lines(caplog)] == [10, 10, 3]


def test_a_drain_that_ends_with_a_summary_says_nothing_twice(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer()):
        drain(succeeded(n) for n in range(20))
    assert [told["processed"] for told in machine_lines(caplog)] == [10, 10]


def test_a_drain_that_processed_nothing_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer()):
        drain([])
    assert not caplog.records


def test_skips_and_unchanged_ones_are_named(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer()):
        drain([unchanged(1), skipped(2), skipped(3, reason="deleted"), skipped(4)])
    [told] = lines(caplog.records, "Sync")
    assert told == (
        "Sync summary: 1/1 succeeded (100.0%), avg 125ms, confidence: 1 high / 0 low, "
        "1 unchanged, 1 skipped (deleted in Stash), 2 skipped (without a file)"
    )


def test_a_dead_letter_stands_in_the_summary_of_its_failure(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer(every=2)):
        drain([succeeded(1), *given_up(2), succeeded(3)])
    assert [(told["failed"], told["to_dlq"]) for told in machine_lines(caplog)] == [(1, 1), (0, 0)]


def test_a_last_failure_without_its_dead_letter_delays_nothing_for_long(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with listening(BatchSummarizer(every=1)):
        emit(started())
        emit(given_up(1)[0])
        emit(succeeded(2))
    assert [told["processed"] for told in machine_lines(caplog)] == [1, 1]


@pytest.mark.parametrize(("jobs", "most"), [(200, 20), (1_000, 35), (50_000, 60)])
def test_long_drains_write_few_summaries(caplog: pytest.LogCaptureFixture, jobs: int, most: int) -> None:
    with listening(BatchSummarizer()):
        drain(succeeded(n) for n in range(jobs))
    told = machine_lines(caplog)
    assert len(told) <= most
    assert sum(one["processed"] for one in told) == told[-1]["session"]["processed"] == jobs
    info = [r for r in caplog.records if r.levelno >= logging.INFO]
    assert len(info) == 2 * len(told) <= 150


def test_no_summary_of_a_long_drain_is_folded_away_as_a_repeat() -> None:
    written = BytesIO()
    handler = StashLogHandler(written, secrets=Secrets())
    for name in ("plexsync.Sync", "plexsync.Stats"):
        logging.getLogger(name).addHandler(handler)
    try:
        with listening(BatchSummarizer()):
            drain(succeeded(n) for n in range(1_000))
    finally:
        for name in ("plexsync.Sync", "plexsync.Stats"):
            logging.getLogger(name).removeHandler(handler)
    shown = written.getvalue().decode()
    assert shown.count("Sync summary: ") == shown.count('] {"processed"') > 20
    assert "more like" not in shown


def test_the_interval_that_was_asked_for_is_the_least_one(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer(every=100)):
        drain(succeeded(n) for n in range(1_000))
    assert all(told["processed"] >= 100 for told in machine_lines(caplog)[:-1])


def test_a_run_that_changed_nothing_has_one_summary_at_info_level(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer()):
        drain([*(unchanged(n) for n in range(990)), *(skipped(n) for n in range(10))])
    assert len([r for r in caplog.records if r.levelno >= logging.INFO]) <= 10
    [told] = machine_lines(caplog)
    assert (told["unchanged"], told["skipped"]) == (990, {"no_files": 10})
    assert len(lines(caplog.records, "Sync", least=logging.DEBUG)) > 20


def test_once_something_has_changed_all_that_was_held_back_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer()):
        drain([*(unchanged(n) for n in range(25)), succeeded(26), *(unchanged(n) for n in range(30, 40))])
    assert [told["processed"] for told in machine_lines(caplog)] == [30, 6]


def test_each_drain_begins_with_the_short_interval(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer()):
        drain(succeeded(n) for n in range(500))
        caplog.clear()
        drain(succeeded(n) for n in range(10))
    [told] = machine_lines(caplog)
    assert (told["processed"], told["session"]["processed"]) == (10, 510)


def test_cache_hit_rates_are_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    with listening(BatchSummarizer(every=1)):
        emit(started())
        emit(progress(0, index={"hits": 3.0, "misses": 1.0}, traffic=PlexTraffic(requests=12)))
        emit(succeeded())
    told = [text for text in lines(caplog.records, "Sync", least=logging.DEBUG) if "cache" in text]
    assert told == ["cache hits: index 75.0% of 4, matches not asked; 12 requests to Plex"]
    assert not [text for text in lines(caplog.records, "Sync") if "cache" in text]


def test_an_interval_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="every is 0"):
        BatchSummarizer(every=0)


job = st.sampled_from(["succeeded", "unchanged", "skipped", "failed", "given_up"])


def events_of(kind: str) -> list[Event]:
    made: dict[str, list[Event]] = {
        "succeeded": [succeeded()],
        "unchanged": [unchanged()],
        "skipped": [skipped()],
        "failed": [failed()],
        "given_up": [*given_up()],
    }
    return made[kind]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(st.lists(st.lists(job, max_size=60), max_size=4), st.integers(1, 20))
def test_the_batches_add_up_to_the_session(
    caplog: pytest.LogCaptureFixture, drains: list[list[str]], every: int
) -> None:
    """Whatever happened: no job is in two summaries at info level and none is in none."""
    caplog.clear()
    accumulator = StatsAccumulator()
    with listening(accumulator, BatchSummarizer(every=every)):
        for kinds in drains:
            drain(event for kind in kinds for event in events_of(kind))
    told = machine_lines(caplog)
    jobs = sum(len(kinds) for kinds in drains)
    assert len(told) <= jobs // every + len(drains), "one for so many jobs, and one at the end of each drain"
    for name, whole in (
        ("processed", accumulator.stats.jobs_processed),
        ("succeeded", accumulator.stats.jobs_succeeded),
        ("to_dlq", accumulator.stats.jobs_to_dlq),
        ("unchanged", accumulator.stats.jobs_unchanged),
    ):
        assert sum(one.get(name, 0) for one in told) == whole
    skips: Counter[str] = sum((Counter(one.get("skipped")) for one in told), Counter())
    assert skips == accumulator.stats.skips_by_reason
