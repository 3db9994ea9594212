"""Failed scenes are tried again or forgotten, through Stash, by task and by operation."""

from __future__ import annotations

import time

import pytest
import yaml

from app.arguments import CallError, days_of, scene_ids_of, type_of
from app.calls import MODES, _function
from sync_queue.database import connect
from sync_queue.dead_letters import DeadLetterQueue
from tests.app.installed import ROOT
from tests.support import wait_for


@pytest.fixture
def twins(installed):
    """Three scenes, each with two Plex items that could be meant, given up: (scene id, the items' keys)."""
    made = []
    for name in ("one", "two", "three"):
        keys = [
            installed.plex.add_item(
                installed.section, f"/other/{copy}/{name}.mp4", size=1000, duration_ms=60_000
            )
            for copy in "ab"
        ]
        scene = installed.stash.store.add_scene(
            path=f"/media/{name}.mp4", size=1000, duration=60.0, title=name.title()
        )
        made.append((scene, keys))
    installed.run("Sync All Scenes")
    assert failed(installed) == 3
    return made


def failed(installed) -> int:
    return int(installed.operate(mode="status")["dead_letters"]["total"])


def test_every_task_of_the_manifest_asks_for_a_mode_that_there_is():
    manifest = yaml.safe_load((ROOT / "StashPlexSync.yml").read_text(encoding="utf-8"))
    asked = {task["defaultArgs"]["mode"] for task in manifest["tasks"]}
    assert asked <= set(MODES)
    assert all(callable(_function(mode)) for mode in MODES)


def test_one_scene_is_tried_again_in_the_background_and_the_answer_comes_at_once(installed, twins):
    (one, (_, spare)), (two, _), _ = twins
    installed.plex.delete_item(spare)
    answer = installed.operate(mode="retry", scene_id=str(one))
    assert answer == {"retried": [one], "not_failed": [], "paused": False}
    wait_for(lambda: installed.title(twins[0][1][0]) == "One", "the watcher did not take it up")
    wait_for(lambda: failed(installed) == 2, "the others were touched")
    assert installed.operate(mode="retry", scene_ids=[one, 4711]) == {
        "retried": [],
        "not_failed": [one, 4711],
        "paused": False,
    }
    assert two


def test_a_list_of_scenes_is_forgotten_and_an_edit_brings_one_back(installed, twins):
    (one, (_, spare)), (two, _), _ = twins
    assert installed.operate(mode="discard", scene_ids=[two, one, 999]) == {
        "discarded": [one, two],
        "not_failed": [999],
    }
    assert failed(installed) == 1
    installed.plex.delete_item(spare)
    installed.save(one, title="One again")
    wait_for(lambda: installed.title(twins[0][1][0]) == "One again", "the edit was not synced")


def test_failures_are_retried_and_discarded_by_type_without_regard_to_case(installed, twins):
    installed.plex.delete_item(twins[2][1][1])
    installed.run("Retry Failed Scenes", type="ambiguousmatch")
    assert installed.title(twins[2][1][0]) == "Three"
    assert failed(installed) == 2
    assert any("3 failed scenes are queued again" in line for line in installed.lines("info"))
    installed.run("Discard Failed Scenes", type="AmbiguousMatch")
    assert failed(installed) == 0
    installed.run("Discard Failed Scenes")
    assert any("0 failed scenes are forgotten" in line for line in installed.lines("info"))


def test_old_failures_are_purged_by_age_in_days(installed, twins):
    db = connect(installed.data / "queue.sqlite")
    for days, (scene, _) in zip((40, 20, 1), twins, strict=True):
        then = time.time() - days * 86_400
        db.execute("UPDATE dead_letters SET died_at = ? WHERE scene_id = ?", (then, scene))
    dead = DeadLetterQueue(db, time.time)
    installed.run("Purge Old Failures")
    assert {letter.scene_id for letter in dead.get_recent()} == {twins[1][0], twins[2][0]}
    assert installed.operate(mode="purge_failures", days=10) == {"purged": 1, "days": 10}
    db.close()


def test_a_wrong_argument_ends_an_operation_with_its_name_value_and_the_way_out(installed):
    with pytest.raises(RuntimeError, match="scene_id is 'x'; a scene's id is a whole number from 1"):
        installed.operate(mode="retry", scene_id="x")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({}, "scene_id is missing"),
        ({"scene_id": 0}, "scene_id is 0; a scene's id is a whole number from 1"),
        ({"scene_id": True}, "scene_id is True"),
        ({"scene_id": 10**30}, "scene_id is 1000"),
        ({"scene_id": "\uff11"}, "scene_id is"),
        ({"scene_ids": []}, "scene_ids is []; it must be a list"),
        ({"scene_ids": "5"}, "scene_ids is '5'; it must be a list"),
        ({"scene_ids": [1, "x"]}, "scene_ids is 'x'"),
        ({"scene_ids": [1.5]}, "scene_ids is 1.5"),
        ({"scene_ids": list(range(1, 10_002))}, "at most 10000"),
    ],
)
def test_what_is_no_scene_is_refused(args, told):
    with pytest.raises(CallError) as caught:
        scene_ids_of(args)
    assert told in str(caught.value)


def test_scenes_may_be_given_as_numbers_or_as_text_each_once():
    assert scene_ids_of({"scene_id": " 7 "}) == [7]
    assert scene_ids_of({"scene_ids": ["7", 8.0, 7]}) == [7, 8]


@pytest.mark.parametrize("days", [-1, "soon", 9999, 1.5, [], False])
def test_days_are_a_whole_number_in_a_range(days):
    with pytest.raises(
        CallError, match=r"days is .*; it must be a whole number from 0 to 3650 \(default 30\)"
    ):
        days_of({"days": days}, default=30, most=3650)


def test_days_have_a_default():
    assert [days_of(args, default=30, most=99) for args in ({}, {"days": ""}, {"days": "5"})] == [30, 30, 5]


def test_a_type_that_no_failed_scene_has_is_told_with_those_that_there_are():
    with pytest.raises(CallError, match=r"the type 'Nonsense'; there are: PlexNotFound \(2\)"):
        type_of({"type": "Nonsense"}, {"PlexNotFound": 2})
    with pytest.raises(CallError, match="there are: none at all"):
        type_of({"type": "Nonsense"}, {})
    assert type_of({"type": " "}, {}) == ""
