"""Another Plex server behind the address: refused, accepted by its owner, and the former one recognised when it is back."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from simulators.plex import PlexSimulator
from tests.app.installed import OPERATE, ROOT
from tests.support import wait_for

PATH = "/media/one.mp4"


@pytest.fixture
def moved(installed):
    """Scene 1 is in step with the first server; a second one, in which the file is another item, has taken the address."""
    scene, key = installed.scene("one.mp4", title="Scene 1")
    installed.run("Sync All Scenes")
    with PlexSimulator(machine_identifier="second") as second:
        section = second.add_section("Scenes", locations=("/media",)).id
        for n in range(3):
            second.add_item(section, f"/media/other{n}.mp4", size=5, duration_ms=1000)
        theirs = second.add_item(section, PATH, size=1000, duration_ms=60_000)
        assert theirs != key
        installed.configure(plex_url=second.url, plex_token=second.token)
        yield installed, scene, key, second, theirs


def errors(installed) -> list[str]:
    return [line for line in installed.lines("error") if "WrongServer" in line]


def test_it_is_refused_with_one_line_that_names_the_way_out(moved):
    installed, _, _, second, theirs = moved
    installed.run("Sync All Scenes")
    (line,) = errors(installed)
    assert "(second)" in line
    assert "run 'Accept New Plex Server'" in line
    assert second.item(theirs).title == "one"
    assert second.writes() == []


def test_once_accepted_every_scene_is_compared_with_it(moved):
    installed, _, _, second, theirs = moved
    answer = installed.operate(mode="accept_plex")
    assert (answer["server"], answer["known_items"]) == ("second", 0)
    wait_for(lambda: second.item(theirs).title == "Scene 1", "the new server was not synced")
    wait_for(lambda: installed.operate(mode="status")["worker"]["synced_items"] == 1, "it was not settled")
    assert installed.operate(mode="status")["plex"]["machine_identifier"] == "second"
    assert any(
        "it was never synced before; every scene is compared with it" in line
        for line in installed.lines("info")
    )
    installed.run("Restore Plex Metadata")
    assert second.item(theirs).title == "one"


def test_the_former_one_is_recognised_when_it_is_back(moved):
    installed, scene, key, second, _ = moved
    installed.operate(mode="accept_plex")
    installed.save(scene, title="Meanwhile")
    installed.configure()
    written = len(installed.plex.writes())
    answer = installed.operate(mode="accept_plex")
    assert (answer["former"], answer["known_items"]) == ("second", 1)
    # Whoever drains, it is not taken for a person's, though our lock is on it.
    wait_for(lambda: installed.title(key) == "Meanwhile", "the former server was not synced")
    assert len(installed.plex.writes()) == written + 1
    installed.run("Restore Plex Metadata")
    assert installed.title(key) == "one"
    assert second.items(1) is not None


def asked_in_vain(installed, **args: Any) -> str:
    """The error that an operation is answered with."""
    status, answer = installed.stash.post({"query": OPERATE, "variables": {"a": args}})
    assert status == 200
    return str(answer["errors"][0]["message"])


def test_a_restore_of_what_the_former_one_was_written_says_so_and_the_way_that_it_names_works(moved):
    installed, scene, key, second, _ = moved
    drain_id = installed.operate(mode="status")["worker"]["last_drain"]["drain_id"]
    installed.run("Pause Syncing")
    installed.operate(mode="accept_plex")
    for what, begins in (
        ({"mode": "restore", "drain_id": drain_id}, f"run {drain_id} wrote on another Plex server ("),
        ({"mode": "restore", "change": 1}, "change 1 was made on another Plex server ("),
        (
            {"mode": "restore", "scene_id": scene},
            f"scene {scene} was only ever synced on another Plex server (",
        ),
        (
            {"mode": "restore", "all": True, "preview": True},
            "everything that PlexSync has written stands on another",
        ),
        (
            {"mode": "unlock", "all": True},
            "everything that PlexSync has written stands on another Plex server (",
        ),
        (
            {"mode": "unlock", "scene_id": scene},
            f"scene {scene} was only ever synced on another Plex server (",
        ),
    ):
        said = asked_in_vain(installed, **what)
        assert begins in said
        assert "than the one that is synced now (second)" in said
        assert "run 'Pause Syncing', set plex_url and plex_token to it, run 'Accept New Plex Server'" in said
    assert second.writes() == []
    installed.configure()
    installed.operate(mode="accept_plex")
    assert installed.operate(mode="restore", drain_id=drain_id)["restored"] == 1
    assert installed.title(key) == "one"


def test_a_terminal_says_it_too(moved):
    installed, scene, _, _, _ = moved
    installed.run("Pause Syncing")
    installed.operate(mode="accept_plex")
    environment = {
        **os.environ,
        "PLEXSYNC_DATA_DIR": str(installed.data),
        "PLEXSYNC_STASH_URL": installed.stash.url,
    }
    command = [sys.executable, str(ROOT / "PlexSync.py"), "restore", "--scene", str(scene)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert done.returncode == 1
    assert f"Error: scene {scene} was only ever synced on another Plex server" in done.stderr


def test_what_was_written_on_no_server_is_no_matter_of_another(installed):
    scene, _ = installed.scene("one.mp4", title="Scene 1")
    assert installed.operate(mode="restore", all=True)["items"] == 0
    assert installed.operate(mode="restore", scene_id=scene)["items"] == 0


def test_the_one_that_is_synced_already_is_said_so(installed):
    installed.scene("one.mp4", title="Scene 1")
    installed.run("Sync All Scenes")
    answer = installed.operate(mode="accept_plex")
    assert answer["reason"] == "done"
    assert any("is the one that is synced already" in line for line in installed.lines("info"))


def test_a_server_that_lacks_the_library_is_not_accepted(moved):
    installed, _, _, second, _ = moved
    installed.configure(plex_url=second.url, plex_token=second.token, plex_library="Films")
    answer = installed.operate(mode="accept_plex")
    assert answer["reason"] == "trouble"
    assert "plex_library names 'Films'" in answer["message"]
    installed.configure(plex_url=second.url, plex_token=second.token)
    installed.run("Sync All Scenes")
    assert errors(installed)  # it is still the other one


def test_scenes_that_a_restore_holds_stay_held(moved):
    installed, scene, key, second, theirs = moved
    installed.configure()
    installed.operate(mode="restore", scene_id=scene)
    installed.configure(plex_url=second.url, plex_token=second.token)
    assert installed.operate(mode="accept_plex")["processed"] == 0
    assert (installed.title(key), second.item(theirs).title) == ("one", "one")
    assert any("save 1 scene that a restore holds" in line for line in installed.lines("info"))
