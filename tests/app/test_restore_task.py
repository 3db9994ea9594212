"""Restore Plex Metadata, Unlock Plex Fields and Resume Syncing as Stash runs them."""

from __future__ import annotations

from typing import get_args

import pytest

from app.page import mode_shapes
from app.restoring import lines
from app.restoring import told as told_of
from simulators.planted import OWNER_TOKEN
from sync_queue.database import connect, transaction
from tests.app.page_shapes import differences
from tests.support import wait_for
from worker.restore_report import Note, Report


def told(installed) -> list[str]:
    return [line for line in installed.lines("info") if "PlexSync Restore" in line]


def refused(installed, **args) -> str:
    _, answer = installed.stash.post(
        {
            "query": 'mutation($a:Map){runPluginOperation(plugin_id:"StashPlexSync",args:$a)}',
            "variables": {"a": args},
        }
    )
    return str(answer["errors"][0]["message"])


@pytest.fixture
def synced(installed):
    """Three scenes in step, each with its item."""
    pairs = [installed.scene(f"{n}.mp4", title=f"Scene {n}") for n in range(3)]
    installed.run("Sync All Scenes")
    return installed, pairs


def titles(installed, pairs) -> list[str]:
    return [installed.title(key) for _, key in pairs]


def test_the_task_puts_everything_back_and_says_so(synced):
    installed, pairs = synced
    installed.plex.person_edits(pairs[1][1], title="Mine")
    installed.run("Restore Plex Metadata")
    assert titles(installed, pairs) == ["0", "Mine", "2"]
    first, left = told(installed)
    assert first.endswith(
        "Restore Plex Metadata: 3 items of 3 put back (title 2); 3 scenes held until 'Resume Syncing'"
    )
    assert left.endswith("Left as it is: title of 'Mine' (scene 2): changed in Plex since")
    assert (
        "3 held" in installed.operate(mode="show_status")
        or installed.operate(mode="status")["queue"]["held"] == 3
    )
    assert installed.operate(mode="page", ask="now")["queue"]["held"] == 3
    assert installed.operate(mode="explain", scene_id=1)["state"] == "held"
    installed.run("Restore Plex Metadata")
    assert told(installed)[2].endswith(
        "Restore Plex Metadata: nothing put back; 3 scenes held until 'Resume Syncing'"
    )


def test_a_saved_scene_stays_restored_until_syncing_is_resumed(synced):
    installed, pairs = synced
    installed.run("Restore Plex Metadata")
    installed.save(pairs[0][0], title="Saved meanwhile")
    installed.run("Sync All Scenes")
    installed.run("Reconcile Library")
    assert any(
        "3 scenes held after a restore, until 'Resume Syncing'" in line for line in installed.lines("info")
    )
    assert titles(installed, pairs) == ["0", "1", "2"]
    answer = installed.operate(mode="resume")
    assert (answer["pause_ended"], answer["released"], answer["held"]) == (False, 3, 0)
    assert titles(installed, pairs) == ["Saved meanwhile", "Scene 1", "Scene 2"]
    assert any("3 scenes are held no more, and synced again" in line for line in installed.lines("info"))


def test_a_pause_that_ends_does_not_undo_a_restore(synced):
    installed, pairs = synced
    installed.operate(mode="restore", scene_id=pairs[0][0])
    installed.run("Pause Syncing")
    answer = installed.operate(mode="resume")
    assert (answer["pause_ended"], answer["released"], answer["held"]) == (True, 0, 1)
    assert any("Syncing goes on; 1 scene is held after a restore" in line for line in installed.lines("info"))
    assert titles(installed, pairs) == ["0", "Scene 1", "Scene 2"]
    assert installed.operate(mode="resume", scene_id=pairs[0][0])["released"] == 1
    assert titles(installed, pairs) == ["Scene 0", "Scene 1", "Scene 2"]


def test_one_drain_is_undone_by_its_id(synced):
    installed, pairs = synced
    for scene, _ in pairs:
        installed.stash.store.scenes[scene].values["title"] = f"Second {scene}"
    installed.run("Sync All Scenes")
    assert titles(installed, pairs) == ["Second 1", "Second 2", "Second 3"]
    drain = installed.operate(mode="status")["worker"]["last_drain"]["drain_id"]
    answer = installed.operate(mode="restore", drain_id=drain)
    assert differences(answer, mode_shapes.Restored) == []
    assert (answer["restored"], answer["held"], answer["fields"]) == (3, 3, {"title": 3})
    assert titles(installed, pairs) == ["Scene 0", "Scene 1", "Scene 2"]
    assert "is a restore itself" in refused(installed, mode="restore", drain_id=answer["restore_id"])


def test_one_change_of_the_activity_is_undone(synced):
    installed, pairs = synced
    scene, key = pairs[0]
    (change,) = installed.operate(mode="page", ask="activity", scene_id=scene, field="title")["changes"]
    answer = installed.operate(mode="restore", change=change["id"])
    assert differences(answer, mode_shapes.Restored) == []
    assert (installed.title(key), answer["restored"]) == ("0", 1)
    later = installed.operate(mode="page", ask="activity", scene_id=scene, field="title")["changes"][0]
    assert (later["old"], later["new"]) == ("Scene 0", "0")


