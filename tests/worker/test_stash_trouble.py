"""Stash away, slow or odd in the middle of the work: no scene is lost, and none is given up for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from events import JobFailed, JobSucceeded
from simulators.stash import StashSimulator
from simulators.stash.pictures import jpeg
from stash.exceptions import QueryFailed
from tests.support import PATIENCE_S
from tests.worker.conftest import Clock, World
from tests.worker.outage_world import lines, too_much_for_stash, watch

if TYPE_CHECKING:
    from collections.abc import Iterable

HOUR_S = 3600.0


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, logger="plexsync")
    return caplog


def queued(world, number):
    made = [world.scene(f"{n}.mp4", title=f"T{n}") for n in range(number)]
    for scene, _ in made:
        world.put(scene)
    return made


def shown(world, made):
    return all(world.plex.item(key).fields["title"] == f"T{n}" for n, (_, key) in enumerate(made))


def at_the_nth_edit(world, number, action):
    """Plex is asked for edits; at one of them something happens elsewhere."""
    seen = []

    def matches(request):
        if request.method == "PUT":
            seen.append(request)
            if len(seen) == number:
                action()
        return False

    world.plex.faults.add("status", match=matches)


def test_a_restart_of_stash_in_the_middle_of_a_drain_is_hardly_noticed(world, heard):
    made = queued(world, 40)
    at_the_nth_edit(world, 15, world.stash.restart)
    if world.drain().reason == "stash_away":  # it was asked in the very moment in which nobody listened
        watch(world, broken_s=0.0, mend=lambda: None)
    assert shown(world, made)
    edited = [request.get("id") for request in world.plex.writes()]
    assert len(edited) == len(set(edited)) == 40
    assert not [event for event in heard if isinstance(event, JobFailed)]


def test_stash_gone_in_the_middle_of_a_drain_costs_no_try_and_writes_nothing_twice(world, heard, said):
    made = queued(world, 40)
    at_the_nth_edit(world, 15, world.stash.refuse)
    assert world.drain().reason == "stash_away"
    assert world.queue.count().pending == 40
    watch(world, broken_s=60.0, mend=world.stash.resume)
    assert shown(world, made)
    edited = [request.get("id") for request in world.plex.writes()]
    assert len(edited) == len(set(edited)) == 40
    assert not [event for event in heard if isinstance(event, JobFailed)]
    away, back = lines(said)
    assert away.startswith("Stash does not answer: ")
    assert back.startswith("Stash answers again after ")


def test_a_stash_that_takes_too_long_for_a_batch_is_asked_for_less(world):
    made = queued(world, 60)
    too_much_for_stash(world)
    assert world.drain().reason == "empty"
    assert shown(world, made)
    asked = [len(call.variables["ids"]) for call in world.stash.calls if "$ids" in call.query]
    assert asked == [60, 10, 10, 10, 10, 10, 10]


def test_a_proxy_that_would_not_wait_for_a_batch_is_asked_for_less(world):
    made = queued(world, 60)
    world.stash.faults.add("status", status=504, match=r"findScenes\(ids", times=1)
    assert world.drain().reason == "empty"
    assert shown(world, made)


def test_a_stash_that_answers_nothing_in_time_is_away(world):
    world.connect_stash(timeout=(PATIENCE_S, 0.3))
    queued(world, 12)
    world.stash.seconds_for_each_scene = 1.0
    assert world.drain().reason == "stash_away"
    assert world.queue.count().pending == 12


GARBAGE: dict[str, dict[str, Any]] = {
    "a proxy's page with 200": {"kind": "html"},
    "a proxy's page with 404": {"kind": "status", "status": 404},
    "a proxy's page with 502": {"kind": "status", "status": 502},
    "half of the JSON": {"kind": "cut"},
    "nothing at all": {"kind": "empty"},
}


@pytest.mark.parametrize("scenes", [1, 12])
@pytest.mark.parametrize("garbage", GARBAGE)
def test_what_a_proxy_answers_in_place_of_stash_counts_as_stash_being_away(
    world, heard, said, garbage, scenes
):
    made = queued(world, scenes)
    world.stash.faults.add(**GARBAGE[garbage])
    assert world.drain().reason == "stash_away"
    watch(world, broken_s=900.0, mend=world.stash.faults.clear)
    assert shown(world, made)
    assert not [event for event in heard if isinstance(event, JobFailed)]
    away, back = lines(said)
    assert away.startswith("Stash does not answer: ")
    assert back.startswith("Stash answers again after ")


def test_garbage_for_every_scene_of_a_batch_is_no_scenes_fault(world, heard):
    made = queued(world, 12)
    world.stash.faults.add("html", match=r"findScenes\(ids")
    watch(world, broken_s=900.0, mend=world.stash.faults.clear)
    assert shown(world, made)
    assert not [event for event in heard if isinstance(event, JobFailed)]


def test_a_query_that_stash_rejects_is_a_refusal(world):
    queued(world, 12)
    world.stash_client._stash.fragments["SyncScene"] = "fragment SyncScene on Scene{id nothing_of_the_kind}"
    assert world.drain().reason == "refused"
    assert world.queue.count().pending == 12


@pytest.fixture
def locked_world(tmp_path, plex_sim):
    """A Stash with a password, whose cookies age by the world's clock."""
    clock = Clock()
    with StashSimulator(require_login=True, clock=clock) as stash:
        section = plex_sim.add_section("Scenes", locations=("/media",))
        world = World(plex_sim, stash, tmp_path / "data", section.id, clock=clock)

        yield world
        world.close()


