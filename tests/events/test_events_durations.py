from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.durations import (
    BOUNDS_US,
    LONGEST_US,
    MICRO,
    SHORTEST_US,
    add_seconds,
    bin_of,
    microseconds,
    percentile_s,
)

durations_us = st.integers(0, 2 * LONGEST_US)


def test_the_bins_are_bounded_in_number_and_cover_a_microsecond_to_an_hour() -> None:
    assert len(BOUNDS_US) < 1_000
    assert (BOUNDS_US[0], BOUNDS_US[-1]) == (SHORTEST_US, LONGEST_US)
    assert list(BOUNDS_US) == sorted(set(BOUNDS_US))


@given(durations_us)
def test_a_duration_lies_in_its_bin(duration: int) -> None:
    bound = bin_of(duration)
    place = BOUNDS_US.index(bound)
    below = BOUNDS_US[place - 1] if place else -1
    assert below < min(duration, LONGEST_US) <= bound


@given(st.lists(st.integers(0, LONGEST_US), min_size=1, max_size=50), st.integers(1, 100))
def test_a_percentile_is_within_one_percent_or_one_microsecond_of_the_true_one(
    durations: list[int], percent: int
) -> None:
    true = sorted(durations)[math.ceil(percent * len(durations) / 100) - 1]
    read = percentile_s(Counter(map(bin_of, durations)), percent) * MICRO
    assert abs(read - true) <= max(1.0, 0.01 * true)


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile_s({}, 50) == 0.0


@given(st.lists(st.floats(0.0, 10_000.0)), st.randoms(use_true_random=False))
def test_a_sum_of_seconds_does_not_depend_on_the_order(seconds: list[float], random: object) -> None:
    shuffled = list(seconds)
    getattr(random, "shuffle")(shuffled)  # noqa: B009 -- hypothesis says only that it is some Random
    totals = []
    for order in (seconds, shuffled):
        total = 0.0
        for one in order:
            total = add_seconds(total, one)
        totals.append(total)
    assert totals[0] == totals[1]
    assert totals[0] == sum(map(microseconds, seconds)) / MICRO


@pytest.mark.parametrize("odd", [-1.0, float("nan"), float("inf"), -math.inf])
def test_what_is_no_duration_is_none(odd: float) -> None:
    assert microseconds(odd) == 0
