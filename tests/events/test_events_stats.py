from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import PlexDown, SyncStats
from tests.events.job_makers import any_event, dead, failed, scored, skipped, succeeded

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


@given(st.lists(any_event), st.lists(any_event))
def test_what_came_since_a_former_state_adds_up_to_the_present_one(
    first: list[Event], second: list[Event]
) -> None:
    earlier, now = fold(first), fold(first + second)
    assert now.since(earlier) == fold(second)
    assert earlier.merge(now.since(earlier)) == now


@given(st.lists(any_event))
def test_the_figures_survive_json(told: list[Event]) -> None:
    stats = fold(told)
    assert SyncStats.from_dict(json.loads(json.dumps(stats.to_dict()))) == stats


@given(st.lists(any_event))
def test_the_parts_add_up(told: list[Event]) -> None:
    stats = fold(told)
    assert stats.jobs_processed == stats.jobs_succeeded + stats.jobs_failed
    assert sum(stats.errors_by_type.values()) == stats.jobs_failed
    assert 0.0 <= stats.success_rate <= 100.0
    assert stats.high_confidence_matches + stats.low_confidence_matches <= stats.jobs_processed


def test_a_copy_stays_as_it_was() -> None:
    stats = fold([failed(error_type="Unknown")])
    kept = stats.copy()
    stats.apply(failed(error_type="Unknown"))
    stats.apply(skipped())
    assert kept == fold([failed(error_type="Unknown")])


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
    ],
)
def test_an_odd_value_is_named(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=name):
        SyncStats.from_dict({name: value})
