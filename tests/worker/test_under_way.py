"""Two batches under way at once: while one is written the next is read, and nothing else is different for it."""

from __future__ import annotations

import time
from collections import Counter
from itertools import count
from typing import Any

import pytest

from events import JobFailed, JobSkipped, JobSucceeded, MatchScored, subscribe
from observers.history import HistoryKeeper
from sync_queue.intake import RUN
from tests.support import PATIENCE_S, wait_for
from tests.worker.gated_pace import stop_the_writers


@pytest.fixture
def small(world, monkeypatch):
    """Batches of twenty, of which a write takes 20 ms; the drain looks up at each chance."""
    monkeypatch.setattr("worker.drain.LOOK_AT_STASH_S", 0.0)
    world.set(batch_size=20)
    world.plex.faults.add("latency", match="PUT", seconds=0.02)
    return world


def run_over(world, number):
    scenes = [world.scene(f"{n:03}.mp4", title=f"Scene {n}") for n in range(number)]
    for scene, _ in scenes:
        world.put(scene, priority=RUN, trigger="sync_all")
    return scenes


def settled(heard):
    return [event for event in heard if isinstance(event, (JobSucceeded, JobFailed, JobSkipped))]


def shown(world, scenes):
    return [world.plex.item(key).fields["title"] for _, key in scenes]


def test_the_next_batch_is_read_while_the_one_before_is_being_written(small, monkeypatch):
    small.set(batch_size=40)
    scenes = run_over(small, 80)
    second_key = str(scenes[40][1])
    patience_ends = time.monotonic() + PATIENCE_S

    def read() -> bool:
        if time.monotonic() > patience_ends:
            return True
        return any(second_key in request.path for request in small.plex.seen() if request.method == "GET")

    # However late the drain's own thread is: the first batch is not written to its end before the second is read.
    stop_the_writers(monkeypatch, after=20, until=read)
    small.drain()
    assert shown(small, scenes) == [f"Scene {n}" for n in range(80)]
    seen = [request for request in small.plex.seen() if request.method == "PUT" or second_key in request.path]
    assert 0 < next(n for n, request in enumerate(seen) if request.method == "GET") < 40


def test_each_scene_is_told_of_once_and_in_order(small, heard):
    scenes = run_over(small, 60)
    small.drain()
    assert [event.scene_id for event in settled(heard)] == [scene for scene, _ in scenes]
    told = [event for event in heard if isinstance(event, (MatchScored, JobSucceeded))]
    for scene, _ in scenes:
        assert [type(event) for event in told if event.scene_id == scene] == [MatchScored, JobSucceeded]


def test_an_item_that_the_batch_before_is_writing_has_its_owner(small, heard):
    scenes = run_over(small, 20)
    _, key = scenes[-1]
    twin = small.stash.store.add_scene(path="/media/019.mp4", size=1000, duration=60.0, title="Twin")
    small.put(twin, priority=RUN, trigger="sync_all")
    small.drain()
    assert small.plex.item(key).fields["title"] == "Scene 19"
    assert [(event.scene_id, event.reason) for event in heard if isinstance(event, JobSkipped)] == [
        (twin, "shared_item")
    ]


def test_when_it_is_told_to_stop_what_is_written_is_finished_and_the_rest_goes_back(small, heard):
    scenes = run_over(small, 100)
    result = small.drain(must_stop=lambda: "stopped" if len(small.plex.writes()) > 30 else "")
    assert result.reason == "stopped"
    written = Counter(request.get("id") for request in small.plex.seen() if request.method == "PUT")
    assert 20 < len(written) < 100
    assert len(settled(heard)) == result.processed == len(written)
    assert (small.queue.count().in_flight, small.queue.count().pending) == (0, 100 - len(written))
    small.drain()
    assert shown(small, scenes) == [f"Scene {n}" for n in range(100)]
    again = Counter(request.get("id") for request in small.plex.seen() if request.method == "PUT")
    assert set(again.values()) == {1}


@pytest.mark.parametrize("why", ["stopped", "paused"])
def test_told_between_two_batches_it_finishes_what_the_second_has_written(small, heard, why):
    scenes = run_over(small, 100)

    def look():
        if len(settled(heard)) < 20:
            return ""
        wait_for(lambda: len(small.plex.writes()) > 20, "the second batch is not under way")
        if why == "paused":
            small.queue.pause("a person")
            return ""
        return why

    assert small.drain(must_stop=look).reason == why
    written = {request.get("id") for request in small.plex.seen() if request.method == "PUT"}
    assert len(written) > 20
    assert [event.scene_id for event in settled(heard)] == [
        scene for scene, key in scenes if str(key) in written
    ]
    assert (small.queue.count().in_flight, small.queue.count().pending) == (0, 100 - len(written))


def test_when_plex_goes_away_in_between_nothing_is_lost_and_no_try_is_spent(small, heard):
    scenes = run_over(small, 100)
    writes = count()
    small.plex.faults.add(
        "maintenance", match=lambda request: next(writes) > 30 if request.method == "PUT" else False
    )
    assert small.drain().reason == "plex_down"
    assert small.queue.count().in_flight == 0
    small.plex.faults.clear()
    small.later(60)
    assert small.drain().reason == "empty"
    assert shown(small, scenes) == [f"Scene {n}" for n in range(100)]
    assert not [event for event in heard if isinstance(event, JobFailed)]
    assert Counter(event.scene_id for event in settled(heard)) == dict.fromkeys(
        (scene for scene, _ in scenes), 1
    )


def test_an_item_of_the_next_batch_that_fails_fails_alone(small, heard):
    scenes = run_over(small, 60)
    bad, bad_key = scenes[25]
    small.plex.faults.add(
        "status", match=lambda request: request.get("id") == str(bad_key), status=500, times=1
    )
    small.drain()
    failed = [event for event in heard if isinstance(event, JobFailed)]
    assert [(event.scene_id, event.will_retry) for event in failed] == [(bad, True)]
    assert sum(title.startswith("Scene") for title in shown(small, scenes)) == 59


def test_an_edit_goes_before_what_waits_in_the_line(small, heard):
    scenes = run_over(small, 100)
    urgent, key = small.scene("urgent.mp4", title="Urgent")
    waiting = [urgent]

    def look():
        if waiting and len(small.plex.writes()) > 20:
            small.put(waiting.pop())
        return ""

    small.drain(must_stop=look)
    order = [event.scene_id for event in settled(heard)]
    assert order.index(urgent) < 60
    puts = [request.get("id") for request in small.plex.seen() if request.method == "PUT"]
    assert puts.index(str(key)) < 80
    assert shown(small, scenes) == [f"Scene {n}" for n in range(100)]


def test_the_history_keeps_the_match_of_a_batch_that_began_before_the_one_before_it_had_ended(small):
    kept: dict[int, dict[str, Any]] = {}

    class Store:
        def note(self, results, _drain):
            kept.update((one["scene_id"], one["detail"]) for one in results)

    scenes = run_over(small, 60)
    for scene, _ in scenes:
        small.put(scene, trigger="Scene.Update.Post", priority=RUN)
    subscription = subscribe(HistoryKeeper(store=Store()))
    small.drain()
    subscription.close()
    assert [kept[scene]["match"]["targets"] for scene, _ in scenes] == [[key] for _, key in scenes]
