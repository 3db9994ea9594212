"""Pull From Plex: what people have done in Plex comes to Stash, once, and nothing of it comes back as a write."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plex.client import PlexClient
from plex.paths import PathMap
from stash.exceptions import StashOdd
from worker.plex_target import Libraries, PlexTarget
from worker.pull import Puller
from worker.pull_rules import PullOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.worker.conftest import World
    from worker.pull import Outcome

RATING = "userRating"
PUT = ("PUT", "/library/sections/{section}/all")


@pytest.fixture
def pulling(world):
    """With ratings pulled, so that the sync leaves those made in Plex alone. Stash's clock is the test's."""
    world.set(pulled=frozenset({RATING}))
    world.plex.library.clock = world.clock
    world.stash.store._clock = world.clock
    return world


def pull(
    world: World, *, stop_after: int = 10**9, meanwhile: Callable[[], object] = lambda: None, **options: Any
) -> Outcome:
    """One pass over everything, in a process of its own as it were. ``meanwhile`` happens once, when the scenes were read."""
    target = PlexTarget(
        PlexClient(world.plex.url, world.token, client_identifier="test", timeout=world.timeout),
        Libraries(url=world.plex.url),
        world.db,
        index_file=world.folder / "index.sqlite",
        path_map=PathMap.parse(""),
        allow_low_confidence=False,
        clock=world.clock,
    )
    wanted: dict[str, Any] = {"ratings": True, "plays": True, "places": True, **options}
    asked, once = iter(range(stop_after)), iter([meanwhile])

    def go_on() -> bool:
        next(once, lambda: None)()
        return next(asked, None) is not None

    return Puller(
        world.db,
        world.ledger,
        target,
        world.stash_client,
        PullOptions(**wanted),
        clock=world.clock,
        go_on=go_on,
    ).run()


def in_step(world: World, name: str = "one.mp4", **values: Any) -> tuple[int, int]:
    """A scene that was synced; afterwards a minute goes by."""
    scene, key = world.scene(name, title=name, **values)
    world.sync(scene)
    world.later(60)
    return scene, key


def stash_has(world: World, scene: int) -> tuple[Any, list[str], Any]:
    """Rating, plays and place."""
    values = world.stash.store.scenes[scene].values
    return values.get("rating100"), sorted(values.get("play_history") or ()), values.get("resume_time")


def utc(at: float) -> str:
    return dt.datetime.fromtimestamp(int(at), dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def edited(world: World, scene: int, **values: Any) -> None:
    """By a person, without a hook."""
    row = world.stash.store.scenes[scene]
    row.values.update(values)
    world.stash.store.touch(row)


def played_in_stash(world: World, scene: int, at: float) -> None:
    row = world.stash.store.scenes[scene]
    row.values["play_history"] = [*(row.values.get("play_history") or ()), utc(at)]


# --- what comes over ---


def test_a_rating_plays_and_the_place_come_over_and_a_second_pull_finds_nothing(pulling):
    scene, key = in_step(pulling)
    first, second = pulling.clock() - 50, pulling.clock() - 20
    pulling.plex.person_rates(key, 7)
    pulling.plex.person_watches(key, at=first)
    pulling.plex.person_watches(key, at=second)
    pulling.plex.person_watches(key, until_ms=90_500, at=second + 10)
    outcome = pull(pulling)
    assert (outcome.ratings, outcome.plays, outcome.places) == (1, 2, 1)
    assert stash_has(pulling, scene) == (70, [utc(first), utc(second)], 90.5)
    pulling.later(3600)
    again = pull(pulling)
    assert (again.ratings, again.plays, again.places, again.changes) == (0, 0, 0, [])


def test_of_very_many_changes_the_first_are_kept_for_the_answer_and_the_rest_is_counted(pulling, monkeypatch):
    monkeypatch.setattr("worker.pull.MOST_CHANGES", 2)
    for number in range(3):
        pulling.plex.person_rates(in_step(pulling, f"{number}.mp4")[1], 7)
    outcome = pull(pulling)
    assert (outcome.ratings, len(outcome.changes), outcome.more) == (3, 2, 1)


def test_only_items_that_a_sync_has_matched_and_scenes_that_nobody_holds(pulling):
    unknown = pulling.plex.add_item(pulling.section, "/media/unknown.mp4")
    held, held_key = in_step(pulling, "held.mp4")
    pulling.queue.hold([held])
    for key in (unknown, held_key):
        pulling.plex.person_rates(key, 7)
    assert pull(pulling).changes == []
    assert stash_has(pulling, held)[0] is None


def test_each_kind_is_brought_only_when_it_is_wanted_and_later_still_in_full(pulling):
    scene, key = in_step(pulling)
    at = pulling.clock() - 30
    pulling.plex.person_rates(key, 7)
    pulling.plex.person_watches(key, at=at)
    pull(pulling, plays=False, places=False)
    assert stash_has(pulling, scene) == (70, [], None)
    pulling.later(10 * 86_400)
    pull(pulling, ratings=False, places=False)
    assert stash_has(pulling, scene)[1] == [utc(at)]


def test_a_preview_says_it_all_and_writes_nothing(pulling):
    scene, key = in_step(pulling)
    pulling.plex.person_rates(key, 7)
    pulling.plex.person_watches(key, at=pulling.clock() - 30)
    before = stash_has(pulling, scene)
    for _ in range(2):
        outcome = pull(pulling, preview=True)
        assert (outcome.ratings, outcome.plays) == (1, 1)
    assert stash_has(pulling, scene) == before
    assert pulling.db.execute("SELECT count(*) FROM pulled").fetchone()[0] == 0
    assert pull(pulling).ratings == 1


def test_other_accounts_plays_are_not_the_owners(pulling):
    scene, key = in_step(pulling)
    pulling.plex.person_watches(key, account=7)
    assert pull(pulling).plays == 0
    assert stash_has(pulling, scene)[1] == []


# --- plays ---


def test_a_play_that_was_ticked_off_counts_at_the_time_that_plex_knows(pulling):
    scene, key = in_step(pulling)
    pulling.plex.person_watches(key, at=pulling.clock() - 500)
    pull(pulling)
    item = pulling.plex.library.items[key]
    item.view_count, item.viewed_at = 3, int(pulling.clock()) - 5  # two clicks: of one no time is known
    outcome = pull(pulling)
    assert (outcome.plays, outcome.undated) == (1, 1)
    assert stash_has(pulling, scene)[1] == [utc(pulling.clock() - 500), utc(pulling.clock() - 5)]
    assert pull(pulling).undated == 0


def test_looking_into_a_film_is_no_play(pulling):
    scene, key = in_step(pulling)
    pulling.plex.person_watches(key, until_ms=20_000)
    assert pull(pulling).plays == 0
    assert stash_has(pulling, scene)[1:] == ([], 20.0)


def test_a_play_that_stash_has_within_a_minute_is_the_same(pulling):
    scene, key = in_step(pulling)
    at = pulling.clock() - 40
    played_in_stash(pulling, scene, at - 30)
    pulling.plex.person_watches(key, at=at)
    assert pull(pulling).plays == 0
    assert len(stash_has(pulling, scene)[1]) == 1


def test_a_count_that_was_set_back_in_plex_takes_nothing_away_and_counts_on(pulling):
    scene, key = in_step(pulling)
    first = pulling.clock() - 30
    pulling.plex.person_watches(key, at=first)
    pull(pulling)
    item = pulling.plex.library.items[key]
    item.view_count = item.viewed_at = 0
    pulling.later(100)
    pull(pulling)
    assert stash_has(pulling, scene)[1] == [utc(first)]
    second = pulling.clock() - 10
    pulling.plex.person_watches(key, at=second)
    assert pull(pulling).plays == 1
    assert stash_has(pulling, scene)[1] == [utc(first), utc(second)]


def test_an_item_that_is_matched_later_brings_its_older_plays_along(pulling):
    in_step(pulling)
    late = pulling.plex.add_item(pulling.section, "/media/late.mp4", size=1000, duration_ms=60_000)
    old = pulling.clock()
    pulling.plex.person_watches(late, at=old)
    pull(pulling)
    pulling.later(30 * 86_400)
    pull(pulling)
    scene = pulling.stash.store.add_scene(path="/media/late.mp4", size=1000, duration=60.0)
    pulling.sync(scene)
    assert pull(pulling).plays == 1
    assert stash_has(pulling, scene)[1] == [utc(old)]


def test_a_play_that_plex_enters_late_comes_with_its_time(pulling):
    scene, key = in_step(pulling)
    first, offline = pulling.clock() - 30, pulling.clock() - 4000
    pulling.plex.person_watches(key, at=first)
    pull(pulling)
    pulling.later(7200)
    pulling.plex.person_watches(key, at=offline)  # a phone that was without a net gives it in
    pulling.plex.library.items[key].viewed_at = int(first)
    outcome = pull(pulling)
    assert (outcome.plays, outcome.undated) == (1, 0)
    assert stash_has(pulling, scene)[1] == [utc(offline), utc(first)]
    assert pull(pulling).changes == []


def test_a_play_taken_away_in_stash_does_not_come_back(pulling):
    scene, key = in_step(pulling)
    pulling.plex.person_watches(key)
    pull(pulling)
    pulling.stash.store.scenes[scene].values["play_history"] = []
    pulling.later(100)
    pull(pulling)
    assert stash_has(pulling, scene)[1] == []


# --- a kill, and trouble ---


@pytest.mark.parametrize("before_commit", [False, True])
def test_one_that_is_killed_and_repeated_counts_no_play_twice(pulling, monkeypatch, before_commit):
    pairs = [in_step(pulling, f"{n}.mp4") for n in range(4)]
    for number, (_, key) in enumerate(pairs):
        pulling.plex.person_watches(key, at=pulling.clock() - 1000 * number)
        pulling.plex.person_rates(key, 8)
    if before_commit:  # Stash has been told of one scene, and nobody has written that down

        def killed(*_args: Any) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(Puller, "_remember", killed)
            with pytest.raises(KeyboardInterrupt):
                pull(pulling)
    else:
        assert pull(pulling, stop_after=2).plays == 2
    pull(pulling)
    pull(pulling)
    for number, (scene, _) in enumerate(pairs):
        assert stash_has(pulling, scene)[:2] == (80, [utc(pulling.clock() - 1000 * number)])


def test_a_scene_that_stash_does_not_take_fails_alone_and_comes_with_the_next_pull(
    pulling, monkeypatch, caplog
):
    pairs = [in_step(pulling, f"{n}.mp4") for n in range(3)]
    for _, key in pairs:
        pulling.plex.person_watches(key, at=pulling.clock() - 30)
    bad = pairs[1][0]
    ask = pulling.stash_client.ask

    def refusing(gql: str, variables: dict[str, Any], doing: str) -> dict[str, Any]:
        sent = {**variables, "id": "999"} if variables.get("id") == str(bad) else variables
        answer: dict[str, Any] = ask(gql, sent, doing)
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(pulling.stash_client, "ask", refusing)
        outcome = pull(pulling)
    assert (outcome.plays, outcome.failed) == (2, 1)
    assert f"Scene {bad} (1.mp4): what was found in Plex could not be brought to Stash" in caplog.text
    pulling.later(10 * 86_400)
    assert (pull(pulling).plays, len(stash_has(pulling, bad)[1])) == (1, 1)


def test_a_scene_that_stash_cannot_give_does_not_keep_the_others_from_being_read(pulling, caplog):
    pairs = [in_step(pulling, f"{n}.mp4") for n in range(4)]
    for _, key in pairs:
        pulling.plex.person_rates(key, 8)
    bad = pairs[1][0]
    pulling.stash.store.scenes[bad].values["rating100"] = "odd"
    outcome = pull(pulling)
    assert (outcome.ratings, outcome.failed) == (3, 1)
    assert f"Scene {bad} " in caplog.text
    assert "could not be brought to Stash" in caplog.text
    pulling.stash.store.scenes[bad].values["rating100"] = None
    pulling.later(60)
    assert pull(pulling).ratings == 1
    assert {stash_has(pulling, scene)[0] for scene, _ in pairs} == {80}


def test_a_stash_that_can_give_none_of_several_scenes_ends_the_pull(pulling):
    pairs = [in_step(pulling, f"{n}.mp4") for n in range(3)]
    for scene, key in pairs:
        pulling.plex.person_rates(key, 8)
        pulling.stash.store.scenes[scene].values["rating100"] = "odd"
    with pytest.raises(StashOdd):
        pull(pulling)


def test_it_costs_a_listing_the_history_and_the_scenes_that_are_new(pulling):
    pairs = [in_step(pulling, f"{n}.mp4") for n in range(12)]
    for _, key in pairs[:5]:
        pulling.plex.person_watches(key, at=pulling.clock() - 30)
    pulling.plex.forget_requests()
    calls = len(pulling.stash.requests)
    pull(pulling)
    assert pulling.plex.writes() == []
    assert sum(pulling.plex.counts().values()) <= 2
    looks, plays = 1 + 5, 5  # at the five scenes together, and at each before it is written
    assert len(pulling.stash.requests) - calls == looks + plays
    pulling.plex.forget_requests()
    calls = len(pulling.stash.requests)
    pull(pulling)
    assert sum(pulling.plex.counts().values()) <= 2
    assert len(pulling.stash.requests) == calls


# --- who wins ---


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


def in_two_libraries(world: World) -> tuple[int, int, int]:
    """A scene whose file lies in two libraries, synced with 80; afterwards a hundred seconds go by."""
    second = world.plex.add_section("Second", locations=("/media",))
    scene, key = world.scene(title="T", rating100=80)
    other = world.plex.add_item(second.id, "/media/one.mp4", size=1000, duration_ms=60_000)
    world.sync(scene)
    world.later(100)
    return scene, key, other


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


# --- an edit in Stash while the pull is at work ---


def test_a_rating_given_in_stash_meanwhile_is_newer_and_stays(pulling):
    scene, key = in_step(pulling, rating100=80)
    pulling.plex.person_rates(key, 3)
    pulling.later(60)
    outcome = pull(pulling, meanwhile=lambda: edited(pulling, scene, rating100=60))
    assert (outcome.ratings, outcome.kept) == (0, 1)
    assert stash_has(pulling, scene)[0] == 60
    pulling.drain()
    assert pulling.plex.item(key).fields[RATING] == "6.0"


def test_another_edit_made_in_stash_meanwhile_does_not_keep_the_rating_back(pulling):
    scene, key = in_step(pulling, rating100=80)
    pulling.plex.person_rates(key, 3)
    pulling.later(60)
    assert pull(pulling, meanwhile=lambda: edited(pulling, scene, title="New")).ratings == 1
    assert stash_has(pulling, scene)[0] == 30


def test_what_is_played_in_stash_meanwhile_is_neither_lost_nor_counted_twice(pulling):
    scene, key = in_step(pulling)
    at = pulling.clock() - 10
    pulling.plex.person_watches(key, at=at)
    pulling.plex.person_watches(key, until_ms=50_000, at=at + 5)
    pulling.later(60)

    def played() -> None:
        pulling.stash.store.scenes[scene].values["resume_time"] = 33.0
        played_in_stash(pulling, scene, at)
        played_in_stash(pulling, scene, pulling.clock())

    outcome = pull(pulling, meanwhile=played)
    assert (outcome.plays, outcome.places) == (0, 0)
    assert stash_has(pulling, scene)[1:] == ([utc(at), utc(pulling.clock())], 33.0)


def test_a_scene_that_is_deleted_meanwhile_is_no_failure(pulling):
    scene, key = in_step(pulling)
    pulling.plex.person_rates(key, 3)

    def deleted() -> None:
        del pulling.stash.store.scenes[scene]

    outcome = pull(pulling, meanwhile=deleted)
    assert (outcome.ratings, outcome.failed) == (0, 0)
