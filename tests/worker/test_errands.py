"""What a performer, studio, tag or group changes without a hook for any scene reaches exactly the scenes concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events import JobSkipped, JobSucceeded
from simulators.stash.schema import schema_of
from stash.exceptions import StashOdd
from sync_queue.errands import MOST_TRIES, Errands
from sync_queue.intake import PERSON, enqueue_errand
from worker import errands
from worker.cast import PhotoAddress
from worker.mapping import MappingOptions
from worker.templates import Template

if TYPE_CHECKING:
    from tests.worker.conftest import World


def errand(world: World, kind: str, object_id: int, change: str = "shown") -> None:
    """As a hook does."""
    name = f"{kind.capitalize()}.Update.Post"
    enqueue_errand(world.db, kind, object_id, change=change, trigger=name, now=world.clock())


def left(world: World) -> int:
    return Errands(world.db, clock=world.clock).count()


def rename(world: World, kind: str, old: str, new: str) -> int:
    """In Stash, without a hook."""
    table = world.stash.store.tables[kind]
    row = next(row for row in table.values() if row.name == old)
    row.name = new
    return row.id


def synced(heard: list[object]) -> list[int]:
    return sorted(event.scene_id for event in heard if isinstance(event, JobSucceeded))


def tags(world: World, key: int, kind: str) -> list[str]:
    return list(world.plex.item(key).tags.get(kind, []))


@pytest.mark.parametrize(
    ("kind", "field", "shown"),
    [
        ("performer", {"performers": ["Ann"]}, "actor"),
        ("studio", {"studio": "Ann"}, "collection"),
        ("tag", {"tags": ["Ann"]}, "genre"),
        ("group", {"groups": ["Ann"]}, "collection"),
    ],
)
@pytest.mark.parametrize("version", ["v0.30.1", "v0.26.2"])
def test_a_rename_reaches_the_scenes_that_show_it_and_no_other(world, heard, kind, field, shown, version):
    world.stash.version, world.stash.schema = version, schema_of(version)
    concerned = [world.scene(f"{n}.mp4", title=str(n), **field) for n in range(3)]
    other, _ = world.scene("other.mp4", title="other", tags=["Other"])
    for scene, _ in [*concerned, (other, 0)]:
        world.put(scene)
    world.drain()
    heard.clear()
    errand(world, kind, rename(world, kind, "Ann", "Bea"))
    assert world.queue.has_due() and left(world) == 1
    world.drain()
    assert synced(heard) == [scene for scene, _ in concerned]
    assert all(
        "Bea" in tags(world, key, shown) and "Ann" not in tags(world, key, shown) for _, key in concerned
    )
    assert left(world) == 0 and not world.queue.has_due()


def test_a_deleted_tag_goes_from_the_scenes_that_the_ledger_knows_it_by(world, heard):
    one, key = world.scene("1.mp4", tags=["Gone", "Stays"])
    for number in range(2, 14):
        scene, _ = world.scene(f"{number}.mp4", tags=[f"Tag {number}"])
        world.put(scene)
    world.sync(one)
    heard.clear()
    gone = world.stash.store.named("tag", "Gone")
    assert gone == 1  # and there are tags 11, 12 and 13: a search by text must not find those
    world.stash.edits.destroy_named("tag", gone)
    errand(world, "tag", gone, "gone")
    world.drain()
    assert synced(heard) == [one]
    assert tags(world, key, "genre") == ["Stays"]


def test_an_unchanged_scene_learns_whom_it_shows_in_a_run_after_an_upgrade(world, heard):
    pairs = [world.scene(f"{n}.mp4", performers=["Ann"]) for n in range(25)]
    for scene, _ in pairs:
        world.put(scene)
    world.drain()
    world.db.execute("UPDATE ledger SET shows = ''")
    for scene, _ in pairs:
        world.put(scene, priority=2)
    world.drain()
    assert world.ledger.scenes_that_showed("performer", 1) == [scene for scene, _ in pairs]


@pytest.mark.parametrize(
    ("kind", "change", "mapping", "looked_up"),
    [
        ("performer", "photo", MappingOptions(), False),
        ("performer", "photo", MappingOptions(photos=PhotoAddress("http://stash:9999")), True),
        ("tag", "parents", MappingOptions(), False),
        ("tag", "parents", MappingOptions(exclude_tags=("X",)), True),
        ("studio", "parents", MappingOptions(), False),
        ("studio", "parents", MappingOptions(studio=Template.parse("{parent_studio}")), True),
    ],
)
def test_stash_is_asked_only_when_the_settings_let_the_change_through(
    world, heard, kind, change, mapping, looked_up
):
    world.set(mapping=mapping)
    scene, _ = world.scene(performers=["P"], tags=["T"], studio="S")
    errand(world, kind, 1, change)
    world.drain()
    assert synced(heard) == ([scene] if looked_up else [])
    assert left(world) == 0


def test_a_tag_that_is_filtered_by_concerns_the_scenes_of_the_tags_below_it_too(world, heard):
    world.set(mapping=MappingOptions(exclude_tags=("Colours",)))
    store = world.stash.store
    top = store.named("tag", "Colors")
    below = store.add_named("tag", "Warm", parent_ids=[top])
    store.add_named("tag", "Red", parent_ids=[below])
    scene, key = world.scene(tags=["Red"])
    other, _ = world.scene("other.mp4", tags=["Blue"])
    world.put(other)
    world.sync(scene)
    assert tags(world, key, "genre") == ["Red"]
    heard.clear()
    errand(world, "tag", rename(world, "tag", "Colors", "Colours"))
    world.drain()
    assert synced(heard) == [scene]
    assert tags(world, key, "genre") == []


def test_a_renamed_studio_concerns_its_child_studios_where_a_template_shows_the_parent(world, heard):
    world.set(mapping=MappingOptions(studio=Template.parse("{parent_studio} / {studio}")))
    parent = world.stash.store.named("studio", "Harbour")
    world.stash.store.add_named("studio", "Pier", parent_id=parent)
    scene, key = world.scene(studio="Pier")
    world.sync(scene)
    errand(world, "studio", rename(world, "studio", "Harbour", "Port"))
    world.drain()
    assert world.plex.item(key).fields["studio"] == "Port / Pier"


def test_a_save_by_a_person_goes_before_the_scenes_of_a_rename(world, heard):
    renamed = [world.scene(f"{n}.mp4", tags=["T"])[0] for n in range(5)]
    saved, _ = world.scene("saved.mp4")
    errand(world, "tag", 1)
    world.put(saved, priority=PERSON)
    world.drain()
    order = [event.scene_id for event in heard if isinstance(event, JobSucceeded)]
    assert order == [saved, *renamed]


def test_pages_that_were_queued_before_a_kill_are_not_asked_for_again(world, monkeypatch, heard):
    monkeypatch.setattr(errands, "PAGE", 3)
    scenes = [world.scene(f"{n}.mp4", tags=["T"])[0] for n in range(8)]
    errand(world, "tag", 1)
    asked = iter(
        [True, True, False, False]
    )  # the first page is queued, the second one too, and then the process is told to stop
    step = errands.ErrandStep(
        world.db, world.stash_client, world.ledger, world.options.mapping, clock=world.clock
    )
    step.run(lambda: next(asked))
    assert world.queue.count().pending == 6
    assert left(world) == 1
    before = len(world.stash.requests)
    world.drain()
    pages = [values["s"] for text, values in world.stash.requests[before:] if "$s" in text]
    assert [page["id"]["value"] for page in pages] == [scenes[5]]
    assert synced(heard) == scenes


def test_a_change_that_comes_in_the_middle_begins_anew(world):
    scenes = [world.scene(f"{n}.mp4", tags=["T"])[0] for n in range(3)]
    errand(world, "tag", 1)
    store = Errands(world.db, clock=world.clock)
    found = store.next()
    assert found is not None
    errand(world, "tag", 1)
    assert not store.queue_page(found, scenes)
    store.end(found)
    again = store.next()
    assert again is not None
    assert (again.generation, again.after) == (2, 0)


def test_two_kinds_of_change_are_one_errand_that_counts_as_the_wider(world):
    store = Errands(world.db, clock=world.clock)

    def after(*changes: str) -> str:
        world.db.execute("DELETE FROM errands")
        for change in changes:
            errand(world, "performer", 1, change)
        found = store.next()
        assert found is not None
        return found.change

    assert after("photo", "photo") == "photo"
    assert after("photo", "shown") == after("shown", "photo") == "shown"
    assert after("shown", "gone") == after("gone", "photo") == "gone"


def test_what_stash_cannot_answer_is_put_off_and_at_last_told_with_the_way_out(world, heard, caplog):
    world.stash_client.scene_ids_with = _odd
    scene, _ = world.scene(tags=["T"])
    errand(world, "tag", 1)
    errand(world, "performer", 7, "gone")
    for _ in range(MOST_TRIES):
        world.put(scene)
        world.drain()
        world.later(601)
    assert len(synced(heard)) == MOST_TRIES  # the scenes do not wait for it
    assert left(world) == 0
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "Tag 1 has changed in Stash" in line and "Reconcile Library" in line


def _odd(*_args, **_more):
    raise StashOdd("Stash gave no list of scenes while listing scenes")


def test_while_stash_is_away_the_errand_stays(world, heard):
    scene, _ = world.scene(tags=["T"])
    errand(world, "tag", 1)
    world.stash.refuse()
    assert world.drain().reason == "stash_away"
    assert left(world) == 1 and world.queue.next_due_at() is not None
    world.stash.resume()
    world.drain()
    assert synced(heard) == [scene]


def test_a_due_time_that_only_a_clock_that_jumped_can_have_made_is_brought_back(world, heard):
    scene, _ = world.scene(tags=["T"])
    world.later(86_400)
    errand(world, "tag", 1)
    world.later(-86_400)
    assert world.queue.has_due()
    assert world.queue.next_due_at() <= world.clock() + 600
    world.drain()
    assert synced(heard) == [scene]


def test_a_scene_that_is_equal_costs_no_write(world, heard):
    scene, _ = world.scene(performers=["Ann"])
    world.sync(scene)
    before = len(world.plex.writes())
    errand(world, "performer", 1)
    world.drain()
    assert len(world.plex.writes()) == before
    assert not [event for event in heard if isinstance(event, JobSkipped)]


@pytest.mark.parametrize(
    ("kind", "field", "shown"),
    [
        ("performer", {"performers": ["Ann"]}, "actor"),
        ("studio", {"studio": "Ann"}, "collection"),
        ("tag", {"tags": ["Ann"]}, "genre"),
        ("group", {"groups": ["Ann"]}, "collection"),
    ],
)
@pytest.mark.parametrize("version", ["v0.30.1", "v0.26.2"])
def test_a_deletion_reaches_the_scenes_that_showed_it(world, kind, field, shown, version):
    world.stash.version, world.stash.schema = version, schema_of(version)
    scene, key = world.scene(title="T", **field)
    world.sync(scene)
    assert tags(world, key, shown) == ["Ann"]
    gone = world.stash.store.named(kind, "Ann")
    world.stash.edits.destroy_named(kind, gone)
    errand(world, kind, gone, "gone")
    world.drain()
    assert tags(world, key, shown) == []


def test_the_deletion_of_a_studio_above_reaches_the_scenes_that_show_its_name(world):
    world.set(mapping=MappingOptions(tagline=Template.parse("{parent_studio}")))
    parent = world.stash.store.named("studio", "Harbour")
    pier = world.stash.store.add_named("studio", "Pier", parent_id=parent)
    scene, key = world.scene(title="T", studio="Pier")
    world.sync(scene)
    assert world.plex.item(key).fields["tagline"] == "Harbour"
    world.stash.store.tables["studio"][pier].extra.clear()
    world.stash.edits.destroy_named("studio", parent)
    errand(world, "studio", parent, "gone")
    world.drain()
    assert not world.plex.item(key).fields.get("tagline")


def test_the_deletion_of_a_tag_above_reaches_the_scenes_whose_genres_it_decided(world):
    world.set(mapping=MappingOptions(exclude_tags=("Colours",)))
    top = world.stash.store.add_named("tag", "Colours")
    red = world.stash.store.add_named("tag", "Red", parent_ids=[top])
    scene, key = world.scene(title="T", tags=["Red"])
    world.sync(scene)
    assert tags(world, key, "genre") == []
    world.stash.store.tables["tag"][red].extra.clear()
    world.stash.edits.destroy_named("tag", top)
    errand(world, "tag", top, "gone")
    world.drain()
    assert tags(world, key, "genre") == ["Red"]
