"""Several items that Plex can neither read nor write stand in the way of no other, however they lie in its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from plex.exceptions import PlexStuck
from tests.worker.restore_world import restore

if TYPE_CHECKING:
    from tests.worker.conftest import World

BAD = 4


@pytest.fixture
def row(world):
    """Eight items in a row, all synced; the first four are about to break."""
    pairs = [world.scene(f"{n}.mp4", title=f"Title {n}") for n in range(2 * BAD)]
    for scene, _ in pairs:
        world.put(scene)
    world.drain()
    return world, [key for _, key in pairs]


def titles(world: World, keys: list[int]) -> list[str]:
    return [world.plex.item(key).fields["title"] for key in keys]


@pytest.mark.parametrize("status", [500, 400, 403])
def test_edits_that_fail(row, status):
    world, keys = row
    bad = {str(key) for key in keys[:BAD]}
    world.plex.faults.add("status", match=lambda r: r.method == "PUT" and r.get("id") in bad, status=status)
    report = restore(world)
    assert titles(world, keys[BAD:]) == ["4", "5", "6", "7"]
    assert {one.rating_key for one in report.failed} == set(keys[:BAD])
    world.plex.faults.clear()
    restore(world)
    assert titles(world, keys) == [str(n) for n in range(2 * BAD)]


def test_reads_that_fail(row):
    world, keys = row
    bad = {str(key) for key in keys[:BAD]}
    world.plex.faults.add(
        "status",
        match=lambda r: r.method == "GET" and bool(bad & set(r.path.rpartition("/")[2].split(","))),
        status=500,
    )
    report = restore(world)
    assert titles(world, keys[BAD:]) == ["4", "5", "6", "7"]
    assert {one.rating_key for one in report.failed} == set(keys[:BAD])


def test_a_plex_that_takes_no_edit_at_all_ends_it_after_a_few(row):
    world, keys = row
    fault = world.plex.faults.add("status", match=lambda r: r.method == "PUT", status=500)
    with pytest.raises(PlexStuck):
        restore(world)
    assert fault.hits < 20
    world.plex.faults.clear()
    assert restore(world).restored == len(keys)
