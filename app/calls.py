"""Tasks and operations: what Stash can ask for, one function for each mode, and the answer on standard output."""

from __future__ import annotations

import gc
import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.arguments import CallError
from app.logs import install, pass_on_what_was_said
from app.mending import with_sound_database
from app.session import Session
from app.settings import SettingsError
from app.stopping import end
from stash.exceptions import StashError
from stash.output import claim, write
from sync_queue.database import DatabaseError
from worker.refusals import is_news

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from stash.log import StashLogHandler
    from stash.runtime import Payload

    Mode = Callable[[Session, dict[str, Any]], Any]

log = logging.getLogger("plexsync.Tasks")

MODES = {
    "accept_plex": "new_server",
    "accept_stash": "tasks",
    "check_setup": "reports",
    "discard": "failures",
    "discard_failed": "failures",
    "drain": "tasks",
    "explain": "reports",
    "pause": "tasks",
    "pin": "pinning",
    "preview": "planning",
    "pull": "tasks",
    "purge_failures": "failures",
    "reconcile": "tasks",
    "restore": "restoring",
    "resume": "tasks",
    "retry": "failures",
    "retry_failed": "failures",
    "show_status": "reports",
    "status": "reports",
    "sync_all": "tasks",
    "sync_recent": "tasks",
    "unlock": "restoring",
    "unpin": "pinning",
}
"""What Stash can ask for: the name of a function → its module in ``app``."""
NEED_SETTINGS = frozenset({"drain", "sync_all", "sync_recent"})
"""Modes that begin with the settings."""


def answer(payload: Payload) -> int:
    """Do what the payload asks for and write one JSON object to standard output; returns the exit code.

    The last border: whatever goes wrong becomes one error line and ``{"error": …}``, never a traceback on its own.
    """
    session, out = Session(payload.connection), claim()
    session.by_hand = not payload.args.get("asked")
    session.last_word = lambda text: write({"error": text}, out)
    handler = install(session.secrets)
    try:
        output = with_sound_database(session, lambda: _dispatch(session, payload, handler))
    except SettingsError as error:
        return _failed(session, out, error, *error.problems)
    except (CallError, StashError, DatabaseError) as error:
        return _failed(session, out, error, _sentences(error))
    except Exception as error:
        log.debug("what went wrong", exc_info=True)
        return _failed(
            session,
            out,
            error,
            f"PlexSync met something unforeseen: {type(error).__name__}: {error}. Every queued scene stays queued.",
        )
    finally:
        session.close()
        handler.flush()
    write({"output": output}, out)
    return end(0)


def _sentences(error: Exception) -> str:
    """What is wrong, and what to do where the error knows it."""
    hint = getattr(error, "hint", "")
    return f"{str(error).rstrip('.')}. {hint}".rstrip()


def _failed(session: Session, out: BinaryIO, error: Exception, *lines: str) -> int:
    told = [session.secrets.scrub(line) for line in lines]
    if not session.by_hand and _said_before(session, " ".join(told)):
        write({"output": {"reason": "refused", "message": " ".join(told)}}, out)
        return 0
    for line in told:
        log.error("%s", line, extra={"error_type": type(error).__name__})
    write({"error": " ".join(told)}, out)
    return 1


def _said_before(session: Session, text: str) -> bool:
    """Whether a hook's task has met this already: a bulk edit must not fill the log with it."""
    try:
        return not is_news(session.db, text, session.clock())
    except DatabaseError:
        return False


def _dispatch(session: Session, payload: Payload, handler: StashLogHandler) -> Any:
    mode = str(payload.args.get("mode") or "")
    if mode not in MODES:
        raise CallError(f"there is no mode {mode!r}; allowed are {', '.join(sorted(MODES))}.")
    handler.log_format = session.remembered_log_format()
    if mode in NEED_SETTINGS:
        session.ask_ahead()
    pass_on_what_was_said(session, handler)
    function = _function(mode)
    gc.freeze()  # the entry has turned it off for the time of the imports
    gc.enable()
    return function(session, payload.args)


def _function(mode: str) -> Mode:
    """Import what the mode needs and nothing else: a page asks often, and a drain shall reach Plex soon."""
    function: Mode = getattr(import_module(f"app.{MODES[mode]}"), mode)
    return function
