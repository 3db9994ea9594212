"""A Stash that has lost its scenes takes nothing out of Plex before a person has said that it is meant."""

from __future__ import annotations

import pytest

from sync_queue.reconciling import is_to_say
from tests.worker.test_reconcile import compare, position, synced
from worker.collapse import MOST_GONE, ScenesGone
from worker.options import UNLOCK


def test_an_emptied_stash_unlocks_and_forgets_nothing(world):
    world.set(deleted_scenes=UNLOCK)
    pairs = synced(world, 30)
    locks = [world.plex.item(key).locks for _, key in pairs]
    world.stash.store.scenes.clear()
    with pytest.raises(ScenesGone, match="30 of the 30 scenes that were synced are no longer in Stash"):
        compare(world)
    world.drain()
    assert [world.plex.item(key).locks for _, key in pairs] == locks
    assert world.ledger.count(world.plex.options.machine_identifier) == 30


def test_one_that_is_confirmed_is_done(world):
    world.set(deleted_scenes=UNLOCK)
    pairs = synced(world, 30)
    world.stash.store.scenes.clear()
    assert compare(world, position(world, confirmed=True)).found == {"orphaned": 30}
    world.drain()
    assert {world.plex.item(key).locks == set() for _, key in pairs} == {True}
    assert world.ledger.count(world.plex.options.machine_identifier) == 0


@pytest.mark.parametrize(("gone", "refused"), [(MOST_GONE, False), (21, False), (23, True)])
def test_twenty_and_the_smaller_half_may_be_gone(world, gone, refused):
    pairs = synced(world, 44)
    for scene, _ in pairs[:gone]:
        del world.stash.store.scenes[scene]
    if refused:
        with pytest.raises(ScenesGone):
            compare(world)
    else:
        assert compare(world).found["orphaned"] == gone


def test_a_scan_that_gave_every_scene_another_number_is_a_collapse_too(world):
    pairs = synced(world, 25)
    store = world.stash.store.scenes
    for scene, _ in pairs:
        row = store.pop(scene)
        world.stash.store.add_scene(files=[(row.files[0].path, 1000, 60.0)], **row.values)
    with pytest.raises(ScenesGone):
        compare(world)


def test_what_starts_by_itself_says_so_once_a_day(world):
    now = world.clock()
    assert is_to_say(world.db, now)
    assert not is_to_say(world.db, now + 600)
    assert is_to_say(world.db, now + 90_000)
