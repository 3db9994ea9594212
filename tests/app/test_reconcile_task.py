"""Reconcile Library as Stash runs it."""

from __future__ import annotations

import threading
import time

from app.page.shapes import Now
from sync_queue import reconciling
from sync_queue.database import connect
from sync_queue.reconciling import Position
from tests.app.page_shapes import differences
from tests.support import wait_for


def stale_scenes(installed, number: int) -> list[tuple[int, int]]:
    pairs = [installed.scene(f"{n:03}.mp4", title=f"Scene {n}") for n in range(number)]
    installed.run("Sync All Scenes")
    for scene, _ in pairs:
        installed.stash.store.scenes[scene].values["title"] = f"Changed {scene}"
    return pairs


def test_it_says_what_it_found_by_kind_with_examples_and_syncs_that(installed):
    pairs = stale_scenes(installed, 5)
    installed.scene("fresh.mp4", title="Fresh")
    answer = installed.operate(mode="reconcile")
    found = answer["reconcile"]
    assert (found["reason"], found["scenes"], found["in_step"], found["queued"]) == ("done", 6, 0, 6)
    assert found["found"]["stale"]["scenes"] == 5
    assert found["found"]["stale"]["examples"][0] == {"scene_id": pairs[0][0], "title": "Changed 1"}
    assert len(found["found"]["stale"]["examples"]) == 3
    wait_for(
        lambda: [installed.title(key) for _, key in pairs] == [f"Changed {scene}" for scene, _ in pairs],
        "what was found was not synced",
    )
    said = [line for line in installed.lines("info") if "PlexSync Reconcile" in line]
    assert "6 scenes compared, 0 in step, 6 queued to be synced" in said[0]
    assert "1 scene never synced: scene 6 'Fresh'" in said[1]
    assert "5 scenes changed in Stash since their last sync: scene 1 'Changed 1'" in said[2]
    assert said[2].endswith(" and 2 more")
    assert len(said) == 3


def test_the_page_tells_what_the_last_one_found_and_how_far_one_at_work_is(installed):
    assert installed.operate(mode="page", ask="now")["reconcile"] == {"under_way": None, "last": None}
    stale_scenes(installed, 3)
    installed.scene("fresh.mp4", title="Fresh")
    installed.run("Reconcile Library")
    now = installed.operate(mode="page", ask="now")
    assert differences(now, Now) == []
    last = now["reconcile"]["last"]
    assert 0 <= now["at"] - last.pop("at") < 60
    found = {"stale": 3, "never_synced": 1}
    assert last == {"scenes": 4, "queued": 4, "deep": False, "recent": False, "found": found}
    db = connect(installed.data / "queue.sqlite")
    stopped = Position(
        deep=True, since="", newest="", total=900, at=time.time(), done=100, found={"in_step": 100}
    )
    reconciling.save(db, stopped)
    db.close()
    now = installed.operate(mode="page", ask="now")
    assert differences(now, Now) == []
    under_way = now["reconcile"]["under_way"]
    assert (under_way["scenes"], under_way["total"], under_way["found"]) == (100, 900, {"in_step": 100})
    assert now["reconcile"]["last"]["found"] == found


def test_since_the_last_time_takes_what_changed_since(installed):
    pairs = stale_scenes(installed, 3)
    for scene, _ in pairs:
        installed.stash.store.scenes[scene].updated_at = "2026-01-01T10:00:00+01:00"
    assert installed.operate(mode="reconcile", since="last")["reconcile"]["since"] is None  # the first one
    row = installed.stash.store.scenes[pairs[1][0]]
    row.values["title"], row.updated_at = "Later", "2026-01-02T10:00:00+01:00"
    found = installed.operate(mode="reconcile", since="last")["reconcile"]
    assert found["since"] == "2026-01-01T08:00:00+01:00"
    assert found["found"]["stale"]["scenes"] == 1
    wait_for(lambda: installed.title(pairs[1][1]) == "Later", "what was found was not synced")


def test_a_wrong_argument_is_named_with_what_is_allowed(installed):
    for args, said in (
        ({"since": "yesterday"}, "since is 'yesterday'; it must be 'last'"),
        ({"deep": 7}, "deep is 7"),
    ):
        status, answer = installed.stash.post(
            {
                "query": 'mutation($a:Map){runPluginOperation(plugin_id:"StashPlexSync",args:$a)}',
                "variables": {"a": {"mode": "reconcile", **args}},
            }
        )
        assert (status, said in answer["errors"][0]["message"]) == (200, True)


def test_it_makes_room_for_another_job_and_the_watcher_goes_on(installed, monkeypatch):
    pairs = stale_scenes(installed, 250)
    installed.stash.seconds_for_each_scene = 0.02  # two seconds for a page of a hundred
    both_wait, done = threading.Event(), threading.Event()
    installed.stash.add_blocking_job(both_wait)
    installed.stash.start_task("StashPlexSync", "Reconcile Library")
    installed.stash.add_blocking_job(done, "Generating...")
    both_wait.set()
    wait_for(
        lambda: any("compared so far" in line for line in installed.lines("info")), "it did not make room"
    )
    done.set()
    installed.stash.seconds_for_each_scene = 0.0
    wait_for(
        lambda: all(installed.title(key) == f"Changed {scene}" for scene, key in pairs),
        "what was left was not compared",
    )


def test_it_starts_by_itself_once_that_is_due(installed):
    pairs = stale_scenes(installed, 3)
    installed.configure(reconcile_hours="24")
    scene, key = installed.scene("saved.mp4")
    installed.save(scene, title="Saved")
    wait_for(lambda: installed.title(key) == "Saved", "the save did not arrive")
    wait_for(
        lambda: [installed.title(one) for _, one in pairs] == [f"Changed {scene}" for scene, _ in pairs],
        "the comparison did not start",
    )


def test_an_emptied_stash_is_one_line_with_the_way_out_and_a_confirmation_goes_through(installed):
    for number in range(25):
        installed.scene(f"{number:03}.mp4", title=f"Scene {number}")
    installed.run("Sync All Scenes")
    installed.stash.store.scenes.clear()
    answer = installed.operate(mode="reconcile")["reconcile"]
    assert answer["reason"] == "trouble" and "25 of the 25 scenes" in answer["message"]
    (line,) = installed.lines("error")
    assert "confirm_gone: true" in line and "nothing was done" in line
    answer = installed.operate(mode="reconcile", confirm_gone=True)["reconcile"]
    assert (answer["reason"], answer["found"]["orphaned"]["scenes"]) == ("done", 25)
