"""Pull From Plex: the task, the operation ``pull`` and what they say."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.arguments import CallError
from app.compose import plex_target, pushes_ratings
from app.making_room import MakingRoom
from app.words import counted
from plex.exceptions import PlexError
from sync_queue.locks import DataLock
from worker.pull import Puller
from worker.pull_rules import PullOptions

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session import Session
    from app.settings import Settings
    from stash.played import Played
    from worker.pull import Outcome
    from worker.pull_rules import Decision

log = logging.getLogger("plexsync.Pull")

LOCK_FILE = "pull.lock"
NAMES = "pull_ratings, pull_plays and pull_places"


def options_of(settings: Settings, *, preview: bool) -> PullOptions:
    """What the settings bring. A preview with all of them off shows what each would. Raises CallError when there is nothing to do."""
    wanted = (settings.pull_ratings, settings.pull_plays, settings.pull_places)
    if not any(wanted):
        if not preview:
            raise CallError(
                f"nothing is to be brought from Plex: {NAMES} are off. Turn on what you want in Stash under "
                "Settings > Plugins > PlexSync; a preview shows beforehand what each would bring."
            )
        wanted = (True, True, True)
    return PullOptions(
        ratings=wanted[0],
        plays=wanted[1],
        places=wanted[2],
        conflicts=settings.pull_conflicts,
        pushed=pushes_ratings(settings),
        preview=preview,
    )


def bring(
    session: Session, settings: Settings, *, preview: bool, must_stop: Callable[[], str] = lambda: ""
) -> dict[str, Any]:
    """One pass, with its lines in the log. ``reason`` in the answer is ``done``, ``busy``, or what ``must_stop`` said.

    With ``dry_run`` it is a preview in any case. Raises CallError when nothing is to be brought or Plex cannot be asked, and StashError.
    """
    preview = preview or settings.dry_run
    options = options_of(settings, preview=preview)
    with DataLock(session.folder / LOCK_FILE) as lock:
        if not lock.try_acquire():
            log.info("Pull From Plex is at work already, in another process")
            return {"reason": "busy"}
        room = MakingRoom(must_stop)
        try:
            outcome = _puller(session, settings, options, room).run()
        except PlexError as error:
            raise CallError(f"Pull From Plex: {error}. {error.hint}.") from error
    dry = "[dry run] " if settings.dry_run else ""
    log.info("%s%s", dry, line_of(outcome, preview=preview, whole=not room.reason))
    return {"reason": room.reason or "done", "preview": preview, **told(outcome)}


def _puller(session: Session, settings: Settings, options: PullOptions, room: MakingRoom) -> Puller:
    def tell(scene: Played, decision: Decision) -> None:
        what = "; ".join(words_of(scene, decision))
        log.info("Scene %d (%s): %s", scene.id, scene.title, what, extra={"scene_id": scene.id})

    return Puller(
        session.db,
        session.ledger,
        plex_target(session, settings),
        session.stash,
        options,
        clock=session.clock,
        go_on=room.go_on,
        tell=tell,
    )


def words_of(scene: Played, decision: Decision) -> list[str]:
    """What becomes of a scene, in a few words for each field."""
    words = []
    if decision.rating100 is not None:
        words.append(f"rating {scene.rating100 or 'none'} -> {decision.rating100 or 'none'}")
    if decision.plays:
        times = ", ".join(_moment(at) for at in decision.plays[:3])
        more = len(decision.plays) - 3
        words.append(f"played {times}{f' and {more} more' if more > 0 else ''}")
    if decision.resume_s is not None:
        words.append(f"place {_clock(scene.resume_s)} -> {_clock(decision.resume_s)}")
    words += [f"{name} stays: Stash's is newer, or was chosen to win" for name in decision.kept]
    return words


def line_of(outcome: Outcome, *, preview: bool, whole: bool) -> str:
    """The whole pass in one line."""
    what = f"{counted(outcome.ratings, 'rating')}, {counted(outcome.plays, 'play')} and {counted(outcome.places, 'place')}"
    head = "Pull From Plex (preview, nothing is written)" if preview else "Pull From Plex"
    verb = "would be brought" if preview else "brought"
    line = f"{head}: {counted(outcome.items, 'item')} compared{'' if whole else ' so far'}, {what} {verb} to Stash"
    for number, words in (
        (outcome.kept, "kept as Stash has them"),
        (outcome.undated, "plays left out, of which Plex knows no time"),
        (outcome.failed, "scenes failed and are tried again"),
    ):
        line += f", {number} {words}" if number else ""
    return line


def told(outcome: Outcome) -> dict[str, Any]:
    """The same for machines, with up to a thousand changes."""
    changes = [
        {
            "scene_id": scene.id,
            "title": scene.title,
            "rating100": None
            if decision.rating100 is None
            else {"old": scene.rating100 or None, "new": decision.rating100 or None},
            "plays": [_moment(at) for at in decision.plays],
            "place_s": None
            if decision.resume_s is None
            else {"old": scene.resume_s, "new": decision.resume_s},
            "kept": list(decision.kept),
        }
        for scene, decision in outcome.changes
    ]
    counts = {
        name: getattr(outcome, name)
        for name in ("items", "ratings", "plays", "places", "kept", "undated", "failed")
    }
    return {**counts, "changes": changes, "more": outcome.more}


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().isoformat(sep=" ", timespec="seconds")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600}:{int(seconds) // 60 % 60:02}:{int(seconds) % 60:02}"
