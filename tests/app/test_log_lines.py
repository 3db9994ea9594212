"""Stash's log as a person and a program read it, written by the real plugin."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stash.log_repeats import FIRST
from tests.support import wait_for


def bodies(installed) -> list[dict[str, Any]]:
    """The plugin's lines, each of which must be one JSON object behind the wrapper."""
    found = []
    for line in installed.stash.logs:
        if line.plugin:
            assert line.raw.startswith("\x01") and line.raw[2:].startswith("\x02[PlexSync "), line.raw
            found.append({"wrapper": line.level, **json.loads(line.message.partition("] ")[2])})
    return found


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_one_scene_costs_five_info_lines_at_most(installed, log_format):
    installed.configure(log_format=log_format)
    scene, key = installed.scene(title="Before")
    installed.save(scene, title="After")
    wait_for(lambda: installed.title(key) == "After", "the title did not arrive")
    assert installed.stash.jobs.wait_until_idle()
    said = installed.lines("info", "warning", "error")
    assert 1 <= len(said) <= 5
    assert any("1/1 succeeded" in line for line in said)


def test_in_json_every_line_is_an_object_that_says_what_it_is_about(installed):
    installed.configure(log_format="json")
    missing = installed.scene("missing.mp4", in_plex=False, title="Missing")[0]
    installed.run("Sync All Scenes")
    installed.run("Show Status")
    lines = [line for line in bodies(installed) if "message" in line]
    assert all({"level", "component", "message"} <= set(line) for line in lines)
    assert all(line["level"] == line["wrapper"] for line in lines)
    (failure,) = [line for line in lines if line.get("error_type") == "PlexNotFound"]
    assert (failure["scene_id"], failure["path"]) == (missing, "/media/missing.mp4")
    drains = {line["drain"] for line in lines if "drain" in line}
    assert drains == {failure["drain"]}
    assert any(line["component"] == "Status" for line in lines)


def test_what_the_watcher_said_keeps_its_facts_and_its_time(installed):
    installed.configure(log_format="json")
    scene, _ = installed.scene(in_plex=False, title="Missing")
    installed.plex.add_item(installed.section, "/media/other.mp4")
    job = installed.stash.add_blocking_job()
    installed.save(scene, title="While it generates")
    wait_for(lambda: installed.operate(mode="status")["queue"]["waiting_for_plex"] == 1, "nobody drained")
    installed.stash.jobs.stop(job.id)
    installed.heard("PlexNotFound")
    (failure,) = [line for line in bodies(installed) if line.get("error_type") == "PlexNotFound"]
    assert failure["in_background"] is True
    assert failure["scene_id"] == scene
    assert failure["at"] > 1_700_000_000
    assert "in the background" not in failure["message"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_figures_stay_json_when_they_are_handed_on_later_and_in_debug_lines(installed, log_format):
    installed.configure(log_format=log_format)
    scene, key = installed.scene(title="Before")
    job = installed.stash.add_blocking_job()
    installed.save(scene, title="While it generates")
    wait_for(lambda: installed.title(key) == "While it generates", "the watcher did not drain")
    installed.stash.jobs.stop(job.id)
    installed.heard("[PlexSync Stats]", "in_background")
    for number in range(20):
        installed.scene(f"{number}.mp4", title=f"Scene {number}")
    installed.run("Sync All Scenes")
    installed.run("Sync All Scenes")
    begin = "[PlexSync Stats] "
    told = {
        level: [
            json.loads(line.removeprefix(begin)) for line in installed.lines(level) if line.startswith(begin)
        ]
        for level in ("info", "debug")
    }
    late = [one for one in told["info"] if one.get("in_background")]
    assert [one["processed"] for one in late] == [1]
    assert late[0]["at"] > 1_700_000_000
    assert told["debug"], "of a run that changed nothing the summaries before the last are details"


def test_many_missing_scenes_leave_a_readable_log_that_names_them_all(installed):
    installed.configure(not_found_days=0)
    scenes = [installed.scene(f"{n}.mp4", in_plex=False, title=f"Missing {n}")[0] for n in range(40)]
    installed.plex.add_item(installed.section, "/media/other.mp4")
    installed.run("Sync All Scenes")
    errors = installed.lines("error")
    assert len(errors) == FIRST + 1
    assert all("PlexNotFound" in line and "library scan" in line for line in errors[:FIRST])
    assert "… 35 more like" in errors[-1]
    assert f"scenes {scenes[FIRST]}-{scenes[-1]}" in errors[-1]
    messages = [line.message for line in installed.stash.logs]
    report = next(number for number, line in enumerate(messages) if "DLQ contains 40 items" in line)
    assert messages.index(errors[-1]) < report
