"""A plugin's process: what it is given, and what becomes of what it says."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from simulators.stash import StashSimulator
from simulators.stash.runtime import read_output
from tests.simulators.stash_plugin import OPERATE, RECORD, Plugin, eventually
from tests.support import PATIENCE_S


@pytest.fixture
def tiny(tmp_path):
    return Plugin(tmp_path / "plugins" / "Tiny", RECORD)


def say(script: str) -> str:
    return "import sys; sys.stdin.read()\n" + script


def operate(stash: StashSimulator, **args: object) -> object:
    return stash.graphql(OPERATE, {"a": args})["runPluginOperation"]


def test_the_process_gets_one_object_its_arguments_and_a_foreign_folder(tiny, tmp_path):
    with StashSimulator(plugin_dir=tiny.folder, config_dir=tmp_path, env={"TINY": "1"}) as stash:
        assert operate(stash, number=5, deep={"list": [None, True]}) == "heard"
    (run,) = tiny.heard
    assert run["stdin"]["args"] == {"number": 5, "deep": {"list": [None, True]}}
    assert (run["argv"], run["cwd"], run["env"]) == ([], str(tmp_path), "1")
    connection = run["stdin"]["server_connection"]
    cookie = connection.pop("SessionCookie")
    assert connection == {
        "Scheme": "http",
        "Host": "0.0.0.0",
        "Port": stash.port,
        "Dir": str(tmp_path),
        "PluginDir": str(tiny.folder),
    }
    assert (cookie["Name"], cookie["Path"], cookie["MaxAge"], cookie["SameSite"]) == ("session", "/", 3600, 2)
    assert cookie["Expires"].endswith("Z")


def test_the_listen_address_and_a_failed_cookie_are_passed_on(tiny):
    with StashSimulator(plugin_dir=tiny.folder, listen="::", cookie_fails=True) as stash:
        operate(stash)
    connection = tiny.heard[0]["stdin"]["server_connection"]
    assert (connection["Host"], connection["SessionCookie"]) == ("::", None)
    assert Path(connection["Dir"]).is_absolute()


@pytest.mark.parametrize("before", [None, "/somewhere"])
def test_the_folder_above_the_plugin_comes_behind_the_python_path_that_there_was(tiny, before, monkeypatch):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    env = {} if before is None else {"PYTHONPATH": before}
    with StashSimulator(plugin_dir=tiny.folder, env=env) as stash:
        operate(stash)
    above = str(tiny.folder.parent)
    assert tiny.heard[0]["path"] == (above if before is None else f"{before}{os.pathsep}{above}")


def test_python_is_the_configured_file_or_what_is_found(tmp_path):
    script = say("print(sys.executable)")
    plugin = Plugin(tmp_path / "Tiny", script)
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        assert operate(stash) == f"{sys.executable}\n"
    found = shutil.which("python3")
    assert found is not None
    with StashSimulator(plugin_dir=plugin.folder, python="/no/such/python") as stash:
        assert stash.graphql("{configuration{general{pythonPath}}}") == {
            "configuration": {"general": {"pythonPath": "/no/such/python"}}
        }
        assert str(operate(stash)).strip()


def test_another_program_is_looked_for_on_the_path_and_then_in_the_plugin(tmp_path):
    plugin = Plugin(tmp_path / "Tiny", "", exec=["own.sh", "{pluginDir}", "x"])
    program = plugin.folder / "own.sh"
    program.write_text('#!/bin/sh\ncat >/dev/null; echo "$1|$2|$PYTHONPATH"\n')
    program.chmod(0o755)
    with StashSimulator(plugin_dir=plugin.folder, env={"PYTHONPATH": ""}) as stash:
        assert operate(stash) == f"{plugin.folder}|x|\n"
    Plugin(plugin.folder, "", exec=["cat"])
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        assert operate(stash, a=1) is None  # what was given to it is an object, with neither output nor error


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"exec": ["no-such-program"]}, "error running plugin"),
        ({"exec": []}, "empty exec value"),
        ({"interface": "js"}, "interface js"),
    ],
)
def test_what_cannot_be_started_is_an_error_in_each_of_the_three_ways(tmp_path, change, why):
    plugin = Plugin(tmp_path / "Tiny", "", **change)
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        with pytest.raises(RuntimeError, match=why):
            operate(stash)
        job = stash.start_task("Tiny", "Run")
        eventually(lambda: job.ended)
        assert job.status == "FAILED"
        assert why in str(job.error)
        scene = stash.scan_new("/media/a.mp4")
        assert (stash.hook_runs[0].scene_id, stash.hook_runs[0].code) == (scene, 127)
        assert why in str(stash.hook_runs[0].error)


@pytest.mark.parametrize(
    ("stdout", "output", "error"),
    [
        ('{"output": {"a": 1}}', {"a": 1}, None),
        ('{"Output": 5, "error": null}', 5, None),
        ('{"error": "no"}', None, "no"),
        ('{"a": 1}', None, None),
        ('{"error": 5}', '{"error": 5}', None),
        ("null", None, None),
        ("[1]", "[1]", None),
        ('{"output": 1}{', '{"output": 1}{', None),
        ("words", "words", None),
        ("", "", None),
    ],
)
def test_output_is_read_as_go_reads_it(stdout, output, error):
    assert read_output(stdout) == (output, error)


def test_an_exit_status_is_an_error_unless_the_plugin_named_one(tmp_path):
    plugin = Plugin(tmp_path / "Tiny", say("print('bye'); sys.exit(3)"))
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        with pytest.raises(RuntimeError, match=r"^exit status 3$"):
            operate(stash)
        plugin.write(say("""print('{"error": "told"}'); sys.exit(3)"""))
        with pytest.raises(RuntimeError, match=r"^told$"):
            operate(stash)
        plugin.write(say("import os; os.kill(os.getpid(), 9)"))
        with pytest.raises(RuntimeError, match=r"^signal: killed$"):
            operate(stash)
        with pytest.raises(RuntimeError, match="internal system error"):
            stash.graphql('mutation{runPluginOperation(plugin_id:"Other")}')


def test_a_plugin_may_leave_its_input_unread(tmp_path):
    plugin = Plugin(tmp_path / "Tiny", "print('done')")
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        assert operate(stash, much="x" * 500_000) == "done\n"


LINES = r"""
out = sys.stderr
out.write("\x01t\x02[PlexSync Hook] trace\n\x01d\x02d\n\x01i\x02 i \n\x01w\x02w\n\x01e\x02e\r\n")
out.write("\n\x01x\x02odd level\nno prefix\n\x01i\x02\n\x01p\x020.5\n\x01p\x02half\nlast, without an end")
"""


@pytest.mark.parametrize(
    ("err_log", "level"), [(None, "error"), ("debug", "debug"), ("none", None), ("loud", "error")]
)
def test_lines_of_standard_error_have_the_level_that_they_name(tmp_path, err_log, level):
    extra = {} if err_log is None else {"errLog": err_log}
    plugin = Plugin(tmp_path / "Tiny", say(LINES), **extra)
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        job = stash.start_task("Tiny", "Run")
        assert stash.jobs.wait_until_idle()
        assert job.progress == 0.5
        theirs = [line for line in stash.logs if line.plugin == "Tiny"]
    bare = ["\x01x\x02odd level", "no prefix", "\x01i\x02", "last, without an end"]
    assert [(line.level, line.message) for line in theirs] == [
        ("trace", "[PlexSync Hook] trace"),
        ("debug", "d"),
        ("info", "i"),
        ("warning", "w"),
        ("error", "e"),
        *((level, text) for text in bare if level),
    ]
    assert (theirs[0].component, theirs[0].raw[:3], theirs[1].component) == ("PlexSync Hook", "\x01t\x02", "")
    assert abs(theirs[0].at - time.time()) < 60
    assert any("Error parsing progress value 'half'" in line.message for line in stash.logs)


LONG = """
import os, time
try:
    sys.stderr.write("before\\n"); sys.stderr.write({text}); sys.stderr.flush()
    for _ in range({lines}):
        time.sleep(0.02)
        sys.stderr.write("after\\n"); sys.stderr.flush()
    print("whole", flush=True)
