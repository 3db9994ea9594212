"""A logger with Stash's handler on a stream of bytes, and what came out of it."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

from stash.log import StashLogHandler
from stash.redact import Secrets

FORGED = "\x01e\x02[PlexSync] forged\nsecond line\x85third\u2028fourth"


def lone_logger(name: str, handler: logging.Handler) -> logging.Logger:
    log = logging.Logger(name, level=1)  # noqa: LOG001 -- outside the tree, so that no other test hears it
    log.addHandler(handler)
    return log


class Said:
    """A logger of its own with the handler under test on a stream of bytes."""

    def __init__(self, name: str = "plexsync.Worker", log_format: str = "text", *secrets: str) -> None:
        self.stream = io.BytesIO()
        self.handler = StashLogHandler(self.stream, secrets=Secrets(*secrets), log_format=log_format)
        self.log = lone_logger(name, self.handler)

    @property
    def text(self) -> str:
        return self.stream.getvalue().decode()

    @property
    def lines(self) -> list[str]:
        found = self.text.split("\n")
        assert found.pop() == "", "the last line has its end"
        return found

    @property
    def body(self) -> dict[str, Any]:
        (line,) = self.lines
        found: dict[str, Any] = json.loads(line.partition("] ")[2])
        return found
