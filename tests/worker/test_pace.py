"""How many writers there are, and when they wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import Clock
from worker.pace import LONGEST_PAUSE_S, Pace


@pytest.fixture
def clock():
    return Clock(100.0)


def steady(pace, number=30, seconds=0.2):
    for _ in range(number):
        pace.note(seconds)


def test_while_plex_keeps_up_nobody_waits(clock):
    pace = Pace(2, clock=clock)
    steady(pace)
    pace.note(0.39)
    assert (pace.limit, pace.pause_s()) == (2, 0.0)


def test_a_write_of_more_than_twice_the_median_is_followed_by_a_pause_as_long_and_by_fewer_writers(clock):
    pace = Pace(3, clock=clock)
    steady(pace)
    pace.note(0.5)
    assert (pace.limit, pace.pause_s()) == (2, 0.5)
    clock.now += 0.5
    assert pace.pause_s() == 0.0
    pace.note(0.5)
    pace.note(0.5)
    assert pace.limit == 1


def test_a_busy_answer_counts_as_slow_however_quick_it_came(clock):
    pace = Pace(2, clock=clock)
    pace.note(0.25, busy=True)
    assert (pace.limit, pace.pause_s()) == (1, 0.25)


def test_a_write_that_was_waited_for_for_a_minute_costs_a_pause_of_ten_seconds(clock):
    pace = Pace(2, clock=clock)
    pace.note(60.0, busy=True)
    assert pace.pause_s() == LONGEST_PAUSE_S


def test_what_is_quick_is_never_slow(clock):
    pace = Pace(2, clock=clock)
    steady(pace, seconds=0.002)
    pace.note(0.09)
    assert (pace.limit, pace.pause_s()) == (2, 0.0)


def test_the_writers_come_back_one_by_one(clock):
    pace = Pace(3, clock=clock)
    for _ in range(2):
        pace.note(0.2, busy=True)
    steady(pace, 19)
    assert pace.limit == 1
    steady(pace, 1)
    assert pace.limit == 2
    steady(pace, 20)
    assert pace.limit == 3
    steady(pace, 100)
    assert pace.limit == 3


def test_a_plex_that_has_become_slower_for_good_is_the_new_measure(clock):
    pace = Pace(2, clock=clock)
    steady(pace, 50, seconds=0.2)
    steady(pace, 30, seconds=1.0)
    clock.now += 10
    steady(pace, 20, seconds=1.0)
    assert (pace.limit, pace.pause_s()) == (2, 0.0)


@given(st.integers(1, 8), st.lists(st.tuples(st.floats(0, 100), st.booleans())))
def test_at_least_one_writes_and_never_more_than_are_allowed(writers, writes):
    pace = Pace(writers, clock=Clock(100.0))
    for seconds, busy in writes:
        pace.note(seconds, busy=busy)
        assert 1 <= pace.limit <= writers
        assert 0 <= pace.pause_s() <= LONGEST_PAUSE_S
