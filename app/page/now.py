"""The state of this moment, and the little that the navigation bar shows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from app.state import read_state
from app.wake import wake_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.page.shapes import Badge, Now
    from app.session import Session

SHOWN_RESULTS = 10


def badge(session: Session, args: Mapping[str, Any]) -> Badge:
    """How many scenes failed. With ``wake`` somebody is started where scenes are due and nobody drains: Stash was restarted."""
    return {"failures": session.dead.count(), "woken": bool(args.get("wake")) and wake_up(session)}


def now(session: Session, _args: Mapping[str, Any]) -> Now:
    """Queue, worker, Plex, and what was done last; all of one moment."""
    state = read_state(session.db, session.folder, session.clock, results=SHOWN_RESULTS)
    shown = {
        "at": state["at"],
        "dry_run": state["dry_run"],
        "queue": state["queue"],
        "plex": state["plex"],
        "stash_away_since": state["stash"]["away_since"],
        "worker": state["worker"],
        "errands": state["errands"],
        "reconcile": state["reconcile"],
        "failures": state["dead_letters"]["total"],
        "results": state["results"],
    }
    return cast("Now", shown)
