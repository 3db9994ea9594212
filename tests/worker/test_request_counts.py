"""What a run costs Plex and Stash, counted by the simulators: a figure for each promise of docs/performance.md."""

from __future__ import annotations

from collections import Counter
from math import ceil

import pytest

from sync_queue.intake import enqueue_many
from worker.options import WorkerOptions

SCENES = 400
LISTING = ("GET", "/library/sections/{section}/all")
DETAILS = ("GET", "/library/metadata/{ids}")
PICTURES = ("GET", "/library/metadata/{id}/{plural}")
PUT = ("PUT", "/library/sections/{section}/all")
UPLOAD = ("POST", "/library/metadata/{id}/{plural}")
COVER = b"\xff\xd8\xffcover"


def graphql(world):
    """The GraphQL calls that Stash has answered."""
    return [text for text, _ in world.stash.requests if not text.startswith("GET ")]


def counted(world, run):
    """The requests of a run: Plex's by method and route, and the number of Stash's GraphQL calls."""
    world.plex.forget_requests()
    before = len(graphql(world))
    run()
    return world.plex.counts(), len(graphql(world)) - before


def sync_all(world, scenes):
    enqueue_many(world.db, scenes, trigger="sync_all", priority=2, now=world.clock())
    return counted(world, world.drain)


def reads(counts, *, without=()):
    return sum(
        number
        for (method, route), number in counts.items()
        if method == "GET" and (method, route) not in without
    )


@pytest.fixture
def library(world):
    """Every tenth scene has a cover of its own."""
    return [
        world.scene(
            f"{number:04}.mp4",
            title=f"Scene {number}",
            tags=["a", "b"],
            cover=COVER + bytes([number % 256, number // 256]) if number % 10 == 0 else None,
        )
        for number in range(SCENES)
    ]


def test_a_first_run_costs_a_write_a_scene_and_reads_by_the_hundred(world, library):
    counts, calls = sync_all(world, [scene for scene, _ in library])
    uploads = 2 * SCENES // 10
    assert counts[PUT] == SCENES
    assert counts[UPLOAD] == uploads
    assert counts[PICTURES] == uploads  # what each picture replaces, for the way back
    assert counts[LISTING] == ceil(SCENES / 1000)
    assert counts[DETAILS] == 2 * SCENES // 100
    assert reads(counts, without={PICTURES}) <= 2 * SCENES / 100 + SCENES / 1000 + 10
    assert calls <= SCENES / 100 + 5


def test_a_run_over_what_is_right_already_costs_a_listing(world, library):
    scenes = [scene for scene, _ in library]
    sync_all(world, scenes)
    counts, calls = sync_all(world, scenes)
    assert {method for method, _ in counts} == {"GET"}
    assert counts[DETAILS] == counts[PICTURES] == 0
    assert sum(counts.values()) <= SCENES / 1000 + 5
    assert calls <= SCENES / 100 + 5


def test_only_rows_that_the_listing_shows_otherwise_are_read(world, library):
    scenes = [scene for scene, _ in library]
    sync_all(world, scenes)
    for _, key in library[:3]:
        world.plex.person_edits(key, title="By a person")
    counts, _ = sync_all(world, scenes)
    asked = [request.path for request in world.plex.seen() if request.route == DETAILS[1]]
    assert Counter(len(path.rpartition("/")[2].split(",")) for path in asked) == {
        3: 2
    }  # before, and read back
    assert counts[PUT] == 3
    assert sum(counts.values()) <= SCENES / 1000 + 5 + 5


def test_one_saved_scene_costs_a_read_a_write_and_a_read(world):
    scene, _ = world.scene(title="Before")
    world.sync(scene)
    world.edit(scene, title="After")
    counts, calls = counted(world, world.drain)
    assert counts == {DETAILS: 2, PUT: 1}
    assert calls <= 1 + 5


def test_a_new_cover_costs_its_two_uploads_and_no_look_at_pictures(world):
    scene, _ = world.scene(title="Same", cover=COVER + b"first")
    world.sync(scene)
    world.stash.store.scenes[scene].cover = COVER + b"second"
    world.put(scene)
    counts, _ = counted(world, world.drain)
    assert counts == {DETAILS: 2, UPLOAD: 2}


@pytest.mark.parametrize("ignore_missing", [False, True])
def test_scenes_that_are_not_in_plex_share_the_looks_for_what_is_new(world, ignore_missing):
    world.options = WorkerOptions(linger_s=0.0, ignore_missing=ignore_missing)
    there = [world.scene(f"{number:04}.mp4", title=f"Scene {number}")[0] for number in range(100)]
    missing = [world.scene(f"missing {number:04}.mp4", in_plex=False)[0] for number in range(300)]
    counts, calls = sync_all(world, sorted([*there, *missing], key=lambda scene: scene % 7))
    assert counts[PUT] == 100
    assert counts[LISTING] <= 1 + 2  # the listing, and a look at what is new and what has changed
    assert calls <= 400 / 100 + 5
    counts, _ = sync_all(world, missing)
    assert counts[LISTING] <= 1 + 2
    assert counts[DETAILS] == counts[PUT] == 0


def test_one_saved_scene_that_is_not_in_plex_costs_no_full_listing(world):
    for number in range(900):
        world.plex.add_item(world.section, f"/media/other {number:04}.mp4", size=1, duration_ms=1)
    scene, _ = world.scene(title="Here")
    world.sync(scene)
    missing, _ = world.scene("missing.mp4", in_plex=False)
    world.later(60)
    counts, _ = counted(world, lambda: world.sync(missing))
    assert counts == {LISTING: 2}
    sizes = [
        request.headers["x-plex-container-size"]
        for request in world.plex.seen()
        if request.route == LISTING[1]
    ]
    assert sizes[0] == "50"


def test_some_dozens_of_scenes_of_a_large_library_cost_their_details_and_no_full_listing(world):
    """Sync Recent after an evening's work: the listing would be a request for each thousand items."""
    scenes = [world.scene(f"{number:04}.mp4", title=f"Scene {number}")[0] for number in range(60)]
    for number in range(1500):
        world.plex.add_item(world.section, f"/media/other {number:04}.mp4", size=1, duration_ms=1)
    sync_all(world, scenes)
    for scene in scenes:
        world.stash.store.scenes[scene].values["title"] = f"After {scene}"
    counts, _ = sync_all(world, scenes)
    assert counts == {DETAILS: 2, PUT: 60}


def test_a_tenth_of_the_library_is_worth_its_listing_though_batches_are_small(world):
    world.options = WorkerOptions(linger_s=0.0, batch_size=20)
    scenes = [world.scene(f"{number:04}.mp4", title=f"Scene {number}")[0] for number in range(60)]
    for number in range(440):
        world.plex.add_item(world.section, f"/media/other {number:04}.mp4", size=1, duration_ms=1)
    sync_all(world, scenes)
    counts, _ = sync_all(world, scenes)
    assert counts[LISTING] == 1
    assert counts[DETAILS] == 0
