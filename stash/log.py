r"""Logging to Stash: one line on standard error for each message, ``\x01<level>\x02[PlexSync <Component>] message``.

Everybody in PlexSync logs through ``logging.getLogger("plexsync.<Component>")`` and knows nothing of this. The levels
are Stash's: t (TRACE, below DEBUG), d, i, w, e. In the ``json`` format the message becomes one JSON object inside the
same wrapper. What goes out is scrubbed of secrets first, and then made one harmless line.
"""

from __future__ import annotations

import json
import logging
import threading
import traceback
from typing import TYPE_CHECKING, Any

from stash.text import LARGEST_LINE_BYTES, clean, cut

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, TextIO

    from stash.redact import Secrets

    Callback = Callable[[float, str, str, str], None]

__all__ = [
    "TRACE",
    "CallbackHandler",
    "ScrubFilter",
    "StashLogHandler",
    "clean",
    "component_of",
    "letter_of",
    "progress",
]

TRACE = 5
logging.addLevelName(TRACE, "TRACE")

LETTERS = ((logging.ERROR, "e"), (logging.WARNING, "w"), (logging.INFO, "i"), (logging.DEBUG, "d"))
NAMES = {"e": "error", "w": "warning", "i": "info", "d": "debug", "t": "trace"}
FORMATS = frozenset({"text", "json"})
ROOT = "plexsync"
JSON_BY_ITSELF = "Stats"
"""The component whose messages are JSON objects already, in both formats."""
MOST_TRACEBACK_LINES = 60
LARGEST_PREFIX_BYTES = 256
LARGEST_JSON_MESSAGE = 4096
"""In characters, each of which may take twelve bytes of escaped JSON."""

STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; all else came through ``extra``."""


def letter_of(level: int) -> str:
    """Stash's letter for a level of ``logging``."""
    return next((letter for least, letter in LETTERS if level >= least), "t")


def component_of(logger_name: str) -> str:
    """``plexsync.Worker`` is Worker; a library goes by its own first name, since its modules mean nothing to a reader."""
    first, _, rest = logger_name.partition(".")
    return clean((rest or "Main") if first == ROOT else (first or "Main"))


def message_of(record: logging.LogRecord) -> str:
    """The message as it was meant; of a call whose arguments do not fit, what there is of it. Never raises."""
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 -- a __str__ of anybody's may raise anything, and a log call must not
        return f"a message could not be put together ({type(error).__name__}): {record.msg!r:.500}"


def traceback_of(record: logging.LogRecord) -> str:
    """The exception and stack of a record as text, "" without. Of a long one the end stays, where the cause is."""
    raised = ""
    if record.exc_info and record.exc_info[0] is not None:
        raised = "".join(traceback.format_exception(*record.exc_info))
    return "\n".join([*_last_lines(raised or record.exc_text or ""), *_last_lines(record.stack_info or "")])


def _last_lines(text: str) -> list[str]:
    lines = text.splitlines()
    more = len(lines) - MOST_TRACEBACK_LINES
    return [f"… {more} lines left out", *lines[more:]] if more > 0 else lines


def extra_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a call has given through ``extra``."""
    return {key: value for key, value in vars(record).items() if key not in STANDARD_FIELDS}


def text_lines(record: logging.LogRecord, secrets: Secrets) -> list[str]:
    """The record as clean lines: the message is one, and each line of a traceback is another."""
    lines = [message_of(record), *traceback_of(record).splitlines()]
    room = LARGEST_LINE_BYTES - LARGEST_PREFIX_BYTES
    return [cut(clean(secrets.scrub(line)), room) for line in lines]


def json_line(record: logging.LogRecord, secrets: Secrets) -> str:
    """The record as one JSON object of ASCII: level, component, message, then what came through ``extra``."""
    component = component_of(record.name)
    message = message_of(record)
    if component == JSON_BY_ITSELF and (own := _object_in(message)) is not None:
        return _dump(secrets.scrub_value(own))
    head = {"level": NAMES[letter_of(record.levelno)], "component": component}
    body = {**secrets.scrub_value(extra_of(record)), **head, "message": secrets.scrub(message)}
    if text := traceback_of(record):
        body["exception"] = secrets.scrub(text)
    line = _dump({**head, **body})
    if len(line) <= LARGEST_LINE_BYTES - LARGEST_PREFIX_BYTES:
        return line
    return _dump({**head, "message": secrets.scrub(message)[:LARGEST_JSON_MESSAGE], "cut": True})


def _object_in(message: str) -> dict[str, Any] | None:
    try:
        found = json.loads(message)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _dump(value: dict[str, Any]) -> str:
    # DEL is the one control character that is ASCII and that JSON lets stand.
    return json.dumps(value).replace("\x7f", "\\u007f")


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


class StashLogHandler(logging.Handler):
    """Writes records in Stash's form. A reader that has gone away costs nobody anything."""

    def __init__(self, stream: TextIO | BinaryIO, *, secrets: Secrets, log_format: str = "text") -> None:
        """``log_format`` is text or json, and may be set again later. Raises ValueError for another one."""
        super().__init__()
        if log_format not in FORMATS:
            raise ValueError(f"log_format must be text or json, not {log_format!r}")
        self._writer = _Writer(stream)
        self._secrets = secrets
        self.log_format = log_format

    def emit(self, record: logging.LogRecord) -> None:
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
        """As the function of this name, in step with the log's lines."""
        with self.lock or threading.RLock():
            self._writer.write(progress_line(fraction))


class CallbackHandler(logging.Handler):
    """Hands each line on as ``(at, level letter, component, message)``: the watcher keeps them for Stash's log.

    What the callable itself logs is not handed to it, and when it raises, that line is lost and counted.
    """

    def __init__(self, callback: Callback, *, secrets: Secrets) -> None:
        super().__init__()
        self._callback = callback
        self._secrets = secrets
        self._inside = threading.local()
        self.lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Call back once for each line of the record; ``at`` is its time in epoch seconds."""
        if getattr(self._inside, "now", False):
            return
        self._inside.now = True
        try:
            for line in text_lines(record, self._secrets):
                self._callback(record.created, letter_of(record.levelno), component_of(record.name), line)
        except Exception:  # noqa: BLE001 -- as in every handler of logging: a log call must not end what logs
            self.lost += 1
        finally:
            self._inside.now = False


def progress_line(fraction: float) -> str:
    """A progress line; what is not a number is 0, and beyond the ends is the end."""
    within = min(1.0, max(0.0, fraction)) if fraction == fraction else 0.0  # noqa: PLR0124 -- NaN alone differs from itself
    return f"\x01p\x02{within:.4f}\n"


def progress(stream: TextIO | BinaryIO, fraction: float) -> None:
    """Show a task's progress, 0.0 to 1.0. Stash drops it when it is busy, and shows none for hooks."""
    _Writer(stream).write(progress_line(fraction))
