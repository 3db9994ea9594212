"""Where log lines go: to Stash by its protocol, from the watcher into the database, on a terminal to the eye."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stash.log import TRACE, CallbackHandler, StashLogHandler
from stash.log_lines import JSON_BY_ITSELF, object_in
from sync_queue.said import say, take_said

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from app.session import Session
    from stash.redact import Secrets
    from sync_queue.said import Line

ROOT = "plexsync"
LEVELS = {"t": TRACE, "d": logging.DEBUG, "i": logging.INFO, "w": logging.WARNING, "e": logging.ERROR}


def install(secrets: Secrets) -> StashLogHandler:
    """Send every line of ours to Stash, as text at first. The libraries' own lines stay out: they may hold a whole URL."""
    handler = StashLogHandler(_own_stderr(), secrets=secrets, owns_stream=True)
    use(handler)
    return handler


def _own_stderr() -> BinaryIO:
    """Standard error under a descriptor of our own: an observer that closes the other one silences only itself."""
    try:
        return os.fdopen(os.dup(sys.stderr.fileno()), "wb")
    except (AttributeError, OSError, ValueError):  # there is none
        return Path(os.devnull).open("wb")


def use(handler: logging.Handler) -> None:
    """Make this the one handler of all our loggers. What it would drop is not even put together."""
    root = logging.getLogger(ROOT)
    root.handlers[:] = [handler]
    root.setLevel(handler.level or TRACE)
    root.propagate = False


def use_format(log_format: str) -> None:
    """Write lines for Stash as ``text`` or ``json`` from here on."""
    for handler in _to_stash():
        handler.log_format = log_format


def show_progress(fraction: float) -> None:
    """Move the bar of Stash's task list: 0 to 1."""
    for handler in _to_stash():
        handler.progress(fraction)


def _to_stash() -> Iterator[StashLogHandler]:
    for handler in logging.getLogger(ROOT).handlers:
        if isinstance(handler, StashLogHandler):
            yield handler


def install_for_watcher(session: Session) -> None:
    """Keep what the watcher says in the database: nobody reads its standard error. Debug lines are not worth a row."""

    def keep(at: float, level: str, component: str, message: str, facts: dict[str, Any]) -> None:
        say(session.db, at, level, component, message, facts)

    handler = CallbackHandler(keep, secrets=session.secrets)
    handler.setLevel(logging.INFO)
    use(handler)


def pass_on_what_was_said(session: Session, handler: StashLogHandler) -> None:
    """Hand on to Stash's log what the watcher said since the last task, each line with its own time."""
    for line in take_said(session.db):
        handler.handle(_record_of(line, handler.log_format))


def _record_of(line: Line, log_format: str) -> logging.LogRecord:
    """A program reads the time as a fact, a person in the sentence."""
    own = {"in_background": True, "at": line.at}
    as_json = log_format == "json"
    return logging.makeLogRecord(
        {
            **line.facts,
            **(own if as_json else {}),
            "name": f"{ROOT}.{line.component}",
            "levelno": LEVELS.get(line.level, logging.INFO),
            "msg": _message_of(line, own, as_json=as_json),
        }
    )


def _message_of(line: Line, own: dict[str, Any], *, as_json: bool) -> str:
    """In either format a line that is JSON stays JSON."""
    if line.component == JSON_BY_ITSELF and (told := object_in(line.message)) is not None:
        return json.dumps({**told, **own})
    if as_json:
        return line.message
    when = time.strftime("%d %b %H:%M:%S", time.localtime(line.at))
    return f"{line.message} ({when}, in the background)"
