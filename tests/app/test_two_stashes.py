"""Two Stashes on one data folder by mistake: noticed, said once, nothing harmed; and a Stash may take another one's place."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from app.identity import accept_stash, check_stash
from app.session import Session
from simulators.stash import StashSimulator
from stash.exceptions import OtherStash
from stash.runtime import parse
from sync_queue import reconciling
from sync_queue.database import connect
from tests.app.installed import ROOT, Installed
from tests.support import wait_for

OLD, NEW = "2020-01-01T10:00:00+01:00", "2024-06-01T10:00:00+01:00"


@contextmanager
def stash(folder, plex, section, data, made_at, *, plugin=True):
    """A Stash with three scenes that were made at this time."""
    folder.mkdir()
    simulator = StashSimulator(
        plugin_dir=ROOT if plugin else None, config_dir=folder, env={"PLEXSYNC_DATA_DIR": str(data)}
    )
    with simulator as one:
        for number in range(3):
            scene = one.store.add_scene(path=f"/media/{number}.mp4", size=1000, duration=60.0)
            one.store.scenes[scene].created_at = made_at
        installed = Installed(plex, one, data, section)
        installed.configure()
        yield installed


@pytest.fixture
def two(tmp_path, plex_sim):
    """Two of them over the same library and the same data folder, and the three items."""
    section = plex_sim.add_section("Scenes", locations=("/media",)).id
    keys = [plex_sim.add_item(section, f"/media/{n}.mp4", size=1000, duration_ms=60_000) for n in range(3)]
    data = tmp_path / "data"
    with (
        stash(tmp_path / "first", plex_sim, section, data, OLD) as first,
        stash(tmp_path / "second", plex_sim, section, data, NEW) as second,
    ):
        yield first, second, keys
        for name in ("queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm"):
            (data / name).unlink(missing_ok=True)


def test_the_second_is_told_and_the_first_goes_on(two):
    first, second, keys = two
    first.stash.store.scenes[1].values["title"] = "First's"
    first.run("Sync All Scenes")
    assert first.title(keys[0]) == "First's"
    second.save(1, title="Second's")
    second.run("Sync Queued Scenes")
    said = [line for line in second.lines("error") if "belongs to another Stash" in line]
    assert any("PLEXSYNC_DATA_DIR" in line and "'Accept New Stash'" in line for line in said)
    assert first.title(keys[0]) == "First's"
    first.save(1, title="First's again")
    wait_for(lambda: first.title(keys[0]) == "First's again", "the first no longer works")


def test_the_second_takes_the_place_of_the_first_when_it_is_told_to(two):
    first, second, keys = two
    first.stash.store.scenes[1].values["title"] = "First's"
    first.run("Sync All Scenes")
    for number in range(1, 4):
        second.stash.store.scenes[number].values["title"] = f"Second's {number}"
    second.run("Accept New Stash")
    wait_for(
        lambda: [second.title(key) for key in keys] == [f"Second's {n}" for n in range(1, 4)],
        "it was not accepted",
    )
    first.run("Sync Queued Scenes")
    assert any("belongs to another Stash" in line for line in first.lines("error"))


@pytest.fixture
def session(tmp_path, stash_sim):
    """One process's view, with a Stash of five scenes."""
    for number in range(5):
        scene = stash_sim.store.add_scene(path=f"/media/{number}.mp4")
        stash_sim.store.scenes[scene].created_at = f"2020-01-0{number + 1}T10:00:00+01:00"
    made = []

    def new(config_dir=""):
        payload = stash_sim.payload({})
        payload["server_connection"]["Dir"] = config_dir
        import json  # noqa: PLC0415 -- beside its only use

        made.append(Session(parse(json.dumps(payload)).connection, folder=str(tmp_path / "data")))
        return made[-1]

    yield new
    for one in made:
        one.close()


def test_a_stash_stays_itself_when_its_first_scenes_go_and_when_its_clock_has_another_offset(
    session, stash_sim
):
    check_stash(session("/config"))
    del stash_sim.store.scenes[1], stash_sim.store.scenes[2]
    stash_sim.store.scenes[3].created_at = "2020-01-03T09:00:00+00:00"
    check_stash(session("/config"))
    for scene in (3, 4, 5):
        del stash_sim.store.scenes[scene]
    check_stash(session("/config"))
    scene = stash_sim.store.add_scene(path="/media/new.mp4")
    check_stash(session("/config"))
    assert scene == 6


def test_a_stash_that_was_moved_with_its_database_is_the_same(session):
    check_stash(session("/config"))
    check_stash(session("/elsewhere"))
    check_stash(session())  # a terminal does not know the folder


def test_other_scenes_under_the_same_numbers_are_another_stash(session, stash_sim):
    check_stash(session("/config"))
    for row in stash_sim.store.scenes.values():
        row.created_at = "2024-01-01T10:00:00+01:00"
    with pytest.raises(OtherStash, match="this one's in /config"):
        check_stash(session("/config"))
    one = session("/config")
    accept_stash(one)
    check_stash(session("/config"))


def test_other_scenes_in_another_folder_are_another_stash(session, stash_sim):
    check_stash(session("/config"))
    rows = dict(stash_sim.store.scenes)
    stash_sim.store.scenes.clear()
    stash_sim.store.scenes.update({number + 100: row for number, row in rows.items()})
    for number, row in stash_sim.store.scenes.items():
        row.id = number
    with pytest.raises(OtherStash):
        check_stash(session("/elsewhere"))


def test_accepting_a_stash_forgets_where_comparisons_and_pulls_of_the_other_one_were(installed):
    scene, key = installed.scene(title="One")
    installed.configure(pull_plays=True)
    installed.run("Sync All Scenes")
    installed.plex.person_watches(key)
    installed.operate(mode="pull")
    installed.operate(mode="reconcile")
    db = connect(installed.data / "queue.sqlite")
    try:
        assert reconciling.last_newest(db)
        assert db.execute("SELECT scene_id FROM pulled").fetchone()[0] == scene
        installed.run("Accept New Stash")
        assert not reconciling.last_newest(db)
        assert db.execute("SELECT count(*) FROM pulled").fetchone()[0] == 0
    finally:
        db.close()
