"""A clock that is set back an hour, or forward a year and back again: nothing is lost, given up or waited for in vain."""

from __future__ import annotations

import pytest

from sync_queue import runners
from sync_queue.intake import claim_ask
from tests.worker.outage_world import watch

HOUR_S, YEAR_S = 3600.0, 365 * 86_400.0
JUMPS = pytest.mark.parametrize("jump_s", [-HOUR_S, YEAR_S, -YEAR_S])


@JUMPS
def test_a_jump_during_an_outage_delays_the_return_by_nothing(world, jump_s):
    scene, key = world.scene(title="In spite of the clock")
    world.plex.refuse()
    world.put(scene)
    world.drain()
    world.later(jump_s)
    assert watch(world, broken_s=30.0, mend=world.plex.resume) <= 15
    assert world.plex.item(key).fields["title"] == "In spite of the clock"


@JUMPS
def test_a_jump_between_a_failure_and_its_retry_costs_seconds(world, jump_s):
    scene, key = world.scene(title="Second time")
    world.plex.faults.add("status", match="PUT", status=500, times=1)
    world.sync(scene)
    world.later(jump_s)
    assert watch(world, broken_s=0.0, mend=lambda: None) <= 10
    assert world.plex.item(key).fields["title"] == "Second time"


@JUMPS
def test_a_jump_while_a_watcher_waits_is_noticed(world, jump_s):
    first, first_key = world.scene("first.mp4", title="Before the jump")
    second, second_key = world.scene("second.mp4", title="After the jump")
    world.stash.refuse()

    def mend():
        world.put(first)
        world.later(jump_s)
        world.put(second)
        world.stash.resume()

    world.put(second)
    watch(world, broken_s=20.0, mend=mend)
    assert world.plex.item(first_key).fields["title"] == "Before the jump"
    assert world.plex.item(second_key).fields["title"] == "After the jump"


def test_a_scene_that_waits_for_plex_is_not_given_up_for_a_clock_that_was_wrong(world):
    scene, _ = world.scene(title="Late", in_plex=False)
    world.sync(scene)
    world.later(YEAR_S)
    world.drain()
    assert (world.queue.count().waiting_for_plex, world.dead.count()) == (1, 0)
    world.later(-YEAR_S)
    world.drain()
    key = world.plex.add_item(world.section, "/media/one.mp4", size=1000, duration_ms=60_000)
    world.later(60)
    world.drain()
    assert world.plex.item(key).fields["title"] == "Late"


def test_a_drain_that_was_killed_in_a_future_does_not_count_as_at_work(world):
    runners.register_drain(world.db, "killed", 1, world.clock())
    world.later(-HOUR_S)
    assert claim_ask(world.db, "a hook", 1, world.clock())