def test_a_cookie_that_has_aged_keeps_every_job_and_the_next_process_goes_on(locked_world, heard, said):
    world = locked_world
    made = queued(world, 3)
    world.later(HOUR_S + 1)
    result = world.drain()
    assert result.reason == "refused"
    assert world.queue.count().pending == 3
    (line,) = lines(said)
    assert "run a PlexSync task in Stash" in line
    assert heard[-1].reason == "refused"
    world.connect_stash()
    assert world.drain().reason == "empty"
    assert shown(world, made)


def test_a_drain_of_hours_lives_on_the_cookies_that_come_back(locked_world):
    world = locked_world
    made = queued(world, 10)
    for scene, _ in made:
        world.put(scene)
        world.later(HOUR_S / 2)
        assert world.drain().reason == "empty"
    assert shown(world, made)


def test_a_watcher_that_waits_longer_than_a_cookie_lives_keeps_its_cookie(locked_world):
    world = locked_world
    world.stash.session_age_s = 600.0
    made = queued(world, 2)
    world.plex.refuse()
    watch(
        world,
        broken_s=900.0,
        mend=world.plex.resume,
        on_idle=lambda: world.stash_client.keep_alive(150.0),
    )
    assert shown(world, made)


COVERS = {
    "too large": jpeg("x", 30_000_000),
    "too large for Plex": jpeg("x", 12_000_000),
    "no picture": b"hello\x00",
    "a text that Stash takes for an SVG": b"hello",
    "an SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
}


@pytest.mark.parametrize("name", sorted(COVERS))
def test_a_cover_that_plex_cannot_take_is_left_out_and_the_rest_arrives(world, heard, name):
    scene, key = world.scene(title="T0", cover=COVERS[name])
    before = world.plex.item(key).poster
    world.sync(scene)
    assert world.queue.count().pending == 0
    assert world.plex.item(key).fields["title"] == "T0"
    assert world.plex.item(key).poster == before
    (done,) = [event for event in heard if isinstance(event, JobSucceeded)]
    assert done.outcomes["poster"] == ("equal" if name == "an SVG" else "failed")


@pytest.mark.parametrize("kind", ["cut", "empty", "status", "html", "reset"])
def test_a_cover_that_stash_does_not_give_now_is_asked_for_again(world, kind):
    cover = jpeg("cover")
    scene, key = world.scene(title="T0", cover=cover)
    fault = world.stash.faults.add(kind, match="GET /scene")
    world.sync(scene)
    assert world.plex.item(key).fields["title"] == "T0"
    assert world.queue.describe(scene)["attempts"] == 1
    world.stash.faults.remove(fault)
    world.later(601)
    edits = len([request for request in world.plex.writes() if request.method == "PUT"])
    world.drain()
    assert world.plex.item(key).poster == cover
    assert len([request for request in world.plex.writes() if request.method == "PUT"]) == edits


