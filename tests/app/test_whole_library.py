"""A whole library through Stash's own task, twice: what a new owner sees on the first day."""

from __future__ import annotations

from tests.whole_library import assert_shown, whole_library

SCENES = 1000


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
