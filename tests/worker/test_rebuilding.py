"""A database that was lost is built anew: nothing equal is written, what changed arrives, and what is a person's stays."""

from __future__ import annotations

import logging
import time

import pytest

from simulators.stash.pictures import jpeg
from sync_queue.database import DatabaseCorrupt
from sync_queue.repair import everything_is_due, set_aside
from tests.worker.conftest import World
from tests.worker.outage_world import lines, watch


def lose_everything(world: World, **options) -> World:
    """The file becomes garbage and is set aside; returns a world over the new one."""
    world.close()
    (world.folder / "queue.sqlite").write_bytes(b"garbage" * 1000)
    assert set_aside(world.folder / "queue.sqlite", world.clock()) is not None
    again = World(
        world.plex, world.stash, world.folder, world.section, clock=world.clock, options=world.options
    )
    again.set(**options)
    return again


@pytest.fixture
def synced(world):
    """Scenes in step, each with a cover; titles are T0, T1, …"""
    made = [
        world.scene(f"{n}.mp4", title=f"T{n}", details=f"D{n}", tags=["a", "b"], cover=jpeg(f"c{n}"))
        for n in range(6)
    ]
    for scene, _ in made:
        world.put(scene)
    world.drain()
    world.plex.forget_requests()
    return made


def test_what_is_equal_is_neither_written_nor_uploaded_again(world, synced, caplog):
    caplog.set_level(logging.INFO, logger="plexsync")
    world = lose_everything(world)
    assert world.drain().processed == 6
    assert world.plex.writes() == []
    assert "The database was built anew: 6 scenes are compared with Plex" in lines(caplog)
    assert not everything_is_due(world.db)
    world.close()


def test_a_change_that_the_lost_file_knew_of_arrives(world, synced):
    (first, key), (second, other), (third, shown) = synced[:3]
    world.stash.store.scenes[first].values["title"] = "Changed"
    world.stash.store.scenes[second].values["details"] = ""
    world.stash.store.scenes[third].cover = jpeg("another")
    world = lose_everything(world)
    world.drain()
    assert world.plex.item(key).fields["title"] == "Changed"
    assert "summary" not in world.plex.item(other).fields
    assert world.plex.item(shown).poster == jpeg("another")
    world.edit(first, title="Changed again")
    world.drain()
    assert world.plex.item(key).fields["title"] == "Changed again"
    world.close()


def test_a_scene_that_has_nothing_but_a_title_is_recognised_too(world):
    scene, key = world.scene(title="Before")
    world.sync(scene)
    world.stash.store.scenes[scene].values["title"] = "After"
    world = lose_everything(world)
    world.drain()
    assert world.plex.item(key).fields["title"] == "After"
    world.close()


def test_with_preserve_a_difference_may_be_a_persons_edit_and_stays(world, synced):
    _, key = synced[0]
    world.plex.person_edits(key, title="A person's")
    world = lose_everything(world, preserve_plex_edits=True)
    world.drain()
    assert world.plex.item(key).fields["title"] == "A person's"
    scene = synced[0][0]
    world.edit(scene, details="New details")
    world.drain()
    assert world.plex.item(key).fields["summary"] == "New details"
    world.close()


def test_what_a_person_locked_on_an_item_that_was_never_synced_stays(world, synced):
    _, key = world.scene("new.mp4", title="Stash says")
    world.plex.person_edits(key, title="Theirs")
    world = lose_everything(world)
    world.drain()
    assert world.plex.item(key).fields["title"] == "Theirs"
    world.close()


def test_tags_that_a_person_added_stay_and_those_of_stash_are_ours_again(world, synced):
    scene, key = synced[0]
    world.plex.person_edits(key, genre=["a", "b", "theirs"])
    world = lose_everything(world)
    world.drain()
    world.stash.store.scenes[scene].tag_ids.pop()
    world.put(scene)
    world.drain()
    assert sorted(world.plex.item(key).tags["genre"]) == ["a", "theirs"]
    world.close()


def test_the_scenes_are_queued_when_stash_is_back(world, synced):
    world.stash.store.scenes[synced[0][0]].values["title"] = "Changed"
    world = lose_everything(world)
    world.stash.refuse()
    watch(world, broken_s=30.0, mend=world.stash.resume)
    assert world.plex.item(synced[0][1]).fields["title"] == "Changed"
    world.close()


def test_a_value_that_cannot_be_read_is_told_at_once_and_no_scene_pays_for_it(world, synced):
    world.db.execute("UPDATE ledger SET record = '{\"base' WHERE rating_key = ?", (synced[3][1],))
    for scene, _ in synced:
        world.edit(scene, details="New")
    start = time.monotonic()
    with pytest.raises(DatabaseCorrupt, match="malformed"):
        world.drain()
    assert time.monotonic() - start < 25.0  # a row that stood half read would keep the file locked for 30 s
    assert world.dead.count() == 0
    assert world.db.execute("SELECT max(attempts) FROM jobs").fetchone()[0] == 0
