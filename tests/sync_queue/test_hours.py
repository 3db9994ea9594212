"""Figures of each hour add up, and are bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync_queue.hours import Hours, added

FIGURES = st.dictionaries(
    st.sampled_from("abc"),
    st.integers(0, 1000),
) | st.dictionaries(st.sampled_from("xyz"), st.dictionaries(st.sampled_from("pq"), st.integers(1, 99)))


def test_what_comes_within_an_hour_is_added_to_it(db):
    hours = Hours(db)
    hours.add(3600.0, {"done": 1, "errors": {"A": 1}})
    hours.add(7199.9, {"done": 2, "errors": {"A": 1, "B": 3}})
    hours.add(7200.0, {"done": 5})
    assert hours.since(0.0) == {3600: {"done": 3, "errors": {"A": 2, "B": 3}}, 7200: {"done": 5}}


def test_days_are_the_sum_of_their_hours_and_what_is_older_is_left_out(db):
    hours = Hours(db)
    for hour in range(48):
        hours.add(hour * 3600.0, {"done": 1})
    assert hours.since(0.0, step_s=86_400) == {0: {"done": 24}, 86_400: {"done": 24}}
    assert sum(one["done"] for one in hours.since(86_400.0).values()) == 24


def test_only_so_many_hours_are_kept(db):
    hours = Hours(db, kept=3)
    for hour in range(10):
        hours.add(hour * 3600.0, {"done": hour})
    assert list(hours.since(0.0)) == [7 * 3600, 8 * 3600, 9 * 3600]


@given(FIGURES, FIGURES, FIGURES)
def test_adding_does_not_depend_on_the_grouping(first, second, third):
    assert added(added(first, second), third) == added(first, added(second, third))
