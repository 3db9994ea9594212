from __future__ import annotations

import json
import operator
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import DrainFinished, DrainProgress, PlexDown, PlexTraffic, PlexUp, SyncStats
from tests.events.job_makers import any_event, dead, failed, scored, skipped, succeeded
from tests.observers.drain_makers import closed

if TYPE_CHECKING:
    from events import Event


def fold(told: list[Event], start: float = 100.0) -> SyncStats:
    stats = SyncStats(session_start=start)
    for event in told:
        stats.apply(event)
    return stats


def test_nothing_processed_is_no_division_by_zero() -> None:
    stats = SyncStats()
    assert stats.success_rate == 0.0
    assert stats.avg_processing_time == 0.0
    assert stats.jobs_skipped == 0


def test_a_success_and_a_failure_are_recorded() -> None:
    stats = SyncStats()
    stats.record_success(0.1)
    stats.record_success(0.2, confidence="low")
    stats.record_failure("PlexNotFound", 0.3, to_dlq=True)
    stats.record_failure("TransientError", 0.4)
    assert (stats.jobs_processed, stats.jobs_succeeded, stats.jobs_failed, stats.jobs_to_dlq) == (4, 2, 2, 1)
    assert stats.success_rate == 50.0
    assert stats.avg_processing_time == pytest.approx(0.25)
    assert (stats.high_confidence_matches, stats.low_confidence_matches) == (1, 1)
    assert stats.errors_by_type == {"PlexNotFound": 1, "TransientError": 1}


def test_a_skip_is_no_failure_and_is_counted_by_its_reason() -> None:
    stats = fold([skipped(reason="deleted"), skipped(reason="deleted"), skipped(reason="no_files")])
    assert stats.jobs_processed == stats.jobs_failed == 0
    assert stats.skips_by_reason == {"deleted": 2, "no_files": 1}
    assert stats.jobs_skipped == 3


def test_a_success_that_wrote_nothing_is_unchanged() -> None:
    stats = fold([succeeded(changed=()), succeeded(changed=("title",))])
    assert (stats.jobs_succeeded, stats.jobs_unchanged) == (2, 1)


def test_confidence_is_counted_once_for_a_finished_job() -> None:
    """Neither the match nor a try that will be repeated counts; the last failure does."""
    story: list[Event] = [
        scored(confidence="low"),
        failed(confidence="low", will_retry=True),
        scored(confidence="low"),
        failed(confidence="low", will_retry=False),
        dead(),
    ]
    stats = fold(story)
    assert (stats.high_confidence_matches, stats.low_confidence_matches) == (0, 1)
    assert (stats.jobs_failed, stats.jobs_to_dlq) == (2, 1)


def test_an_outage_is_counted_and_is_no_job() -> None:
    stats = fold([PlexDown(at=1.0, error_type="PlexServerDown", message="refused", hint="wait")])
    assert (stats.plex_outages, stats.jobs_processed) == (1, 0)


def test_a_try_after_the_first_is_a_retry_whatever_comes_of_it() -> None:
    stats = fold([failed(attempt=1), failed(attempt=2), succeeded(attempt=3), skipped(attempt=2)])
    assert stats.retries == 2


def test_each_outcome_of_a_field_is_counted_also_of_a_failed_try() -> None:
    stats = fold(
        [
            succeeded(outcomes={"title": "changed", "summary": "kept"}),
            succeeded(outcomes={"title": "equal"}),
            failed(outcomes={"title": "failed"}),
        ]
    )
    assert stats.outcomes_by_field == {
        "title": {"changed": 1, "equal": 1, "failed": 1},
        "summary": {"kept": 1},
    }


@pytest.mark.parametrize(
    ("score", "lower_end"),
    [(0.0, "0.0"), (0.0999, "0.0"), (0.1, "0.1"), (0.3, "0.3"), (0.7, "0.7"), (0.99, "0.9"), (1.0, "0.9")],
)
def test_scores_are_counted_in_ten_bins(score: float, lower_end: str) -> None:
    assert fold([succeeded(score=score)]).matches_by_score == {lower_end: 1}


