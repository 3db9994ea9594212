"""Scenes that wait for Plex to find their file are woken by whoever sees the file come, however that look ended."""

from __future__ import annotations

import pytest

from events import JobSucceeded


def waiting_scene(world) -> tuple[int, str]:
    """A scene whose file Plex has not found, after the drain that said so."""
    scene, _ = world.scene("late.mp4", in_plex=False, title="Late")
    world.sync(scene)
    assert world.queue.count().waiting_for_plex == 1
    return scene, "/media/late.mp4"


def test_a_look_that_fails_at_the_second_library_loses_no_news_of_the_first(world, heard):
    other = world.plex.add_section("Second", locations=("/second",))
    scene, path = waiting_scene(world)
    key = world.plex.add_item(world.section, path, size=1000, duration_ms=60_000)
    world.plex.faults.add("status", match=f"/library/sections/{other.id}/all", status=500, times=1)
    world.later(60)
    assert world.drain().reason == "plex_trouble"
    assert world.queue.count().waiting_for_plex == 1
    world.drain()  # no look is due so soon: the news of the failed one are on disk
    assert [event.scene_id for event in heard if isinstance(event, JobSucceeded)] == [scene]
    assert world.plex.item(key).fields["title"] == "Late"


def test_a_look_taken_for_another_scene_wakes_the_waiting_one(world, heard):
    scene, path = waiting_scene(world)
    world.plex.add_item(world.section, path, size=1000, duration_ms=60_000)
    unknown, _ = world.scene("unknown.mp4", in_plex=False)
    world.later(5)
    world.sync(unknown)
    assert [event.scene_id for event in heard if isinstance(event, JobSucceeded)] == [scene]
    assert world.queue.count().waiting_for_plex == 1


def test_who_starts_a_sync_by_hand_waits_for_no_look(world, heard):
    """A person lets Plex scan and presses "Sync Queued Scenes": that the last look was seconds ago is no reason to leave it."""
    scene, path = waiting_scene(world)
    world.drain()
    world.plex.add_item(world.section, path, size=1000, duration_ms=60_000)
    world.later(1)
    world.drain()
    assert not [event for event in heard if isinstance(event, JobSucceeded)]
    world.drain(by_hand=True)
    assert [event.scene_id for event in heard if isinstance(event, JobSucceeded)] == [scene]


def test_by_hand_plex_is_asked_for_no_news_when_nothing_waits(world):
    scene, _ = world.scene(title="Here")
    world.sync(scene)
    world.plex.forget_requests()
    world.drain(by_hand=True)
    assert not world.plex.seen()


def test_news_are_told_once(world):
    scene, _ = world.scene("late.mp4", in_plex=False)
    world.sync(scene)
    world.plex.add_item(
        world.section, "/media/else/late.mp4", size=7, duration_ms=7000
    )  # another file of that name
    world.later(60)
    world.drain()
    before = world.queue.describe(scene)
    world.drain()
    assert world.queue.describe(scene) == before


def test_every_name_of_a_long_news_list_is_told(world, monkeypatch):
    monkeypatch.setattr("plex.index_store.NEWS_AT_ONCE", 7)
    scenes = [world.scene(f"{number}.mp4", in_plex=False)[0] for number in range(20)]
    for scene in scenes:
        world.put(scene)
    world.drain()
    assert world.queue.count().waiting_for_plex == 20
    for number in range(20):
        world.plex.add_item(world.section, f"/media/{number}.mp4", size=1000, duration_ms=60_000)
    world.put(world.scene("another.mp4", in_plex=False)[0])  # what makes the drain look at Plex
    world.later(60)
    world.drain()
    assert world.queue.count().waiting_for_plex == 1


@pytest.mark.parametrize("copies", [0, 2])
def test_a_file_that_plex_finds_before_the_scene_is_noted_as_waiting_wakes_it(
    world, heard, monkeypatch, copies
):
    """The next batch's look meets the file while the first batch, in which it was not found, is still under way."""
    monkeypatch.setattr("worker.matching.FRESH_ENOUGH_S", -1.0)
    world.set(batch_size=1)
    scene, _ = world.scene("late.mp4", in_plex=False, title="Late")
    for number in range(
        copies
    ):  # with several that could be meant it is given up, and taken up when the right one appears
        world.plex.add_item(world.section, f"/other/{number}/late.mp4", size=1000, duration_ms=60_000)
    unknown, _ = world.scene("unknown.mp4", in_plex=False)
    looks = []

    def found(request):
        if request.path == f"/library/sections/{world.section}/all":
            looks.append(request)
            if len(looks) == appears_at:
                world.plex.add_item(world.section, "/media/late.mp4", size=1000, duration_ms=60_000)
        return False

    appears_at = -1
    world.plex.faults.add("status", match=found)
    for _ in range(2):  # the second time the index is there
        looks.clear()
        world.put(scene)
        world.drain()
        world.later(5)
    assert (world.queue.count().waiting_for_plex, world.dead.count()) == ((0, 1) if copies else (1, 0))
    appears_at = len(looks) + 1
    looks.clear()
    world.put(scene)
    world.later(1)
    world.put(unknown)
    world.drain()
    assert len(looks) >= appears_at
    assert [event.scene_id for event in heard if isinstance(event, JobSucceeded)] == [scene]
    assert (world.queue.count().waiting_for_plex, world.dead.count()) == (1, 0)
