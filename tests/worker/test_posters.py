"""Posters in their shape, from Stash to Plex over real HTTP, by the real ffmpeg."""

from __future__ import annotations

import os
import stat

import pytest

from events import JobSucceeded
from plex.images import jpeg_size
from simulators.stash.pictures import jpeg
from sync_queue.intake import RUN
from tests.worker.ffmpeg_pictures import FFMPEG, cover, needs_ffmpeg
from worker.mapping import MappingOptions
from worker.shaping import CROP, HEIGHT, LETTERBOX, ORIGINAL, WIDTH

pytestmark = needs_ffmpeg


@pytest.fixture(scope="module")
def picture() -> bytes:
    return cover("mjpeg")


def run(world, scene: int, shape: str, ffmpeg: str = FFMPEG) -> int:
    """A full run with this setting; how many pictures went up."""
    world.set(mapping=MappingOptions(poster_shape=shape), ffmpeg=ffmpeg)
    world.put(scene, priority=RUN, trigger="sync_all")
    before = uploads(world)
    assert world.drain().processed == 1
    return uploads(world) - before


def uploads(world) -> int:
    return sum(request.method == "POST" for request in world.plex.requests)


def form(world, key: int) -> tuple[str, bool]:
    """The poster's form, and whether the background is the cover as it is."""
    item = world.plex.item(key)
    cover_is = world.stash.store.scenes[1].cover
    poster = "original" if item.poster == cover_is else f"{jpeg_size(item.poster)}"
    return poster, item.art == cover_is


def test_a_poster_gets_its_shape_once_and_the_background_stays_as_it_is(world, picture):
    scene, key = world.scene(title="T", cover=picture)
    assert run(world, scene, LETTERBOX) == 2
    assert form(world, key) == (f"({WIDTH}, {HEIGHT})", True)
    letterboxed = world.plex.item(key).poster
    assert run(world, scene, LETTERBOX) == 0
    world.edit(scene, title="T2")
    world.drain()
    assert world.plex.item(key).poster == letterboxed
    assert uploads(world) == 2


def test_another_shape_is_one_upload_and_so_is_the_way_back(world, picture):
    scene, key = world.scene(title="T", cover=picture)
    assert run(world, scene, ORIGINAL) == 2
    assert form(world, key) == ("original", True)
    assert run(world, scene, CROP) == 1
    assert form(world, key) == (f"({WIDTH}, {HEIGHT})", True)
    cropped = world.plex.item(key).poster
    assert run(world, scene, LETTERBOX) == 1
    assert world.plex.item(key).poster != cropped
    assert run(world, scene, ORIGINAL) == 1
    assert form(world, key) == ("original", True)
    assert run(world, scene, ORIGINAL) == 0


def test_a_new_cover_is_shaped_and_goes_up(world, picture):
    scene, key = world.scene(title="T", cover=picture)
    run(world, scene, LETTERBOX)
    before = world.plex.item(key).poster
    world.stash.store.scenes[scene].cover = cover("mjpeg", "320x180")
    world.edit(scene)
    world.drain()
    assert world.plex.item(key).poster not in {before, world.stash.store.scenes[scene].cover}
    assert uploads(world) == 4


def test_without_an_ffmpeg_the_poster_goes_up_as_it_is_and_gets_its_shape_when_there_is_one(world, picture):
    scene, key = world.scene(title="T", cover=picture)
    assert run(world, scene, LETTERBOX, ffmpeg="") == 2
    assert form(world, key) == ("original", True)
    assert run(world, scene, LETTERBOX, ffmpeg="") == 0
    assert run(world, scene, LETTERBOX) == 1
    assert form(world, key) == (f"({WIDTH}, {HEIGHT})", True)


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands in for ffmpeg")
def test_an_ffmpeg_that_fails_is_noted_and_costs_no_upload_the_next_time(world, picture, tmp_path, heard):
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(broken.stat().st_mode | stat.S_IXUSR)
    scene, key = world.scene(title="T", cover=picture)
    assert run(world, scene, LETTERBOX, ffmpeg=str(broken)) == 2
    done = next(event for event in heard if isinstance(event, JobSucceeded))
    assert "the poster goes up as it is: ffmpeg ended with 3" in done.notes
    assert form(world, key) == ("original", True)
    assert run(world, scene, LETTERBOX, ffmpeg=str(broken)) == 0
    assert run(world, scene, LETTERBOX) == 1


def test_the_drawing_that_stash_shows_without_a_cover_is_not_uploaded(world):
    scene, key = world.scene(title="T")
    assert run(world, scene, LETTERBOX) == 0
    assert world.plex.item(key).poster is None


def test_a_picture_that_a_person_has_locked_stays_also_where_the_listing_alone_is_looked_at(world):
    made = [world.scene(f"{n}.mp4", title=f"T{n}", cover=jpeg(f"cover {n}")) for n in range(25)]
    key = made[3][1]
    world.plex.person_locks(key, "thumb", "art")
    for _ in range(2):
        for scene, _ in made:
            world.put(scene, priority=2, trigger="sync_all")
        assert world.drain().processed == 25
        uploads = [request for request in world.plex.requests if request.method == "POST"]
        assert len(uploads) == 2 * 24
        assert not [request for request in uploads if f"/{key}/" in request.path]