def test_the_score_too_is_counted_once_for_a_finished_job() -> None:
    story: list[Event] = [
        scored(score=0.5, confidence="low"),
        failed(score=0.5, confidence="low", will_retry=True),
        failed(score=0.5, confidence="low", will_retry=False),
        failed(score=0.0, confidence="none", will_retry=False),
    ]
    assert fold(story).matches_by_score == {"0.5": 1}


def test_an_outage_is_counted_where_it_begins_and_its_length_where_it_ends() -> None:
    """The task that met it and the watcher that saw its end are two processes."""
    down = PlexDown(at=1.0, error_type="PlexServerDown", message="refused", hint="wait")
    task, watcher = fold([down]), fold([PlexUp(at=61.0, down_s=60.0), PlexUp(at=99.0, down_s=30.0)])
    assert (task.plex_outages, task.plex_down_s) == (1, 0.0)
    whole = task.merge(watcher)
    assert (whole.plex_outages, whole.plex_down_s, whole.longest_outage_s) == (1, 90.0, 60.0)


def test_the_traffic_of_a_drains_pieces_adds_up() -> None:
    drain: dict[str, Any] = {"drain_id": "d1", "at": 0.0}
    piece = PlexTraffic(requests=3, bytes_sent=100, bytes_received=1_000)
    progress = DrainProgress(**drain, done=1, total=1, depth=0, traffic=piece)
    end = DrainFinished(**drain, processed=1, duration_s=1.0, reason="empty", traffic=PlexTraffic(requests=1))
    stats = fold([progress, progress, end])
    assert (stats.plex_requests, stats.plex_bytes_sent, stats.plex_bytes_received) == (7, 200, 2_000)


def test_percentiles_of_processing_times() -> None:
    stats = SyncStats()
    for milliseconds in range(1, 101):
        stats.record_success(milliseconds / 1000)
    assert stats.percentile(50) == pytest.approx(0.050, rel=0.01)
    assert stats.percentile(95) == pytest.approx(0.095, rel=0.01)
    assert stats.percentile(99) == pytest.approx(0.099, rel=0.01)
    assert SyncStats().percentile(99) == 0.0


def test_times_are_kept_to_the_microsecond_so_that_their_sum_does_not_depend_on_the_order() -> None:
    stats = fold([succeeded(duration_s=0.1) for _ in range(10)])
    assert stats.total_processing_time == 1.0
    assert reduce(operator.add, [0.1] * 10) != 1.0, "which is not to be taken for granted"


@pytest.mark.parametrize("odd", [-1.0, float("nan"), float("inf")])
def test_what_is_no_duration_counts_as_none(odd: float) -> None:
    stats = fold([succeeded(duration_s=odd), succeeded(duration_s=0.5)])
    assert (stats.jobs_processed, stats.total_processing_time) == (2, 0.5)


@given(st.lists(any_event), st.lists(any_event))
def test_folding_at_once_equals_folding_parts_and_merging(first: list[Event], second: list[Event]) -> None:
    assert fold(first).merge(fold(second)) == fold(first + second)


@given(st.lists(any_event), st.lists(any_event), st.lists(any_event))
def test_merging_does_not_depend_on_grouping(a: list[Event], b: list[Event], c: list[Event]) -> None:
    x, y, z = fold(a, 3.0), fold(b, 1.0), fold(c, 2.0)
    assert x.merge(y).merge(z) == x.merge(y.merge(z))
    assert x.merge(y) == y.merge(x)
    assert x.merge(y).session_start == 1.0


@given(st.lists(any_event), st.lists(any_event))
def test_merging_changes_neither_side(first: list[Event], second: list[Event]) -> None:
    left, right = fold(first), fold(second)
    left.merge(right)
    assert (left, right) == (fold(first), fold(second))


@given(st.lists(any_event, min_size=1), st.data())
def test_folding_any_parts_in_any_order_equals_folding_at_once(
    told: list[Event], data: st.DataObject
) -> None:
    owners = data.draw(st.lists(st.integers(0, 3), min_size=len(told), max_size=len(told)))
    parts = [fold([event for event, owner in zip(told, owners, strict=True) if owner == n]) for n in range(4)]
    shuffled = data.draw(st.permutations(parts))
    assert reduce(SyncStats.merge, shuffled) == fold(told)


