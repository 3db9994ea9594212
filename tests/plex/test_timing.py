"""Timers measure, log, and keep out of the way."""

from __future__ import annotations

import logging

import pytest

from plex.timing import OperationTimer, timed


def test_a_timer_gives_seconds_while_it_runs_and_after_it() -> None:
    ticks = iter([0.0, 10.0, 12.5, 15.0])
    with OperationTimer(clock=lambda: next(ticks)) as timer:
        assert timer.elapsed == 2.5
    assert timer.elapsed == 5.0
    assert timer.elapsed == 5.0


def test_a_named_timer_logs_also_when_its_block_raises(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG, "plexsync.Timing"),
        pytest.raises(ValueError, match="x"),
        OperationTimer("a read"),
    ):
        raise ValueError("x")
    assert "a read took " in caplog.text


def test_a_timed_function_is_itself_and_says_how_long_it_took(caplog: pytest.LogCaptureFixture) -> None:
    @timed
    def double(number: int) -> int:
        """Twice."""
        return 2 * number

    with caplog.at_level(logging.DEBUG, "plexsync.Timing"):
        assert double(21) == 42
    assert double.__name__ == "double"
    assert double.__doc__ == "Twice."
    assert "double took " in caplog.text