@pytest.mark.parametrize("kind", ["reset", "cut"])
def test_a_cover_whose_connection_breaks_is_asked_for_again_at_once(world, heard, kind):
    scene, key = world.scene(title="T0", cover=jpeg("cover"))
    world.stash.faults.add(kind, match="GET /scene", times=1)
    world.sync(scene)
    assert world.plex.item(key).poster == jpeg("cover")
    assert not [event for event in heard if isinstance(event, JobFailed)]


def test_a_cover_that_stash_never_gives_is_left_out_at_last(world, heard):
    scene, key = world.scene(title="T0", cover=jpeg("cover"))
    world.stash.faults.add("cut", match="GET /scene")
    world.put(scene)
    for _ in range(5):
        world.drain()
        world.later(601)
    assert (world.queue.count().pending, world.dead.count()) == (0, 0)
    (done,) = [event for event in heard if isinstance(event, JobSucceeded)]
    assert any("cover was left out" in note for note in done.notes)
    assert world.plex.item(key).fields["title"] == "T0"


def test_a_picture_that_plex_refuses_for_good_is_left_out_and_the_scene_is_in_step(world, heard):
    scene, _ = world.scene(title="T0", cover=jpeg("cover"))
    world.plex.faults.add("status", match="POST", status=413)
    world.sync(scene)
    assert (world.queue.count().pending, world.dead.count()) == (0, 0)
    (done,) = [event for event in heard if isinstance(event, JobSucceeded)]
    assert done.outcomes["poster"] == "failed"
    assert any("poster was left out" in note for note in done.notes)


def test_a_scene_with_two_files_is_found_by_either(world):
    scene, key = world.scene("second.mp4", title="T0")
    row = world.stash.store.scenes[scene]
    world.stash.store.add_file(scene, "/elsewhere/first.mp4", size=5, duration=60.0)
    row.files.reverse()
    world.sync(scene)
    assert world.plex.item(key).fields["title"] == "T0"


def test_a_file_that_moved_is_followed(world):
    scene, key = world.scene("old.mp4", title="T0")
    world.sync(scene)
    world.stash.store.scenes[scene].files[0].path = "/media/new/place.mp4"
    world.plex.move_item(key, "/media/new/place.mp4")
    world.edit(scene, title="Moved")
    world.later(60)
    world.drain()
    assert world.plex.item(key).fields["title"] == "Moved"


def test_a_file_that_plex_has_not_seen_moving_yet_is_known_by_its_name_and_size(world):
    scene, key = world.scene("old.mp4", title="T0")
    world.sync(scene)
    world.stash.store.scenes[scene].files[0].path = "/media/new/old.mp4"
    world.edit(scene, title="Moved")
    world.drain()
    assert world.plex.item(key).fields["title"] == "Moved"


@pytest.fixture
def spoil(world, monkeypatch):
    """Makes Stash fail whatever has this scene in it, as it does for a scene with a broken row."""
    give = world.stash_client.scenes

    def spoil(scene: int) -> None:
        def scenes(ids: Iterable[int]) -> Any:
            wanted = list(ids)
            if scene in wanted:
                raise QueryFailed(("sql: Scan error",), "reading scenes")
            return give(wanted)

        monkeypatch.setattr(world.stash_client, "scenes", scenes)

    return spoil


def test_a_scene_whose_rival_for_an_item_stash_cannot_give_fails_alone(world, heard, spoil):
    first, key = world.scene(title="Owner")
    world.sync(first)
    rival = world.stash.store.add_scene(path="/media/one.mp4", size=1000, duration=60.0, title="Rival")
    other, other_key = world.scene("two.mp4", title="Two")
    heard.clear()
    spoil(first)
    world.later(60)
    world.put(rival)
    world.put(other)
    assert world.drain().reason == "empty"
    assert [event.scene_id for event in heard if isinstance(event, JobFailed)] == [rival]
    assert world.plex.item(other_key).fields["title"] == "Two"
    assert world.plex.item(key).fields["title"] == "Owner"
