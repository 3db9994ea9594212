"""Ratings and places that both sides have changed: who wins, and that nothing of it comes back as a write."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.worker.pull_world import (
    RATING,
    edited,
    in_step,
    in_two_libraries,
    played_in_stash,
    pull,
    stash_has,
    utc,
)


def test_a_rating_made_in_plex_is_not_overwritten_before_it_was_pulled(pulling):
    scene, key = in_step(pulling, rating100=80)
    pulling.plex.person_rates(key, 3)
    pulling.edit(scene, details="Another text")
    pulling.drain()
    assert pulling.plex.item(key).fields[RATING] == "3.0"
    pull(pulling)
    assert stash_has(pulling, scene)[0] == 30
    pulling.sync(scene)
    assert pulling.plex.item(key).fields[RATING] == "3.0"


def test_a_rating_that_was_there_before_plexsync_came_is_brought_too(pulling):
    for stash_rating, expected in ((None, 70), (40, 40)):
        scene, key = pulling.scene(f"{stash_rating}.mp4", title="T", rating100=stash_rating)
        pulling.plex.person_rates(key, 7, at=pulling.clock() - 1000)
        pulling.later(10)
        edited(pulling, scene)
        pulling.sync(scene)
        assert pulling.plex.item(key).fields[RATING] == "7.0"
        pull(pulling)
        pulling.drain()
        assert stash_has(pulling, scene)[0] == expected
        assert pulling.plex.item(key).fields[RATING] == f"{expected / 10:.1f}"


def test_our_own_write_to_stash_comes_to_no_write_to_plex(pulling):
    scene, key = in_step(pulling, rating100=80)
    pulling.plex.person_rates(key, 3)
    pull(pulling)
    before = len(pulling.plex.writes())
    pulling.sync(scene)  # as the hook of the pull's own mutation has it
    assert len(pulling.plex.writes()) == before
    assert pull(pulling).changes == []
    edited(pulling, scene, rating100=None)  # and it is ours from now on: what Stash takes away goes
    pulling.later(5)
    pulling.sync(scene)
    assert RATING not in pulling.plex.item(key).fields


@pytest.mark.parametrize(
    ("conflicts", "plex_first", "expected"),
    [
        ("newest", True, 60),
        ("newest", False, 30),
        ("plex", True, 30),
        ("stash", False, 60),
    ],
)
def test_where_both_have_changed_the_newer_wins_or_the_chosen_side(pulling, conflicts, plex_first, expected):
    scene, key = in_step(pulling, rating100=80)

    def in_plex() -> None:
        pulling.plex.person_rates(key, 3)

    def in_stash() -> None:
        edited(pulling, scene, rating100=60)

    for change in (in_plex, in_stash) if plex_first else (in_stash, in_plex):
        change()
        pulling.later(100)
    pulling.sync(scene)
    assert pulling.plex.item(key).fields[RATING] == "3.0"
    outcome = pull(pulling, conflicts=conflicts)
    assert (outcome.ratings, outcome.kept) == ((0, 1) if expected == 60 else (1, 0))
    pulling.drain()
    assert stash_has(pulling, scene)[0] == expected
    assert pulling.plex.item(key).fields[RATING] == f"{expected / 10:.1f}"
    pulling.later(100)
    pulling.sync(scene)
    assert pull(pulling, conflicts=conflicts).changes == []
    assert pulling.plex.item(key).fields[RATING] == f"{expected / 10:.1f}"


def test_what_only_stash_has_changed_is_the_syncs_business(pulling):
    scene, key = in_step(pulling, rating100=80)
    edited(pulling, scene, rating100=50)
    assert pull(pulling).changes == []
    pulling.sync(scene)
    assert pulling.plex.item(key).fields[RATING] == "5.0"
    assert pull(pulling).changes == []


def test_stars_taken_away_in_plex_go_from_stash_too(pulling):
    scene, key = in_step(pulling, rating100=80)
    pulling.plex.person_rates(key, None)
    pulling.sync(scene)
    assert RATING not in pulling.plex.item(key).fields
    pull(pulling)
    assert stash_has(pulling, scene)[0] is None
    before = len(pulling.plex.writes())
    pulling.sync(scene)
    assert len([one for one in pulling.plex.writes()[before:] if one.get("userRating.value")]) == 0


def test_a_rating_that_plex_rounds_is_no_persons(pulling):
    scene, key = in_step(pulling, rating100=93)
    pulling.plex.library.items[key].fields[RATING] = "9.5"
    entry = pulling.ledger.of_scene(pulling.plex.options.machine_identifier, scene)[0]
    entry.record.base[RATING] = "9.5"
    pulling.ledger.put(entry)
    assert pull(pulling).changes == []
    assert stash_has(pulling, scene)[0] == 93


def test_with_ratings_that_are_not_pushed_the_last_pull_is_what_counts(pulling):
    pulling.set(pulled=frozenset())
    pulling.options = pulling.options.__class__(
        linger_s=0.0, mapping=pulling.options.mapping.__class__(exclude=frozenset({"rating"}))
    )
    scene, key = in_step(pulling)
    pulling.plex.person_rates(key, 7)
    pull(pulling, pushed=False)
    assert stash_has(pulling, scene)[0] == 70
    edited(pulling, scene, rating100=20)
    assert pull(pulling, pushed=False).changes == []
    pulling.later(100)
    pulling.plex.person_rates(key, 9)
    pull(pulling, pushed=False)
    assert stash_has(pulling, scene)[0] == 90


@pytest.mark.parametrize(("stash_first", "expected"), [(True, 50.0), (False, 33.0)])
def test_of_two_places_the_one_that_was_played_last_stays(pulling, stash_first, expected):
    scene, key = in_step(pulling)
    for side in ("stash", "plex") if stash_first else ("plex", "stash"):
        pulling.later(500)
        if side == "plex":
            pulling.plex.person_watches(key, until_ms=50_000)
        else:
            pulling.stash.store.scenes[scene].values["resume_time"] = 33.0
            played_in_stash(pulling, scene, pulling.clock())
    outcome = pull(pulling)
    assert stash_has(pulling, scene)[2] == expected
    assert outcome.kept == (expected == 33.0)
    pulling.later(500)
    assert pull(pulling).changes == []


def test_a_film_watched_to_its_end_in_plex_begins_anew_in_stash(pulling):
    scene, key = in_step(pulling)
    pulling.plex.person_watches(key, until_ms=50_000)
    pull(pulling)
    pulling.later(100)
    pulling.plex.person_watches(key)
    pull(pulling)
    assert stash_has(pulling, scene)[1:] == ([utc(pulling.clock())], 0.0)


@pytest.mark.parametrize("conflicts", ["newest", "plex", "stash"])
@pytest.mark.parametrize("last", [0, 1])
@pytest.mark.parametrize("synced_between", [False, True])
def test_of_two_items_of_one_scene_the_one_rated_last_counts(pulling, conflicts, last, synced_between):
    scene, *keys = in_two_libraries(pulling)
    pulling.plex.person_rates(keys[1 - last], 3)
    pulling.later(10)
    pulling.plex.person_rates(keys[last], 9)
    pulling.later(10)
    assert pull(pulling, conflicts=conflicts).ratings == 1
    assert stash_has(pulling, scene)[0] == 90
    for _ in range(2):
        if synced_between:
            pulling.sync(scene)
        pulling.later(10)
        assert pull(pulling, conflicts=conflicts).changes == []
    pulling.sync(scene)
    assert stash_has(pulling, scene)[0] == 90
    assert [pulling.plex.item(one).fields[RATING] for one in keys] == ["9.0", "9.0"]


@pytest.mark.parametrize("conflicts", ["newest", "plex", "stash"])
def test_an_item_that_is_rated_after_another_one_was_pulled_wins_and_stays(pulling, conflicts):
    scene, *keys = in_two_libraries(pulling)
    for key, rating in ((keys[0], 3), (keys[1], 9), (keys[0], 4)):
        pulling.plex.person_rates(key, rating)
        pulling.later(10)
        assert pull(pulling, conflicts=conflicts).ratings == 1
        assert stash_has(pulling, scene)[0] == rating * 10
        pulling.later(10)
        assert pull(pulling, conflicts=conflicts).changes == []
    pulling.drain()
    pulling.sync(scene)
    assert [pulling.plex.item(one).fields[RATING] for one in keys] == ["4.0", "4.0"]


STEPS = st.lists(st.sampled_from(["plex", "stash", "sync", "pull"]), max_size=8)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=STEPS, in_stash=st.booleans(), in_plex=st.booleans(), ratings=st.permutations(range(1, 11)))
def test_whatever_was_rated_where_both_sides_end_with_the_last_one(
    pulling, steps, in_stash, in_plex, ratings
):
    """No rating is given twice: one that is what it was when both sides agreed is no change that anybody could see."""
    given_next = iter(ratings)
    first = next(given_next) if in_stash else None
    name = f"{len(pulling.stash.store.scenes)}.mp4"
    scene, key = pulling.scene(name, title=name, rating100=first and first * 10)
    last = first
    if in_plex:
        pulling.later(2)
        last = next(given_next)
        pulling.plex.person_rates(key, last)
    for step in (*steps, "sync", "pull", "sync"):
        pulling.later(2)
        if step == "plex":
            last = next(given_next)
            pulling.plex.person_rates(key, last)
        elif step == "stash":
            last = next(given_next)
            edited(pulling, scene, rating100=last * 10)
        elif step == "sync":
            pulling.sync(scene)
        else:
            pull(pulling)
    shown = pulling.plex.item(key).fields.get(RATING)
    assert (stash_has(pulling, scene)[0], shown) == ((last * 10, f"{last:.1f}") if last else (None, None))
    before = len(pulling.plex.writes())
    pulling.sync(scene)
    assert pull(pulling).changes == []
    assert len(pulling.plex.writes()) == before


def test_stars_that_are_gone_all_at_once_are_not_taken_from_stash(pulling, caplog):
    """As when the token is another account's by now, which has rated nothing."""
    pairs = [in_step(pulling, f"{n}.mp4", rating100=80) for n in range(30)]
    for _, key in pairs:
        pulling.plex.person_rates(key, None)
    pulling.plex.person_watches(pairs[0][1], at=pulling.clock() - 30)
    outcome = pull(pulling)
    assert (outcome.ratings, outcome.plays, outcome.vanished) == (0, 1, 30)
    assert {stash_has(pulling, scene)[0] for scene, _ in pairs} == {80}
    assert "30 ratings are gone from Plex" in caplog.text
    for _, key in pairs[:25]:
        pulling.plex.person_rates(key, 8)
    assert pull(pulling).ratings == 5  # five are what a person may have done
    assert [stash_has(pulling, scene)[0] for scene, _ in pairs] == [80] * 25 + [None] * 5


def test_ratings_that_are_gone_from_every_page_of_a_large_library_are_gone_all_at_once(pulling, monkeypatch):
    monkeypatch.setattr("plex.watched.PAGE", 10)
    pairs = [in_step(pulling, f"{n}.mp4", rating100=80) for n in range(30)]
    for _, key in pairs:
        pulling.plex.person_rates(key, None)
    assert (pull(pulling).ratings, pull(pulling).vanished) == (0, 30)
    assert {stash_has(pulling, scene)[0] for scene, _ in pairs} == {80}


def test_where_no_rating_is_left_of_a_few_they_stay_and_where_some_are_left_a_person_took_them_away(
    pulling, caplog
):
    pairs = [in_step(pulling, f"{n}.mp4", rating100=80) for n in range(4)]
    for _, key in pairs:
        pulling.plex.person_rates(key, None)
    assert (pull(pulling).ratings, pull(pulling).vanished) == (0, 4)
    assert "4 ratings are gone from Plex" in caplog.text
    pulling.plex.person_rates(pairs[0][1], 8)
    assert pull(pulling).ratings == 3
    assert [stash_has(pulling, scene)[0] for scene, _ in pairs] == [80, None, None, None]
