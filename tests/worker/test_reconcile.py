"""A comparison of the library finds every kind of difference, queues it, and writes nothing itself."""

from __future__ import annotations

import sqlite3
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from plex.exceptions import PlexError
from stash.exceptions import QueryFailed
from sync_queue import reconciling
from sync_queue.intake import RUN
from sync_queue.reconciling import Position
from worker import reconcile
from worker.reconcile import Reconciler

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.worker.conftest import World


def position(world: World, **more: Any) -> Position:
    return Position(**{"deep": False, "since": "", "newest": "", "total": 1, "at": world.clock(), **more})


def compare(
    world: World, where: Position | None = None, go_on: Callable[[], bool] = lambda: True
) -> Position:
    """One pass, in a process of its own as it were."""
    where = where or position(world)
    target = world.plex_target()
    Reconciler(
        world.db,
        world.ledger,
        target,
        world.stash_client,
        world.options,
        clock=world.clock,
        go_on=go_on,
    ).run(where)
    return where


def synced(world: World, number: int) -> list[tuple[int, int]]:
    """So many scenes, in step."""
    pairs = [world.scene(f"{n:03}.mp4", title=f"Scene {n}", tags=["T"]) for n in range(number)]
    for scene, _ in pairs:
        world.put(scene)
    world.drain()
    world.later(5)
    return pairs


def queued(world: World) -> list[tuple[int, int, int]]:
    rows = world.db.execute(
        "SELECT scene_id, priority, deleted FROM jobs WHERE state = 'pending' ORDER BY scene_id"
    )
    return [tuple(row) for row in rows]


def test_what_is_in_step_is_left_alone(world):
    synced(world, 7)
    before = len(world.plex.writes())
    found = compare(world)
    assert found.found == {"in_step": 7}
    assert (found.queued, queued(world), len(world.plex.writes())) == (0, [], before)


def test_every_kind_of_difference_is_found_queued_and_mended_by_the_next_drain(world):
    pairs = synced(world, 6)
    stale, changed, gone, removed = (pairs[n] for n in range(4))
    world.stash.store.scenes[stale[0]].values["title"] = "By auto tag"
    world.plex.person_edits(changed[1], title="A person's")
    del world.stash.store.scenes[gone[0]]
    world.plex.delete_item(removed[1])
    fresh, fresh_key = world.scene("fresh.mp4", title="Never synced")
    nowhere, _ = world.scene("nowhere.mp4", in_plex=False)  # without a title, as a scan leaves it
    without, _ = world.scene("x.mp4", in_plex=False)
    world.stash.store.scenes[without].files = []
    before = len(world.plex.writes())
    result = compare(world)
    assert result.found == {
        "stale": 1,
        "changed_in_plex": 1,
        "orphaned": 1,
        "missing_in_plex": 2,
        "never_synced": 1,
        "no_files": 1,
        "in_step": 2,
    }
    assert result.examples["stale"] == [[stale[0], "By auto tag"]]
    assert result.examples["orphaned"] == [[gone[0], ""]]
    assert [nowhere, "nowhere.mp4"] in result.examples["missing_in_plex"]
    assert len(world.plex.writes()) == before
    expected = [(one, RUN, 0) for one in (stale[0], changed[0], removed[0], fresh, nowhere)]
    assert queued(world) == sorted([*expected, (gone[0], RUN, 1)])
    world.drain()
    assert world.plex.item(stale[1]).fields["title"] == "By auto tag"
    assert world.plex.item(changed[1]).fields["title"] == "Scene 1"
    assert world.plex.item(fresh_key).fields["title"] == "Never synced"
    assert world.ledger.of_scene(world.plex.options.machine_identifier, gone[0]) == []
    again = compare(world)
    assert again.found == {"in_step": 5, "missing_in_plex": 2, "no_files": 1}
    assert again.queued == 0  # those that wait for Plex are not disturbed


def test_a_renamed_tag_or_a_changed_setting_is_stale(world):
    pairs = synced(world, 3)
    world.stash.store.tables["tag"][1].name = "Renamed without a hook"
    assert compare(world).found == {"stale": 3}
    world.drain()
    assert compare(world).found == {"in_step": 3}
    world.set(preserve_plex_edits=True)
    assert compare(world).found == {"stale": 3}
    assert len(pairs) == 3


def test_scenes_that_are_not_in_plex_by_choice_are_counted_and_not_queued(world):
    world.set(ignore_missing=True)
    world.scene("nowhere.mp4", in_plex=False)
    assert (compare(world).found, queued(world)) == ({"missing_in_plex": 1}, [])


def test_an_edit_that_the_listing_does_not_show_is_found_by_the_deep_form_alone(world):
    (scene, key), *_ = synced(world, 3)
    world.plex.person_edits(key, title="A person's")
    assert compare(world).found == {"changed_in_plex": 1, "in_step": 2}
    index = sqlite3.connect(world.folder / "index.sqlite")
    (digest,) = index.execute("SELECT digest FROM items WHERE rating_key = ?", (key,)).fetchone()
    index.close()
    world.db.execute("UPDATE ledger SET listing_digest = ? WHERE rating_key = ?", (digest, key))
    assert compare(world).found == {"in_step": 3}  # as if the listing had not moved
    deep = compare(world, position(world, deep=True))
    assert deep.found == {"changed_in_plex": 1, "in_step": 2}
    assert deep.examples["changed_in_plex"] == [[scene, "Scene 0"]]


