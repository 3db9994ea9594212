"""A dry run looks at all that is queued, writes nothing to Plex, and loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from events import DrainFinished, DrainStarted, JobPreviewed, SyncStats
from sync_queue import dry_run
from sync_queue.database import connect
from sync_queue.intake import RUN, enqueue_many
from sync_queue.migrations import MIGRATIONS
from tests.worker.look_before import state_of
from tests.worker.outage_world import watch
from worker.mapping import MappingOptions

if TYPE_CHECKING:
    from tests.worker.conftest import World


def states(world: World) -> dict[int, str]:
    return {row[0]: row[1] for row in world.db.execute("SELECT scene_id, state FROM jobs")}


def left_alone(world: World) -> dict[str, Any]:
    """Everything but the queue."""
    known = state_of(world)
    del known["jobs"], known["runners"]
    return known


def test_what_was_queued_is_told_and_put_aside_and_nothing_else_moves(world, heard):
    scene, key = world.scene(title="Title", tags=["A"])
    nowhere, _ = world.scene("nowhere.mp4", in_plex=False)
    world.set(dry_run=True)
    before = left_alone(world)
    for one in (scene, nowhere, 9999):
        world.put(one)
    result = world.drain()
    assert (result.reason, result.processed) == ("dry_run", 3)
    assert left_alone(world) == before
    assert world.plex.item(key).fields["title"] == "one"
    told = [event for event in heard if isinstance(event, JobPreviewed)]
    assert {event.scene_id: event.result for event in told} == {
        scene: "change",
        nowhere: "not_in_plex",
        9999: "deleted",
    }
    assert "title" in told[0].would_change
    assert {type(event) for event in heard} <= {DrainStarted, DrainFinished, JobPreviewed}.union(
        type(event) for event in heard if type(event).__name__ == "DrainProgress"
    )
    stats = SyncStats(session_start=0.0)
    for event in heard:
        stats.apply(event)
    assert (stats.jobs_processed, stats.jobs_succeeded, stats.skips_by_reason) == (0, 0, {})
    assert states(world) == dict.fromkeys((scene, nowhere, 9999), "previewed")
    assert world.queue.count().previewed == 3
    assert world.dead.count() == 0


def test_the_first_drain_that_may_write_takes_all_that_was_put_aside(world):
    pairs = [world.scene(f"{n}.mp4", title=f"T{n}") for n in range(4)]
    world.set(dry_run=True)
    enqueue_many(world.db, [pair[0] for pair in pairs], trigger="sync_all", priority=RUN, now=world.clock())
    world.drain()
    assert not world.queue.has_due()
    assert world.queue.next_due_at() is None  # so nobody spins
    world.set(dry_run=False)
    world.later(3600)
    assert world.drain().processed == 4
    assert [world.plex.item(key).fields["title"] for _, key in pairs] == ["T0", "T1", "T2", "T3"]
    assert states(world) == {}


def test_an_edit_during_a_dry_run_is_looked_at_again(world, heard):
    scene, key = world.scene(title="One")
    world.set(dry_run=True)
    world.sync(scene)
    world.edit(scene, title="Two")
    assert states(world) == {scene: "pending"}
    world.drain()
    assert [event.attempt for event in heard if isinstance(event, JobPreviewed)] == [1, 1]
    world.set(dry_run=False)
    world.drain()
    assert world.plex.item(key).fields["title"] == "Two"


def test_an_edit_that_comes_while_it_is_looked_at_leaves_it_due(world, monkeypatch):
    scene, _ = world.scene(title="One")
    world.set(dry_run=True)
    world.put(scene)
    put_aside, looks = dry_run.put_aside, []

    def edit_once(db: Any, rows: Any) -> None:
        looks.append(rows)
        if len(looks) == 1:
            world.put(scene)
        put_aside(db, rows)

    monkeypatch.setattr(dry_run, "put_aside", edit_once)
    world.drain()
    assert len(looks) == 2  # once more in the same drain, with the newest data
    assert states(world) == {scene: "previewed"}


def test_waiting_and_failed_scenes_come_through_it_as_they_were(world):
    nowhere, _ = world.scene("nowhere.mp4", in_plex=False, title="N")
    world.sync(nowhere)
    assert states(world) == {nowhere: "waiting_for_plex"}
    world.set(dry_run=True)
    world.plex.add_item(world.section, "/media/nowhere.mp4", size=1000, duration_ms=60_000)
    world.later(60)
    world.put(nowhere)
    world.drain()
    assert states(world) == {nowhere: "previewed"}
    world.set(dry_run=False)
    world.drain()
    assert states(world) == {}
    assert world.plex.item(world.plex.keys_of("/media/nowhere.mp4")[0]).fields["title"] == "N"


def test_plex_going_away_puts_all_back(world):
    scene, _ = world.scene(title="One")
    world.set(dry_run=True)
    world.sync(scene)
    world.put(scene)
    world.plex.refuse()
    assert world.drain().reason == "plex_down"
    assert states(world) == {scene: "pending"}


def test_it_asks_plex_for_no_scan_and_remembers_no_settings(world):
    world.set(dry_run=True, scan_new_files=True, mapping=MappingOptions(content_rating="XXX"))
    nowhere, _ = world.scene("nowhere.mp4", in_plex=False)
    world.put(nowhere, trigger="Scene.Create.Post")
    world.drain()
    world.later(60)
    world.put(nowhere, trigger="Scene.Create.Post")
    world.drain()
    assert not [request for request in world.plex.requests if "/refresh" in request.path]


def test_the_watcher_neither_spins_nor_ends_and_sees_within_a_minute_that_it_is_over(world, monkeypatch):
    scene, key = world.scene(title="One")
    world.set(dry_run=True)
    world.put(scene)
    drains: list[float] = []
    drain = world.drain

    def counted() -> Any:
        drains.append(world.clock())
        return drain()

    monkeypatch.setattr(world, "drain", counted)
    took_s = watch(world, broken_s=600, mend=lambda: world.set(dry_run=False))
    assert took_s <= 62
    assert world.plex.item(key).fields["title"] == "One"
    assert len(drains) <= 13


def test_rows_and_names_of_an_older_file_come_through_the_new_state(tmp_path, monkeypatch):
    monkeypatch.setattr("sync_queue.database.MIGRATIONS", MIGRATIONS[: _before_previewed()])
    old = connect(tmp_path / "queue.sqlite")
    old.execute(
        "INSERT INTO jobs (scene_id, state, trigger, priority, due_at, queued_at, changed_at, title) "
        "VALUES (7, 'waiting_for_plex', 'x', 0, 1, 2, 3, 'Seven')"
    )
    old.execute("INSERT INTO wait_names (scene_id, name) VALUES (7, 'seven.mp4')")
    old.close()
    monkeypatch.undo()
    new = connect(tmp_path / "queue.sqlite")
    assert tuple(new.execute("SELECT scene_id, state, title FROM jobs").fetchone()) == (
        7,
        "waiting_for_plex",
        "Seven",
    )
    assert tuple(new.execute("SELECT scene_id, name FROM wait_names").fetchone()) == (7, "seven.mp4")
    new.execute("UPDATE jobs SET state = 'previewed'")
    assert dry_run.let_go(new) == 1
    new.execute("DELETE FROM jobs")
    assert new.execute("SELECT count(*) FROM wait_names").fetchone()[0] == 0  # they still refer to it
    new.close()


def _before_previewed() -> int:
    return next(number for number, step in enumerate(MIGRATIONS) if any("'previewed'" in one for one in step))


@pytest.mark.parametrize("number", [250])
def test_a_whole_run_in_batches(world, number):
    pairs = [world.scene(f"{n}.mp4", title=f"T{n}") for n in range(number)]
    world.set(dry_run=True)
    enqueue_many(world.db, [pair[0] for pair in pairs], trigger="sync_all", priority=RUN, now=world.clock())
    assert world.drain().processed == number
    assert world.plex.writes() == []
