"""A person says which item shows a scene; and of two scenes that could have one item, who has it."""

from __future__ import annotations

import pytest

from events import JobFailed, JobSkipped, MatchScored
from sync_queue.pins import Pin, Pins


def last(heard, kind):
    return next(event for event in reversed(heard) if isinstance(event, kind))


def pin(world, scene: int, key: int, path: str = "") -> None:
    path = path or world.plex.item(key).files[0]
    Pins(world.db).put(
        world.plex.options.machine_identifier, Pin(scene_id=scene, rating_key=key, path=path), world.clock()
    )


def pinned(world, scene: int) -> Pin | None:
    return Pins(world.db).of_scene(world.plex.options.machine_identifier, scene)


def title(world, key: int) -> str:
    shown: str = world.plex.item(key).fields["title"]
    return shown


def test_a_pin_is_honoured_before_any_evidence(world, heard):
    scene, by_path = world.scene(title="Pinned")
    other = world.plex.add_item(world.section, "/other/name.mkv", size=7, duration_ms=7_000)
    pin(world, scene, other)
    world.sync(scene)
    scored = last(heard, MatchScored)
    assert (scored.confidence, scored.score, scored.method, scored.targets) == (
        "high",
        1.0,
        "pinned",
        (other,),
    )
    assert [(one.rating_key, one.evidence) for one in scored.candidates] == [(other, "pinned")]
    assert (title(world, other), title(world, by_path)) == ("Pinned", "one")
    Pins(world.db).remove(scene)
    world.sync(scene)
    assert last(heard, MatchScored).method == "exact path"
    assert title(world, by_path) == "Pinned"


def test_a_pin_ends_an_uncertain_match(world, heard):
    keys = [
        world.plex.add_item(world.section, f"/other/{folder}/one.mp4", size=1000, duration_ms=60_000)
        for folder in "ab"
    ]
    scene, _ = world.scene(title="Chosen", in_plex=False)
    world.sync(scene)
    assert last(heard, JobFailed).error_type == "AmbiguousMatch"
    pin(world, scene, keys[1])
    world.sync(scene)
    assert [title(world, key) for key in keys] == ["one", "Chosen"]
    assert world.dead.count() == 0


def test_a_pinned_item_that_plex_has_taken_up_anew_is_found_by_its_file(world, heard):
    scene, _ = world.scene(title="One")
    key = world.plex.add_item(world.section, "/other/name.mkv")
    pin(world, scene, key)
    world.sync(scene)
    new = world.plex.readd_item(key)
    world.edit(scene, title="Two")
    world.drain()
    assert last(heard, MatchScored).method == "pinned"
    assert title(world, new) == "Two"
    assert pinned(world, scene) == Pin(scene_id=scene, rating_key=new, path="/other/name.mkv")


def test_a_pinned_item_whose_file_moved_stays_pinned_and_its_new_place_is_known(world):
    scene, _ = world.scene(title="One")
    key = world.plex.add_item(world.section, "/other/name.mkv")
    pin(world, scene, key)
    world.sync(scene)
    world.later(60)
    world.plex.move_item(key, "/elsewhere/name.mkv")
    world.edit(scene, title="Two")
    world.drain()
    assert title(world, key) == "Two"
    assert pinned(world, scene) == Pin(scene_id=scene, rating_key=key, path="/elsewhere/name.mkv")


def test_a_pin_to_an_item_that_is_gone_waits_and_says_so(world, heard):
    """The scene's own path would match: but a person has said otherwise."""
    scene, by_path = world.scene(title="One")
    key = world.plex.add_item(world.section, "/other/name.mkv")
    pin(world, scene, key)
    world.plex.delete_item(key)
    world.sync(scene)
    failed = last(heard, JobFailed)
    assert failed.error_type == "PlexNotFound"
    assert "to which the scene is pinned; pin it to another, or unpin it" in failed.message
    assert title(world, by_path) == "one"
    assert world.queue.count().waiting_for_plex == 1


def test_an_item_belongs_to_the_scene_that_is_pinned_to_it(world, heard):
    """Whoever has it by evidence, or had it before."""
    by_path, key = world.scene(title="By path")
    world.sync(by_path)
    scene, _ = world.scene("two.mp4", title="Pinned", in_plex=False)
    pin(world, scene, key)
    world.sync(scene)
    assert title(world, key) == "Pinned"
    world.edit(by_path, title="By path again")
    world.drain()
    assert last(heard, JobSkipped).reason == "shared_item"
    assert title(world, key) == "Pinned"


def test_a_pin_goes_with_its_scene(world):
    scene, key = world.scene(title="One")
    pin(world, scene, key)
    other, _ = world.scene("one.mp4", title="The other scene of this file", in_plex=False)
    del world.stash.store.scenes[scene]
    world.sync(scene)
    assert pinned(world, scene) is None
    world.sync(other)
    assert title(world, key) == "The other scene of this file"


