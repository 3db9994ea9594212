"""The door of the page's operations: ``{"mode": "page", "ask": …}``. Standard library only, since a person waits.

No settings are read, Stash and Plex are asked nothing, and the site packages are not even looked for: that is half of the
time of any other operation. What cannot be done is answered as ``{"problem": text}``, so that the page can tell the plugin's
troubles from Stash's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from app.arguments import CallError
from app.session import Session
from sync_queue.database import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stash.runtime import Payload

ASKS: Mapping[str, str] = {
    "activity": "app.page.activity",
    "apply": "app.page.previews",
    "badge": "app.page.now",
    "cause": "app.page.failures",
    "discard": "app.page.actions",
    "failures": "app.page.failures",
    "now": "app.page.now",
    "pause": "app.page.actions",
    "preview": "app.page.previews",
    "previews": "app.page.previews",
    "resume": "app.page.actions",
    "retry": "app.page.actions",
    "scene": "app.page.scene",
    "statistics": "app.page.statistics",
    "sync": "app.page.actions",
}
"""Where the function of that name is: each ask imports its own module and no other."""
NEEDS_PACKAGES = frozenset({"statistics"})
"""Those that come through a room which needs the vendored packages."""


def answer_page(payload: Payload, *, get_ready: Callable[[], None] = lambda: None) -> dict[str, Any]:
    """The answer for Stash: ``output`` is what was asked for, or a problem; never an exception."""
    session = Session(payload.connection)
    try:
        return {"output": _asked(session, payload.args, get_ready)}
    except (CallError, DatabaseError) as error:
        return {"output": {"problem": session.secrets.scrub(str(error))}}
    except Exception as error:  # noqa: BLE001 -- the border of an operation
        told = f"PlexSync met something unforeseen: {type(error).__name__}: {error}. Every queued scene stays queued."
        return {"output": {"problem": session.secrets.scrub(told)}}
    finally:
        session.close()


def _asked(session: Session, args: Mapping[str, Any], get_ready: Callable[[], None]) -> Any:
    ask = str(args.get("ask") or "")
    if ask not in ASKS:
        raise CallError(f"the page cannot ask for {ask!r:.80}; it can for {', '.join(ASKS)}.")
    if ask in NEEDS_PACKAGES:
        get_ready()
    return getattr(import_module(ASKS[ask]), ask)(session, args)