def test_a_held_scene_stays_held(world):
    ((scene, _),) = synced(world, 1)
    world.queue.hold([scene])
    world.stash.store.scenes[scene].values["title"] = "Changed"
    assert (compare(world).found, queued(world)) == ({"held": 1}, [])


def test_a_kill_between_two_pages_costs_a_page_and_nothing_is_counted_twice(world, monkeypatch):
    monkeypatch.setattr(reconcile, "PAGE", 3)
    pairs = synced(world, 8)
    for scene, _ in pairs:
        world.stash.store.scenes[scene].values["title"] = "Stale"
    looks = count()
    stopped = compare(world, go_on=lambda: next(looks) < 1)
    assert (stopped.done, stopped.after) == (6, pairs[5][0])
    kept = reconciling.load(world.db, world.clock())
    assert kept is not None and kept.found == {"stale": 6}
    finished = compare(world, kept)
    assert finished.found == {"stale": 8}
    assert len(queued(world)) == 8
    assert reconciling.load(world.db, world.clock()) is None


def test_a_position_is_good_for_a_day(world):
    where = position(world, after=5)
    reconciling.save(world.db, where)
    assert reconciling.load(world.db, world.clock() + 86_000) == where
    assert reconciling.load(world.db, world.clock() + 90_000) is None
    assert reconciling.load(world.db, world.clock() - 10) is None


def test_a_pass_over_recent_changes_looks_at_those_and_takes_none_for_deleted(world):
    pairs = synced(world, 4)
    for scene, _ in pairs:
        world.stash.store.scenes[scene].updated_at = "2026-01-01T10:00:00+01:00"
    recent = world.stash.store.scenes[pairs[2][0]]
    recent.values["title"], recent.updated_at = "Recent", "2026-03-01T10:00:00+01:00"
    found = compare(world, position(world, since="2026-02-01T10:00:00+01:00"))
    assert (found.found, found.done) == ({"stale": 1}, 1)


def test_the_item_of_a_scene_that_was_merged_into_another_goes_to_that_one(world):
    ((one, key),) = synced(world, 1)
    other, _ = world.scene("elsewhere.mp4", in_plex=False)
    store = world.stash.store.scenes
    store[other].files.append(store[one].files[0])
    del store[one]
    assert compare(world).found == {"orphaned": 1, "never_synced": 1}
    world.drain()
    assert world.ledger.owner(world.plex.options.machine_identifier, key) == other
    assert compare(world).found == {"in_step": 1}


def test_a_scene_that_stash_cannot_give_costs_the_others_nothing(world):
    pairs = synced(world, 5)
    world.stash.store.scenes[pairs[2][0]].files[0].duration = "not a number"
    found = compare(world)
    assert found.found == {"in_step": 4, "unreadable": 1}


def test_when_plex_is_away_what_was_found_so_far_stays(world):
    synced(world, 2)
    world.plex.refuse()
    with pytest.raises(PlexError):
        compare(world)
    world.plex.resume()
    assert compare(world).found == {"in_step": 2}


def test_one_is_due_by_the_hours_of_the_setting_and_not_soon_after_a_failure(world):
    now = world.clock()
    assert not reconciling.is_due(world.db, now)
    reconciling.remember_hours(world.db, 24)
    assert reconciling.is_due(world.db, now)
    reconciling.put_off(world.db, now)
    assert not reconciling.is_due(world.db, now + 599)
    assert reconciling.is_due(world.db, now + 601)
    reconciling.end(world.db, position(world), now)
    assert not reconciling.is_due(world.db, now + 24 * 3600 - 1)
    assert reconciling.is_due(world.db, now + 24 * 3600)
    reconciling.remember_hours(world.db, 0)
    assert not reconciling.is_due(world.db, now + 90 * 3600)
    reconciling.save(world.db, position(world, by_itself=True, at=now + 700))
    assert reconciling.is_due(world.db, now + 701)


def test_a_rival_for_an_item_that_stash_cannot_give_stops_no_comparison_and_keeps_its_item(
    world, monkeypatch
):
    ((first, _),) = synced(world, 1)
    rival = world.stash.store.add_scene(path="/media/000.mp4", size=1000, duration=60.0, title="Rival")
    give = world.stash_client.scenes

    def scenes(ids: Any) -> Any:
        wanted = list(ids)
        if first in wanted:
            raise QueryFailed(("sql: Scan error",), "reading scenes")
        return give(wanted)

    monkeypatch.setattr(world.stash_client, "scenes", scenes)
    monkeypatch.setattr(reconcile, "PAGE", 1)
    where = compare(world)
    assert where.found == {"unreadable": 1, "shared_item": 1}
    assert where.examples["shared_item"] == [[rival, "Rival"]]


def test_one_that_is_stopped_at_each_chance_gets_on_all_the_same(world, monkeypatch):
    monkeypatch.setattr(reconcile, "PAGE", 2)
    synced(world, 5)
    where, passes = position(world, total=5), 0
    while where.done < 5:
        compare(world, where, go_on=lambda: False)
        passes += 1
        assert where.done == min(
            5, 2 * passes
        )  # each pass begins with a whole listing: it must not be for nothing


def test_an_item_that_is_nobodys_any_more_is_free_and_stash_is_not_asked_for_its_scene(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (scene, _), _ = synced(world, 2)
    world.ledger.forget_scene(scene)
    give, asked = world.stash_client.scenes, set()

    def scenes(ids: Any) -> Any:
        asked.update(ids := list(ids))
        return give(ids)

    monkeypatch.setattr(world.stash_client, "scenes", scenes)
    where = compare(world)
    assert where.found == {"never_synced": 1, "in_step": 1}
    assert 0 not in asked
