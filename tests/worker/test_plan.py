"""What a preview says of single scenes, and that it writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plex.exceptions import PlexError
from simulators.stash.pictures import jpeg
from sync_queue.pins import Pin, Pins
from tests.worker.look_before import assert_the_sync_does_the_same, look, sync
from worker.mapping import MappingOptions
from worker.templates import Template

if TYPE_CHECKING:
    from worker.scene_plan import ScenePlan


def told(plan: ScenePlan) -> dict[str, tuple[object, object, str]]:
    """Field → old, new and why."""
    return {line.field: (line.old, line.new, line.why) for line in plan.items[0].changes}


def test_first_contact_names_each_field_with_old_and_new_value(world):
    scene, key = world.scene(title="New", details="About it", tags=["A", "B"])
    world.plex.person_edits(key, summary="Plex's own")
    world.plex.person_unlocks(key, "summary")
    (plan,) = assert_the_sync_does_the_same(world)
    assert (plan.scene_id, plan.result, plan.items[0].rating_key) == (scene, "change", key)
    assert plan.items[0].library == "Scenes"
    assert told(plan)["title"] == ("one", "New", "first_contact")
    assert told(plan)["summary"] == ("Plex's own", "About it", "first_contact")
    assert told(plan)["tags"] == ([], ["A", "B"], "first_contact")
    (after,) = look(world)
    assert (after.result, after.items[0].changes) == ("nothing_to_do", [])


def test_each_change_says_why(world):
    scene, key = world.scene(title="Old", details="Text", date="2020-01-01")
    sync(world)
    world.later(5)
    world.stash.store.scenes[scene].values["title"] = "By auto tag"
    world.plex.person_edits(key, summary="By a person")
    world.plex.person_unlocks(key, "originallyAvailableAt")
    world.set(mapping=MappingOptions(content_rating="XXX"))
    (plan,) = look(world)
    assert told(plan) == {
        "title": ("Old", "By auto tag", "stash_changed"),
        "summary": ("By a person", "Text", "plex_changed"),
        "content_rating": ("", "XXX", "setting_changed"),
        "date": ("unlocked", "locked", "lock_missing"),
    }


def test_a_template_that_is_new_since_the_last_sync_is_the_reason_and_no_other_fields(world):
    scene, _ = world.scene(title="Old", studio="Pier", details="One")
    sync(world)
    world.later(5)
    world.set(mapping=MappingOptions(title=Template.parse("{studio} - {title}")))
    world.stash.store.scenes[scene].values["details"] = "Two"
    (plan,) = assert_the_sync_does_the_same(world)
    assert told(plan) == {
        "title": ("Old", "Pier - Old", "setting_changed"),
        "summary": ("One", "Two", "stash_changed"),
    }
    world.later(5)
    world.stash.store.scenes[scene].values["title"] = "Newer"
    (plan,) = look(world)
    assert told(plan)["title"] == ("Pier - Old", "Pier - Newer", "stash_changed")


def test_what_is_kept_says_who_keeps_it(world):
    world.set(preserve_plex_edits=True)
    scene, key = world.scene(title="Stash's", details="Text", studio="Pier")
    world.plex.person_edits(key, studio="Somebody's")  # with a lock
    sync(world)
    world.later(5)
    world.plex.person_edits(key, title="A person's")
    world.stash.store.scenes[scene].values["title"] = "Newer"
    (plan,) = assert_the_sync_does_the_same(world)
    kept = {one.field: (one.plex, one.stash, one.why) for one in plan.items[0].kept}
    assert kept["title"] == ("A person's", "Newer", "edit")
    assert kept["studio"] == ("Somebody's", "Pier", "lock")


def test_a_picture_that_changed_is_told_with_its_hashes_and_its_size_and_not_uploaded(world):
    first, second = jpeg("first", 1000), jpeg("second", 3000)
    scene, key = world.scene(title="T", cover=first)
    sync(world)
    world.later(5)
    world.stash.store.scenes[scene].cover = second
    (plan,) = look(world)
    assert plan.result == "change"
    lines = {line.field: line for line in plan.items[0].changes}
    assert set(lines) == {"poster", "background"}
    assert (lines["poster"].what, lines["poster"].why) == ("picture", "picture_changed")
    assert lines["poster"].size == len(second)
    assert lines["poster"].old != lines["poster"].new
    assert world.plex.item(key).poster == first
    assert_the_sync_does_the_same(world)
    assert world.plex.item(key).poster == second


@pytest.mark.parametrize("choice", ["keep", "unlock", "leave_collections"])
def test_the_item_of_a_deleted_scene(world, choice):
    scene, _ = world.scene(title="T", studio="Pier")
    sync(world)
    world.later(5)
    world.set(deleted_scenes=choice)
    del world.stash.store.scenes[scene]
    (plan,) = assert_the_sync_does_the_same(world, scene)
    assert plan.result == ("deleted" if choice == "keep" else "change")
    if choice == "leave_collections":
        assert told(plan)["collections"] == (["Pier"], [], "scene_deleted")
        assert told(plan)["title"] == ("locked", "unlocked", "scene_deleted")


def test_reasons_for_skipping(world):
    nowhere, _ = world.scene("nowhere.mp4", in_plex=False, title="Nowhere")
    without, _ = world.scene("x.mp4", in_plex=False)
    world.stash.store.scenes[without].files = []
    held, _ = world.scene("held.mp4", title="Held")
    world.queue.hold([held])
    first, _ = world.scene("both.mp4", title="First")
    rival = world.stash.store.add_scene(path="/media/both.mp4", size=1000, duration=60.0, title="Rival")
    plans = {plan.scene_id: plan for plan in look(world, nowhere, without, held, first, rival, 9999)}
    results = {one: plan.result for one, plan in plans.items()}
    assert results == {
        nowhere: "not_in_plex",
        without: "no_files",
        held: "held",
        first: "change",
        rival: "shared_item",
        9999: "deleted",
    }
    assert plans[held].title == "Held"
    assert "shows scene" in plans[rival].detail


def test_whose_an_item_would_be_by_then_counts_on_the_next_page_too(world, monkeypatch):
    monkeypatch.setattr("tests.worker.look_before.PAGE", 1)
    first, _ = world.scene("both.mp4", title="First")
    rival = world.stash.store.add_scene(path="/media/both.mp4", size=1000, duration=60.0, title="Rival")
    assert [(p.scene_id, p.result) for p in look(world)] == [(first, "change"), (rival, "shared_item")]


def test_a_pin_that_follows_an_item_to_its_new_key_counts_as_it_does_in_the_sync(world):
    pinned, _ = world.scene("pinned.mp4", title="Pinned")
    by_path, key = world.scene("item.mp4", title="By its path")
    sync(world)
    world.later(5)
    (server,) = {row[0] for row in world.db.execute("SELECT server FROM ledger")}
    Pins(world.db).put(server, Pin(pinned, key, "/media/item.mp4"), world.clock())
    world.plex.readd_item(key)  # under another ratingKey
    plans = {plan.scene_id: plan for plan in assert_the_sync_does_the_same(world)}
    assert (plans[pinned].result, plans[by_path].result) == ("change", "shared_item")
    pin = Pins(world.db).of_scene(server, pinned)
    assert pin is not None
    assert pin.rating_key == plans[pinned].items[0].rating_key != key


def test_plex_being_away_is_raised_and_nothing_is_written(world):
    world.scene(title="T")
    look(world)
    world.plex.refuse()
    with pytest.raises(PlexError):
        look(world)


def test_one_item_that_cannot_be_read_costs_the_others_nothing(world):
    pairs = [world.scene(f"{n}.mp4", title=f"T{n}") for n in range(5)]
    world.stash.store.scenes[pairs[2][0]].files[0].duration = "not a number"
    results = [plan.result for plan in look(world)]
    assert results == ["change", "change", "failed", "change", "change"]