# --- without a pin ---


def twin(world, path: str, **values) -> int:
    """A scene with the same size and duration as the item of the other."""
    scene: int = world.stash.store.add_scene(path=path, size=5_000_000, duration=60.0, **values)
    return scene


@pytest.mark.parametrize("together", [True, False])
def test_the_better_evidence_has_the_item(world, heard, together):
    """Though the weaker one came first, in the same batch or long ago."""
    key = world.plex.add_item(world.section, "/media/one.mp4", size=5_000_000, duration_ms=60_000)
    renamed = twin(world, "/data/a copy.mp4", title="Copy")
    world.put(renamed)
    if not together:
        world.drain()
        assert title(world, key) == "Copy"
    exact = twin(world, "/media/one.mp4", title="Exact")
    world.put(exact)
    world.drain()
    assert title(world, key) == "Exact"
    world.sync(renamed)
    assert last(heard, JobSkipped).reason == "shared_item"
    assert title(world, key) == "Exact"


@pytest.mark.parametrize("by_pin", [True, False])
def test_a_scene_with_more_right_to_an_item_that_is_being_written_has_it_afterwards(world, by_pin):
    """In a run over a library the two are in two batches, and the second is begun while the first is written."""
    world.set(batch_size=1)
    key = world.plex.add_item(world.section, "/media/one.mp4", size=5_000_000, duration_ms=60_000)
    weak = twin(world, "/data/a copy.mp4", title="Copy")
    strong = twin(world, "/else/another.mp4" if by_pin else "/media/one.mp4", title="Strong")
    if by_pin:
        pin(world, strong, key)
    for scene in (weak, strong):
        world.put(scene, priority=2, trigger="sync_all")
    world.drain()
    assert title(world, key) == "Strong"
    assert world.queue.count().pending == world.queue.count().in_flight == 0


def test_of_equal_evidence_the_scene_that_has_the_item_keeps_it(world):
    key = world.plex.add_item(world.section, "/media/x/one.mp4", size=5_000_000, duration_ms=60_000)
    first, second = twin(world, "/a/one.mp4", title="First"), twin(world, "/b/one.mp4", title="Second")
    for scene in (first, second, first, second):
        world.sync(scene)
    assert title(world, key) == "First"
    del world.stash.store.scenes[first]
    world.sync(second)
    assert title(world, key) == "Second"


# --- found again ---


def test_a_scene_that_was_moved_in_stash_is_found_again(world, heard):
    scene, key = world.scene(title="One")
    world.sync(scene)
    world.stash.store.scenes[scene].files[0].path = "/media/sorted/2021/one.mp4"
    world.edit(scene, title="Two")
    world.drain()
    assert last(heard, MatchScored).method == "name, size and duration"
    assert title(world, key) == "Two"


def test_an_item_that_was_moved_or_taken_up_anew_in_plex_is_found_again(world):
    scene, key = world.scene(title="One")
    world.sync(scene)
    world.later(60)
    world.plex.move_item(key, "/media/sorted/one.mp4")
    world.edit(scene, title="Two")
    world.drain()
    assert title(world, key) == "Two"
    new = world.plex.readd_item(key)
    world.edit(scene, title="Three")
    world.drain()
    assert title(world, new) == "Three"


def test_a_file_that_was_renamed_on_both_sides_one_after_the_other_is_found_each_time(world):
    key = world.plex.add_item(world.section, "/media/old.mp4", size=5_000_000, duration_ms=60_000)
    scene = twin(world, "/media/old.mp4", title="One")
    world.sync(scene)
    world.stash.store.scenes[scene].files[0].path = "/media/new.mp4"
    world.edit(scene, title="Two")
    world.drain()
    assert title(world, key) == "Two"
    world.later(60)
    world.plex.move_item(key, "/media/new.mp4")
    world.edit(scene, title="Three")
    world.drain()
    assert title(world, key) == "Three"


def test_a_file_that_was_replaced_in_both_places_is_matched_again_when_plex_has_noticed(world, heard):
    """Until then another file may lie there; nobody has to press a button afterwards."""
    scene, key = world.scene("flat.mp4", title="New", size=1000, duration=60.0)
    world.stash.store.scenes[scene].files[0].size = 2000
    world.stash.store.scenes[scene].files[0].duration = 90.0
    world.sync(scene)
    assert last(heard, JobFailed).error_type == "AmbiguousMatch"
    world.later(60)
    world.plex.replace_file(key, size=2000, duration_ms=90_000)
    other, _ = world.scene("other.mp4", title="Whatever else", in_plex=False)
    world.sync(other)
    world.drain()
    assert title(world, key) == "New"
    assert world.dead.count() == 0
