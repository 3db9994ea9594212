"""Edits overtake a long run between its chunks; what they change in between, the run must not undo."""

from __future__ import annotations

import pytest

from events import JobSkipped, JobSucceeded
from sync_queue.intake import RUN
from tests.worker.gated_pace import stop_the_writers_until_others_go_first

FIRST_FEW = 8


@pytest.fixture(autouse=True)
def _the_rest_waits(monkeypatch):
    """Most of the run is still to come when something overtakes it, however late the drain looks up."""
    monkeypatch.setattr("worker.drain.LOOK_AT_STASH_S", 0.0)
    stop_the_writers_until_others_go_first(monkeypatch, after=FIRST_FEW)


def run_over(world, number: int) -> list[tuple[int, int]]:
    """A whole-library run over so many scenes is queued; (scene id, ratingKey) of each."""
    scenes = [world.scene(f"{n:02}.mp4", title=f"Scene {n}") for n in range(number)]
    for scene, _ in scenes:
        world.put(scene, priority=RUN, trigger="sync_all")
    return scenes


def drain_and(world, act) -> None:
    """Drain, and ``act`` once, when the run has written its first few scenes and most of it is still to come."""
    waiting = [act]

    def look() -> str:
        if waiting and len(world.plex.writes()) >= FIRST_FEW:
            waiting.pop()()
        return ""

    world.drain(must_stop=look)


def test_an_item_that_an_edit_took_over_in_between_is_not_written_by_the_run(world, heard):
    scenes = run_over(world, 30)
    owner, key = scenes[-1]
    twin = world.stash.store.add_scene(
        path="/media/29.mp4", size=1000, duration=60.0, title="The edited twin"
    )
    drain_and(world, lambda: world.put(twin))
    order = [
        (event.scene_id, type(event)) for event in heard if isinstance(event, (JobSucceeded, JobSkipped))
    ]
    assert order.index((twin, JobSucceeded)) < 28
    assert (owner, JobSkipped) in order
    assert [event.reason for event in heard if isinstance(event, JobSkipped)] == ["shared_item"]
    assert world.plex.item(key).fields["title"] == "The edited twin"
    assert world.ledger.owner(world.plex.options.machine_identifier, key) == twin
    assert world.queue.count().pending == 0


def test_all_that_an_edit_did_not_touch_is_written_by_the_run(world):
    scenes = run_over(world, 30)
    urgent, urgent_key = world.scene("urgent.mp4", title="Urgent")
    drain_and(world, lambda: world.put(urgent))
    titles = [world.plex.item(key).fields["title"] for _, key in scenes]
    assert titles == [f"Scene {n}" for n in range(30)]
    assert world.plex.item(urgent_key).fields["title"] == "Urgent"
    writes = [request for request in world.plex.writes() if request.method == "PUT"]
    assert len(writes) == 31
