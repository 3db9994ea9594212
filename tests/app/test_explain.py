"""Explain says why a scene is as it is, with Stash and Plex there and with either away."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from app.explain import explain
from app.explain_lines import lines
from app.page.mode_shapes import Explanation
from app.session import Session
from app.terminal import connection_to
from sync_queue.intake import enqueue
from tests.app.installed import ROOT
from tests.app.page_shapes import differences

PAGE = (ROOT / "docs" / "status.md").read_text(encoding="utf-8")


@pytest.fixture
def session(installed):
    """As a terminal opens it; Stash and Plex can be stopped behind its back."""
    made = Session(connection_to(installed.stash.url), folder=str(installed.data))
    yield made
    made.close()


@pytest.fixture
def told(session):
    """The explanation of a scene and its text."""

    def ask(scene_id):
        found = explain(session, scene_id)
        assert differences(found, Explanation) == []
        return found, "\n".join(lines(found))

    return ask


def test_a_scene_in_step_shows_trigger_path_evidence_fields_snapshot_and_locks(installed, told):
    installed.configure(path_map="/data => /media")
    key = installed.plex.add_item(installed.section, "/media/a.mp4", size=1000, duration_ms=60_000)
    scene = installed.stash.store.add_scene(
        path="/data/a.mp4", size=1000, duration=60.0, title="New", tags=["x"]
    )
    installed.run("Sync All Scenes")
    found, text = told(scene)
    assert (found["state"], found["advice"], found["not_looked_up"]) == ("in_step", "", [])
    assert [key for key in (*found, *found["items"][0]) if f"`{key}`" not in PAGE] == []
    assert found["trigger"]["name"] == "sync_all"
    assert found["queue"] is None and found["dead_letter"] is None
    assert found["paths"] == [{"stash": "/data/a.mp4", "plex": "/media/a.mp4", "rule": "/data => /media"}]
    match = found["match"]
    assert (match["confidence"], match["score"], match["method"]) == ("high", 1.0, "exact path")
    assert match["candidates"][0]["rating_key"] == key
    (item,) = found["items"]
    assert (item["rating_key"], item["library"], item["open_writes"]) == (key, "Scenes", [])
    assert item["synced_at"] and item["snapshot_at"]
    assert item["fields"]["title"]["outcome"] == "changed" and item["fields"]["title"]["written_at"]
    assert {"title", "tags"} <= set(item["our_locks"])
    assert ("title", "a", "New") in {
        (one["field"], one["old"], one["new"]) for one in found["changes"] if one["field"] == "title"
    }
    assert f"Scene {scene} 'New' (/data/a.mp4)\nin_step: Plex item {key} shows what Stash has" in text
    assert "Last trigger: Sync All Scenes" in text
    assert "Path: /data/a.mp4 is /media/a.mp4 for Plex (rule /data => /media)" in text
    assert "title: 'a' -> 'New'" in text


def test_what_somebody_changed_in_plex_is_named_with_both_values(installed, told):
    scene, key = installed.scene(title="Ours")
    installed.run("Sync All Scenes")
    installed.plex.person_edits(key, title="Theirs", tagline="Hands off")
    found, text = told(scene)
    assert found["state"] == "differs"
    assert found["items"][0]["now"]["differs"] == {"title": {"plex": "Theirs", "stash": "Ours"}}
    assert "now: title is 'Theirs' in Plex and 'Ours' in Stash" in text
    assert "locked by somebody else: tagline" in text


def test_a_scene_that_was_given_up_shows_candidates_scores_hint_and_how_many_share_its_cause(installed, told):
    scenes = []
    for name in ("one.mp4", "two.mp4"):
        for copy in "ab":
            installed.plex.add_item(installed.section, f"/other/{copy}/{name}", size=1000, duration_ms=60_000)
        scenes.append(installed.scene(name, in_plex=False)[0])
    installed.run("Sync All Scenes")
    found, text = told(scenes[0])
    assert found["state"] == "failed"
    assert found["dead_letter"]["error_type"] == "AmbiguousMatch"
    assert found["dead_letter"]["scenes_with_this_cause"] == 2
    assert len(found["match"]["candidates"]) == 2
    assert "1 more scenes have the same cause" in text
    assert "/other/b/one.mp4): score 0.90, name, size and duration" in text
    assert "-> Set path_map so that paths agree" in text


def test_a_scene_that_plex_does_not_have_says_where_it_was_looked_for(installed, told):
    installed.scene()
    scene, _ = installed.scene("late.mp4", in_plex=False)
    installed.run("Sync All Scenes")
    found, text = told(scene)
    assert found["state"] == "waiting_for_plex"
    assert found["queue"]["last_error_type"] == "PlexNotFound"
    assert "Last try: " in text and "looked for /media/late.mp4" in text


@pytest.mark.parametrize(
    ("prepare", "state"),
    [
        (lambda i, _s: i.run("Pause Syncing"), "never_synced"),
        (lambda _i, s: s.queue.hold([1]), "held"),
        (lambda _i, s: enqueue(s.db, 1, trigger="t", priority=0, now=s.clock()), "queued"),
        (lambda i, _s: i.stash.store.scenes.clear(), "not_in_stash"),
    ],
)
def test_other_states_have_their_words(installed, session, told, prepare, state):
    installed.scene("known.mp4")
    installed.run("Sync All Scenes")
    installed.until_nobody_watches()  # who would drain what is queued now
    session.ledger.forget_scene(1)
    session.db.execute("DELETE FROM results")
    prepare(installed, session)
    found, text = told(1)
    assert found["state"] == state, text


def test_a_scene_whose_item_shows_another_one_names_it(installed, told):
    first, key = installed.scene("one.mp4")
    installed.run("Sync All Scenes")
    second = installed.stash.store.add_scene(path="/media/one.mp4", size=1000, duration=60.0)
    installed.run("Sync All Scenes")
    found, text = told(second)
    assert found["state"] == "shared_item"
    assert f"Plex item {key} shows scene {first}" in text
    assert "Last try: " in text and "skipped: " in text


def test_with_plex_away_the_rest_is_told_and_what_is_missing_is_named(installed, told):
    scene, key = installed.scene(title="Known")
    installed.run("Sync All Scenes")
    installed.plex.refuse()
    found, text = told(scene)
    assert found["state"] == "synced"
    assert [one["part"] for one in found["not_looked_up"]] == ["Plex"]
    assert found["match"]["targets"][0]["rating_key"] == key  # the index is here
    assert "Could not be looked up: Plex: Plex does not answer" in text


def test_with_stash_away_the_database_tells_what_it_knows(installed):
    for copy in "ab":
        installed.plex.add_item(installed.section, f"/other/{copy}/one.mp4", size=1000, duration_ms=60_000)
    scene, _ = installed.scene(in_plex=False, title="Twin")
    installed.run("Sync All Scenes")
    session = Session(connection_to("http://127.0.0.1:1"), folder=str(installed.data))
    found = explain(session, scene)
    session.close()
    text = "\n".join(lines(found))
    assert found["state"] == "failed" and (found["title"], found["path"]) == ("Twin", "/media/one.mp4")
    assert [one["part"] for one in found["not_looked_up"]] == ["Stash", "Plex"]
    assert (found["match"]["source"], len(found["match"]["candidates"])) == ("last try", 2)
    assert "Could not be looked up: Stash: " in text


def test_with_wrong_settings_the_scene_is_still_looked_up(installed, told):
    scene, _ = installed.scene(title="Here")
    installed.configure(plex_url="nonsense")
    found, _ = told(scene)
    assert found["in_stash"] is True and found["title"] == "Here"
    assert found["not_looked_up"][0]["part"] == "settings"
    assert "plex_url is 'nonsense'" in found["not_looked_up"][0]["reason"]


def test_nothing_is_changed_by_asking(installed, session, told):
    scene, key = installed.scene(title="Ours")
    installed.run("Sync All Scenes")
    installed.plex.person_edits(key, title="Theirs")
    installed.until_nobody_watches()
    before = list(session.db.iterdump())
    written = len(installed.plex.writes())
    told(scene)
    told(4711)
    assert len(installed.plex.writes()) == written
    assert [line for line in session.db.iterdump() if line not in before] == []


def test_the_operation_answers_with_json_and_says_the_lines_in_the_log(installed):
    scene, _ = installed.scene(title="Both")
    installed.run("Sync All Scenes")
    answer = installed.operate(mode="explain", scene_id=scene)
    assert (answer["scene_id"], answer["state"]) == (scene, "in_step")
    assert any("in_step: Plex item" in line for line in installed.lines("info"))
    with pytest.raises(RuntimeError, match="scene_id is missing"):
        installed.operate(mode="explain")


def test_the_terminal_shows_it_and_gives_json(installed):
    scene, _ = installed.scene(title="\x1b[31mred\nsecond line")
    installed.run("Sync All Scenes")
    environment = {"PLEXSYNC_DATA_DIR": str(installed.data), "PLEXSYNC_STASH_URL": installed.stash.url}
    command = [sys.executable, str(ROOT / "PlexSync.py"), "explain", str(scene)]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*command, *more],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    shown = run()
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines()[1].startswith("in_step: ")
    assert "\x1b" not in shown.stdout and "\nsecond line" not in shown.stdout
    assert json.loads(run("--json").stdout)["state"] == "in_step"
    assert installed.plex.token not in shown.stdout
