"""What docs/undo.md shows is what happens: its table of cases, its commands and their output."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from app.calls import MODES
from app.commands import cli
from tests.app.installed import ROOT, installation
from tests.worker.conftest import World
from tests.worker.restore_world import restore

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parent.parent / "docs" / "undo.md").read_text(encoding="utf-8")
MANIFEST = yaml.safe_load((ROOT / "StashPlexSync.yml").read_text(encoding="utf-8"))
HEAD = "| field | at first | written | then in Plex | after the restore |\n|---|---|---|---|---|\n"
NAMES = {"title": "title", "summary": "summary", "tags": "genre"}
IN_STASH = {"title": "title", "summary": "details", "tags": "tags"}


def rows() -> list[list[str]]:
    table = PAGE.partition(HEAD)[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


def words(cell: str) -> list[str]:
    return re.findall(r"`([^`]*)`", cell)


def value(field: str, cell: str) -> str | list[str]:
    """A text, or the list of tags."""
    text = next((word for word in words(cell) if word != "+"), "")
    return [tag for tag in text.split(", ") if tag] if field == "tags" else text


@pytest.fixture
def world(tmp_path, plex_sim, stash_sim) -> Iterator[World]:
    section = plex_sim.add_section("Scenes", locations=("/media",))
    made = World(plex_sim, stash_sim, tmp_path / "data", section.id)
    yield made
    made.close()


@pytest.mark.parametrize("mode", ["replace", "add"])
@pytest.mark.parametrize("row", rows(), ids=" | ".join)
def test_a_row_of_the_table_ends_as_it_says(world, row, mode):
    world.plex.options.tag_mode = mode
    field, first, written, then, after = row
    name = NAMES[field]
    scene, key = world.scene(**{IN_STASH[field]: value(field, written)})
    if field != "title":
        world.stash.store.scenes[scene].values["title"] = "one"
    world.plex.person_edits(key, **{name: value(field, first)})
    world.plex.person_unlocks(key, name)
    world.sync(scene)
    if words(then) != ["="]:
        world.plex.person_edits(key, **{name: value(field, then)})
    restore(world)
    item = world.plex.item(key)
    shown = item.tags.get(name, []) if field == "tags" else item.fields.get(name, "")
    assert (shown, name in item.locks) == (value(field, after), "+" in words(after))


def test_the_table_has_its_rows():
    assert len(rows()) == 10


def test_the_example_runs_as_it_stands_there(tmp_path, plex_sim):
    block = PAGE.partition("## A worked example")[2].partition("```\n")[2].partition("```")[0]
    steps = [step.strip().splitlines() for step in block.split("$ ") if step.strip()]
    with installation(tmp_path, plex_sim) as installed:
        installed.configure(override_locks=True)
        scene, key = installed.scene(title="Lake House", details="Two friends", tags=["Outdoor"])
        plex_sim.person_edits(key, title="Holiday 3", summary="Us at the lake.", genre=["Home"])
        plex_sim.person_unlocks(key, "title", "summary", "genre")
        installed.run("Sync All Scenes")
        plex_sim.person_edits(key, summary="By hand")
        assert scene == 1
        for command, *said in steps:
            assert run_in_a_terminal(installed, command) == said
        assert plex_sim.item(key).fields["summary"] == "By hand"


def test_every_way_back_of_the_first_table_is_there():
    table = PAGE.partition("| what | task | operation | terminal |\n|---|---|---|---|\n")[2].partition(
        "\n\n"
    )[0]
    tasks = {task["name"]: task["defaultArgs"] for task in MANIFEST["tasks"]}
    for line in table.splitlines():
        _, task, operations, commands = (cell.strip() for cell in line.strip("|").split("|"))
        modes = set(re.findall(r'mode: "(\w+)"', operations))
        assert modes <= set(MODES)
        if task:
            assert {tasks[task.strip("*")]["mode"]} == modes
        for command in words(commands):
            name, *options = shlex.split(command)
            context = cli.commands[name].make_context(name, options)
            assert context.params["stash"]


def run_in_a_terminal(installed, command: str) -> list[str]:
    words_of_it = shlex.split(command)
    assert words_of_it[:2] == ["python", "PlexSync.py"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "PlexSync.py"), *words_of_it[2:], "--stash", installed.stash.url],
        env={"PLEXSYNC_DATA_DIR": str(installed.data), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    return [line.rstrip() for line in done.stderr.splitlines()]
