"""A whole library through Stash's own task, twice: what a new owner sees on the first day."""

from __future__ import annotations

from tests.support import wait_for
from tests.whole_library import assert_shown, whole_library

SCENES = 1000
BATCH, WRITERS = 100, 2
LOOKED_AT_EVERY_S = 3.0


def test_the_task_brings_a_thousand_scenes_over_and_a_second_run_writes_nothing(installed):
    scenes = []
    for number, about in enumerate(whole_library(SCENES)):
        _, key = installed.scene(f"file{number:04}.mp4", **about)
        scenes.append((number, about, key))
    installed.run("Sync All Scenes")
    for number, about, key in scenes:
        assert_shown(installed.plex, number, about, key)
    first = len(installed.lines("info"))
    assert first <= 150
    assert installed.lines("warning", "error") == []
    assert len(installed.plex.writes()) == SCENES + 2 * sum(1 for _, about, _ in scenes if about["cover"])

    installed.plex.forget_requests()
    installed.run("Sync All Scenes")
    assert installed.plex.writes() == []
    assert len(installed.lines("info")) - first <= 10


def test_another_job_of_stashs_gets_its_turn_within_a_batch_and_the_rest_arrives_all_the_same(installed):
    keys = [installed.scene(f"{number}.mp4", title=f"Title {number}")[1] for number in range(500)]
    installed.plex.faults.add("latency", match="PUT", seconds=0.02)
    installed.stash.start_task("StashPlexSync", "Sync All Scenes")
    wait_for(lambda: installed.plex.writes() != [], "the run did not begin to write")
    written = [len(installed.plex.writes())]
    installed.stash.jobs.add("Generating...", lambda _job: written.append(len(installed.plex.writes())))
    assert installed.stash.jobs.wait_until_idle(60)
    assert written[1] - written[0] < BATCH + (LOOKED_AT_EVERY_S / 0.02) * WRITERS
    assert written[1] < len(keys)
    assert any("are synced in the background" in line for line in installed.lines("info"))
    wait_for(lambda: all(installed.title(key).startswith("Title") for key in keys), "the rest did not arrive")
