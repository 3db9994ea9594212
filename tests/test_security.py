"""What SECURITY.md promises."""

from __future__ import annotations

import ast
import json
import os
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulators.stash.pictures import jpeg
from stash.picture import local_path
from tests.app.installed import installation
from tests.support import bytes_below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulators.stash.sessions import Sessions

ROOT = Path(__file__).parent.parent
ROOMS = ("app", "events", "observers", "plex", "stash", "sync_queue", "worker", "scripts")
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
READS_OBJECTS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "yaml"}
SHELLS = {"system", "popen", "getoutput", "getstatusoutput"}
PLANTED = "planted-plex-token-0123456789"
KEY = "eyJhbGciOiJIUzI1NiJ9.eyJ1aWQiOiJwbGFudGVkIn0.plantedplantedplanted"
posix = pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such bits")


def sources() -> Iterator[tuple[Path, ast.AST]]:
    """Every file of ours that runs in Stash, as a syntax tree."""
    for path in [ROOT / "PlexSync.py", *(file for room in ROOMS for file in (ROOT / room).rglob("*.py"))]:
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls in it."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def test_no_text_is_run_as_code():
    for path, tree in sources():
        for call in calls(tree):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            assert name not in RUNS_TEXT, f"{path}:{call.lineno} calls {name}"


def test_nothing_is_read_in_a_form_that_can_hold_code():
    for path, tree in sources():
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found = {name.partition(".")[0] for name in names} & READS_OBJECTS
            # Our own manifest, when the zip is built.
            assert found <= ({"yaml"} if path.parts[0] == "scripts" else set()), f"{path}:{found}"


def test_no_program_is_started_through_a_shell():
    for path, tree in sources():
        for call in calls(tree):
            shell = [word for word in call.keywords if word.arg == "shell"]
            assert not shell, f"{path}:{call.lineno} asks for a shell"
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            assert name not in SHELLS, f"{path}:{call.lineno} calls {name}"


def test_neither_a_scenes_path_nor_the_path_map_makes_us_open_a_file(tmp_path):
    secret = tmp_path / "private" / "secret.txt"
    secret.parent.mkdir()
    secret.write_text("not for anybody")
    done = subprocess.run(
        [sys.executable, "-m", "tests.opened_files", str(tmp_path), str(secret)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    opened = json.loads(done.stdout)
    ours = [path for path in opened if path.startswith(str(tmp_path))]
    assert any(path.startswith(str(tmp_path / "data")) for path in ours)
    assert [path for path in ours if not path.startswith(str(tmp_path / "data"))] == []
    assert [path for path in opened if path.startswith("PROGRAM")] == []


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "/etc/passwd", "http://elsewhere/scene/1/screenshot"]
)
def test_a_pictures_address_leads_to_stash_and_nowhere_else(address):
    assert local_path(address).startswith("/")
    assert "elsewhere" not in local_path(address)


def modes(folder: Path) -> dict[str, int]:
    """The permissions of a folder and of everything in it, by name."""
    found = {}
    for path in [folder, *folder.rglob("*")]:
        with suppress(FileNotFoundError):  # a database's log, or a draft: a drain is at work
            found[path.name] = stat.S_IMODE(path.stat().st_mode)
    return found


@posix
def test_everything_that_is_kept_is_private_whatever_the_umask(tmp_path, plex_sim):
    before = os.umask(0)
    try:
        with installation(tmp_path, plex_sim) as world:
            scene, _ = world.scene(title="x", cover=jpeg("x"))
            world.save(scene, title="y")
            world.run("Sync All Scenes")
            world.run("Show Status")
            kept = modes(world.data)
    finally:
        os.umask(before)
    assert kept.pop("data") == 0o700
    assert {"queue.sqlite", "index.sqlite", "stats.json", "drain.lock"} <= kept.keys()
    assert {name: oct(mode) for name, mode in kept.items() if mode & 0o077} == {}


@posix
def test_the_spare_folder_is_private_too(tmp_path, plex_sim):
    before = os.umask(0)
    try:
        with installation(tmp_path, plex_sim) as world:
            scene, _ = world.scene()
            world.data.write_text("a file where the folder should be")
            world.save(scene, title="y")
            kept = modes(tmp_path / "StashPlexSync")
            # The file stays: one that starts late would otherwise find a folder to work in, and nobody to work with.
            world.until_nobody_watches()
    finally:
        os.umask(before)
    assert kept.pop("StashPlexSync") == 0o700
    assert {name: oct(mode) for name, mode in kept.items() if mode & 0o077} == {}


def every_cookie(sessions: Sessions) -> list[str]:
    """A list that gets every cookie that is made from now on."""
    made: list[str] = []
    make = sessions.make

    def noted(*args: Any, **kwargs: Any) -> str:
        made.append(make(*args, **kwargs))
        return made[-1]

    sessions.make = noted  # type: ignore[method-assign] # this one object's
    return made


def test_no_secret_is_in_any_file_line_or_answer_whatever_goes_wrong(tmp_path, plex_sim):
    plex_sim.token = PLANTED
    with installation(tmp_path, plex_sim, api_key=KEY, require_login=True) as world:
        made = [world.scene(f"{n}.mp4", title=f"T{n}", tags=["a"], cover=jpeg(f"{n}")) for n in range(4)]
        cookies = every_cookie(world.stash.sessions)
        world.run("Sync All Scenes")
        for status in (500, 400, 403):
            world.plex.faults.add("status", match="PUT", status=status, times=2)
            world.save(made[0][0], title=f"Status {status}")
            world.stash.jobs.wait_until_idle()
        world.plex.faults.add("html", match="PUT", times=2)
        world.save(made[0][0], title="A page")
        world.stash.jobs.wait_until_idle()
        world.plex.refuse()
        world.save(made[1][0], title="away")
        world.stash.jobs.wait_until_idle()
        world.plex.resume()
        answers = [world.operate(mode=mode) for mode in ("status", "check_setup")]
        world.run("Show Status")
        said = "\n".join(line.raw for line in world.stash.logs) + json.dumps(answers)
        kept = b"".join(data for _, data in bytes_below(world.data))
    assert (
        len(cookies) >= 9
    )  # one for each process that was started here: five hooks, four tasks and operations
    for secret in (PLANTED, KEY, *cookies):
        assert secret not in said
        assert secret.encode() not in kept
