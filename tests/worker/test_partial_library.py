"""Twelve thousand scenes of which Plex holds three thousand: what waits costs next to nothing, and nothing that comes is missed.

Only titles are synced, so that the test's time goes into what it is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from events import JobDlq, JobFailed, JobSkipped, JobSucceeded
from sync_queue.intake import enqueue_many
from worker.index_look import IndexLook
from worker.mapping import FIELD_NAMES, MappingOptions
from worker.options import WorkerOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.worker.conftest import World

SCENES, IN_PLEX = 12_000, 3_000
HOUR_S, DAY_S = 3600.0, 86_400.0
LISTING = ("GET", "/library/sections/{section}/all")
DETAILS = ("GET", "/library/metadata/{ids}")
PUT = ("PUT", "/library/sections/{section}/all")
TITLE_ALONE = MappingOptions(exclude=FIELD_NAMES - {"title"})


def path_of(number: int) -> str:
    return f"/media/{number % 40:02}/file {number:05}.mp4"


def size_of(number: int) -> int:
    """No two files are of one size."""
    return 1_000_000_000 + number


def arrive(world: World, numbers: Iterable[int]) -> list[int]:
    """Plex scans these files; returns the items' keys."""
    items = [{"path": path_of(number), "size": size_of(number), "duration_ms": 60_000} for number in numbers]
    return world.plex.add_items(world.section, items)


@pytest.fixture(params=[False, True], ids=["waiting", "ignore_missing"])
def library(request, world, heard):
    """Stash has them all, and Plex every fourth one; all are queued and drained once. Returns world and scene ids."""
    world.options = WorkerOptions(linger_s=0.0, mapping=TITLE_ALONE, ignore_missing=request.param)
    add = world.stash.store.add_scene
    scenes = [
        add(path=path_of(number), size=size_of(number), duration=60.0, title=f"Scene {number}")
        for number in range(SCENES)
    ]
    arrive(world, range(0, SCENES, 4))
    enqueue_many(world.db, scenes, trigger="sync_all", priority=2, now=world.clock())
    assert world.drain().reason == "empty"
    return world, scenes


def watch(world: World, seconds: float) -> int:
    """What the watcher does in that time: a drain when something is due, looked at each minute. Returns how many drains."""
    look, drains = IndexLook(world.db, world.queue, clock=world.clock), 0
    for _ in range(int(seconds // 60)):
        world.later(60)
        if world.queue.has_due() or look.is_due():
            assert world.drain().reason == "empty"
            drains += 1
    return drains


def told(heard: list[Any], kind: type) -> list[Any]:
    return [event for event in heard if isinstance(event, kind)]


def test_what_is_missing_costs_little_and_what_comes_is_synced_at_once(library, heard):
    world, scenes = library
    counts = world.plex.counts()
    assert counts[PUT] == IN_PLEX == len(told(heard, JobSucceeded))
    assert counts[LISTING] <= IN_PLEX / 1000 + 40  # at most one look at what is new in ten seconds
    assert counts[DETAILS] <= 2 * SCENES / 100
    if world.options.ignore_missing:
        _ignored(world, scenes, heard)
    else:
        _waiting(world, scenes, heard)


def _waiting(world: World, scenes: list[int], heard: list[Any]) -> None:
    missing = SCENES - IN_PLEX
    assert (world.queue.count().waiting_for_plex, len(told(heard, JobFailed))) == (missing, missing)

    # Half a day of waiting: looks at what is new, ever less often, and no scene is read.
    world.plex.forget_requests()
    calls = len(world.stash.requests)
    drains = watch(world, DAY_S / 2)
    assert drains <= 30
    assert set(world.plex.counts()) <= {LISTING, ("GET", "/identity"), ("GET", "/library/sections")}
    pages = 1 + IN_PLEX / 1000  # what is new, and what we wrote at one moment: Plex calls it changed
    assert sum(world.plex.counts().values()) <= (pages + 2) * drains
    assert len(world.stash.requests) - calls <= 2 * drains

    # Arrivals, one and many: each is written by the first drain after the look that finds it.
    for numbers in ([1], [2, 3], range(5, 4005, 4)):
        world.plex.forget_requests()
        keys = arrive(world, numbers)
        look = IndexLook(world.db, world.queue, clock=world.clock)
        while not look.is_due():
            world.later(60)
        world.drain()
        assert {world.plex.item(key).fields["title"] for key in keys} == {f"Scene {n}" for n in numbers}
        assert world.plex.counts()[PUT] == len(keys)
        # The look, and a listing for the run.
        assert world.plex.counts()[LISTING] <= 3 * pages + len(keys) / 1000
    came = 3 + 1000
    assert world.queue.count().waiting_for_plex == missing - came

    # The daily look: scenes are read by the hundred, Plex is hardly asked, and nothing is given up before its day.
    world.plex.forget_requests()
    calls = len(world.stash.requests)
    world.later(DAY_S / 2)
    world.drain()
    assert world.plex.counts()[PUT] == world.plex.counts()[DETAILS] == 0
    assert sum(world.plex.counts().values()) <= 20
    assert len(world.stash.requests) - calls <= (missing - came) / 100 + 10
    assert told(heard, JobDlq) == []
    world.later(5.5 * DAY_S)  # six and a half days, with arrivals' waits in between
    world.drain()
    assert (told(heard, JobDlq), world.queue.count().waiting_for_plex) == ([], missing - came)
    world.later(DAY_S)
    world.drain()
    assert len(told(heard, JobDlq)) == missing - came
    assert world.queue.next_due_at() is None

    # Given up is not forgotten: what comes now is taken up again.
    (key,) = arrive(world, [4009])
    world.later(60)
    world.sync(scenes[6])  # nobody waits any more, so the look comes with the next scene that is not found
    world.drain()
    assert world.plex.item(key).fields["title"] == "Scene 4009"


def _ignored(world: World, scenes: list[int], heard: list[Any]) -> None:
    missing = SCENES - IN_PLEX
    assert [event.reason for event in told(heard, JobSkipped)] == ["not_in_plex"] * missing
    assert world.queue.next_due_at() is None
    world.plex.forget_requests()
    assert watch(world, 2 * DAY_S) == 0
    assert not world.plex.counts()
    keys = arrive(world, [1, 2, 3])
    enqueue_many(world.db, scenes, trigger="sync_all", priority=2, now=world.clock())
    world.drain()
    assert [world.plex.item(key).fields["title"] for key in keys] == ["Scene 1", "Scene 2", "Scene 3"]
    assert world.plex.counts()[PUT] == len(keys)
    assert world.plex.counts()[LISTING] <= IN_PLEX / 1000 + 40
    assert told(heard, JobFailed) == told(heard, JobDlq) == []
