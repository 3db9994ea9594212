"""Plex keeps every picture that it ever got: an upload whose answer was lost must not be made again."""

from __future__ import annotations

import pytest

from simulators.stash import jpeg

COVER = jpeg("the cover")
LATER_S = 601


@pytest.fixture
def lost(world):
    """A scene whose poster has arrived, but its answer has not; the background was not even sent."""
    world.plex.options.duplicate_uploads = True
    scene, key = world.scene(title="With a cover", cover=COVER)
    world.plex.faults.add("lost", match="POST", times=1)
    world.sync(scene)
    assert world.queue.describe(scene)["attempts"] == 1
    world.later(LATER_S)
    return scene, key


def posters(world, key):
    return [photo.data for photo in world.plex.item(key).posters if photo.data]


def test_an_upload_whose_answer_was_lost_is_not_made_again(world, lost):
    _, key = lost
    world.drain()
    assert posters(world, key) == [COVER]
    assert world.plex.item(key).art == COVER
    assert world.queue.describe(lost[0]) is None


def test_what_arrived_is_confirmed_and_asked_for_no_more(world, lost):
    scene, _ = lost
    world.drain()
    world.plex.forget_requests()
    world.sync(scene)
    assert not [request for request in world.plex.seen() if "posters" in request.path]
    assert not world.plex.writes()


def test_it_goes_up_again_when_plex_shows_another_picture(world, lost):
    _, key = lost
    world.plex.person_edits(key, poster=b"\xff\xd8\xff somebody's own")
    world.set(override_locks=True)
    world.drain()
    assert world.plex.item(key).poster == COVER


def test_it_goes_up_again_when_plex_does_not_give_the_picture_out(world, lost):
    _, key = lost
    world.plex.faults.add("status", match=r"GET /library/metadata/\d+/file", status=500)
    world.drain()
    assert posters(world, key) == [COVER, COVER]


def test_a_new_cover_goes_up_whatever_became_of_the_one_before(world, lost):
    scene, key = lost
    world.stash.store.scenes[scene].cover = jpeg("another cover")
    world.sync(scene)
    assert world.plex.item(key).poster == jpeg("another cover")


def test_a_scene_that_is_as_it_was_leaves_the_ledger_as_it_was(world):
    scenes = [world.scene(f"{number}.mp4", title=f"T{number}", cover=COVER)[0] for number in range(25)]
    statements: list[str] = []
    for _ in range(2):
        for scene in scenes:
            world.put(scene, priority=2)
        statements.clear()
        world.db.set_trace_callback(statements.append)
        assert world.drain().processed == 25
        world.db.set_trace_callback(None)
    assert not [text for text in statements if "INTO ledger" in text]
