"""What meets a new owner: settings that are not there yet, a large picture, a machine that was started anew."""

from __future__ import annotations

import base64
import time
from contextlib import closing

from simulators.stash import jpeg
from sync_queue.database import connect
from sync_queue.intake import enqueue
from tests.support import wait_for
from worker.watcher import TROUBLE_PAUSE_S

CONFIGURE = 'mutation($i:Map!){configurePlugin(plugin_id:"StashPlexSync",input:$i)}'
DESTROY = "mutation($i:SceneDestroyInput!){sceneDestroy(input:$i)}"


def settings_read(installed) -> int:
    """How often a process of ours asked for the settings."""
    return sum("plugins(include:" in text for text, _ in installed.stash.requests)


def noted(installed) -> int:
    """How many lines wait for a task that hands them on."""
    with closing(connect(installed.data / "queue.sqlite")) as db:
        return len(db.execute("SELECT id FROM said").fetchall())


def test_a_scan_before_the_settings_are_made_starts_one_watcher_and_says_it_once(installed):
    installed.stash.graphql(CONFIGURE, {"i": {}})
    installed.stash.add_blocking_job(description="Scanning...")
    keys, start = [], time.monotonic()
    for number in range(25):
        path = f"/media/{number}.mp4"
        keys.append(installed.plex.add_item(installed.section, path, size=1000, duration_ms=60_000))
        installed.stash.scan_new(path, size=1000, duration=60.0, title=f"Found {number}")
    wait_for(lambda: noted(installed) > 0, "nobody missed the settings")
    # It looks again every ten seconds: a slow machine may take that long for the scan.
    assert settings_read(installed) <= 2 + (time.monotonic() - start) / TROUBLE_PAUSE_S
    installed.configure()
    wait_for(
        lambda: all(installed.title(key).startswith("Found") for key in keys), "what was scanned did not come"
    )
    installed.stash.stop_job(installed.stash.jobs.queue()[0].id)
    installed.run("Show Status")
    assert sum("plex_url is not set" in line for line in installed.lines("error")) == 1


def test_a_large_cover_and_what_was_saved_with_it_arrive(installed):
    scene, key = installed.scene(title="Before")
    cover = jpeg("large", size=5_000_000)
    data = "data:image/jpeg;base64," + base64.b64encode(cover).decode()
    installed.save(scene, title="With a cover of 5 MB", cover_image=data)
    wait_for(lambda: installed.plex.item(key).poster == cover, "the cover did not arrive")
    wait_for(lambda: installed.title(key) == "With a cover of 5 MB", "the title did not arrive")
    assert installed.stash.hooks.runs[0].error is None


def test_a_look_at_the_status_resumes_what_a_restart_of_the_machine_left(installed):
    scene, key = installed.scene(title="Left over")
    db = connect(installed.data / "queue.sqlite")
    enqueue(db, scene, trigger="Scene.Update.Post", priority=0, now=time.time())
    db.close()
    installed.run("Show Status")
    wait_for(lambda: installed.title(key) == "Left over", "nobody went on")


def test_stash_is_not_asked_for_a_scene_that_it_said_is_deleted(installed):
    """It would log an error for each."""
    scene, _ = installed.scene(title="Soon gone")
    installed.run("Sync All Scenes")
    before = len(installed.stash.requests)
    installed.stash.graphql(DESTROY, {"i": {"id": scene}})
    wait_for(
        lambda: installed.operate(mode="status")["worker"]["synced_items"] == 0, "it stayed in the ledger"
    )
    asked = [variables for text, variables in installed.stash.requests[before:] if "findScenes(ids" in text]
    assert asked == []
