"""What becomes of the Plex item of a scene that was deleted in Stash, by each choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events import JobFailed, JobSkipped
from sync_queue.intake import enqueue
from worker.mapping import MappingOptions

if TYPE_CHECKING:
    from tests.worker.conftest import World


def synced(world: World) -> tuple[int, int]:
    """A scene whose item shows all kinds of fields; a person has locked one, and added to a collection and a label."""
    scene, key = world.scene(title="Title", details="Text", tags=["T"], studio="Pier", groups=["Trains"])
    world.plex.person_edits(key, tagline="A person's")
    world.set(mapping=MappingOptions(labels=("Stash",)))
    world.sync(scene)
    tags = world.plex.item(key).tags
    world.plex.person_edits(key, collection=[*tags["collection"], "Mine"], label=[*tags["label"], "Kids"])
    return scene, key


def delete(world: World, scene: int) -> None:
    del world.stash.store.scenes[scene]
    enqueue(world.db, scene, trigger="Scene.Destroy.Post", priority=0, now=world.clock(), deleted=True)


def state(world: World, key: int) -> tuple[set[str], list[str], list[str]]:
    item = world.plex.item(key)
    return set(item.locks), sorted(item.tags.get("collection", [])), sorted(item.tags.get("label", []))


def test_by_default_nothing_is_written_nor_asked(world, heard):
    scene, key = synced(world)
    before, requests = state(world, key), len(world.plex.seen())
    delete(world, scene)
    world.drain()
    assert state(world, key) == before
    assert len(world.plex.seen()) == requests
    assert [event.reason for event in heard if isinstance(event, JobSkipped)] == ["deleted"]


def test_unlocked_its_fields_keep_their_values_and_a_persons_lock_stays(world, heard):
    scene, key = synced(world)
    world.set(deleted_scenes="unlock")
    before = world.plex.item(key)
    assert {"title", "summary", "genre", "tagline"} <= set(before.locks)
    delete(world, scene)
    world.drain()
    item = world.plex.item(key)
    assert set(item.locks) == {"tagline", "collection", "label"}  # those that the person's edits have set
    assert (item.fields, item.tags) == (before.fields, before.tags)
    assert world.ledger.of_scene(world.plex.options.machine_identifier, scene) == []
    assert world.queue.describe(scene) is None
    assert [event.reason for event in heard if isinstance(event, JobSkipped)] == ["deleted"]


def test_out_of_the_collections_and_labels_that_plexsync_put_it_into_and_no_other(world):
    scene, key = synced(world)
    world.set(deleted_scenes="leave_collections", override_locks=True)
    delete(world, scene)
    world.drain()
    _, collections, labels = state(world, key)
    assert (collections, labels) == (["Mine"], ["Kids"])
    assert world.plex.item(key).fields["title"] == "Title"
    (change, *_) = world.ledger.journal.of_scene(scene)
    assert change.field in {"collections", "labels"} and change.done


def test_a_lock_on_the_collections_that_a_person_has_set_is_respected(world):
    scene, key = synced(world)
    world.set(deleted_scenes="leave_collections")
    before = state(world, key)
    assert "collection" in before[0]
    delete(world, scene)
    world.drain()
    assert state(world, key)[1:] == before[1:]


@pytest.mark.parametrize("choice", ["unlock", "leave_collections"])
def test_an_item_that_is_gone_too_is_forgotten(world, heard, choice):
    scene, key = synced(world)
    world.set(deleted_scenes=choice)
    world.plex.delete_item(key)
    delete(world, scene)
    world.drain()
    assert world.ledger.of_scene(world.plex.options.machine_identifier, scene) == []
    assert [event.reason for event in heard if isinstance(event, JobSkipped)] == ["deleted"]


def test_while_plex_is_away_the_farewell_waits(world):
    scene, key = synced(world)
    world.set(deleted_scenes="unlock")
    delete(world, scene)
    fault = world.plex.faults.add("reset", match="PUT")
    world.drain()
    assert world.queue.describe(scene)["state"] == "pending"
    assert world.ledger.of_scene(world.plex.options.machine_identifier, scene) != []
    world.plex.faults.remove(fault)
    world.later(60)
    world.drain()
    assert "title" not in world.plex.item(key).locks
    assert world.ledger.of_scene(world.plex.options.machine_identifier, scene) == []


def test_a_plex_that_takes_no_edit_at_all_is_no_fault_of_the_item(world, heard):
    for number in range(3):
        world.put(world.scene(f"{number}.mp4", title="Other")[0])
    scene, key = synced(world)
    world.set(deleted_scenes="unlock")
    delete(world, scene)
    fault = world.plex.faults.add("status", match="PUT", status=500)
    for _ in range(world.options.retry.max_tries + 2):
        world.drain()
        world.later(601)
    assert not [event for event in heard if isinstance(event, JobFailed)]
    assert world.queue.describe(scene)["attempts"] == 0
    world.plex.faults.remove(fault)
    world.drain()
    assert "title" not in world.plex.item(key).locks


@pytest.mark.parametrize(("status", "failures"), [(500, 4), (403, 0)], ids=["again", "refused for good"])
def test_an_edit_that_fails_for_this_item_alone_is_let_go_at_last(world, heard, caplog, status, failures):
    for number in range(3):
        world.put(world.scene(f"{number}.mp4", title="Other")[0])
    scene, key = synced(world)
    world.set(deleted_scenes="unlock")
    delete(world, scene)
    world.plex.faults.add(
        "status", match=lambda r: r.method == "PUT" and r.get("id") == str(key), status=status
    )
    for _ in range(world.options.retry.max_tries):
        world.drain()
        world.later(601)
    assert len([event for event in heard if isinstance(event, JobFailed)]) == failures
    assert world.queue.describe(scene) is None
    assert world.dead.count() == 0
    assert "was deleted in Stash, and its Plex item stays as it is" in caplog.text
    assert "title" in world.plex.item(key).locks


def test_an_item_that_another_scene_has_by_now_is_left_to_it(world):
    scene, key = synced(world)
    world.set(deleted_scenes="unlock")
    twin = world.stash.store.add_scene(path="/media/one.mp4", size=1000, duration=60.0, title="Twin")
    del world.stash.store.scenes[scene]
    world.sync(twin)
    assert world.ledger.owner(world.plex.options.machine_identifier, key) == twin
    enqueue(world.db, scene, trigger="Scene.Destroy.Post", priority=0, now=world.clock(), deleted=True)
    world.drain()
    assert "title" in world.plex.item(key).locks
    assert world.plex.item(key).fields["title"] == "Twin"


@pytest.mark.parametrize("preserve", [True, False])
def test_what_a_person_has_changed_since_keeps_its_lock_and_with_it_its_value(world, preserve):
    scene, key = world.scene(title="Title", details="Text", tags=["T"])
    world.set(deleted_scenes="unlock", preserve_plex_edits=preserve)
    world.sync(scene)
    world.plex.person_edits(key, title="A person's", genre=["T", "Mine"])
    delete(world, scene)
    world.drain()
    assert {"title", "genre"} <= set(world.plex.item(key).locks)
    assert "summary" not in world.plex.item(key).locks
    world.plex.refresh(key)
    assert world.plex.item(key).fields["title"] == "A person's"
