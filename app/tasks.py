"""The tasks that change something: draining, queuing whole runs, pausing, retrying."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

from app import holding, identity
from app.arguments import flag_of
from app.compose import Composition
from app.logs import show_progress, use_format
from app.making_room import for_other_jobs
from app.settings import SettingsError
from app.spawn import spawn_watcher
from app.stopping import Stop
from app.wake import about_to_drain
from app.words import counted
from sync_queue import runners
from sync_queue.intake import RUN, enqueue_many
from worker.drain import Result

if TYPE_CHECKING:
    from app.session import Session
    from app.settings import Settings
    from events import DrainProgress

log = logging.getLogger("plexsync.Tasks")

RECENT_HOURS = 24
WAIT_FOR_OTHER_S = 3.0
"""Another drain may be in its last second; after that long, it is at work and takes our scenes along."""
NEXT_LOOK_S = 0.2
HAS_TO_GO_ON = frozenset({"dry_run", "handed_over", "plex_down", "plex_trouble", "stash_away", "stopped"})
"""Ends of a drain after which the watcher does the rest; but who sends a signal does not want another process."""


class Progress:
    """Turns a drain's progress into the bar of Stash's task list."""

    def on_drain_progress(self, _sender: object, *, event: DrainProgress) -> None:
        """Say the done part, 0 to 1."""
        if event.total:
            show_progress(event.done / event.total)


def drain(session: Session, _args: dict[str, Any]) -> Any:
    """Work off what is due."""
    return _drain(session, checked_settings(session))


def sync_all(session: Session, _args: dict[str, Any]) -> Any:
    """Queue every scene, then work the queue off; a scene that Plex shows rightly already costs no write."""
    settings = checked_settings(session)
    queued = 0
    with about_to_drain(session) as still:
        for page in session.stash.scene_ids():
            queued += enqueue_many(session.db, page, trigger="sync_all", priority=RUN, now=session.clock())
            still()
        log.info("Sync All Scenes: %s queued", counted(queued, "scene"))
        return _drain(session, settings)


def accept_stash(session: Session, _args: dict[str, Any]) -> Any:
    """This Stash has taken the place of the one that the data folder belonged to: compare everything anew."""
    with about_to_drain(session):
        identity.accept_stash(session)
        return _drain(session, checked_settings(session))


def sync_recent(session: Session, _args: dict[str, Any]) -> Any:
    """Queue the scenes that changed within a day, by Stash's own clock, then work the queue off."""
    settings = checked_settings(session)
    ids = list(session.stash.recent_ids(RECENT_HOURS))
    with about_to_drain(session):
        enqueue_many(session.db, ids, trigger="sync_recent", priority=RUN, now=session.clock())
        log.info("Sync Recent Scenes: %s queued", counted(len(ids), "scene"))
        return _drain(session, settings)


def reconcile(session: Session, args: dict[str, Any]) -> Any:
    """Compare every scene with the ledger and with Plex, queue what differs, then work the queue off."""
    from app import reconciling  # noqa: PLC0415 -- no other task needs it

    recent, deep = reconciling.form_of(args)
    settings = checked_settings(session)
    answer = reconciling.compare(
        session,
        settings,
        recent=recent,
        deep=deep,
        confirmed=flag_of(args, "confirm_gone"),
        must_stop=lambda: for_other_jobs(session),
    )
    drained = _drain(session, settings)
    return {"reconcile": answer, **drained}


def pull(session: Session, args: dict[str, Any]) -> Any:
    """Bring ratings, plays and places from Plex to Stash, then work off what comes of it; a preview only tells."""
    from app import pulling  # noqa: PLC0415 -- no other task needs it

    preview = flag_of(args, "preview")
    settings = checked_settings(session)
    answer = pulling.bring(session, settings, preview=preview, must_stop=lambda: for_other_jobs(session))
    return {"pull": answer} if preview else {"pull": answer, **_drain(session, settings)}


def pause(session: Session, _args: dict[str, Any]) -> Any:
    """Every drainer stops before its next scene; hooks go on queuing."""
    session.queue.pause("a task")
    log.info("Syncing is paused: changes are noted, and nothing is written to Plex until 'Resume Syncing'")
    return {"paused": True}


def resume(session: Session, args: dict[str, Any]) -> Any:
    """End the pause, or let go what is held, and work off what was noted."""
    with about_to_drain(session):
        let_go = holding.let_go(session, args)
        return {**let_go, **_drain(session, checked_settings(session))}


def checked_settings(session: Session) -> Settings:
    """The settings, with one error line for each that is wrong; then SettingsError ends the task, and no job is lost."""
    try:
        return session.settings()
    except SettingsError:
        runners.drop_ask(session.db)
        raise
    finally:
        use_format(session.log_format)


def _drain(session: Session, settings: Settings) -> dict[str, Any]:
    result = Result(reason="stopped")
    with about_to_drain(session), Stop() as stop:
        composition = Composition(session, settings)
        try:
            composition.listen(Progress())
            result = _run(session, settings, composition, stop)
        finally:
            composition.close()
    return {**_told(session, result, stop), "figures": composition.figures()}


def _run(session: Session, settings: Settings, composition: Composition, stop: Stop) -> Result:
    deadline = time.monotonic() + WAIT_FOR_OTHER_S

    while True:
        result = composition.drain(
            settings, runner="task", stop=stop, must_stop=lambda: for_other_jobs(session)
        )
        if result.reason != "busy" or time.monotonic() >= deadline or stop.asked():
            return result
        stop.sleep(NEXT_LOOK_S)


def _told(session: Session, result: Result, stop: Stop) -> dict[str, Any]:
    """One line on how the drain ended where that needs saying, and see to what is left."""
    left = session.queue.count()
    if result.reason == "busy":
        log.info(
            "Another drain is at work in the background and takes these scenes along (%d waiting)",
            left.pending,
        )
    elif result.reason == "handed_over":
        log.info(
            "Another job of Stash's waits: what remains (%s) is synced in the background",
            counted(left.pending, "scene"),
        )
    elif result.reason == "dry_run":
        log.info(
            "[dry run] Nothing was written to Plex: %s looked at now, %s in all to be synced when dry_run is off",
            counted(result.processed, "scene"),
            left.previewed,
        )
    elif result.reason == "paused":
        log.info("Syncing is paused (%s waiting); 'Resume Syncing' goes on", counted(left.pending, "scene"))
    elif stop.signal:
        log.info("Stopped by %s: what remains (%s) stays queued", stop.signal, counted(left.pending, "scene"))
    elif result.reason == "empty" and not result.processed:
        log.info("Nothing is due to be synced")
    if left.held and session.by_hand:
        log.info("%s held after a restore, until 'Resume Syncing'", counted(left.held, "scene"))
    if not stop.signal and result.reason in HAS_TO_GO_ON:
        spawn_watcher(session.connection)
    answer = {
        "reason": result.reason,
        "processed": result.processed,
        "pending": left.pending,
        "deferred": left.deferred,
    }
    if result.message:
        answer["message"] = result.message
    return answer
