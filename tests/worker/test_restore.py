"""The way back: what Plex shows after a restore, by each plan and in both of Plex's ways with lists of tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sync_queue.database import transaction
from sync_queue.intake import RUN, enqueue_many
from sync_queue.pins import Pin, Pins
from tests.worker.restore_world import last_drain, restore, state
from worker.mapping import MappingOptions

if TYPE_CHECKING:
    from tests.worker.conftest import World

COVER = b"\xff\xd8\xff" + b"cover" * 50
OTHER = b"\xff\xd8\xff" + b"other" * 50
MINE = b"\xff\xd8\xff" + b"a person's" * 50
BEFORE: dict[str, Any] = {
    "fields": {"title": "Old title", "summary": "Old text", "originallyAvailableAt": "2001-02-03"},
    "tags": {"genre": ["Home"], "actor": ["Bea", "Zoe"]},
    "roles": {"Bea": "Herself"},
    "locks": {"genre"},
    "poster": None,
    "art": None,
}


@pytest.fixture(params=["replace", "add"])
def night(request, world):
    """An item with a past, and a scene that has written all over it."""
    world.plex.options.tag_mode = request.param
    world.set(override_locks=True)
    scene, key = world.scene(
        title="Night Train",
        details="Two friends.",
        date="2021-05",
        rating100=85,
        studio="North Pier",
        tags=["Outdoor"],
        performers=["Zoe", "Ann"],
        cover=COVER,
    )
    world.plex.person_edits(
        key, title="Old title", summary="Old text", originallyAvailableAt="2001-02-03", genre=["Home"]
    )
    world.plex.person_edits(key, actor=["Bea", "Zoe"])
    world.plex.library.items[key].tags["actor"][0].text = "Herself"
    world.plex.person_unlocks(key, "title", "summary", "originallyAvailableAt", "actor")
    assert state(world, key) == BEFORE
    world.sync(scene)
    assert state(world, key)["fields"]["title"] == "Night Train"
    assert world.plex.item(key).poster == COVER
    return world, scene, key


def shown(world: World, key: int) -> tuple[str, str]:
    fields = world.plex.item(key).fields
    return fields.get("title", ""), fields.get("summary", "")


def test_everything_is_as_it_was_before_the_first_write(night):
    world, scene, key = night
    report = restore(world)
    assert state(world, key) == BEFORE
    assert (report.items, report.restored, report.left, report.failed) == (1, 1, [], [])
    assert dict(report.fields) == dict.fromkeys(
        [
            "title",
            "summary",
            "date",
            "rating",
            "studio",
            "tags",
            "collections",
            "performers",
            "poster",
            "background",
        ],
        1,
    )
    assert report.held == {scene}
    assert world.queue.describe(scene)["state"] == "held"


def test_a_second_restore_writes_nothing(night):
    world, scene, key = night
    restore(world)
    written = len(world.plex.writes())
    report = restore(world)
    restore(world, scene=scene)
    assert len(world.plex.writes()) == written
    assert (report.restored, report.left) == (0, [])
    assert state(world, key) == BEFORE


def test_nothing_undoes_the_undo_before_the_scene_is_let_go(night):
    world, scene, key = night
    restore(world, scene=scene)
    world.edit(scene, title="Edited meanwhile")
    enqueue_many(world.db, [scene], trigger="sync_all", priority=RUN, now=world.clock(), force=True)
    world.dead.retry_all()
    for _ in range(3):
        assert world.drain().processed == 0
        world.later(90_000)
    assert state(world, key) == BEFORE
    assert world.queue.unhold([scene]) == 1
    world.drain()
    assert shown(world, key) == ("Edited meanwhile", "Two friends.")
    assert world.plex.item(key).poster == COVER


@pytest.mark.parametrize("preserve", [True, False])
def test_after_it_is_let_go_the_sync_begins_as_at_first_contact(night, preserve):
    world, _scene, key = night
    synced = state(world, key)
    restore(world)
    world.set(preserve_plex_edits=preserve)
    world.queue.unhold()
    world.drain()
    assert state(world, key) == synced
    restore(world)
    assert state(world, key) == BEFORE


def test_what_a_person_has_changed_since_stays_with_its_lock_and_is_reported(night):
    world, scene, key = night
    world.plex.person_edits(key, title="Mine", genre=["Home", "Outdoor", "Added"], poster=MINE)
    report = restore(world)
    now = state(world, key)
    assert now["fields"] == BEFORE["fields"] | {"title": "Mine"}
    assert now["tags"] == BEFORE["tags"] | {"genre": ["Added", "Home"]}
    assert (now["poster"], now["art"]) == (MINE, None)
    assert now["locks"] == {"title", "genre", "thumb"}
    assert [(one.scene_id, one.rating_key, one.field, one.why) for one in report.left] == [
        (scene, key, "title", "changed in Plex since"),
        (scene, key, "tags", "changed in Plex since"),
        (scene, key, "poster", "changed in Plex since"),
    ]


def test_a_field_that_stash_has_emptied_comes_back_as_it_was(night):
    world, scene, key = night
    world.edit(scene, details="")
    world.drain()
    assert shown(world, key) == ("Night Train", "")
    restore(world)
    assert state(world, key) == BEFORE


def test_a_field_that_is_none_of_our_business_is_not_touched(world):
    scene, key = world.scene(title="Night Train")
    world.plex.person_edits(key, tagline="Before")
    world.sync(scene)
    world.plex.person_edits(key, tagline="After")
    report = restore(world)
    assert (world.plex.item(key).fields["tagline"], report.left) == ("After", [])


def test_one_drain_is_undone_and_no_other(night):
    world, scene, key = night
    world.later(60)
    world.edit(scene, title="Second", details="Second text", tags=["Outdoor"])
    world.drain()
    drain = last_drain(world)
    report = restore(world, drain=drain)
    assert shown(world, key) == ("Night Train", "Two friends.")
    assert dict(report.fields) == {"title": 1, "summary": 1}
    assert {"title", "summary"} <= world.plex.item(
        key
    ).locks  # the first drain's values are locked as they were
    assert world.queue.describe(scene)["state"] == "held"
    assert restore(world, drain=drain).restored == 0
    world.queue.unhold()
    world.drain()
    assert shown(world, key) == ("Second", "Second text")


def test_the_first_drain_undone_is_the_original_again(night):
    world, _scene, key = night
    restore(world, drain=last_drain(world))
    assert state(world, key) == BEFORE | {"locks": {"genre"}}
    world.queue.unhold()
    world.set(preserve_plex_edits=True)
    world.drain()
    assert shown(world, key) == ("Night Train", "Two friends.")


def test_of_a_drain_what_a_later_one_or_a_person_has_written_again_stays(night):
    world, scene, key = night
    first = last_drain(world)
    world.later(60)
    world.edit(scene, title="Second")
    world.drain()
    world.plex.person_edits(key, summary="A person's")
    report = restore(world, drain=first)
    assert shown(world, key) == ("Second", "A person's")
    assert {(one.field, one.why) for one in report.left} == {
        ("title", "written again by a later run"),
        ("summary", "changed in Plex since"),
    }
    assert world.plex.item(key).tags["genre"] == ["Home"]


def test_of_a_drain_a_list_loses_what_it_had_put_there_and_keeps_what_a_person_added(night):
    world, _scene, key = night
    world.plex.person_edits(key, genre=["Home", "Outdoor", "Added"])
    restore(world, drain=last_drain(world))
    assert sorted(world.plex.item(key).tags["genre"]) == ["Added", "Home"]


def test_an_earlier_cover_is_selected_again(night):
    world, scene, key = night
    world.later(60)
    world.stash.store.scenes[scene].cover = OTHER
    world.sync(scene)
    assert world.plex.item(key).poster == OTHER
    report = restore(world, drain=last_drain(world))
    assert (world.plex.item(key).poster, world.plex.item(key).art) == (COVER, COVER)
    assert dict(report.fields) == {"poster": 1, "background": 1}
    assert len(world.plex.item(key).posters) == 3  # the file's own, and both covers: Plex deletes none


@pytest.mark.parametrize("gone", [False, True], ids=["still there", "gone"])
def test_after_a_restore_the_same_cover_is_selected_again_and_not_uploaded(night, gone):
    world, scene, key = night
    world.plex.options.duplicate_uploads = True
    restore(world)
    if gone:
        pictures = world.plex.library.items[key].pictures
        pictures["poster"] = [
            photo for photo in pictures["poster"] if not photo.rating_key.startswith("upload")
        ]
    world.queue.unhold([scene])
    world.drain()
    item = world.plex.item(key)
    assert (item.poster, item.art) == (COVER, COVER)
    assert (len(item.posters), len(item.arts)) == (2, 2)
    restore(world)
    assert state(world, key) == BEFORE


def test_a_single_change_is_undone(night):
    world, scene, key = night
    (row,) = [one for one in world.ledger.journal.of_scene(scene) if one.field == "summary"]
    report = restore(world, change=row.id)
    assert shown(world, key) == ("Night Train", "Old text")
    assert (dict(report.fields), report.unlocked) == ({"summary": 1}, 1)
    assert "title" in world.plex.item(key).locks
    assert world.queue.describe(scene)["state"] == "held"


def test_without_our_locks_the_values_stay(night):
    world, scene, key = night
    world.plex.person_edits(key, summary="A person's")
    before = state(world, key)
    report = restore(world, unlock=True)
    assert state(world, key) == before | {"locks": {"genre", "summary"}}
    assert (report.restored, report.held) == (1, {scene})
    assert restore(world, unlock=True).restored == 0
    world.queue.unhold()
    world.set(preserve_plex_edits=True)
    world.drain()
    assert state(world, key) == before


def test_the_journal_tells_of_a_restore_too(night):
    world, scene, _key = night
    restore(world)
    changes = world.ledger.journal.of_scene(scene)
    told = {one.field: (one.old, one.new) for one in changes if one.drain_id == "restore-00000001"}
    assert told["title"] == ("Night Train", "Old title")
    assert told["poster"][1] == ""
    assert all(one.done for one in changes)


@pytest.mark.parametrize("lost", [False, True], ids=["known", "lost with a damaged database"])
def test_the_item_of_a_deleted_scene_is_restored_even_from_its_snapshot_and_the_journal_alone(night, lost):
    world, scene, key = night
    del world.stash.store.scenes[scene]
    world.put(scene)
    world.drain()
    assert world.ledger.of_scene(world.plex.options.machine_identifier, scene) == []
    if lost:
        with transaction(world.db) as db:
            db.execute("DELETE FROM ledger")
    world.plex.person_edits(key, summary="A person's")
    report = restore(world)
    now = state(world, key)
    assert now["fields"] == BEFORE["fields"] | {"summary": "A person's"}
    assert now["tags"] == BEFORE["tags"]
    assert (now["poster"], now["art"]) == (None, None)
    assert report.held == set()
    written = len(world.plex.writes())
    restore(world)
    restore(world, scene=scene)
    assert len(world.plex.writes()) == written


def test_an_item_that_is_gone_is_counted_and_stands_in_the_way_of_nobody(night):
    world, _scene, key = night
    other, theirs = world.scene("two.mp4", title="Two")
    world.later(60)
    world.sync(other)
    world.plex.delete_item(key)
    report = restore(world)
    assert (report.gone, report.restored) == (1, 1)
    assert world.plex.item(theirs).fields["title"] == "two"


def test_an_item_that_fails_is_named_and_the_others_are_restored(night):
    world, scene, key = night
    others = [world.scene(f"{n}.mp4", title=f"Title {n}") for n in range(3)]
    world.later(60)
    for other, _ in others:
        world.put(other)
    world.drain()
    world.plex.faults.add("status", match=lambda r: r.method == "PUT" and r.get("id") == str(key), status=500)
    report = restore(world)
    assert [world.plex.item(one).fields["title"] for _, one in others] == ["0", "1", "2"]
    assert [(one.scene_id, one.rating_key) for one in report.failed] == [(scene, key)]
    world.plex.faults.clear()
    assert restore(world).restored == 1
    assert state(world, key) == BEFORE


def test_only_looking_writes_nothing_and_says_what_would_be_done(night):
    world, scene, key = night
    before, written = state(world, key), len(world.plex.writes())
    report = restore(world, only_look=True)
    assert (state(world, key), len(world.plex.writes())) == (before, written)
    assert (report.restored, report.fields["title"], report.held) == (1, 1, {scene})
    assert world.queue.describe(scene) is None


def test_a_held_scene_keeps_its_item_though_a_twin_would_have_it(night):
    world, scene, key = night
    restore(world)
    del world.stash.store.scenes[scene]
    twin = world.stash.store.add_scene(path="/media/one.mp4", size=1000, duration=60.0, title="Twin")
    world.sync(twin)
    assert state(world, key) == BEFORE


def test_a_pin_by_a_person_is_stronger_than_a_hold(night):
    world, _scene, key = night
    restore(world)
    other, _ = world.scene("other.mp4", in_plex=False, title="Other")
    pin = Pin(scene_id=other, rating_key=key, path="/media/one.mp4")
    Pins(world.db).put(world.plex.options.machine_identifier, pin, world.clock())
    world.sync(other)
    assert world.plex.item(key).fields["title"] == "Other"


def test_character_texts_of_ours_go_and_others_come_back(night):
    world, scene, key = night
    world.stash.store.add_named("performer", "Cleo", disambiguation="1990")
    row = world.stash.store.scenes[scene]
    row.performer_ids.append(world.stash.store.add_named("performer", "Dora", disambiguation="the tall one"))
    world.set(mapping=MappingOptions(characters=True))
    world.sync(scene)
    assert world.plex.item(key).roles["Dora"] == "the tall one"
    restore(world)
    assert state(world, key) == BEFORE
