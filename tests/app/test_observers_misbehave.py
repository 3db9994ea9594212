"""What a third party's observer may do wrong, in the real plugin under the real runtime: a scene arrives all the same."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from simulators.plex import PlexSimulator
from tests.app.installed import installation
from tests.support import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from simulators.stash.runtime import Answer

GUEST = """
import os, sys, threading, time
from events import *

class Guest:
    def __init__(self, data_dir):
        self.data_dir = data_dir

    def on_match_scored(self, sender, *, event):
        {misdeed}

create = Guest
"""
MISDEEDS = {
    "raises": "raise RuntimeError('careless')",
    "raises what cannot be told": "raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})()",
    "sleeps": "time.sleep(0.7)",
    "prints an answer of its own": 'print(\'{"output": "forged"}\')',
    "lets a child print": "os.system('echo forged')",
    "writes to standard output by its number": "os.write(1, b'forged')",
    "closes standard error": "sys.stderr.close(); os.close(2)",
    "closes standard output": "sys.stdout.close(); os.close(1)",
    "takes the streams away": "sys.stderr = sys.stdout = sys.__stdout__ = None",
    "deletes its own file": "os.remove(__file__)",
    "changes the event": "object.__setattr__(event, 'scene_id', 99); object.__setattr__(event.candidates[0], 'title', 'x')",
    "exits": "sys.exit(3)",
    "starts a thread that outlives the run": "threading.Thread(target=time.sleep, args=(2,)).start()",
    "starts a child that outlives the run": "__import__('subprocess').Popen(['sleep', '90'])",
    "replaces what it finds in events": "sys.modules['events'].emit = sys.modules['events.bus'].emit = None",
    "leaves something for the end": "__import__('atexit').register(print, 'forged')",
}


@dataclass(frozen=True)
class Outcome:
    """What one run with one guest led to."""

    title: str
    answer: Answer
    info: list[str]
    errors: list[str]
    details: list[str]


def run_with(misdeed: str, folder: Path) -> Outcome:
    """Let the guest in, and sync one scene."""
    with PlexSimulator() as plex, installation(folder, plex) as world:
        (world.data / "observers").mkdir(parents=True)
        guest = world.data / "observers" / "guest.py"
        guest.write_text(GUEST.replace("{misdeed}", MISDEEDS[misdeed]), encoding="utf-8")
        _, key = world.scene(title="Arrives")
        world.run("Sync All Scenes")
        answer = world.stash.runtime.answers[-1]
        lines = (world.lines("info"), world.lines("error", "warning"), world.lines("debug"))
        return Outcome(world.title(key), answer, *lines)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All of them, some side by side: most of a run is the second in which a drain waits for one more edit."""
    names = list(MISDEEDS)
    folders = [tmp_path_factory.mktemp("world") for _ in names]
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(names, pool.map(run_with, names, folders), strict=True))


@pytest.mark.parametrize("misdeed", MISDEEDS)
def test_a_scene_arrives_and_one_object_is_answered_when_an_observer(outcomes, misdeed):
    outcome = outcomes[misdeed]
    assert outcome.title == "Arrives"
    answer: dict[str, Any] = json.loads(outcome.answer.stdout)
    assert answer["output"]["processed"] == 1
    assert outcome.answer.code == 0
    assert any("1/1 succeeded" in line for line in outcome.info)


@pytest.mark.parametrize("misdeed", ["raises", "raises what cannot be told", "exits"])
def test_the_log_names_the_observer_that(outcomes, misdeed):
    (line, *_) = [line for line in outcomes[misdeed].errors if "observer" in line]
    assert re.search(r"guest\.Guest\.on_match_scored failed on match_scored \(failure 1\)", line)
    assert "Syncing goes on; mend the observer" in line


def test_what_an_observer_prints_can_be_read_in_the_details(outcomes):
    details = outcomes["prints an answer of its own"].details
    assert any(line.startswith('[PlexSync Print] {"output": "forged"} [drain ') for line in details)


def test_nobody_waits_for_a_child_that_goes_on(outcomes):
    assert outcomes["starts a child that outlives the run"].answer.seconds < 60


def test_one_that_ends_the_process_loses_no_change_and_is_left_out_after_three_times(installed):
    folder = installed.data / "observers"
    folder.mkdir(parents=True)
    guest = folder / "guest.py"
    guest.write_text(GUEST.replace("{misdeed}", "os._exit(0)"), encoding="utf-8")
    scenes = [installed.scene(f"{number}.mp4", title=f"Title {number}") for number in range(3)]
    installed.run("Sync All Scenes")
    wait_for(
        lambda: (
            [installed.title(key) for _, key in scenes] == ["Title 0", "Title 1", "Title 2"]
            or installed.run("Sync Queued Scenes")
        ),
        "the scenes did not arrive",
    )
    installed.heard("guest.py is left out: the process ended while it was at work")
    installed.run("Show Status")
    assert any("save its file anew when it is mended" in line for line in installed.lines("info"))
