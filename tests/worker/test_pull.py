"""Pull From Plex: what people have done in Plex comes to Stash, once."""

from __future__ import annotations

from tests.worker.pull_world import in_step, played_in_stash, pull, stash_has, utc

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
