"""The plugin runtime: reads the manifest as strictly as Stash, and runs the plugin's process as Stash does.

Rules from Stash's own source: the process gets one JSON object on standard input; whoever waits does so until standard
output ends; standard error is read line by line by somebody for whom nobody waits; a cancelled call is a SIGKILL.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import IO

KEYS = {
    "name",
    "description",
    "version",
    "url",
    "exec",
    "interface",
    "errLog",
    "tasks",
    "hooks",
    "settings",
    "ui",
}
TASK_KEYS = {"name", "description", "execArgs", "defaultArgs"}
HOOK_KEYS = TASK_KEYS | {"triggeredBy"}
SETTING_KEYS = {"displayName", "description", "type"}
LEVELS = {"t": "trace", "d": "debug", "i": "info", "w": "warning", "e": "error"}
LONGEST_LINE = 64 * 1024


class ManifestError(Exception):
    """Stash would not load this plugin."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the plugin's standard error, as Stash's log has it. ``raw`` is what came."""

    at: float
    level: str
    message: str
    raw: str


@dataclass(slots=True)
class Manifest:
    """The yml of a plugin; the id is the file's name."""

    id: str
    folder: Path
    data: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the one yml of the folder. Raises ManifestError for anything that Stash would not take."""
        found = [path for path in folder.glob("*.yml") if path.name != "index.yml"]
        if len(found) != 1:
            raise ManifestError(f"{folder} has {len(found)} yml files: Stash takes each one for a plugin")
        data = yaml.safe_load(found[0].read_text(encoding="utf-8"))
        _only(data, KEYS, found[0].name)
        for task in data.get("tasks", []):
            _only(task, TASK_KEYS, "a task")
            _strings(task.get("defaultArgs", {}))
        for hook in data.get("hooks", []):
            _only(hook, HOOK_KEYS, "a hook")
        for key, setting in data.get("settings", {}).items():
            _only(setting, SETTING_KEYS, f"the setting {key}")
            if setting["type"] not in {"STRING", "NUMBER", "BOOLEAN"}:
                raise ManifestError(f"the setting {key} has the type {setting['type']}")
        return cls(found[0].stem, folder, data)

    def task(self, name: str) -> dict[str, Any] | None:
        """The task of this name."""
        return next((task for task in self.data.get("tasks", []) if task["name"] == name), None)

    def hooks_for(self, event: str) -> list[dict[str, Any]]:
        """The hooks that this event triggers."""
        return [hook for hook in self.data.get("hooks", []) if event in hook.get("triggeredBy", [])]


def _only(data: Mapping[str, Any], allowed: set[str], where: str) -> None:
    unknown = set(data) - allowed
    if unknown:
        raise ManifestError(f"{where} has unknown keys: {', '.join(sorted(unknown))}")


def _strings(values: Mapping[str, Any]) -> None:
    odd = [key for key, value in values.items() if not isinstance(value, str)]
    if odd:
        raise ManifestError(f"defaultArgs must be strings: {', '.join(odd)}")


@dataclass(slots=True)
class Answer:
    """What a process left behind. ``error`` is what Stash makes of it."""

    output: Any = None
    error: str | None = None
    code: int = 0
    seconds: float = 0.0
    stdout: str = ""


@dataclass(slots=True)
class Runtime:
    """Runs one plugin. ``logs`` grows as lines come; ``on_progress`` is told of ``p`` lines of tasks."""

    manifest: Manifest
    python: str = sys.executable
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    logs: list[LogLine] = field(default_factory=list)
    running: set[subprocess.Popen[bytes]] = field(default_factory=set)

    def run(
        self,
        payload: dict[str, Any],
        *,
        on_progress: Callable[[float], None] = lambda _done: None,
        on_start: Callable[[subprocess.Popen[bytes]], None] = lambda _process: None,
    ) -> Answer:
        """Start the process, hand it the payload, wait until its standard output ends, and read its answer."""
        start = time.perf_counter()
        process = subprocess.Popen(
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment(),
            cwd=self.cwd or self.manifest.folder.parent,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self.running.add(process)
        on_start(process)
        reader = threading.Thread(target=self._read_log, args=(process.stderr, on_progress), daemon=True)
        reader.start()
        try:
            process.stdin.write(json.dumps(payload).encode())
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended without reading, which is its right
        stdout = process.stdout.read().decode("utf-8", errors="replace")
        process.stdout.close()
        code = process.wait()
        self.running.discard(process)
        # Stash does not wait for the last lines; a moment for them keeps tests from depending on who is faster.
        reader.join(timeout=1.0)
        return _answer(stdout, code, time.perf_counter() - start)

    def _command(self) -> list[str]:
        first, *rest = self.manifest.data["exec"]
        program = self.python if first in {"python", "python3"} else first
        return [program, *(part.replace("{pluginDir}", str(self.manifest.folder)) for part in rest)]

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, **self.env}
        parent = str(self.manifest.folder.parent)
        existing = environment.get("PYTHONPATH")
        environment["PYTHONPATH"] = f"{existing}{os.pathsep}{parent}" if existing else parent
        return environment

    def _read_log(self, stream: IO[bytes], on_progress: Callable[[float], None]) -> None:
        while True:
            raw = stream.readline(LONGEST_LINE + 1)
            if not raw or len(raw) > LONGEST_LINE:
                stream.close()  # a longer line ends the reader, and the plugin's next write is a broken pipe
                return
            text = raw.decode("utf-8", errors="replace").rstrip("\n")
            level, message = "error", text
            if len(text) > 2 and text[0] == "\x01" and text[2] == "\x02":
                letter, message = text[1], text[3:]
                if letter == "p":
                    on_progress(float(message))
                    continue
                level = LEVELS.get(letter, "error")
            self.logs.append(LogLine(time.time(), level, message, text))


def _answer(stdout: str, code: int, seconds: float) -> Answer:
    answer = Answer(code=code, seconds=seconds, stdout=stdout)
    try:
        parsed = json.loads(stdout)
    except ValueError:
        answer.output = stdout or None
    else:
        if isinstance(parsed, dict):
            answer.output, answer.error = parsed.get("output"), parsed.get("error")
        else:
            answer.output = stdout
    if code and not answer.error:
        answer.error = f"exit status {code}" if code > 0 else f"signal: {-code}"
    return answer
