"""A journal that is full: a restore writes into it, too, and must not push out what it is about to undo."""

from __future__ import annotations

import pytest

from sync_queue.journal import remember_bounds
from tests.worker.restore_world import last_drain, restore

ITEMS = 12


@pytest.fixture
def full(world, monkeypatch):
    """A run that has filled the journal to its bound."""
    monkeypatch.setattr("worker.restore_plans.PAGE", 5)
    monkeypatch.setattr("tests.worker.restore_world.PAGE", 5)
    pairs = [world.scene(f"{n:02}.mp4", title=f"Title {n}", details="Text") for n in range(ITEMS)]
    for scene, key in pairs:
        world.plex.person_edits(key, summary="Us")
        world.plex.person_unlocks(key, "summary")
        world.put(scene)
    world.drain()
    remember_bounds(world.db, changes=len(world.ledger.journal.recent(limit=999)), days=180)
    return world, [key for _, key in pairs]


def summaries(world, keys):
    return [world.plex.item(key).fields.get("summary") for key in keys]


@pytest.mark.parametrize("done_first", [1, 6, ITEMS])
def test_one_run_is_undone_to_its_end_also_when_it_is_begun_twice(full, done_first):
    world, keys = full
    drain = last_drain(world)
    answers = iter([True] * done_first)
    restore(world, drain=drain, go_on=lambda: next(answers, False))
    restore(world, drain=drain)
    assert summaries(world, keys) == ["Us"] * ITEMS


def test_what_was_cleared_for_stash_comes_back_also_when_it_is_begun_twice(full):
    world, keys = full
    for scene in world.stash.store.scenes:
        world.edit(scene, details="")
    world.drain()
    assert summaries(world, keys) in ([None] * ITEMS, [""] * ITEMS)
    remember_bounds(world.db, changes=len(world.ledger.journal.recent(limit=999)), days=180)
    answers = iter([True] * 6)
    restore(world, go_on=lambda: next(answers, False))
    restore(world)
    assert summaries(world, keys) == ["Us"] * ITEMS


def test_the_next_sync_brings_the_journal_back_to_its_bound(full):
    world, _ = full
    rows = len(world.ledger.journal.recent(limit=999))
    restore(world)
    assert len(world.ledger.journal.recent(limit=999)) > rows
    world.later(60)
    scene, _ = world.scene("new.mp4", title="Quite another", details="Text")
    world.sync(scene)
    assert len(world.ledger.journal.recent(limit=999)) <= rows