def test_a_preview_writes_and_holds_nothing(synced):
    installed, pairs = synced
    answer = installed.operate(mode="restore", all=True, preview=True)
    assert (answer["preview"], answer["restored"], answer["fields"]) == (True, 3, {"title": 3})
    assert titles(installed, pairs) == ["Scene 0", "Scene 1", "Scene 2"]
    assert installed.operate(mode="status")["queue"]["held"] == 0
    assert "3 items of 3 would be put back" in told(installed)[0]


def test_all_locks_go_and_the_values_stay(synced):
    installed, pairs = synced
    installed.plex.person_locks(pairs[0][1], "studio")
    installed.run("Unlock Plex Fields")
    assert [installed.plex.item(key).locks for _, key in pairs] == [{"studio"}, set(), set()]
    assert titles(installed, pairs) == ["Scene 0", "Scene 1", "Scene 2"]
    assert "of 3 items; 3 scenes held until 'Resume Syncing'" in told(installed)[0]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"mode": "restore"}, "exactly one of all, scene_id, drain_id, change; none was given"),
        ({"mode": "restore", "all": True, "scene_id": 3}, "all, scene_id was given"),
        (
            {"mode": "restore", "drain_id": "beef"},
            "no change of a drain 'beef' (any more); the last drains were: ",
        ),
        ({"mode": "restore", "change": 4711}, "there is no change 4711 in the journal"),
        ({"mode": "restore", "scene_id": [1]}, "scene_id is [1]; a scene's id is a whole number from 1"),
        ({"mode": "restore", "change": "x"}, "change is 'x'; it must be a whole number"),
        ({"mode": "restore", "all": True, "preview": 7}, "preview is 7; it must be true or false"),
        ({"mode": "unlock", "drain_id": "beef"}, "exactly one of all, scene_id; drain_id was given"),
    ],
)
def test_what_is_asked_for_wrongly_is_named_and_nothing_is_done(synced, args, said):
    installed, pairs = synced
    assert said in refused(installed, **args)
    assert titles(installed, pairs) == ["Scene 0", "Scene 1", "Scene 2"]


def test_while_plex_is_away_it_stops_with_one_line_and_goes_on_later(synced):
    installed, pairs = synced
    installed.plex.refuse()
    answer = installed.operate(mode="restore", all=True)
    assert (answer["reason"], answer["restored"]) == ("trouble", 0)
    (line,) = [line for line in installed.lines("error") if "PlexSync Restore" in line]
    assert "Run it again then: it goes on where it stopped" in line
    installed.plex.resume()
    assert installed.operate(mode="restore", all=True)["restored"] == 3
    assert titles(installed, pairs) == ["0", "1", "2"]


def test_a_drain_at_work_makes_room(installed):
    pairs = [installed.scene(f"{n:03}.mp4", title=f"Scene {n}") for n in range(500)]
    installed.plex.options.write_s = 0.1  # it would take 25 seconds
    installed.stash.start_task("StashPlexSync", "Sync All Scenes")
    wait_for(lambda: installed.title(pairs[0][1]) == "Scene 0", "the run did not begin")
    wait_for(lambda: installed.operate(mode="status")["worker"]["synced_items"] > 0, "nothing was settled")
    scene = next(scene for scene, key in pairs if installed.title(key).startswith("Scene"))
    answer = installed.operate(mode="restore", scene_id=scene)
    assert answer["reason"] == "done"
    assert any(not installed.title(key).startswith("Scene") for _, key in pairs[1:])
    installed.plex.options.write_s = 0.0
    wait_for(
        lambda: all(
            installed.title(key) == f"Scene {n}" for n, (one, key) in enumerate(pairs) if one != scene
        ),
        "the run did not go on",
    )
    assert installed.title(pairs[scene - 1][1]) == f"{scene - 1:03}"


def test_the_bounds_of_the_journal_are_those_of_the_settings(synced):
    installed, pairs = synced
    installed.configure(journal_changes="1000", journal_days="1")
    db = connect(installed.data / "queue.sqlite")
    with transaction(db):
        db.execute("UPDATE changes SET at = at - 90000")
    db.close()
    installed.save(pairs[0][0], title="Later")
    installed.run("Sync Queued Scenes")
    changes = installed.operate(mode="page", ask="activity")["changes"]
    assert [(one["field"], one["new"]) for one in changes] == [("title", "Later")]
    installed.run("Restore Plex Metadata")
    assert titles(installed, pairs) == ["0", "1", "2"]


def test_no_answer_has_the_token(synced):
    installed, _ = synced
    assert OWNER_TOKEN not in str(installed.operate(mode="restore", all=True))
    assert set(get_args(mode_shapes.RestoreReason)) == {"done", "stopped", "trouble"}


def test_what_the_lines_do_not_count_is_said():
    """The answer names a hundred fields that stay, and the lines are made of it."""
    report = Report(items=150, restored=150)
    report.left = [
        Note(scene_id=n, rating_key=n, title="T", field="title", why="changed in Plex since")
        for n in range(1, 151)
    ]
    said = lines("Restore", told_of(report, reason="done", message="", restore_id="restore-1", preview=False))
    assert said[1].endswith("and 97 more: changed in Plex since")
    assert said[2] == "50 more left as they are; the lines above are of the first 100"