except BrokenPipeError:
    print("broken", flush=True)
os._exit(0)  # what is left in the buffer of standard error cannot be written
"""


@pytest.mark.parametrize(
    ("text", "result"),
    [('"x" * 65_535 + "\\n"', "whole"), ('"x" * 65_536 + "\\n"', "broken"), ('"x" * 200_000', "broken")],
)
def test_a_line_of_64_kilobytes_is_read_and_a_longer_one_ends_the_reader(tmp_path, text, result):
    lines = 20 if result == "whole" else 10_000  # until the reader has noticed, whenever that is
    plugin = Plugin(tmp_path / "Tiny", say(LONG.format(text=text, lines=lines)))
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        assert operate(stash) == f"{result}\n"
        lengths = [len(line.message) for line in stash.logs if line.plugin]
    assert lengths == ([6, 65_535, *[5] * 20] if result == "whole" else [6])


CHILD = """
import subprocess
code = "import os, time, sys\\ntry:\\n {until}; sys.stderr.write('late'); sys.stderr.flush()\\nexcept BrokenPipeError:\\n open('pipe', 'w').write('broken')"
subprocess.Popen([sys.executable, "-c", code], {how})
print("parent is done")
"""


def test_a_child_that_holds_standard_output_keeps_stash_waiting(tmp_path):
    plugin = Plugin(
        tmp_path / "Tiny", say(CHILD.format(how="stderr=subprocess.DEVNULL", until="time.sleep(0.5)"))
    )
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        start = time.monotonic()
        operate(stash)
        assert time.monotonic() - start > 0.5


def test_a_child_that_holds_only_standard_error_finds_it_broken(tmp_path):
    until_told = "[time.sleep(0.01) for _ in range(6000) if not os.path.exists('go')]"
    plugin = Plugin(tmp_path / "Tiny", say(CHILD.format(how="stdout=subprocess.DEVNULL", until=until_told)))
    with StashSimulator(plugin_dir=plugin.folder, config_dir=tmp_path) as stash:
        assert operate(stash) == "parent is done\n"
        assert not (tmp_path / "pipe").exists()
        (tmp_path / "go").touch()
        eventually((tmp_path / "pipe").exists)
        assert not any("late" in line.message for line in stash.logs)


def test_what_still_runs_when_stash_goes_down_is_killed(tmp_path):
    plugin = Plugin(tmp_path / "Tiny", say("import time; time.sleep(600)"))
    with StashSimulator(plugin_dir=plugin.folder) as stash:
        job = stash.start_task("Tiny", "Run")
        eventually(lambda: job.process)
        assert job.process is not None
        stash.restart()
        assert job.process.wait(PATIENCE_S) == -9


def test_the_payload_can_be_had_without_running_anything():
    with StashSimulator() as stash:
        found = json.loads(stash.connection_json(cookie=False, args={"mode": "x"}))
        assert found["args"] == {"mode": "x"}
        assert found["server_connection"]["SessionCookie"] is None
        assert stash.payload({})["server_connection"]["SessionCookie"]["Name"] == "session"
