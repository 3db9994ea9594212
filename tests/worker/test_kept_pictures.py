"""A picture that somebody else has locked costs no cover from Stash, and the other one of the item is still looked after."""

from __future__ import annotations

import pytest

from plex.images import content_hash
from simulators.stash.pictures import jpeg


def covers(world) -> list[str]:
    """The answers of Stash about covers since the last look."""
    seen = [text for text, _ in world.stash.requests if "/screenshot" in text]
    world.stash.requests.clear()
    return seen


def full_run(world, scene: int) -> None:
    world.later(60)
    world.put(scene, priority=2, trigger="sync_all")
    world.drain()


def test_with_both_pictures_locked_no_run_asks_for_the_cover(world):
    scene, key = world.scene(title="T", cover=jpeg("cover"))
    world.plex.person_locks(key, "thumb", "art")
    for _ in range(2):
        full_run(world, scene)
        assert covers(world) == []
    world.set(override_locks=True)
    full_run(world, scene)
    assert len(covers(world)) == 1
    assert content_hash(world.plex.item(key).poster) == content_hash(jpeg("cover"))


@pytest.mark.parametrize("locked", ["thumb", "art"])
def test_with_one_locked_the_other_is_asked_for_by_what_is_known_of_it(world, locked):
    scene, key = world.scene(title="T", cover=jpeg("first"))
    world.plex.person_locks(key, locked)
    full_run(world, scene)
    covers(world)
    world.edit(scene, details="Another text")
    world.drain()
    (known,) = [etag for text, etag in world.stash.requests if "/screenshot" in text]
    assert known  # so Stash answers that it is still the same, without the picture
    world.stash.store.scenes[scene].cover = jpeg("second")
    full_run(world, scene)
    shown = world.plex.item(key).art if locked == "thumb" else world.plex.item(key).poster
    assert content_hash(shown) == content_hash(jpeg("second"))
