"""Reconcile Library: the task, and the comparison that starts or goes on by itself."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from app.arguments import CallError, flag_of
from app.compose import options_from, plex_target
from app.logs import show_progress
from app.making_room import MakingRoom
from app.words import counted
from plex.exceptions import PlexError
from stash.exceptions import StashError
from stash.filters import well_before
from sync_queue import reconciling
from sync_queue.locks import DataLock
from sync_queue.reconciling import Position
from worker.collapse import ScenesGone
from worker.judging import TITLES
from worker.reconcile import Reconciler

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from app.settings import Settings
    from worker.judging import Kind

log = logging.getLogger("plexsync.Reconcile")

LOCK_FILE = "reconcile.lock"


def form_of(args: dict[str, Any]) -> tuple[bool, bool]:
    """Whether only what changed ``since`` the ``last`` one is asked for, and whether ``deep``. Raises CallError."""
    since = str(args.get("since") or "").strip().lower()
    if since not in {"", "last"}:
        raise CallError(
            f"since is {args.get('since')!r:.80}; it must be 'last' (since the last time), or left out for all scenes."
        )
    return since == "last", flag_of(args, "deep")


def compare(
    session: Session,
    settings: Settings,
    *,
    recent: bool = False,
    deep: bool = False,
    confirmed: bool = False,
    by_itself: bool = False,
    must_stop: Callable[[], str] = lambda: "",
) -> dict[str, Any]:
    """One pass, or the rest of one that was broken off within a day, with its lines in the log.

    ``reason`` in the answer is ``done``, ``busy`` (another process is at it), ``trouble`` (with a ``message``), or what
    ``must_stop`` said.
    """
    with DataLock(session.folder / LOCK_FILE) as lock:
        if not lock.try_acquire():
            log.info("Reconcile Library is at work already, in the background or in another task")
            return {"reason": "busy"}
        try:
            position = _position(session, recent=recent, deep=deep, by_itself=by_itself)
            position.confirmed = position.confirmed or confirmed
            return _compare(session, settings, position, by_itself, must_stop)
        except (PlexError, StashError) as error:
            reconciling.put_off(session.db, session.clock())
            is_news = isinstance(error, ScenesGone) and reconciling.is_to_say(session.db, session.clock())
            level = logging.DEBUG if by_itself and not is_news else logging.ERROR
            log.log(
                level, "Reconcile Library: %s. %s", error, error.hint, extra={"error_type": error.error_type}
            )
            return {"reason": "trouble", "message": str(error)}


def _compare(
    session: Session,
    settings: Settings,
    position: Position,
    by_itself: bool,
    must_stop: Callable[[], str],
) -> dict[str, Any]:
    room = MakingRoom(must_stop)
    reconciler = Reconciler(
        session.db,
        session.ledger,
        plex_target(session, settings),
        session.stash,
        options_from(settings),
        clock=session.clock,
        go_on=room.go_on,
        progress=(lambda _done: None) if by_itself else show_progress,
    )
    ended = reconciler.run(position)
    if ended == "stopped":
        position.by_itself = room.reason == "handed_over" or by_itself
        reconciling.save(session.db, position)
    overtaken = by_itself and ended == "stopped"  # it goes on in a moment
    for line in lines(position, whole=ended == "done"):
        log.log(logging.DEBUG if overtaken else logging.INFO, "%s", line)
    return {"reason": "done" if ended == "done" else room.reason, **told(position)}


def _position(session: Session, *, recent: bool, deep: bool, by_itself: bool) -> Position:
    """Where the last one was broken off, if it was one of this form; else the beginning."""
    known = reconciling.load(session.db, session.clock())
    if known is not None and (by_itself or (known.deep, bool(known.since)) == (deep, recent)):
        level = logging.DEBUG if by_itself else logging.INFO
        log.log(level, "Reconcile Library goes on where it was stopped, after scene %d", known.after)
        known.by_itself = by_itself
        return known
    newest = session.stash.newest_change()
    last = reconciling.last_newest(session.db) if recent else ""
    since = well_before(last) if last else ""
    return Position(
        deep=deep,
        since=since,
        newest=newest,
        total=session.stash.count_scenes(updated_since=since or None),
        at=session.clock(),
        by_itself=by_itself,
    )


def lines(position: Position, *, whole: bool) -> list[str]:
    """What was found: a line for the whole, and one for each kind, with up to three examples."""
    part = "" if whole else " so far"
    since = f" that changed after {position.since}" if position.since else ""
    in_step = position.found.get("in_step", 0)
    head = f"Reconcile Library: {counted(position.done, 'scene')}{since} compared{part}"
    told = [f"{head}, {in_step} in step, {position.queued} queued to be synced"]
    for kind in _kinds(position):
        named = ", ".join(
            f"scene {one}{f' {title!r}' if title else ''}" for one, title in position.examples[kind]
        )
        told.append(
            f"{counted(position.found[kind], 'scene')} {TITLES[kind]}: {named}{_more(position, kind)}"
        )
    return told


def _more(position: Position, kind: Kind) -> str:
    more = position.found[kind] - len(position.examples[kind])
    return f" and {more} more" if more else ""


def told(position: Position) -> dict[str, Any]:
    """The same for machines."""
    return {
        "scenes": position.done,
        "in_step": position.found.get("in_step", 0),
        "queued": position.queued,
        "since": position.since or None,
        "deep": position.deep,
        "found": {
            kind: {
                "scenes": position.found[kind],
                "examples": [
                    {"scene_id": one, "title": title} for one, title in position.examples.get(kind, [])
                ],
            }
            for kind in _kinds(position)
        },
    }


def _kinds(position: Position) -> list[Kind]:
    return [kind for kind in TITLES if kind != "in_step" and position.found.get(kind)]


def in_spare_time(session: Session, must_stop: Callable[[], str]) -> bool:
    """What is due by itself, for the watcher; False when nothing is, or it could not be done now."""
    from app.settings import SettingsError  # noqa: PLC0415 -- told by the next drain

    with suppress(SettingsError, StashError):
        answer = compare(session, session.settings(), by_itself=True, must_stop=must_stop)
        if answer["reason"] not in {"busy", "trouble"}:
            return True  # through, or overtaken by what is due
    reconciling.put_off(session.db, session.clock())
    return False
