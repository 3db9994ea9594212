"""Runs a plugin's process as Stash does (pkg/plugin/raw.go).

The process gets one JSON object on standard input; whoever waits does so until standard output ends, and then it is
reaped; standard error is read by somebody for whom nobody waits; a cancelled call is a SIGKILL, and children live on.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulators.planted import tell
from simulators.stash.loglines import Log, StderrReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulators.stash.manifest import Manifest

PYTHONS = ("python", "python3")
LOOK_S = 0.02
"""How often a call that may be cancelled is looked at."""
PATIENCE_S = 60.0
"""For a process that was killed to be gone: a busy machine takes its time."""


class StartError(Exception):
    """The process could not be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a process left behind. ``error`` and ``output`` are what Stash makes of it; ``seconds`` were waited for it.

    A cancelled call has the error "operation cancelled" and was not waited for.
    """

    output: Any = None
    error: str | None = None
    code: int = 0
    seconds: float = 0.0
    stdout: str = ""
    cancelled: bool = False


class Runtime:
    """Starts plugins. ``python`` is the configured path, ``env`` is laid over this process's environment, ``cwd`` is
    where Stash itself was started.
    """

    def __init__(self, log: Log, *, python: str, env: Mapping[str, str], cwd: Path) -> None:
        self.python = python
        self.env = dict(env)
        self.cwd = cwd
        self.answers: list[Answer] = []
        """What every process left behind, in the order in which they ended; not of those that were cancelled."""
        self._log = log
        self._lock = threading.Lock()
        self._running: set[_Process] = set()

    def run(
        self,
        manifest: Manifest,
        payload: Mapping[str, Any],
        *,
        exec_args: tuple[str, ...] = (),
        on_progress: Callable[[float], None] | None = None,
        on_start: Callable[[subprocess.Popen[bytes]], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Answer:
        """Start the process and wait for its answer. Raises StartError when there is no such program."""
        start = time.perf_counter()
        process = _Process(self._start(manifest, exec_args, on_progress), payload)
        with self._lock:
            self._running = {one for one in self._running if not one.done.is_set()} | {process}
        if on_start is not None:
            on_start(process.popen)
        while not process.done.wait(None if cancelled is None else LOOK_S):
            if cancelled is not None and cancelled():
                process.popen.kill()
                return Answer(
                    error="operation cancelled",
                    code=-9,
                    seconds=time.perf_counter() - start,
                    cancelled=True,
                )
        answer = _answer(process.stdout, process.popen.returncode, time.perf_counter() - start)
        tell("what a plugin wrote to standard output", answer.stdout)
        with self._lock:
            self.answers.append(answer)
        return answer

    def kill_all(self) -> None:
        """As when Stash's container goes down, and wait until they are gone (not for children that they left)."""
        with self._lock:
            running, self._running = self._running, set()
        for process in running:
            process.popen.kill()
        for process in running:
            process.popen.wait(PATIENCE_S)
            process.done.wait(1.0)

    def _start(
        self, manifest: Manifest, exec_args: tuple[str, ...], on_progress: Callable[[float], None] | None
    ) -> tuple[subprocess.Popen[bytes], StderrReader]:
        command, environment = self._command(manifest, exec_args), {**os.environ, **self.env}
        if command[0] in PYTHONS:
            command[0] = self._resolved_python()
            parent = str(manifest.folder.parent)
            existing = environment.get("PYTHONPATH")
            environment["PYTHONPATH"] = f"{existing}{os.pathsep}{parent}" if existing is not None else parent
        reader = StderrReader(
            self._log, plugin=manifest.name, default_level=manifest.err_log, on_progress=on_progress
        )
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=reader.write_end,
                env=environment,
                cwd=self.cwd,
            ), reader
        except OSError as error:
            reader.end()
            raise StartError(f"error running plugin: {error}") from error

    def _command(self, manifest: Manifest, exec_args: tuple[str, ...]) -> list[str]:
        if manifest.interface != "raw":
            raise StartError(f"the simulator does not run plugins with the interface {manifest.interface}")
        parts = [*manifest.exec, *exec_args]
        if not parts:
            raise StartError("empty exec value")
        program, *arguments = parts
        if program not in PYTHONS and shutil.which(program) is None:
            program = str(manifest.folder / program)
        return [program, *(part.replace("{pluginDir}", str(manifest.folder)) for part in arguments)]

    def _resolved_python(self) -> str:
        if self.python and Path(self.python).is_file():
            return self.python
        return shutil.which("python3") or shutil.which("python") or "python3"


class _Process:
    """A process with the threads that serve its pipes. ``done`` is set when it has been reaped."""

    def __init__(
        self, started: tuple[subprocess.Popen[bytes], StderrReader], payload: Mapping[str, Any]
    ) -> None:
        self.popen, self._stderr = started
        self.stdout = ""
        self.done = threading.Event()
        text = json.dumps(payload).encode()
        threading.Thread(target=self._feed, args=(text,), daemon=True, name="plugin-stdin").start()
        threading.Thread(target=self._finish, daemon=True, name="plugin-stdout").start()

    def _feed(self, text: bytes) -> None:
        assert self.popen.stdin is not None
        # A plugin may end without reading.
        with contextlib.suppress(BrokenPipeError), self.popen.stdin as stdin:
            stdin.write(text)

    def _finish(self) -> None:
        assert self.popen.stdout is not None
        with self.popen.stdout as stdout:
            self.stdout = stdout.read().decode("utf-8", errors="replace")
        self.popen.wait()
        self._stderr.end()
        self.done.set()


def _answer(stdout: str, code: int, seconds: float) -> Answer:
    output, error = read_output(stdout)
    if code and error is None:
        error = f"exit status {code}" if code > 0 else f"signal: {_signal_name(-code)}"
    return Answer(output=output, error=error, code=code, seconds=seconds, stdout=stdout)


def read_output(stdout: str) -> tuple[Any, str | None]:
    """Output and error, as Go's json.Unmarshal into {Error *string, Output any} gives them.

    Any object will do, and loses what is in its other keys; whatever does not fit is the output, as text.
    """
    try:
        found = json.loads(stdout)
    except ValueError:
        return stdout, None
    if found is None:
        return None, None
    if not isinstance(found, dict):
        return stdout, None
    keys = {key.lower(): value for key, value in found.items()}
    error = keys.get("error")
    if error is not None and not isinstance(error, str):
        return stdout, None
    return keys.get("output"), error


def _signal_name(number: int) -> str:
    return {9: "killed", 15: "terminated", 11: "segmentation fault", 6: "aborted"}.get(number, str(number))
