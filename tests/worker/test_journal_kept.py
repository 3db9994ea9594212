"""What the journal and the ledger keep of each field, through kills, refusals and Plex's own spelling."""

from __future__ import annotations

import pytest

from sync_queue.intake import RUN
from worker.journaling import outcomes_after


def told(world, scene):
    """What was really changed for a scene, the oldest first: (field, old, new)."""
    changes = reversed(world.ledger.journal.of_scene(scene, limit=99))
    return [(one.field, one.old, one.new) for one in changes if one.done]


def opened(world):
    return [one.field for one in world.ledger.journal.recent(limit=99) if not one.done]


def test_each_edit_leaves_its_fields_with_old_and_new_values(world):
    scene, key = world.scene(title="One", tags=["b", "a"])
    world.sync(scene)
    world.later(60)
    world.stash.store.scenes[scene].tag_ids.pop(0)
    world.edit(scene, title="Two")
    world.drain()
    assert told(world, scene) == [
        ("title", "one", "One"),
        ("tags", [], ["b", "a"]),
        ("title", "One", "Two"),
        ("tags", ["b", "a"], ["a"]),
    ]
    last = world.ledger.journal.of_scene(scene)[0]
    assert (last.rating_key, last.at, last.server) == (
        key,
        world.clock(),
        world.plex.options.machine_identifier,
    )
    assert len(last.drain_id) == 8
    assert opened(world) == []


def test_what_is_equal_leaves_nothing(world):
    scene, _ = world.scene(title="One")
    world.sync(scene)
    count = len(told(world, scene))
    world.sync(scene)
    assert len(told(world, scene)) == count


def test_a_picture_stands_there_by_its_hash(world):
    cover = b"\xff\xd8\xff" + b"1" * 200
    scene, _ = world.scene(title="one", cover=cover)
    world.sync(scene)
    pictures = [one for one in told(world, scene) if one[0] in {"poster", "background"}]
    assert [(field, old) for field, old, _ in pictures] == [("poster", ""), ("background", "")]
    assert all(len(new) == 64 for _, _, new in pictures)
    assert opened(world) == []


def test_so_does_one_of_an_item_that_a_run_found_unmoved(world):
    pairs = [world.scene(f"{n}.mp4", title=f"T{n}") for n in range(25)]
    run_over_all(world, pairs)
    scene, key = pairs[7]
    world.stash.store.scenes[scene].cover = (
        b"\xff\xd8\xff" + b"2" * 200
    )  # Stash tells of it nowhere but there
    run_over_all(world, pairs)
    assert world.plex.item(key).poster == world.stash.store.scenes[scene].cover
    assert [field for field, _, _ in told(world, scene)] == ["title", "poster", "background"]
    assert opened(world) == []
    (entry,) = world.ledger.of_scene(world.plex.options.machine_identifier, scene)
    assert entry.outcomes["poster"][::2] == ["changed", world.clock()]


def run_over_all(world, pairs):
    world.later(60)
    for scene, _ in pairs:
        world.put(scene, priority=RUN, trigger="sync_all")
    world.drain()


def test_a_kill_between_write_and_commit_leaves_no_gap(world, monkeypatch):
    scene, _ = world.scene(title="Before the kill")

    def killed(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("worker.processor.Processor._read_back", killed)
        with pytest.raises(KeyboardInterrupt):
            world.sync(scene)
    assert opened(world) == ["title"]
    world.drain()
    assert told(world, scene) == [("title", "one", "Before the kill")]
    assert opened(world) == []


def test_a_write_that_never_arrived_is_taken_back_by_the_one_that_does(world):
    scene, _ = world.scene(title="Second time")
    world.plex.faults.add(match="PUT /library/sections", kind="status", status=500, times=1)
    world.sync(scene)
    assert opened(world) == ["title"]
    world.later(5)
    world.drain()
    assert told(world, scene) == [("title", "one", "Second time")]
    assert opened(world) == []


def test_the_ledger_has_the_last_result_of_each_field_and_when_it_was_written(world):
    scene, key = world.scene(title="One", rating100=80)
    world.sync(scene)
    first = world.clock()
    world.later(60)
    world.edit(scene, title="Two")
    world.drain()
    entry = world.ledger.get(world.plex.options.machine_identifier, key)
    assert entry.outcomes["title"] == ["changed", first + 60, first + 60]
    assert entry.outcomes["rating"] == ["equal", first + 60, first]
    assert entry.outcomes["summary"] == ["equal", first + 60, None]


def test_a_failed_write_leaves_the_fields_that_failed(world):
    scene, key = world.scene(title="One")
    world.sync(scene)
    written = world.clock()
    world.plex.faults.add(match="PUT /library/sections", kind="status", status=400, times=None)
    world.later(60)
    world.edit(scene, title="Two")
    world.drain()
    entry = world.ledger.get(world.plex.options.machine_identifier, key)
    assert entry.outcomes["title"] == ["failed", written + 60, written]
    assert entry.record.base["title"] == "One"


def test_outcomes_of_fields_that_a_try_does_not_touch_stay():
    before = {"title": ["changed", 1.0, 1.0], "studio": ["equal", 1.0, None]}
    after = outcomes_after(before, {"title": "kept"}, 2.0)
    assert after == {"title": ["kept", 2.0, 1.0], "studio": ["equal", 1.0, None]}
    assert before["title"] == ["changed", 1.0, 1.0]
