"""A restore that is cut at any request and begun again ends like one that was not, and no sync undoes the half of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plex.client import PlexClient
from plex.exceptions import PlexServerDown
from tests.worker.restore_world import last_drain, restore, state

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.worker.conftest import World

COVER = b"\xff\xd8\xff" + b"cover" * 50
ITEMS = 2
REQUESTS = 19
"""Of an undisturbed restore of two items, at most."""


class Killed(BaseException):
    """As SIGKILL ends a process, with a test that looks at what is left."""


def cut(monkeypatch, number: int, act: Callable[[], Any]) -> bool:
    """Whether it was cut, after its request of this number was answered."""
    seen = 0
    counted = PlexClient._count

    def count(self: PlexClient, response: Any) -> None:
        nonlocal seen
        counted(self, response)
        seen += 1
        if seen == number:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(PlexClient, "_count", count)
        try:
            act()
        except Killed:
            return True
    return False


@pytest.fixture(params=["replace", "add"])
def two(request, world):
    """Two items with everything, synced."""
    world.plex.options.tag_mode = request.param
    pairs = [
        world.scene(
            f"{n}.mp4", title=f"Title {n}", details="Text", tags=["Outdoor"], performers=["Zoe"], cover=COVER
        )
        for n in range(ITEMS)
    ]
    for _, key in pairs:
        world.plex.person_edits(key, summary="Old text", genre=["Home"])
        world.plex.person_unlocks(key, "summary", "genre")
    before = [state(world, key) for _, key in pairs]
    for scene, _ in pairs:
        world.put(scene)
    world.drain()
    return world, pairs, before


def states(world: World, pairs: list[tuple[int, int]]) -> list[dict[str, Any]]:
    return [state(world, key) for _, key in pairs]


@pytest.mark.parametrize("number", range(1, REQUESTS))
def test_all_of_it(two, monkeypatch, number):
    world, pairs, before = two
    synced = states(world, pairs)
    was_cut = cut(monkeypatch, number, lambda: restore(world))
    half = states(world, pairs)
    assert was_cut or half == before
    if half != synced:  # the scenes are held already: no edit, nor a whole run, undoes the half of it
        for scene, _ in pairs:
            world.edit(scene, details="Edited")
        world.drain()
        assert states(world, pairs) == half
    restore(world)
    assert states(world, pairs) == before
    written = len(world.plex.writes())
    restore(world)
    assert len(world.plex.writes()) == written
    world.queue.unhold()
    world.drain()
    assert [world.plex.item(key).title for _, key in pairs] == ["Title 0", "Title 1"]


@pytest.mark.parametrize("number", range(1, REQUESTS, 2))
def test_one_drain_of_it(two, monkeypatch, number):
    world, pairs, before = two
    drain = last_drain(world)
    cut(monkeypatch, number, lambda: restore(world, drain=drain))
    restore(world, drain=drain)
    assert states(world, pairs) == before


@pytest.mark.parametrize("number", range(1, 7))
def test_our_locks_of_it(two, monkeypatch, number):
    world, pairs, _ = two
    synced = states(world, pairs)
    cut(monkeypatch, number, lambda: restore(world, unlock=True))
    restore(world, unlock=True)
    assert states(world, pairs) == [{**one, "locks": set()} for one in synced]


@pytest.mark.parametrize("number", range(1, REQUESTS, 2))
def test_let_go_after_the_half_of_it_stash_wins_again(two, monkeypatch, number):
    world, pairs, before = two
    synced = [world.plex.item(key).title for _, key in pairs]
    world.set(preserve_plex_edits=True)
    cut(monkeypatch, number, lambda: restore(world))
    world.queue.unhold()
    for scene, _ in pairs:
        world.put(scene)
    world.drain()
    assert [world.plex.item(key).title for _, key in pairs] == synced
    restore(world)
    assert states(world, pairs) == before


def test_an_outage_in_the_middle_is_a_cut_too(two):
    world, pairs, before = two
    away = lambda r: r.method == "PUT" and r.get("id") == str(pairs[1][1])  # noqa: E731 -- what a fault takes
    world.plex.faults.add("status", match=away, status=503)
    with pytest.raises(PlexServerDown):
        restore(world)
    world.plex.faults.clear()
    restore(world)
    assert states(world, pairs) == before


def test_told_to_stop_it_leaves_nothing_open_and_goes_on_later(two):
    world, pairs, before = two
    answers = iter([True, False])
    report = restore(world, go_on=lambda: next(answers, False))
    assert report.restored == 1
    assert [one.done for one in world.ledger.journal.recent(limit=99)].count(False) == 0
    assert states(world, pairs)[1] != before[1]
    restore(world)
    assert states(world, pairs) == before
