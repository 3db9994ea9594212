"""Pull From Plex killed, refused, or overtaken by an edit in Stash: nothing is lost, and nothing is counted twice."""

from __future__ import annotations

from typing import Any

import pytest

from stash.exceptions import StashOdd
from tests.worker.pull_world import RATING, edited, in_step, played_in_stash, pull, stash_has, utc
from worker.pull import Puller

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
