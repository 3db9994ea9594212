"""A log record as lines of text or as one JSON object: free of secrets, and each one harmless line."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

from stash.text import LARGEST_LINE_BYTES, clean, cut

if TYPE_CHECKING:
    from stash.redact import Secrets

TRACE = 5
LETTERS = ((logging.ERROR, "e"), (logging.WARNING, "w"), (logging.INFO, "i"), (logging.DEBUG, "d"))
NAMES = {"e": "error", "w": "warning", "i": "info", "d": "debug", "t": "trace"}
ROOT = "plexsync"
JSON_BY_ITSELF = "Stats"
"""The component whose messages are JSON objects already, in both formats."""
MOST_TRACEBACK_LINES = 60
LARGEST_PREFIX_BYTES = 256
LARGEST_JSON_MESSAGE = 4096
"""In characters, each of which may take twelve bytes of escaped JSON."""

STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; all else came through ``extra``, or is what the line is about."""


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
    """What a call has given through ``extra``, and what the line is about."""
    return {key: value for key, value in vars(record).items() if key not in STANDARD_FIELDS}


def text_lines(record: logging.LogRecord, secrets: Secrets) -> list[str]:
    """The record as clean lines: the message is one, and each line of a traceback is another.

    Details tell their drain and scene at the end. A person who reads on from info sees what matters in the sentence.
    """
    lines = [message_of(record) + _about(record), *traceback_of(record).splitlines()]
    room = LARGEST_LINE_BYTES - LARGEST_PREFIX_BYTES
    return [cut(clean(secrets.scrub(line)), room) for line in lines]


def _about(record: logging.LogRecord) -> str:
    if record.levelno >= logging.INFO or component_of(record.name) == JSON_BY_ITSELF:
        return ""
    known = (("drain", getattr(record, "drain", None)), ("scene", getattr(record, "scene_id", None)))
    told = " ".join(f"{name} {value}" for name, value in known if value is not None)
    return f" [{told}]" if told else ""


def json_line(record: logging.LogRecord, secrets: Secrets) -> str:
    """The record as one JSON object of ASCII: level, component, message, then drain, scene_id, error_type and the like."""
    component = component_of(record.name)
    message = message_of(record)
    if component == JSON_BY_ITSELF and (own := object_in(message)) is not None:
        return _dump(secrets.scrub_value(own))
    head = {
        "level": NAMES[letter_of(record.levelno)],
        "component": component,
        "message": secrets.scrub(message),
    }
    body = {**head, **secrets.scrub_value(extra_of(record)), **head}
    if text := traceback_of(record):
        body["exception"] = secrets.scrub(text)
    line = _dump(body)
    if len(line) <= LARGEST_LINE_BYTES - LARGEST_PREFIX_BYTES:
        return line
    return _dump({**head, "message": head["message"][:LARGEST_JSON_MESSAGE], "cut": True})


def object_in(message: str) -> dict[str, Any] | None:
    """The JSON object that a message is, if it is one."""
    try:
        found = json.loads(message)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _dump(value: dict[str, Any]) -> str:
    # DEL is the one control character that is ASCII and that JSON lets stand.
    return json.dumps(value).replace("\x7f", "\\u007f")
