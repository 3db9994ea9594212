"""The released zip: complete, reproducible, and at work with a bare Python."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from simulators.plex import PlexSimulator
from simulators.stash import StashSimulator
from tests.support import wait_for

ROOT = Path(__file__).parent.parent
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)
"""The interpreter behind the virtual environment: it has none of our packages."""
CONFIGURE = 'mutation($i:Map!){configurePlugin(plugin_id:"StashPlexSync",input:$i)}'
SAVE = "mutation($i:SceneUpdateInput!){sceneUpdate(input:$i){id}}"


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """What ``make plugin`` builds, twice."""
    built = []
    for _ in range(2):
        subprocess.run(
            [sys.executable, str(ROOT / "scripts" / "build_plugin.py")], check=True, capture_output=True
        )
        built.append((ROOT / "dist" / "StashPlexSync.zip").read_bytes())
    assert built[0] == built[1], "two builds differ"
    return ROOT / "dist"


@pytest.fixture(scope="module")
def unpacked(dist, tmp_path_factory):
    """The zip as Stash unpacks it."""
    folder = tmp_path_factory.mktemp("plugins") / "local" / "StashPlexSync"
    with zipfile.ZipFile(dist / "StashPlexSync.zip") as archive:
        archive.extractall(folder)
    return folder


def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without anything of ours, of coverage's, or of the virtual environment's."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHON", "VIRTUAL"))
    }
    return {
        **kept,
        "PLEXSYNC_DATA_DIR": str(tmp_path / "data"),
        "HOME": str(tmp_path),
        "PYTHONNOUSERSITE": "1",
    }


def test_the_index_names_the_zip_with_its_digest(dist):
    (entry,) = yaml.safe_load((dist / "index.yml").read_text(encoding="utf-8"))
    assert (entry["id"], entry["name"], entry["path"]) == ("StashPlexSync", "PlexSync", "StashPlexSync.zip")
    assert entry["sha256"] == hashlib.sha256((dist / "StashPlexSync.zip").read_bytes()).hexdigest()
    assert isinstance(entry["date"], str)


def test_the_zip_holds_one_yml_at_its_root_and_nothing_stray(dist):
    names = zipfile.ZipFile(dist / "StashPlexSync.zip").namelist()
    assert [name for name in names if name.endswith((".yml", ".yaml"))] == ["StashPlexSync.yml"]
    assert not [
        name for name in names if name.endswith((".pyc", ".so", ".pyd", ".exe")) or "__pycache__" in name
    ]
    assert not [
        name for name in names if name.startswith(("tests/", "simulators/", "scripts/", "vendor/bin/"))
    ]
    assert {"PlexSync.py", "LICENSE", "vendor/plexapi/server.py", "vendor/stashapi/stashapp.py"} <= set(names)
    assert {"ui/dist/StashPlexSync.js", "ui/dist/StashPlexSync.css"} <= set(names)


@contextmanager
def one_scene(unpacked, tmp_path):
    """A Stash that has installed the zip and shows one scene, and a Plex with that scene's item."""
    with (
        PlexSimulator() as plex,
        StashSimulator(
            plugin_dir=unpacked, python=BASE_PYTHON, env=bare(tmp_path), config_dir=tmp_path
        ) as stash,
    ):
        section = plex.add_section("Scenes", locations=("/media",)).id
        key = plex.add_item(section, "/media/one.mp4", size=1000, duration_ms=60_000)
        scene = stash.store.add_scene(path="/media/one.mp4", size=1000, duration=60.0)
        stash.graphql(CONFIGURE, {"i": {"plex_url": plex.url, "plex_token": plex.token}})
        yield stash, scene, plex, key


def test_it_works_in_a_stash_with_a_bare_python_and_no_network(unpacked, tmp_path):
    assert (
        subprocess.run(
            [BASE_PYTHON, "-c", "import plexapi"], capture_output=True, check=False, env=bare(tmp_path)
        ).returncode
        != 0
    )
    with one_scene(unpacked, tmp_path) as (stash, scene, plex, key):
        stash.graphql(SAVE, {"i": {"id": scene, "title": "From the zip"}})
        wait_for(
            lambda: plex.item(key).fields.get("title") == "From the zip", f"it did not arrive: {stash.logs}"
        )
        assert stash.jobs.wait_until_idle()
        assert [line.message for line in stash.logs if line.level == "error"] == []


@pytest.mark.parametrize(
    "command",
    [["--help"], ["status"], ["status", "--json"], ["watch"], ["explain", "7"], ["demo"], ["nonsense"]],
)
def test_the_terminal_works_from_the_zip(unpacked, tmp_path, command):
    done = subprocess.run(
        [BASE_PYTHON, str(unpacked / "PlexSync.py"), *command],
        capture_output=True,
        text=True,
        check=False,
        env=bare(tmp_path),
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    if command == ["demo"]:
        assert (done.returncode, "source checkout" in done.stderr) == (1, True)
    elif command == ["nonsense"]:
        assert done.returncode == 2
    else:
        assert done.returncode == 0, done.stderr
        assert done.stdout
    if "--json" in command:
        assert json.loads(done.stdout)["queue"]["pending"] == 0


def test_after_an_upgrade_the_new_plugin_goes_on_with_what_waits(unpacked, tmp_path):
    with one_scene(unpacked, tmp_path) as (stash, scene, plex, key):
        trouble = plex.start_maintenance()
        stash.graphql(SAVE, {"i": {"id": scene, "title": "After the upgrade"}})
        wait_for(lambda: len(plex.seen()) > 1, "nobody looked for Plex")
        os.utime(unpacked / "StashPlexSync.yml", (1, 1))  # what Stash writes when it installs another version
        time.sleep(4)  # two looks: the watcher of before has ended
        plex.faults.remove(trouble)
        wait_for(lambda: plex.item(key).fields.get("title") == "After the upgrade", "nobody went on")
