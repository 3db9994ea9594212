"""The plugin in a Stash: a save arrives in Plex, whatever Stash is doing."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import TYPE_CHECKING

from sync_queue.database import connect
from sync_queue.intake import enqueue
from tests.support import PATIENCE_S, wait_for

if TYPE_CHECKING:
    from simulators.plex.messages import Request

BULK = "mutation($i:BulkSceneUpdateInput!){bulkSceneUpdate(input:$i){id}}"
MANY = "mutation($i:[SceneUpdateInput!]!){scenesUpdate(input:$i){id}}"
DESTROY = "mutation($i:SceneDestroyInput!){sceneDestroy(input:$i)}"


def pending(installed):
    db = sqlite3.connect(installed.data / "queue.sqlite", timeout=PATIENCE_S)
    try:
        return db.execute("SELECT count(*) FROM jobs").fetchone()[0]
    finally:
        db.close()


def test_a_saved_scene_shows_in_plex_with_no_button_pressed(installed):
    scene, key = installed.scene(title="Before")
    installed.save(scene, title="After", rating100=70)
    wait_for(lambda: installed.title(key) == "After", "the title did not arrive")
    assert installed.plex.item(key).fields["userRating"] == "7.0"
    assert installed.stash.hooks.runs[0].code == 0
    assert installed.asked() == 1


def test_a_click_on_the_rating_changes_the_rating_and_nothing_else(installed):
    scene, key = installed.scene(title="Same", details="Text", tags=["a"])
    installed.run("Sync All Scenes")
    before = installed.plex.item(key)
    installed.save(scene, rating100=50)
    wait_for(lambda: installed.plex.item(key).fields.get("userRating") == "5.0", "the rating did not arrive")
    installed.stash.jobs.wait_until_idle()
    after = installed.plex.item(key)
    assert {**after.fields, "userRating": ""} == {**before.fields, "userRating": ""}
    assert (after.tags, after.posters, after.arts) == (before.tags, before.posters, before.arts)


def test_an_edit_while_stash_is_busy_is_drained_in_the_background(installed):
    scene, key = installed.scene()
    job = installed.stash.add_blocking_job()
    start = time.monotonic()
    installed.save(scene, title="While it generates")
    wait_for(lambda: installed.title(key) == "While it generates", "the watcher did not drain")
    assert time.monotonic() - start < 10
    assert installed.asked() == 0
    installed.stash.jobs.stop(job.id)
    installed.heard("1/1 succeeded", "in the background")


def test_a_bulk_edit_asks_for_one_task_and_all_scenes_arrive(installed):
    pairs = [installed.scene(f"{number}.mp4") for number in range(25)]
    saved = threading.Event()

    def slow_while_hooks_come(request: Request) -> bool:
        """However slowly they follow one another, the drain of the first has not ended when the next one comes."""
        if request.method == "PUT":
            saved.wait(6.0)
        return False

    installed.plex.faults.add("status", match=slow_while_hooks_come)
    installed.stash.graphql(BULK, {"i": {"ids": [scene for scene, _ in pairs], "details": "All of them"}})
    saved.set()
    wait_for(
        lambda: all(installed.plex.item(key).fields.get("summary") == "All of them" for _, key in pairs),
        "some did not arrive",
    )
    assert len(installed.stash.hooks.runs) == 25
    assert installed.asked() == 1


def test_the_array_form_of_an_update_queues_each_scene_by_its_own_fields(installed):
    first, first_key = installed.scene("a.mp4")
    second, _ = installed.scene("b.mp4")
    installed.stash.graphql(MANY, {"i": [{"id": first, "title": "First"}, {"id": second, "organized": True}]})
    wait_for(lambda: installed.title(first_key) == "First", "it did not arrive")
    outputs = [run.error for run in installed.stash.hooks.runs]
    assert outputs == [None, None]
    installed.stash.jobs.wait_until_idle()
    done = installed.operate(mode="status")["stats"]["cumulative"]
    assert done["jobs_processed"] == 1


def test_what_plex_does_not_show_queues_nothing(installed):
    scene, _ = installed.scene()
    installed.save(scene, organized=True)
    assert not (installed.data / "queue.sqlite").exists()


def test_a_save_in_the_moment_in_which_a_drain_ends_is_not_forgotten(installed):
    scene, key = installed.scene()
    for number in range(8):
        installed.save(scene, title=f"Edit {number}")
        wait_for(lambda: installed.title(key) == f"Edit {number}", f"edit {number} was forgotten")  # noqa: B023 -- waited for at once
        time.sleep(0.93 + number * 0.02)  # about when the drain's last second is over
    wait_for(lambda: pending(installed) == 0, "a row was left")


def test_a_cancelled_task_is_made_good_by_the_watcher(installed):
    scene, key = installed.scene()
    job = installed.stash.add_blocking_job(seconds=0.4)
    wait_for(lambda: job.status == "FINISHED", "the job went on")
    hang = installed.plex.faults.add("hang", match="PUT", seconds=PATIENCE_S, times=1)
    installed.save(scene, title="In spite of Stop")
    wait_for(lambda: hang.hits == 1, "no task was asked for")
    (ours,) = installed.stash.jobs.queue()
    installed.stash.jobs.stop(ours.id)
    wait_for(lambda: installed.title(key) == "In spite of Stop", "nobody took over")


def test_a_scan_is_looked_at_once_more_for_its_cover(installed):
    key = installed.plex.add_item(installed.section, "/media/new.mp4", size=1000, duration_ms=60_000)
    began = time.time()
    scene = installed.stash.scan_new(
        "/media/new.mp4", size=1000, duration=60.0, cover=b"\xff\xd8\xff" + b"cover" * 100
    )
    scanned = time.time()  # Stash has waited for the hook
    wait_for(lambda: installed.operate(mode="status")["queue"]["deferred"] == 1, "it did not arrive")
    assert installed.plex.item(key).art
    status = installed.operate(mode="status")
    assert began + 60 <= status["queue"]["next_due_at"] <= scanned + 60
    assert scene in installed.stash.store.scenes


def test_a_deleted_scene_leaves_the_ledger(installed):
    scene, key = installed.scene(title="Soon gone")
    installed.run("Sync All Scenes")
    assert installed.operate(mode="status")["worker"]["synced_items"] == 1
    installed.stash.graphql(DESTROY, {"i": {"id": scene}})
    wait_for(
        lambda: installed.operate(mode="status")["worker"]["synced_items"] == 0, "the ledger still has it"
    )
    assert installed.title(key) == "Soon gone"


def test_another_job_that_waits_gets_its_turn_and_the_rest_is_done_behind(installed):
    pairs = [installed.scene(f"{number}.mp4", title=f"Scene {number}") for number in range(30)]
    installed.plex.faults.add("latency", match="PUT", seconds=0.4)
    both_wait = threading.Event()
    installed.stash.add_blocking_job(both_wait)
    ours = installed.stash.start_task("StashPlexSync", "Sync All Scenes")
    other = installed.stash.jobs.add("Scanning...", lambda job: None)
    both_wait.set()
    wait_for(lambda: other.status == "FINISHED", "the other job did not get its turn")
    assert ours.status == "FINISHED"
    installed.plex.faults.clear()
    wait_for(
        lambda: all(installed.title(key).startswith("Scene") for _, key in pairs), "the rest was not done"
    )
    assert any("Another job of Stash's waits" in line for line in installed.lines("info"))


def test_nothing_is_written_while_syncing_is_paused(installed):
    scene, key = installed.scene(title="Later")
    installed.run("Pause Syncing")
    installed.save(scene, title="Much later")
    installed.stash.jobs.wait_until_idle()
    time.sleep(1.0)
    assert installed.title(key) == "one"
    installed.run("Resume Syncing")
    assert installed.title(key) == "Much later"


def test_a_watcher_that_is_already_there_takes_over_what_a_hook_left_in_the_spare_folder(installed):
    waiting, _ = installed.scene("not in plex.mp4", in_plex=False)
    installed.stash.add_blocking_job()
    installed.save(waiting, title="Keeps the watcher awake")
    wait_for(lambda: installed.operate(mode="status")["queue"]["waiting_for_plex"] == 1, "it did not wait")
    scene, key = installed.scene(title="Left in the spare folder")
    # As a hook that could not write the data folder does; the status operations above opened their own database before.
    spare = connect(installed.stash.config_dir / "StashPlexSync" / "queue.sqlite")
    enqueue(spare, scene, trigger="Scene.Update.Post", priority=0, now=time.time())
    spare.close()
    wait_for(lambda: installed.title(key) == "Left in the spare folder", "the watcher did not take it over")
