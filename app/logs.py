"""Where log lines go: to Stash by its protocol, from the watcher into the database, on a terminal to the eye."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

from stash.log import TRACE, CallbackHandler, StashLogHandler
from sync_queue.said import say, take_said

if TYPE_CHECKING:
    import sqlite3

    from app.session import Session
    from stash.redact import Secrets

ROOT = "plexsync"
LEVELS = {"t": TRACE, "d": logging.DEBUG, "i": logging.INFO, "w": logging.WARNING, "e": logging.ERROR}


def install(secrets: Secrets, *, log_format: str = "text") -> StashLogHandler:
    """Send every line of ours to Stash. The libraries' own lines stay out: they may hold a whole URL."""
    handler = StashLogHandler(sys.stderr, secrets=secrets, log_format=log_format)
    use(handler)
    return handler


def use(handler: logging.Handler) -> None:
    """Make this the one handler of all our loggers."""
    root = logging.getLogger(ROOT)
    root.handlers[:] = [handler]
    root.setLevel(TRACE)
    root.propagate = False


def install_for_watcher(session: Session) -> None:
    """Keep what the watcher says in the database: nobody reads its standard error. Debug lines are not worth a row."""

    def keep(at: float, level: str, component: str, message: str) -> None:
        say(session.db, at, level, component, message)

    handler = CallbackHandler(keep, secrets=session.secrets)
    handler.setLevel(logging.INFO)
    use(handler)


def pass_on_what_was_said(session: Session, handler: logging.Handler) -> None:
    """Hand on to Stash's log what the watcher said since the last task, each line with its own time."""
    _pass_on(session.db, handler)


def _pass_on(db: sqlite3.Connection, handler: logging.Handler) -> None:
    for line in take_said(db):
        when = time.strftime("%d %b %H:%M:%S", time.localtime(line.at))
        record = logging.LogRecord(
            f"{ROOT}.{line.component}",
            LEVELS.get(line.level, logging.INFO),
            "",
            0,
            "%s (%s, in the background)",
            (line.message, when),
            None,
        )
        handler.handle(record)
