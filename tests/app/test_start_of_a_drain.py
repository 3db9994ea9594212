"""What lies between a task's start and its first request to Plex: few modules, one look at Stash, no looking for waste."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from app.session import Session
from app.terminal import connection_to
from app.wake import about_to_drain
from simulators.plex import PlexSimulator
from sync_queue import runners
from tests.app.installed import ROOT, installation
from tests.support import wait_for

if TYPE_CHECKING:
    from pathlib import Path

NOT_FOR_A_DRAIN = (
    "PIL",
    "app.commands",
    "app.page",
    "app.terminal",
    "asyncio",
    "click",
    "plexapi.server",
    "plexapi.video",
    "rich",
    "simulators",
    "websocket",
    "worker.plan",
    "worker.reconcile",
)
OBSERVER = """
import gc, json, pathlib, sys

class Looker:
    def __init__(self, data_dir):
        self.file = pathlib.Path(data_dir) / "seen.json"

    def on_match_scored(self, sender, *, event):
        seen = {"modules": sorted(sys.modules), "collects": gc.isenabled(), "left_alone": gc.get_freeze_count()}
        self.file.write_text(json.dumps(seen))

create = Looker
"""


@pytest.fixture
def seen(tmp_path: Path) -> dict[str, object]:
    """What an observer sees of the process in which a scene is synced."""
    with PlexSimulator() as plex, installation(tmp_path, plex) as world:
        (world.data / "observers").mkdir(parents=True)
        (world.data / "observers" / "looker.py").write_text(OBSERVER, encoding="utf-8")
        world.scene(title="Arrives")
        world.run("Sync All Scenes")
        found: dict[str, object] = json.loads((world.data / "seen.json").read_text(encoding="utf-8"))
        return found


def test_a_drain_imports_nothing_that_it_does_not_use(seen: dict[str, object]) -> None:
    assert isinstance(seen["modules"], list)
    assert not set(NOT_FOR_A_DRAIN) & set(seen["modules"])


def test_waste_is_looked_for_during_the_drain_but_not_among_what_was_imported(
    seen: dict[str, object],
) -> None:
    assert seen["collects"]
    assert isinstance(seen["left_alone"], int)
    assert seen["left_alone"] > 10_000


def test_what_a_drain_needs_is_imported_without_a_look_for_waste() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import gc, app.entry\n"
        "import app.calls; app.calls.answer = lambda payload: print(gc.isenabled()) or 0\n"
        "app.entry.run(['PlexSync.py'])"
    )
    payload = json.dumps({"server_connection": {"Port": 1}, "args": {"mode": "drain"}})
    done = subprocess.run(
        [sys.executable, "-c", program], input=payload, capture_output=True, check=True, text=True
    )
    assert done.stdout.split() == ["False"]


SLOW_AT_THE_START = """
import sys, time

if "keep-watch" not in sys.argv:
    time.sleep(1.5)

class Idle:
    def on_drain_finished(self, sender, *, event):
        pass

create = lambda data_dir: Idle()
"""


@pytest.mark.parametrize("task", ["Sync All Scenes", "Sync Recent Scenes", "Resume Syncing"])
def test_a_task_that_is_slow_to_start_works_off_itself_what_it_has_queued(installed, task: str) -> None:
    """Its own watcher, or one of before, does not take the scenes, and with them the lines and the figures."""
    folder = installed.data / "observers"
    folder.mkdir(parents=True)
    (folder / "slow.py").write_text(SLOW_AT_THE_START, encoding="utf-8")
    scene, key = installed.scene(title="Arrives")
    if task == "Resume Syncing":
        installed.run("Pause Syncing")
        installed.save(scene, title="Arrives")
    installed.run(task)
    assert installed.title(key) == "Arrives"
    outputs = [answer.output for answer in installed.stash.runtime.answers if isinstance(answer.output, dict)]
    assert sum(output.get("processed", 0) for output in outputs) == 1
    assert any("1/1 succeeded" in line for line in installed.lines("info"))
    wait_for(lambda: not installed.operate(mode="status")["worker"]["asked"], "the ask stands still")


def test_a_task_that_prepares_for_long_is_not_overtaken(tmp_path: Path) -> None:
    now = [1_790_000_000.0]
    session = Session(connection_to("http://127.0.0.1:1"), folder=str(tmp_path))
    session.clock = lambda: now[0]
    runners.ask(session.db, "a hook's", os.getpid(), now[0])  # which has started a watcher
    with about_to_drain(session) as still:
        for _ in range(3):
            now[0] += 8.0
            assert runners.is_fresh(session.db, "ask", now[0])
            still()
    assert not runners.is_fresh(session.db, "ask", now[0])
    session.close()
