r"""Logging to Stash: one line on standard error for each message, ``\x01<level>\x02[PlexSync <Component>] message``.

Everybody in PlexSync logs through ``logging.getLogger("plexsync.<Component>")`` and knows nothing of this. The levels
are Stash's: t (TRACE, below DEBUG), d, i, w, e. In the ``json`` format the message becomes one JSON object inside the
same wrapper. What goes out is scrubbed of secrets first, made one harmless line, and said again only so often.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from stash.log_context import fill_in
from stash.log_lines import (
    LARGEST_PREFIX_BYTES,
    ROOT,
    TRACE,
    component_of,
    extra_of,
    json_line,
    letter_of,
    message_of,
    text_lines,
    traceback_of,
)
from stash.log_repeats import Repeats
from stash.text import clean, cut

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, TextIO

    from stash.redact import Secrets

    Callback = Callable[[float, str, str, str, dict[str, Any]], None]

__all__ = [
    "TRACE",
    "CallbackHandler",
    "ScrubFilter",
    "StashLogHandler",
    "clean",
    "component_of",
    "flush",
    "letter_of",
]

logging.addLevelName(TRACE, "TRACE")

FORMATS = frozenset({"text", "json"})


def flush() -> None:
    """Write what the handlers still hold back as repeats: a drain has ended, or this process is about to."""
    for handler in logging.getLogger(ROOT).handlers:
        handler.flush()


class ScrubFilter(logging.Filter):
    """For handlers that are not ours (a file, the terminal): takes the secrets out of the record itself.

    Afterwards the message is final, the traceback is text, and ``exc_info`` is gone: every handler that comes later gets
    what this one got.
    """

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Scrub; never drop."""
        record.msg, record.args = self._secrets.scrub(message_of(record)), None
        text = traceback_of(record)
        record.exc_text = self._secrets.scrub(text) if text else None
        record.exc_info = record.stack_info = None
        for key, value in extra_of(record).items():
            setattr(record, key, self._secrets.scrub_value(value))
        return True


class _Writer:
    """Bytes where the stream has them (no locale may change what Stash reads), else text; deaf after the first failure."""

    def __init__(self, stream: TextIO | BinaryIO) -> None:
        self._owner = stream  # closes its buffer when nobody holds it
        self._stream: Any = getattr(stream, "buffer", stream)
        self._text = hasattr(self._stream, "encoding")
        self.broken = False

    def write(self, text: str) -> None:
        if self.broken:
            return
        try:
            self._stream.write(text if self._text else text.encode(errors="backslashreplace"))
            self._stream.flush()
        except (OSError, ValueError):
            # The reader is gone (BrokenPipeError), or the stream is closed (ValueError): nobody can be told.
            self.broken = True


class _Handler(logging.Handler):
    """What ours have in common: each record learns what it is about, repeats are folded, and no log call ever raises.

    What is logged while a line is written is not written: it could have no end. ``lost`` counts the records that could
    not be written. ``clock`` is monotonic.
    """

    def __init__(self, secrets: Secrets, clock: Callable[[], float]) -> None:
        super().__init__()
        self._secrets = secrets
        self._repeats = Repeats(lambda record: secrets.scrub(message_of(record)), clock=clock)
        self._inside = threading.local()
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write it, unless it is one more of many; then a later line counts it."""
        if getattr(self._inside, "now", False):
            return
        fill_in(record)
        self._write_all(self._repeats.take(record))

    def flush(self) -> None:
        """Say now what is folded."""
        with self.lock or threading.RLock():
            self._write_all(self._repeats.flush())

    def _write_all(self, records: list[logging.LogRecord]) -> None:
        self._inside.now = True
        try:
            for record in records:
                self._write(record)
        except Exception:  # noqa: BLE001 -- as in every handler of logging: a log call must not end what logs
            self.lost += 1
        finally:
            self._inside.now = False

    def _write(self, record: logging.LogRecord) -> None:
        raise NotImplementedError


class StashLogHandler(_Handler):
    """Writes records in Stash's form. A reader that has gone away costs nobody anything."""

    def __init__(
        self,
        stream: TextIO | BinaryIO,
        *,
        secrets: Secrets,
        log_format: str = "text",
        owns_stream: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``log_format`` is text or json, and may be set again later. Raises ValueError for another one.

        With ``owns_stream`` the stream is closed together with the handler.
        """
        super().__init__(secrets, clock)
        if log_format not in FORMATS:
            raise ValueError(f"log_format must be text or json, not {log_format!r}")
        self._writer = _Writer(stream)
        self._stream = stream if owns_stream else None
        self.log_format = log_format

    def close(self) -> None:
        """Write what is folded, and nothing after that."""
        self.flush()
        super().close()
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.close()

    def _write(self, record: logging.LogRecord) -> None:
        """Write the record's lines with one write, so that those of two threads do not mix."""
        lines = (
            [json_line(record, self._secrets)]
            if self.log_format == "json"
            else text_lines(record, self._secrets)
        )
        component = cut(component_of(record.name), LARGEST_PREFIX_BYTES - 32)
        prefix = f"\x01{letter_of(record.levelno)}\x02[PlexSync {component}] "
        self._writer.write("".join(f"{prefix}{line}\n" for line in lines))

    def progress(self, fraction: float) -> None:
        """Show a task's progress, 0.0 to 1.0. Stash drops it when it is busy, and shows none for hooks."""
        with self.lock or threading.RLock():
            self._writer.write(progress_line(fraction))


class CallbackHandler(_Handler):
    """Hands each line on as ``(at, level letter, component, message, facts)``: the watcher keeps them for Stash's log.

    ``at`` is in epoch seconds, and ``facts`` what the line is about and what came through ``extra``, as plain JSON. When
    the callable raises, its line is lost and counted.
    """

    def __init__(self, callback: Callback, *, secrets: Secrets) -> None:
        super().__init__(secrets, time.monotonic)
        self._callback = callback

    def _write(self, record: logging.LogRecord) -> None:
        """Call back once for each line of the record."""
        facts = self._secrets.scrub_value(extra_of(record))
        for line in text_lines(record, self._secrets):
            self._callback(record.created, letter_of(record.levelno), component_of(record.name), line, facts)


def progress_line(fraction: float) -> str:
    """A progress line; what is not a number is 0, and beyond the ends is the end."""
    within = min(1.0, max(0.0, fraction)) if fraction == fraction else 0.0  # noqa: PLR0124 -- NaN alone differs from itself
    return f"\x01p\x02{within:.4f}\n"
