"""Stash's log, and the reader of a plugin's standard error (pkg/logger/plugin.go)."""

from __future__ import annotations

import os
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.planted import tell

if TYPE_CHECKING:
    from collections.abc import Callable

LEVELS = {"t": "trace", "d": "debug", "i": "info", "w": "warning", "e": "error", "p": "progress"}
LINE_LIMIT = 64 * 1024
"""Bytes of a line with its end. A longer one ends the reader, as it ends Go's bufio.Scanner."""
SHORTEST = 4
COMPONENT = re.compile(r"^\[([^\]]+)\] ?")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line. ``at`` is epoch seconds; ``raw`` is what came, with its prefix; ``plugin`` is the plugin's name, and
    empty for a line of Stash's own. Stash shows ``[Plugin / <plugin>] message``.
    """

    at: float
    level: str
    message: str
    raw: str
    plugin: str = ""

    @property
    def component(self) -> str:
        """What stands in square brackets at the start of the message, such as ``PlexSync Worker``."""
        found = COMPONENT.match(self.message)
        return found[1] if found else ""


@dataclass(slots=True)
class Log:
    """All lines, in the order in which they were read."""

    lines: list[LogLine] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, level: str, message: str, *, raw: str | None = None, plugin: str = "") -> None:
        """Note a line now."""
        line = LogLine(time.time(), level, message, message if raw is None else raw, plugin)
        tell("a line in Stash's log", line.raw)
        with self._lock:
            self.lines.append(line)

    def all(self) -> list[LogLine]:
        """A copy of what there is."""
        with self._lock:
            return list(self.lines)


class StderrReader:
    """Reads a plugin's standard error, in a thread that nobody waits for.

    ``write_end`` goes to the process. ``end`` is called when the process has been reaped: what was written until then
    is still read, and then the pipe is closed, so a child that inherited it gets EPIPE from its next write.
    """

    def __init__(
        self, log: Log, *, plugin: str, default_level: str, on_progress: Callable[[float], None] | None
    ) -> None:
        self._read_end, self.write_end = os.pipe()
        self._log = log
        self._plugin = plugin
        self._default = default_level if default_level in {*LEVELS.values(), "none"} else "error"
        self._on_progress = on_progress
        self._last = secrets.token_hex(16).encode()
        self._thread = threading.Thread(target=self._read, daemon=True, name="plugin-stderr")
        self._thread.start()

    def end(self) -> None:
        """Read what is there, then close."""
        try:
            # Behind everything that the process wrote: the order in a pipe is the order of the writes.
            os.write(self.write_end, b"\n" + self._last + b"\n")
        except BrokenPipeError:
            pass  # a line that was too long has ended the reader already
        finally:
            os.close(self.write_end)
        self._thread.join()

    def _read(self) -> None:
        buffer = b""
        try:
            while chunk := os.read(self._read_end, LINE_LIMIT):
                buffer += chunk
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    if line == self._last or len(line) >= LINE_LIMIT:
                        return
                    self._take(line.removesuffix(b"\r"))
                if len(buffer) >= LINE_LIMIT:
                    return
        finally:
            os.close(self._read_end)

    def _take(self, line: bytes) -> None:
        raw = line.decode("utf-8", errors="replace")
        if not raw:
            return
        level, message = detect_level(raw)
        level = level or self._default
        if level == "progress":
            self._progress(message)
        elif level != "none":
            self._log.add(level, message, raw=raw, plugin=self._plugin)

    def _progress(self, text: str) -> None:
        try:
            done = float(text)
        except ValueError:
            self._log.add(
                "error",
                f"Error parsing progress value '{text}': strconv.ParseFloat: parsing \"{text}\": invalid syntax",
            )
        else:
            if self._on_progress is not None:  # hooks and operations have no progress
                self._on_progress(done)


def detect_level(line: str) -> tuple[str | None, str]:
    """The level that the line names and the message behind it; (None, line) for a line without a prefix."""
    if len(line) < SHORTEST or line[0] != "\x01" or line[2] != "\x02" or line[1] not in LEVELS:
        return None, line
    return LEVELS[line[1]], line[3:].strip()
