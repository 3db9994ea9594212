"""Plex is asked to look for the file that Stash has just met: one folder, once, and only where it is Plex's to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events import JobSucceeded
from plex.answers import Section
from sync_queue.meta import get_meta
from worker.scan_asking import KEY, MOST_FOLDERS, Place, folders_to_scan, place_in

if TYPE_CHECKING:
    from tests.worker.conftest import World

SCAN = ("GET", "/library/sections/{section}/refresh")


@pytest.fixture
def asking(world):
    """With the setting on. Stash sees /data where Plex sees /media; time goes by a minute before each drain."""
    world.set(scan_new_files=True)
    world.path_map = "/data => /media"
    return world


def new_file(world: World, name: str, *, trigger: str = "Scene.Create.Post") -> int:
    """Stash has scanned a file; Plex has it on its disk and does not know."""
    world.plex.add_file_on_disk(f"/media/{name}", size=1000, duration_ms=60_000)
    scene = world.stash.store.add_scene(path=f"/data/{name}", size=1000, duration=60.0, title=name)
    world.put(scene, priority=1, trigger=trigger)
    return scene


def scanned(world: World) -> list[str]:
    """The folders that Plex was asked to scan."""
    return [request.get("path") for request in world.plex.seen() if request.route == SCAN[1]]


def test_a_new_file_has_its_folder_scanned_and_is_synced_with_the_next_look(asking, heard):
    scene = new_file(asking, "new/one.mp4")
    asking.drain()
    assert scanned(asking) == ["/media/new"]
    asking.plex.wait_idle()
    asking.later(31)
    asking.drain()
    assert [event.scene_id for event in heard if isinstance(event, JobSucceeded)] == [scene]
    assert scanned(asking) == ["/media/new"]


def test_it_is_off_by_default(asking):
    asking.set(scan_new_files=False)
    new_file(asking, "one.mp4")
    asking.drain()
    assert scanned(asking) == []


def test_an_edit_of_a_scene_that_plex_does_not_have_asks_for_nothing(asking):
    new_file(asking, "one.mp4", trigger="Scene.Update.Post")
    asking.drain()
    assert scanned(asking) == []


def test_a_new_file_that_is_edited_before_its_first_look_is_new_all_the_same(asking):
    """As by a plugin that fills in what it finds when a scene is made."""
    scene = new_file(asking, "new/one.mp4")
    asking.put(scene, trigger="Scene.Update.Post")
    asking.drain()
    assert scanned(asking) == ["/media/new"]


def test_a_new_file_whose_batch_is_broken_off_is_asked_for_all_the_same(asking):
    new_file(asking, "new/one.mp4")
    scene, _ = asking.scene("two.mp4", title="Two")
    asking.stash.store.scenes[scene].files[0].path = "/data/two.mp4"
    asking.put(scene)
    fault = asking.plex.faults.add("status", match=r"PUT /library/sections/\d+/all", status=503)
    assert asking.drain().reason == "plex_down"
    asking.plex.faults.remove(fault)
    asking.later(60)
    asking.drain()
    assert scanned(asking) == ["/media/new"]


def test_many_new_files_in_one_folder_are_one_scan(asking):
    for number in range(250):
        new_file(asking, f"new/{number}.mp4")
    asking.drain()
    assert scanned(asking) == ["/media/new"]


def test_files_that_come_after_the_scan_are_asked_for_half_a_minute_later(asking):
    new_file(asking, "new/one.mp4")
    asking.drain()
    asking.plex.wait_idle()
    asking.later(10)
    new_file(asking, "new/two.mp4")
    asking.drain()
    assert scanned(asking) == ["/media/new"]
    asking.later(31)
    asking.drain()
    assert scanned(asking) == ["/media/new"] * 2
    asking.plex.wait_idle()
    for _ in range(3):
        asking.later(40)
        asking.drain()
    assert scanned(asking) == ["/media/new"] * 2
    assert asking.queue.count().waiting_for_plex == 0


def test_a_folder_outside_of_the_libraries_is_not_asked_for(asking):
    asking.path_map = ""
    new_file(asking, "one.mp4")
    asking.drain()
    assert scanned(asking) == []
    asking.plex.forget_requests()
    asking.later(31)
    asking.drain()
    assert asking.plex.counts()["GET", "/library/sections"] == 0


def test_a_folder_of_two_libraries_waits_until_neither_is_scanned(asking):
    second = asking.plex.add_section("Again", locations=("/media/new",)).id
    asking.plex.library.sections[second].refreshing = 1
    new_file(asking, "new/one.mp4")
    asking.drain()
    assert scanned(asking) == []
    asking.plex.library.sections[second].refreshing = 0
    asking.later(31)
    asking.drain()
    assert scanned(asking) == ["/media/new"] * 2


def test_a_plex_that_scans_already_is_asked_when_it_has_done(asking):
    asking.plex.library.sections[asking.section].refreshing = 1
    new_file(asking, "new/one.mp4")
    asking.drain()
    assert scanned(asking) == []
    asking.plex.library.sections[asking.section].refreshing = 0
    asking.later(31)
    asking.drain()
    assert scanned(asking) == ["/media/new"]


def test_with_ignore_missing_too_a_new_file_is_scanned_and_synced_at_its_second_look(asking, heard):
    asking.set(ignore_missing=True)
    scene = new_file(asking, "new/one.mp4")
    asking.db.execute("UPDATE jobs SET again_at = ?", (asking.clock() + 60,))
    asking.drain()
    assert scanned(asking) == ["/media/new"]
    asking.plex.wait_idle()
    asking.later(61)
    asking.drain()
    assert [event.scene_id for event in heard if isinstance(event, JobSucceeded)] == [scene]


def test_a_plex_that_will_not_scan_costs_no_scene_anything(asking):
    asking.plex.faults.add("status", match="/refresh", status=500, times=1)
    new_file(asking, "new/one.mp4")
    assert asking.drain().reason == "empty"
    assert asking.queue.count().waiting_for_plex == 1
    asking.later(31)
    asking.drain()
    assert scanned(asking) == ["/media/new"] * 2


@pytest.mark.parametrize("failing", [0, 1])
def test_of_two_libraries_the_one_that_would_not_scan_is_asked_again(asking, failing):
    both = [asking.section, asking.plex.add_section("Again", locations=("/media/new",)).id]
    asking.plex.faults.add("status", match=f"/library/sections/{both[failing]}/refresh", status=500, times=1)
    new_file(asking, "new/one.mp4")
    for _ in range(3):
        asking.drain()
        asking.plex.wait_idle()
        asking.later(31)
    done = [request for request in asking.plex.seen() if request.route == SCAN[1]]
    assert {request.path.split("/")[3] for request in done} == {str(one) for one in both}
    assert sum(request.path.split("/")[3] == str(both[failing]) for request in done) == 2


def test_one_scan_and_one_look_at_the_libraries_is_all_it_costs(asking):
    asking.drain()
    asking.plex.forget_requests()
    new_file(asking, "new/one.mp4")
    asking.drain()
    counts = asking.plex.counts()
    assert counts[SCAN] == counts["GET", "/library/sections"] == 1


@pytest.mark.parametrize(
    ("location", "folder", "spelled"),
    [
        ("/media", "/media", "/media"),
        ("/media/", "/media/a/b", "/media/a/b"),
        ("/media", "/medial/a", None),
        ("/media", "/Media/a", None),
        ("/", "/a", "/a"),
        ("D:\\Videos", "D:/videos/New", "D:\\Videos\\New"),
        ("\\\\nas\\share", "//nas/share/x/y", "\\\\nas\\share\\x\\y"),
    ],
)
def test_a_folder_is_named_as_plex_names_its_own(location, folder, spelled):
    place = place_in(Section(id=1, title="S", type="movie", locations=(location,)), folder)
    assert (place and place.spelled()) == spelled


def test_folders_in_one_another_are_one_and_too_many_are_the_one_they_share():
    places = [Place("/m", below) for below in (("a",), ("a", "b"), ("c",), ("ca",))]
    assert folders_to_scan(places) == ["/m/a", "/m/c", "/m/ca"]
    many = [Place("/m", ("new", str(number))) for number in range(MOST_FOLDERS + 1)]
    assert folders_to_scan([*many, Place("/other", ("x",))]) == ["/m/new", "/other/x"]
    assert folders_to_scan([*many, Place("/m", ("x",))]) == ["/m"]


def test_of_folders_that_were_scanned_no_more_is_kept_than_the_pause_needs(asking):
    for number in range(5):
        new_file(asking, f"folder {number}/{number}.mp4")
        asking.drain()
        asking.plex.wait_idle()
        asking.later(31)
    assert len(scanned(asking)) == 5
    assert list(get_meta(asking.db, KEY)["asked"]) == ["/media/folder 4"]
