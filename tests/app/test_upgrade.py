"""The plugin's folder is replaced while a watcher runs, as Stash does it: the old files go, the new ones come."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from simulators.stash import StashSimulator
from tests.app.installed import ROOT, Installed
from tests.support import wait_for

if TYPE_CHECKING:
    from pathlib import Path

ROOMS = ("app", "events", "observers", "plex", "stash", "sync_queue", "worker")


def copy_plugin(folder: Path) -> None:
    """The plugin as it lies in Stash's folder, without what a checkout has besides."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("PlexSync.py", "StashPlexSync.yml"):
        shutil.copy(ROOT / name, folder / name)


@pytest.fixture
def plugin(tmp_path):
    """A copy that can be replaced."""
    folder = tmp_path / "plugins" / "StashPlexSync"
    copy_plugin(folder)
    return folder


@pytest.mark.parametrize("relative", [False, True])
def test_what_waits_during_an_upgrade_is_synced_by_the_new_one(tmp_path, plex_sim, plugin, relative):
    data = tmp_path / "data"
    shown = os.path.relpath(data, tmp_path) if relative else str(data)
    with StashSimulator(plugin_dir=plugin, config_dir=tmp_path, env={"PLEXSYNC_DATA_DIR": shown}) as stash:
        section = plex_sim.add_section("Scenes", locations=("/media",)).id
        installed = Installed(plex_sim, stash, data, section)
        installed.configure()
        scene, key = installed.scene()
        plex_sim.refuse()
        installed.save(scene, title="Through the upgrade")
        wait_for((data / "watcher.lock").exists, "no watcher came")
        stash.jobs.wait_until_idle()
        (plugin / "StashPlexSync.yml").unlink()
        for room in ROOMS:
            shutil.rmtree(plugin / room)
        time.sleep(2.5)  # the old watcher looks up meanwhile
        for room in ROOMS:
            shutil.copytree(ROOT / room, plugin / room, ignore=shutil.ignore_patterns("__pycache__"))
        text = (ROOT / "StashPlexSync.yml").read_text(encoding="utf-8")
        (plugin / "StashPlexSync.yml").write_text(text + "# newer\n", encoding="utf-8")
        plex_sim.resume()
        wait_for(lambda: installed.title(key) == "Through the upgrade", "the new one does not go on")
        assert not (plugin / "data").exists()
        for name in ("queue.sqlite", "queue.sqlite-wal", "queue.sqlite-shm"):
            (data / name).unlink(missing_ok=True)
