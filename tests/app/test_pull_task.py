"""Pull From Plex as Stash runs it: the task, the operation, the terminal, and the hooks that our own writes fire."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.installed import ROOT
from tests.support import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.app.installed import Installed

ALL = {"pull_ratings": True, "pull_plays": True, "pull_places": True}
PAGE = (ROOT / "docs" / "pull.md").read_text(encoding="utf-8")


def settled(installed: Installed) -> None:
    """Nothing is queued any more, and nobody drains."""

    def is_so() -> bool:
        status = installed.operate(mode="status")
        queue, worker = status["queue"], status["worker"]
        return not (queue["pending"] or queue["in_flight"] or worker["draining"] or worker["asked"])

    wait_for(lambda: installed.stash.jobs.wait_until_idle() and is_so(), "the queue did not become empty")


def watched(installed: Installed, **values: Any) -> tuple[int, int]:
    """A scene in step, of which Plex has a rating, a play and a place."""
    scene, key = installed.scene(title="The Pier", **values)
    installed.run("Sync All Scenes")
    installed.plex.person_rates(key, 9)
    installed.plex.person_watches(key, at=datetime(2026, 11, 20, 21, 15, 3, tzinfo=UTC).timestamp())
    installed.plex.person_watches(key, until_ms=754_000)
    return scene, key


def values_of(installed: Installed, scene: int) -> dict[str, Any]:
    return installed.stash.store.scenes[scene].values


def test_the_task_brings_it_all_and_our_own_hook_comes_to_no_write(installed):
    installed.configure(**ALL)
    scene, key = watched(installed, rating100=60)
    writes, hooks = len(installed.plex.writes()), hooks_of(installed)
    installed.run("Pull From Plex")
    values = values_of(installed, scene)
    assert (values["rating100"], values["play_history"], values["resume_time"]) == (
        90,
        ["2026-11-20T21:15:03Z"],
        754.0,
    )
    wait_for(lambda: hooks_of(installed) == hooks + 1, "Stash did not fire the hook of our own write")
    settled(installed)
    assert len(installed.plex.writes()) == writes
    assert installed.plex.item(key).fields["userRating"] == "9.0"
    installed.run("Pull From Plex")
    settled(installed)
    assert (hooks_of(installed), len(installed.plex.writes())) == (hooks + 1, writes)
    assert installed.lines("warning", "error") == []


def hooks_of(installed: Installed) -> int:
    """Ratings that Stash was told of, each of which fires one hook of ours."""
    return sum("sceneUpdate" in text for text, _ in installed.stash.requests)


def test_the_worked_example_of_the_page_is_what_the_log_says(installed):
    installed.configure(**ALL)
    scene, _ = watched(installed, rating100=60)
    assert scene == 1
    installed.run("Pull From Plex (preview)")
    installed.run("Pull From Plex")
    said = [line for line in installed.lines("info") if "[PlexSync Pull]" in line]
    here = datetime(2026, 11, 20, 21, 15, 3, tzinfo=UTC).astimezone().isoformat(sep=" ", timespec="seconds")
    shown = [line.replace(here, "2026-11-20 21:15:03+00:00") for line in said]
    assert re.findall(r"info (\[PlexSync Pull\].*)", PAGE) == shown


def test_a_preview_shows_what_each_setting_would_bring_before_any_is_on(installed):
    scene, _ = watched(installed)
    answer = installed.operate(mode="pull", preview=True)["pull"]
    assert (answer["preview"], answer["ratings"], answer["plays"], answer["places"]) == (True, 1, 1, 1)
    (change,) = answer["changes"]
    assert (change["scene_id"], change["title"]) == (scene, "The Pier")
    assert change["rating100"] == {"old": None, "new": 90}
    assert change["place_s"] == {"old": 0.0, "new": 754.0}
    assert values_of(installed, scene).get("play_history") is None


def test_without_a_setting_it_says_which_there_are_and_does_nothing(installed):
    scene, _ = watched(installed)
    with pytest.raises(RuntimeError, match="pull_ratings, pull_plays and pull_places are off"):
        installed.operate(mode="pull")
    with pytest.raises(RuntimeError, match="preview is 'maybe'; it must be true or false"):
        installed.operate(mode="pull", preview="maybe")
    installed.configure(pull_conflicts="oldest")
    with pytest.raises(RuntimeError, match="pull_conflicts is 'oldest'; allowed are newest, plex and stash"):
        installed.operate(mode="pull", preview=True)
    assert values_of(installed, scene).get("rating100") is None


def test_a_rating_of_stashs_that_wins_is_written_to_plex(installed):
    installed.configure(**ALL, pull_conflicts="stash")
    scene, key = watched(installed, rating100=60)
    values_of(installed, scene)["rating100"] = 40
    installed.run("Pull From Plex")
    settled(installed)
    assert values_of(installed, scene)["rating100"] == 40
    assert installed.plex.item(key).fields["userRating"] == "4.0"


def test_a_plex_that_is_away_is_said_and_costs_nothing(installed):
    installed.configure(**ALL)
    watched(installed)
    installed.plex.refuse()
    with pytest.raises(RuntimeError, match="Pull From Plex: "):
        installed.operate(mode="pull")
    installed.plex.resume()
    assert installed.operate(mode="pull")["pull"]["ratings"] == 1


def run_terminal(data: Path, url: str, *args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PLEXSYNC_DATA_DIR": str(data), "PLEXSYNC_STASH_URL": url, "COLUMNS": "200"}
    command = [sys.executable, str(ROOT / "PlexSync.py"), *args]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False, timeout=60)


def test_the_terminal_has_it_too(installed):
    scene, _ = watched(installed)
    refused = run_terminal(installed.data, installed.stash.url, "pull")
    assert refused.returncode == 1 and "pull_places are off" in refused.stderr
    installed.configure(pull_plays=True)
    preview = run_terminal(installed.data, installed.stash.url, "pull", "--preview", "--json")
    told = json.loads(preview.stdout)
    assert (preview.returncode, told["plays"], told["ratings"]) == (0, 1, 0)
    assert run_terminal(installed.data, installed.stash.url, "pull").returncode == 0
    assert len(values_of(installed, scene)["play_history"]) == 1


def test_with_dry_run_on_a_pull_only_tells(installed):
    installed.configure(**ALL)
    scene, _ = watched(installed)
    installed.configure(**ALL, dry_run=True)
    installed.run("Pull From Plex")
    assert any(
        "[dry run] Pull From Plex (preview, nothing is written)" in line for line in installed.lines("info")
    )
    assert values_of(installed, scene).get("rating100") is None
    installed.configure(**ALL)
    installed.run("Pull From Plex")
    assert values_of(installed, scene)["rating100"] == 90
