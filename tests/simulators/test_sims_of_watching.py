"""What both simulators do with ratings, plays and places in a film, as their originals' sources say."""

from __future__ import annotations

import pytest

from simulators.plex.watching import OWNER_ACCOUNT

ADD = "mutation($i:ID!,$t:[Timestamp!]){sceneAddPlay(id:$i,times:$t){count history}}"
DELETE = "mutation($i:ID!,$t:[Timestamp!]){sceneDeletePlay(id:$i,times:$t){count history}}"
SAVE = "mutation($i:ID!,$r:Float,$d:Float){sceneSaveActivity(id:$i,resume_time:$r,playDuration:$d)}"
READ = "query($i:ID!){findScene(id:$i){play_count play_history last_played_at resume_time play_duration updated_at}}"


def test_plays_are_counted_by_their_times_and_an_equal_time_is_one_more(stash_sim):
    scene = stash_sim.store.add_scene(path="/a.mp4")
    before = stash_sim.store.scenes[scene].updated_at
    stash_sim.graphql(ADD, {"i": scene, "t": ["2025-01-02T03:04:05+01:00", "2025-03-04T05:06:07.9Z"]})
    added = stash_sim.graphql(ADD, {"i": scene, "t": ["2025-01-02T02:04:05Z"]})["sceneAddPlay"]
    assert added == {
        "count": 3,
        "history": ["2025-03-04T05:06:07Z", "2025-01-02T02:04:05Z", "2025-01-02T02:04:05Z"],
    }
    shown = stash_sim.graphql(READ, {"i": scene})["findScene"]
    assert (shown["play_count"], shown["last_played_at"]) == (3, "2025-03-04T05:06:07Z")
    assert shown["updated_at"] == before
    left = stash_sim.graphql(DELETE, {"i": scene, "t": ["2025-01-02T02:04:05Z"]})["sceneDeletePlay"]
    assert left["count"] == 2


def test_activity_sets_the_place_and_adds_the_time(stash_sim):
    scene = stash_sim.store.add_scene(path="/a.mp4")
    stash_sim.graphql(SAVE, {"i": scene, "r": 12.5, "d": 10.0})
    stash_sim.graphql(SAVE, {"i": scene, "d": 5.0})
    shown = stash_sim.graphql(READ, {"i": scene})["findScene"]
    assert (shown["resume_time"], shown["play_duration"], shown["play_count"]) == (12.5, 15.0, 0)


def test_what_is_not_there_or_no_time_is_an_error(stash_sim):
    scene = stash_sim.store.add_scene(path="/a.mp4")
    with pytest.raises(RuntimeError, match="FOREIGN KEY"):
        stash_sim.graphql(ADD, {"i": 99})
    with pytest.raises(RuntimeError, match="does not exist"):
        stash_sim.graphql(SAVE, {"i": 99})
    with pytest.raises(RuntimeError, match="cannot parse"):
        stash_sim.graphql(ADD, {"i": scene, "t": ["yesterday"]})


def test_a_film_watched_in_plex_counts_and_one_left_in_the_middle_keeps_its_place(
    plex_sim, plex_wire, plex_library
):
    key = plex_sim.add_item(plex_library.id, "/media/a.mp4")
    plex_sim.person_watches(key, until_ms=60_000, at=1000)
    (row,) = plex_wire.get("/library/sections/1/all?type=1")
    assert (row.get("viewOffset"), row.get("viewCount"), row.get("lastViewedAt")) == ("60000", None, "1000")
    plex_sim.person_watches(key, at=2000)
    (row,) = plex_wire.get("/library/sections/1/all?type=1")
    assert (row.get("viewOffset"), row.get("viewCount"), row.get("lastViewedAt")) == (None, "1", "2000")
    plex_wire.send("PUT", f"/:/scrobble?identifier=com.plexapp.plugins.library&key={key}")
    plex_sim.person_watches(key, at=3000, account=7)
    assert plex_sim.item(key).view_count == 2
    rows = plex_wire.get("/status/sessions/history/all?sort=viewedAt:desc")
    assert [(row.get("ratingKey"), row.get("viewedAt"), row.get("accountID")) for row in rows] == [
        (str(key), "3000", "7"),
        (str(key), "2000", str(OWNER_ACCOUNT)),
    ]
    assert len(plex_wire.get("/status/sessions/history/all?accountID=1&viewedAt%3E=2001")) == 0
    plex_wire.send(
        "PUT", f"/:/progress?identifier=com.plexapp.plugins.library&key={key}&time=5000&state=stopped"
    )
    assert plex_sim.item(key).view_offset_ms == 5000
    plex_wire.send("PUT", f"/:/unscrobble?identifier=com.plexapp.plugins.library&key={key}")
    assert (plex_sim.item(key).view_count, plex_sim.item(key).view_offset_ms) == (0, 0)


def test_the_history_comes_in_pages(plex_sim, plex_wire, plex_library):
    key = plex_sim.add_item(plex_library.id, "/media/a.mp4")
    for at in range(7):
        plex_sim.person_watches(key, at=1000 + at)
    page = plex_wire.get("/status/sessions/history/all?X-Plex-Container-Start=5&X-Plex-Container-Size=5")
    assert ([row.get("viewedAt") for row in page], page.get("totalSize")) == (["1005", "1006"], "7")
