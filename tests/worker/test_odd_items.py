"""What Plex shows in the end where scene and item are not one to one, and where settings change: whole drains over the
simulator, in both of its ways with lists, with what is expected written down by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events import JobSkipped
from plex.exceptions import WrongServer
from sync_queue.intake import RUN, enqueue_many
from tests.worker.restore_world import restore, state
from worker.mapping import MappingOptions
from worker.templates import Template

if TYPE_CHECKING:
    from tests.worker.conftest import World


@pytest.fixture(params=["replace", "add"])
def here(request, world):
    """A Plex of each flavour."""
    world.plex.options.tag_mode = request.param
    return world


def shown(world: World, key: int) -> tuple[str, str, list[str], set[str]]:
    item = world.plex.item(key)
    return item.title, item.fields.get("summary", ""), sorted(item.tags.get("genre", [])), item.locks


def run(world: World, *scenes: int) -> int:
    """Sync All Scenes with these; how many requests wrote to Plex."""
    before = len(world.plex.writes())
    world.later(60)
    enqueue_many(world.db, scenes, trigger="sync_all", priority=RUN, now=world.clock())
    world.drain()
    return len(world.plex.writes()) - before


def test_of_two_scenes_that_are_versions_of_one_item_the_first_has_it(here, heard):
    key = here.plex.add_item(
        here.section,
        "/media/film-hd.mp4",
        size=1000,
        duration_ms=60_000,
        versions=[("/media/film-sd.mp4", 500, 60_000)],
        genre=["Home"],
    )
    store = here.stash.store
    hd = store.add_scene(path="/media/film-hd.mp4", size=1000, duration=60.0, title="HD", tags=["Sharp"])
    sd = store.add_scene(
        path="/media/film-sd.mp4", size=500, duration=60.0, title="SD", details="Small", tags=["Soft"]
    )
    run(here, hd, sd)
    assert shown(here, key) == ("HD", "", ["Home", "Sharp"], {"title", "genre"} | pictures())
    assert [event.scene_id for event in heard if isinstance(event, JobSkipped)] == [sd]
    assert run(here, hd, sd) == 0
    here.edit(sd, title="SD again")
    here.drain()
    assert here.plex.item(key).title == "HD"

    del store.scenes[hd]
    here.put(hd)
    here.drain()
    here.sync(sd)
    assert shown(here, key) == (
        "SD again",
        "Small",
        ["Home", "Soft"],
        {"title", "genre", "summary"} | pictures(),
    )
    assert run(here, sd) == 0
    restore(here)
    assert shown(here, key) == ("film-hd", "", ["Home"], set())


def pictures() -> set[str]:
    return {"thumb", "art"}


def test_a_file_in_two_libraries_is_synced_and_restored_in_each(here):
    other = here.plex.add_section("Other", locations=("/media",)).id
    scene, key = here.scene(title="Both", details="Text", tags=["Outdoor"])
    twin = here.plex.add_item(other, "/media/one.mp4", size=1000, duration_ms=60_000, genre=["Home"])
    before = state(here, key), state(here, twin)
    assert run(here, scene) == 2
    locks = {"title", "summary", "genre"} | pictures()
    assert shown(here, key) == ("Both", "Text", ["Outdoor"], locks)
    assert shown(here, twin) == ("Both", "Text", ["Home", "Outdoor"], locks)
    assert run(here, scene) == 0
    here.edit(scene, title="Both again")
    here.drain()
    assert (here.plex.item(key).title, here.plex.item(twin).title) == ("Both again", "Both again")
    report = restore(here, scene=scene)
    assert (state(here, key), state(here, twin)) == before
    assert (report.restored, report.held) == (2, {scene})


def test_a_library_that_is_named_no_more_keeps_what_it_shows(here):
    other = here.plex.add_section("Other", locations=("/media",)).id
    scene, key = here.scene(title="Both")
    twin = here.plex.add_item(other, "/media/one.mp4", size=1000, duration_ms=60_000)
    run(here, scene)
    here.libraries = ("Scenes",)
    here.edit(scene, title="One of them")
    here.later(700)
    here.drain()
    assert (here.plex.item(key).title, here.plex.item(twin).title) == ("One of them", "Both")


def test_a_changed_setting_reaches_every_item_with_the_next_run_and_none_before(here):
    pairs = [here.scene(f"{n}.mp4", title=f"Night {n}", code="NT-4", tags=["Outdoor"]) for n in range(3)]
    scenes = [scene for scene, _ in pairs]
    run(here, *scenes)
    here.set(mapping=MappingOptions(title=Template.parse("{code} {title}"), exclude_tags=("Outdoor",)))
    assert [here.plex.item(key).title for _, key in pairs] == ["Night 0", "Night 1", "Night 2"]
    assert run(here, *scenes) == 3
    assert [shown(here, key)[:3] for _, key in pairs] == [(f"NT-4 Night {n}", "", []) for n in range(3)]
    assert run(here, *scenes) == 0
    here.set(mapping=MappingOptions())
    assert run(here, *scenes) == 3
    assert [shown(here, key)[:3] for _, key in pairs] == [(f"Night {n}", "", ["Outdoor"]) for n in range(3)]


def test_a_field_that_is_newly_excluded_keeps_its_value_and_loses_our_lock(here):
    scene, key = here.scene(title="Night", details="Text", tags=["Outdoor"])
    here.plex.person_edits(key, tagline="Mine")
    run(here, scene)
    here.set(mapping=MappingOptions(exclude=frozenset({"summary", "tags", "poster"})))
    here.stash.store.scenes[scene].values |= {"details": "Other", "title": "Later"}
    assert run(here, scene) == 1
    assert shown(here, key) == ("Later", "Text", ["Outdoor"], {"title", "art", "tagline"})
    assert run(here, scene) == 0
    here.set(mapping=MappingOptions())
    assert run(here, scene) == 1
    assert shown(here, key) == (
        "Later",
        "Other",
        ["Outdoor"],
        {"title", "summary", "genre", "tagline"} | pictures(),
    )


def test_another_server_is_refused_and_with_its_own_ledger_accepted(here):
    scene, key = here.scene(title="Night")
    run(here, scene)
    here.plex.options.machine_identifier = "second"
    here.plex.person_edits(key, title="Of the second server")
    here.edit(scene, title="Later")
    here.later(700)
    assert here.drain().reason == "refused"
    assert here.plex.item(key).title == "Of the second server"
    target = here.plex_target()
    with pytest.raises(WrongServer):
        target.look_up()
    assert (target.accept(), target.server) == ("62ad4ec5c5b4a4b1b8f6d1c0aa11bb22cc33dd44", "second")
    target.close()
    here.drain()
    # At first contact a field that somebody has locked is left alone: what we know of the first server's locks says nothing here.
    assert here.plex.item(key).title == "Of the second server"
    assert here.ledger.count("second") == here.ledger.count("62ad4ec5c5b4a4b1b8f6d1c0aa11bb22cc33dd44") == 1
