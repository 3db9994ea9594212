"""The terminal's commands, as processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import wait_for

ROOT = Path(__file__).parent.parent.parent
COMMANDS = (
    "demo",
    "status",
    "watch",
    "explain",
    "pin",
    "unpin",
    "plan",
    "doctor",
    "sync",
    "reconcile",
    "pull",
    "worker",
)


@pytest.fixture
def environment(installed):
    """What points a command at the installed world."""
    return {
        **os.environ,
        "PLEXSYNC_DATA_DIR": str(installed.data),
        "PLEXSYNC_STASH_URL": installed.stash.url,
        "COLUMNS": "200",
    }


@pytest.fixture
def terminal(environment):
    """Run a command against the installed world."""

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "PlexSync.py"), *args]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    return run


def queue_one(installed, title):
    """A scene that was saved while syncing was paused."""
    scene, key = installed.scene()
    installed.run("Pause Syncing")
    installed.save(scene, title=title)
    installed.stash.jobs.wait_until_idle()
    return scene, key


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(terminal, command):
    done = terminal(command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout
    assert f"`{command}`" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_status_shows_tables_and_json(terminal, installed):
    installed.run("Sync All Scenes")
    assert "Queue" in terminal("status").stdout
    assert json.loads(terminal("status", "--json").stdout)["plex"]["libraries"] == ["Scenes"]


def test_doctor_ends_with_1_when_a_check_fails(terminal, installed):
    installed.scene()
    assert terminal("doctor").returncode == 0
    installed.configure(plex_library="Nowhere")
    done = terminal("doctor")
    assert done.returncode == 1
    assert "FAIL" in done.stdout and "Correct plex_library" in done.stdout
    failed = [check for check in json.loads(terminal("doctor", "--json").stdout) if not check["ok"]]
    assert [check["name"] for check in failed] == ["Plex libraries"]


@pytest.mark.parametrize("how", ["--all", "--recent"])
def test_sync_brings_scenes_over(terminal, installed, how):
    _, key = installed.scene(title="From the terminal")
    done = terminal("sync", how, "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, told["reason"]) == (0, "empty"), done.stderr
    assert (told["figures"]["processed"], told["figures"]["success_rate"]) == (1, "100.0%")
    assert installed.title(key) == "From the terminal"


def test_where_nobody_looks_the_log_is_json_when_the_settings_say_so(terminal, installed):
    installed.configure(log_format="json")
    scene, _ = installed.scene(in_plex=False, title="Missing")
    lines = [json.loads(line) for line in terminal("sync", "--all").stderr.splitlines()]
    (failure,) = [line for line in lines if line.get("error_type") == "PlexNotFound"]
    assert (failure["level"], failure["component"], failure["scene_id"]) == ("warning", "DLQ", scene)
    assert all(line["at"] > 1_700_000_000 for line in lines)


def test_sync_says_what_is_wrong_with_the_settings(terminal, installed):
    installed.configure(plex_url="nonsense")
    done = terminal("sync")
    assert done.returncode == 1
    assert "plex_url is 'nonsense'" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_odd_address_of_stash_is_a_wrong_usage(terminal):
    done = terminal("sync", "--stash", "nonsense")
    assert (done.returncode, "is not an address" in done.stderr) == (2, True)


def test_a_stash_that_is_away_is_told_in_a_line(terminal):
    done = terminal("sync", "--stash", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and done.stderr.count("\n") <= 2


def test_the_service_drains_what_comes_and_ends_when_it_is_told_to(environment, installed):
    _, key = queue_one(installed, "By the service")
    installed.until_nobody_watches()  # nor asks for a task that would be quicker
    installed.stash.jobs.wait_until_idle()
    command = [sys.executable, str(ROOT / "PlexSync.py"), "worker"]
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as service:
        try:
            installed.operate(mode="pause")
            assert installed.title(key) == "one"
            from sync_queue.database import connect  # noqa: PLC0415 -- the service must resume by itself
            from sync_queue.meta import delete_meta  # noqa: PLC0415

            db = connect(installed.data / "queue.sqlite")
            delete_meta(db, "paused")
            db.close()
            wait_for(lambda: installed.title(key) == "By the service", "the service did not drain")
        finally:
            service.send_signal(signal.SIGTERM)
        assert service.wait(timeout=60) == 0
        assert service.stderr is not None
        assert "stays queued" in service.stderr.read()


def test_a_scene_is_pinned_and_unpinned_on_the_terminal(installed, terminal):
    scene, _ = installed.scene(title="Pinned")
    key = installed.plex.add_item(installed.section, "/other/name.mkv")
    done = terminal("pin", str(scene), str(key))
    assert (done.returncode, done.stdout) == (0, f"scene {scene} is pinned to /other/name.mkv\n")
    wait_for(lambda: installed.title(key) == "Pinned", "the pinned scene was not synced")
    refused = terminal("pin", str(scene), "99")
    assert refused.returncode == 1
    assert "Plex has no item 99" in refused.stderr
    done = terminal("unpin", str(scene), "--json")
    assert json.loads(done.stdout) == {"scene_id": scene, "was_pinned": True}
