"""Standard output, which belongs to Stash: exactly one JSON object, as UTF-8 whatever the locale says."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from stash.text import LARGEST_LINE_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import BinaryIO, TextIO

log = logging.getLogger("plexsync.Print")

FORMS = ({"output"}, {"error"})


def claim() -> BinaryIO:
    """Take standard output for the answer alone, until this process ends: what anybody else writes to it goes nowhere.

    Children that are started from here on do not hold it either, so Stash does not wait for them. Returns the stream for
    ``write``.
    """
    try:
        descriptor = sys.stdout.fileno()
        sys.stdout.flush()
        own = os.fdopen(os.dup(descriptor), "wb")
    except (OSError, ValueError):  # it is no file: a test's, or a closed one
        return sys.stdout.buffer
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return own


def write(answer: Mapping[str, Any], stream: BinaryIO | None = None) -> None:
    """Write the one answer of this process, ``{"output": …}`` or ``{"error": …}``: Stash drops what any other object says.

    To be called once. An operation's caller gets an error as a GraphQL error. Raises ValueError for another form and
    TypeError or ValueError for what is not JSON; nothing is written then. A reader that has gone away is no error.
    """
    if set(answer) not in FORMS:
        raise ValueError(f"an answer has either output or error, not {sorted(answer)}")
    data = json.dumps(dict(answer), allow_nan=False).encode() + b"\n"
    stream = stream or sys.stdout.buffer
    try:
        stream.write(data)
        stream.flush()
    except BrokenPipeError:
        # The job was stopped, or the person has closed the page: nobody is there to be told.
        return


class _LogLines(io.RawIOBase):
    """Bytes that become debug lines."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        text = bytes(data)
        *lines, self._begun = (self._begun + text).split(b"\n")
        if len(self._begun) > LARGEST_LINE_BYTES:
            lines, self._begun = [*lines, self._begun], b""
        for line in lines:
            log.debug("%s", line.decode(errors="replace"))
        return len(text)


def printed_as_log_lines() -> TextIO:
    """A stand-in for ``sys.stdout``: what somebody prints becomes a debug line for each line."""
    return io.TextIOWrapper(
        io.BufferedWriter(_LogLines()), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )
