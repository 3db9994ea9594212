from __future__ import annotations

from events import PlexDown, emit
from observers.stats import StatsAccumulator
from tests.observers.drain_makers import drain, failed, given_up, listening, skipped, succeeded, unchanged


def test_the_figures_of_a_run_are_there_for_whoever_asks() -> None:
    accumulator = StatsAccumulator(clock=lambda: 50.0)
    with listening(accumulator):
        drain([succeeded(1), unchanged(2), skipped(3), failed(4), *given_up(5)])
        emit(PlexDown(at=1.0, error_type="PlexServerDown", message="refused", hint="wait"))
    stats = accumulator.stats
    assert stats.session_start == 50.0
    assert (stats.jobs_processed, stats.jobs_succeeded, stats.jobs_unchanged, stats.jobs_failed) == (
        4,
        2,
        1,
        2,
    )
    assert (stats.jobs_skipped, stats.jobs_to_dlq, stats.plex_outages) == (1, 1, 1)


def test_a_state_that_was_asked_for_does_not_grow() -> None:
    accumulator = StatsAccumulator()
    with listening(accumulator):
        emit(succeeded())
        kept = accumulator.stats.copy()
        emit(succeeded())
    assert (kept.jobs_processed, accumulator.stats.jobs_processed) == (1, 2)
