"""A disk that is full or damaged, files of another time, locks left behind: said clearly, nothing lost, and a way back."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from app.places import ENTRY
from sync_queue.database import DatabaseUnusable
from tests.support import PATIENCE_S, full_disk, wait_for
from tests.worker.conftest import World
from tests.worker.outage_world import watch

posix = pytest.mark.skipif(os.name != "posix", reason="a limit on the size of files is a thing of POSIX")
PAGE = 4096


@pytest.fixture
def world(tmp_path, plex_sim, stash_sim):
    """A worker with one movie library over /media."""
    section = plex_sim.add_section("Scenes", locations=("/media",))
    made = World(plex_sim, stash_sim, tmp_path / "data", section.id)
    yield made
    made.close()


def put_some(world, number, text):
    made = [world.scene(f"{text}{n}.mp4", title=f"{text} {n}", details="x" * 2000) for n in range(number)]
    for scene, _ in made:
        world.put(scene)
    return made


@posix
@pytest.mark.parametrize("room", [0, 9_000, 30_000, 60_000])
def test_a_disk_that_fills_up_in_the_middle_of_a_drain_loses_and_doubles_nothing(world, room):
    made = put_some(world, 20, "Full")
    failed = ""
    with full_disk(world.folder, room):
        try:
            world.drain()
        except DatabaseUnusable as error:
            failed = str(error)
    assert "queue.sqlite cannot be used" in failed
    assert "full" in failed and "what was committed is safe" in failed
    assert world.drain().reason == "empty"
    for number, (_, key) in enumerate(made):
        assert world.plex.item(key).fields["title"] == f"Full {number}"
    edited = [request.get("id") for request in world.plex.writes()]
    assert len(edited) == len(set(edited))
    assert world.queue.count().in_flight == 0


@posix
def test_a_watcher_waits_until_there_is_room_again(world):
    made = put_some(world, 10, "Wait")
    limit = full_disk(world.folder, 0)
    limit.__enter__()
    took = watch(world, broken_s=120.0, mend=lambda: limit.__exit__(None, None, None))
    assert took < 15
    for number, (_, key) in enumerate(made):
        assert world.plex.item(key).fields["title"] == f"Wait {number}"


@posix
def test_a_hook_that_can_write_nowhere_says_so_and_where(tmp_path, stash_sim):
    import resource  # noqa: PLC0415 -- not on Windows

    stash_sim.store.add_scene(path="/media/one.mp4")
    payload = stash_sim.payload({"hookContext": {"id": 1, "type": "Scene.Update.Post", "input": None}})
    payload["server_connection"]["Dir"] = str(tmp_path / "config")
    (tmp_path / "config").mkdir()
    run = subprocess.run(
        [sys.executable, ENTRY],
        input=json.dumps(payload).encode(),
        env={**os.environ, "PLEXSYNC_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)),
    )
    assert run.returncode != 0
    said = json.loads(run.stdout)["error"]
    assert "scene 1 could not be queued" in said
    assert str(tmp_path / "data") in said and str(tmp_path / "config") in said


def quiet(installed):
    """No watcher and no drain is at work; everything stands in the file itself."""
    installed.stash.jobs.wait_until_idle()
    installed.until_nobody_watches()
    with closing(sqlite3.connect(installed.data / "queue.sqlite", timeout=PATIENCE_S)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.mark.parametrize("damage", ["all of it", "some pages"])
def test_a_save_mends_a_damaged_database_by_itself(installed, damage):
    pairs = [installed.scene(f"{n}.mp4", title=f"T{n}", tags=["a"]) for n in range(20)]
    installed.run("Sync All Scenes")
    quiet(installed)
    written = len(installed.plex.writes())
    file = installed.data / "queue.sqlite"
    data = bytearray(file.read_bytes())
    chance = random.Random(3)  # noqa: S311 -- repeatable
    start = 0 if damage == "all of it" else 30 * PAGE
    data[start:] = chance.randbytes(len(data) - start)
    file.write_bytes(data)
    scene, key = pairs[4]
    installed.save(scene, title="In spite of it")
    wait_for(lambda: installed.title(key) == "In spite of it", "nobody mended the database")
    wait_for(
        lambda: installed.operate(mode="status")["worker"]["synced_items"] == 20, "not all were compared"
    )
    assert len(installed.plex.writes()) == written + 1
    installed.heard("was damaged; it is kept as")
    assert sum("was damaged; it is kept as" in line for line in installed.lines("error")) == 1
    assert len(list(installed.data.glob("queue.sqlite.damaged-*"))) >= 1


def test_a_newer_database_is_left_alone_and_what_comes_meanwhile_is_kept(installed):
    scene, key = installed.scene(title="One")
    installed.run("Sync All Scenes")
    quiet(installed)
    file = installed.data / "queue.sqlite"
    with closing(sqlite3.connect(file)) as db:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute("PRAGMA user_version = 99")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file.read_bytes()
    installed.save(scene, title="Two")
    installed.run("Sync Queued Scenes")
    assert any("written by a newer PlexSync" in line for line in installed.lines("error"))
    assert installed.title(key) == "One"
    assert file.read_bytes() == before
    with closing(sqlite3.connect(file)) as db:
        db.execute(f"PRAGMA user_version = {version}")
    installed.run("Sync Queued Scenes")
    wait_for(
        lambda: installed.title(key) == "Two", "what came meanwhile was lost"
    )  # or a watcher was quicker


def test_lock_files_that_were_left_behind_mean_nothing(installed):
    installed.data.mkdir(parents=True)
    for name in ("drain.lock", "watcher.lock", "stats.lock"):
        (installed.data / name).write_text("4711\n")
    scene, key = installed.scene()
    installed.save(scene, title="In spite of the locks")
    wait_for(lambda: installed.title(key) == "In spite of the locks", "a lock file stood in the way")
