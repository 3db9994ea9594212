"""A pull and a restore meet: what a restore has written into Plex is nobody's new rating, and what is held stays so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plex.watched import pages_of
from stash import played
from tests.worker.pull_world import RATING, edited, pull, stash_has
from tests.worker.restore_world import last_drain, restore

if TYPE_CHECKING:
    from tests.worker.conftest import World


def rating(world: World, key: int) -> str:
    shown: str = world.plex.item(key).fields.get(RATING, "")
    return shown


@pytest.fixture
def rated(world):
    """Five stars of ten in Plex from before; Stash's eight were written over them, and ratings are pulled from now on."""
    world.plex.library.clock = world.clock
    world.stash.store._clock = world.clock
    scene, key = world.scene(title="T", rating100=80)
    world.plex.person_rates(key, 5)
    world.later(100)
    world.sync(scene)
    assert rating(world, key) == "8.0"
    world.set(pulled=frozenset({RATING}))
    world.later(100)
    return world, scene, key


@pytest.mark.parametrize("what", ["all", "drain"])
@pytest.mark.parametrize("conflicts", ["newest", "plex", "stash"])
def test_stars_that_a_restore_put_back_are_not_brought_to_stash(rated, what, conflicts):
    world, scene, key = rated
    restore(world, drain=last_drain(world) if what == "drain" else "")
    assert rating(world, key) == "5.0"
    world.later(100)
    assert pull(world, conflicts=conflicts).changes == []
    world.queue.unhold()
    world.drain()
    pull(world, conflicts=conflicts)
    world.drain()
    assert (stash_has(world, scene)[0], rating(world, key)) == (80, "8.0")
    restore(world)
    assert rating(world, key) == "5.0"


def test_stars_that_a_person_gave_after_the_restore_are(rated):
    world, scene, key = rated
    restore(world)
    world.later(100)
    world.plex.person_rates(key, 3)
    assert restore(world).restored == 0
    world.queue.unhold()
    world.drain()
    pull(world)
    world.drain()
    assert (stash_has(world, scene)[0], rating(world, key)) == (30, "3.0")


def test_a_scene_that_is_held_while_a_pull_is_at_work_is_left_alone(rated, monkeypatch):
    world, scene, key = rated
    world.plex.person_rates(key, 3)
    read = played.read

    def restored_meanwhile(*args: Any) -> Any:
        restore(world)
        return read(*args)

    monkeypatch.setattr(played, "read", restored_meanwhile)
    assert pull(world).changes == []
    assert stash_has(world, scene)[0] == 80


def test_a_sync_that_writes_while_the_listing_is_under_way_is_nobodys_rating(rated, monkeypatch):
    world, scene, key = rated

    def synced_meanwhile(*args: Any) -> Any:
        for page in pages_of(*args):
            world.later(1)
            edited(world, scene, rating100=60)
            world.sync(scene)
            world.later(1)
            yield page

    with monkeypatch.context() as patch:
        patch.setattr("worker.pull_news.pages_of", synced_meanwhile)
        pull(world)
    assert (stash_has(world, scene)[0], rating(world, key)) == (60, "6.0")
    assert pull(world).changes == []