@given(st.lists(any_event))
def test_the_figures_survive_json(told: list[Event]) -> None:
    stats = fold(told)
    read = SyncStats.from_dict(json.loads(json.dumps(stats.to_dict())))
    assert read == stats
    assert read.merge(stats) == stats.merge(stats)


@given(st.lists(any_event))
def test_the_parts_add_up(told: list[Event]) -> None:
    stats = fold(told)
    assert stats.jobs_processed == stats.jobs_succeeded + stats.jobs_failed
    assert sum(stats.errors_by_type.values()) == stats.jobs_failed
    assert 0.0 <= stats.success_rate <= 100.0
    matched = stats.high_confidence_matches + stats.low_confidence_matches
    assert stats.matches_by_score.total() <= matched <= stats.jobs_processed
    assert stats.processing_times.total() == stats.jobs_processed
    assert stats.retries <= stats.jobs_processed
    assert stats.longest_outage_s <= stats.plex_down_s
    assert stats.percentile(50) <= stats.percentile(95) <= stats.percentile(99)


def test_a_copy_stays_as_it_was() -> None:
    stats = fold([failed(error_type="Unknown")])
    kept = stats.copy()
    stats.apply(failed(error_type="Unknown"))
    stats.apply(skipped())
    stats.apply(succeeded(outcomes={"title": "changed"}))
    assert kept == fold([failed(error_type="Unknown")])


BEFORE_THERE_WERE_MORE = {
    "jobs_processed": 3,
    "jobs_succeeded": 2,
    "jobs_unchanged": 1,
    "jobs_failed": 1,
    "jobs_to_dlq": 1,
    "total_processing_time": 0.30000000000000004,
    "session_start": 1_790_000_000.25,
    "errors_by_type": {"Unknown": 1},
    "skips_by_reason": {"deleted": 2},
    "high_confidence_matches": 2,
    "low_confidence_matches": 0,
    "plex_outages": 1,
}


def test_what_an_older_version_wrote_is_read_and_grows() -> None:
    stats = SyncStats.from_dict(BEFORE_THERE_WERE_MORE)
    assert (stats.jobs_processed, stats.plex_requests, stats.outcomes_by_field) == (3, 0, {})
    grown = stats.merge(fold([succeeded(duration_s=0.1, outcomes={"title": "changed"})]))
    assert (grown.jobs_processed, grown.total_processing_time) == (4, 0.4)


def test_the_bins_of_another_version_fall_into_ours() -> None:
    stats = SyncStats.from_dict({"processing_times": {"125000": 2, "125001": 1, "99999999999": 1}})
    assert stats.processing_times.total() == 4
    assert stats.percentile(50) == pytest.approx(0.125, rel=0.02)
    assert stats.percentile(100) == pytest.approx(3600.0, rel=0.01)


def test_unknown_keys_are_left_out_and_missing_ones_are_zero() -> None:
    stats = SyncStats.from_dict({"jobs_processed": 3, "success_rate": 12.5, "from_a_later_version": []})
    assert stats == SyncStats(jobs_processed=3, session_start=0.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("jobs_processed", -1),
        ("jobs_processed", 1.5),
        ("jobs_processed", True),
        ("jobs_processed", "3"),
        ("jobs_processed", None),
        ("total_processing_time", float("nan")),
        ("total_processing_time", float("inf")),
        ("total_processing_time", -0.5),
        ("errors_by_type", []),
        ("errors_by_type", {"Unknown": -1}),
        ("skips_by_reason", {"deleted": "two"}),
        ("processing_times", {"soon": 1}),
        ("processing_times", {"1000": -1}),
        ("outcomes_by_field", {"title": 3}),
        ("outcomes_by_field", {"title": {"changed": -3}}),
        ("matches_by_score", [1, 2]),
        ("longest_outage_s", "long"),
        ("plex_requests", 1.0),
    ],
)
def test_an_odd_value_is_named(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        SyncStats.from_dict({name: value})


def test_scenes_that_are_given_up_no_longer_are_counted_by_reason_and_kept() -> None:
    told: list[Event] = [closed(1, reason="edited"), closed(2, reason="edited"), closed(3, reason="purged")]
    stats = fold(told)
    assert stats.letters_closed == {"edited": 2, "purged": 1}
    assert SyncStats.from_dict(json.loads(json.dumps(stats.to_dict()))) == stats
