"""The watcher's process: started by a hook or a task with what it needs to reach Stash on its standard input."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.ask import take_back
from app.mending import with_sound_database
from app.places import DATA_DIR_VARIABLE, ENTRY, PLUGIN_DIR, QUEUE_FILE, data_dir
from app.session import Session
from app.spawn import spawn_watcher
from app.stopping import Stop
from stash.exceptions import OtherStash, StashDown, StashError
from sync_queue.database import DatabaseError
from sync_queue.intake import RUN
from sync_queue.locks import watcher_lock
from sync_queue.reconciling import is_due as reconcile_is_due
from sync_queue.repair import everything_is_due
from worker.breaker import Breaker
from worker.refusals import is_news
from worker.watcher import OBSOLETE, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.compose import Composition
    from stash.runtime import Payload
    from worker.drain import Result

log = logging.getLogger("plexsync.Watcher")

LONGEST_UNUSED_S = 900.0
"""Stash forgets a cookie that is not used, after an hour unless its owner has set another time."""
UPGRADE_S, QUIET_S = 15.0, 1.0
"""So long an upgrade may keep the plugin's files away, and so long they must stay as they are to have come to rest."""
SETTINGS_MAY_BE_WRONG = frozenset({"refused", "plex_down", "plex_trouble"})
"""After these the settings are read anew: the owner may have corrected the address or the token meanwhile."""
MANIFEST = Path(PLUGIN_DIR) / "StashPlexSync.yml"


def watch(payload: Payload, ask: str = "") -> int:
    """Run the watcher until nothing is left; what it has to say is kept for the next task.

    ``ask`` is the token of an ask that Stash did not take, and that this process answers itself.
    """
    from app.logs import install_for_watcher  # noqa: PLC0415 -- the service has another log

    os.environ[DATA_DIR_VARIABLE] = str(Path(data_dir()).absolute())  # it may be relative to where we are now
    os.chdir(PLUGIN_DIR)  # not in the way of whoever unmounts or deletes the folder that Stash was started in
    session = Session(payload.connection, api_key=os.environ.get("PLEXSYNC_STASH_API_KEY", ""))
    try:
        install_for_watcher(session)
        ended = with_sound_database(
            session, lambda: run_watcher(session, runner="watcher", service=False, ask=ask)
        )
        log.debug("ended: %s", ended)
    except DatabaseError as error:
        log.error("%s", error)  # noqa: TRY400 -- the text says what to do
        return 1
    finally:
        session.close()
        if ask:
            take_back(payload.connection, ask)
    return 0


def run_watcher(session: Session, *, runner: str, service: bool, ask: str = "") -> str:
    """Watch with this session until nothing is left (a service: for ever); returns why it ended."""
    ended, session.by_hand = "stopped", False
    with Stop() as stop:
        drains = _Drains(session, runner, stop)
        watcher = Watcher(
            session.db,
            session.queue,
            Breaker(session.db, clock=session.clock),
            watcher_lock(session.folder),
            drains.run,
            obsolete=drains.is_obsolete,
            stopped=stop.asked,
            on_idle=drains.on_idle,
            in_spare_time=drains.in_spare_time,
            service=service,
            ask=ask,
            clock=session.clock,
            sleep=stop.sleep,
        )
        try:
            ended = watcher.run()
        finally:
            drains.close()
    if ended == OBSOLETE and not service and (session.folder / QUEUE_FILE).exists() and upgrade_is_through():
        spawn_watcher(session.connection)  # the new PlexSync, for what is left
    return ended


def plugin_was_replaced() -> Callable[[], bool]:
    """Tells whether the plugin's manifest has changed since now: an upgrade must not be worked by the code of before."""
    before = _stamp()
    return lambda: _stamp() != before


def upgrade_is_through() -> bool:
    """Wait until the plugin's files are there again and have come to rest: Stash deletes the old ones and writes the new.

    False when there is no plugin any more.
    """
    deadline, stamp, since = time.monotonic() + UPGRADE_S, _stamp(), time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(QUIET_S / 10)
        if _stamp() != stamp:
            stamp, since = _stamp(), time.monotonic()
        if Path(ENTRY).exists() and MANIFEST.exists() and time.monotonic() - since >= QUIET_S:
            return True
    return False


def _stamp() -> tuple[float, int]:
    try:
        status = MANIFEST.stat()
    except OSError:
        return (0.0, 0)
    return (status.st_mtime, status.st_size)


def _file_id(path: Path) -> tuple[int, int] | None:
    """Which file it is, whatever it is called: another one has taken the place of one that was set aside."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino)


class _Drains:
    """Composes a drain when the watcher needs one: until then plexapi and requests are not even imported."""

    def __init__(self, session: Session, runner: str, stop: Stop) -> None:
        self._session = session
        self._runner = runner
        self._stop = stop
        self._composition: Composition | None = None
        self._alive_at = time.monotonic()
        self._keep_alive_s = min(LONGEST_UNUSED_S, session.connection.cookie_age_s / 4)
        self._replaced = plugin_was_replaced()
        self._queue_file = session.folder / QUEUE_FILE
        self._queue_id = _file_id(self._queue_file)

    def run(self) -> Result:
        from app.settings import SettingsError  # noqa: PLC0415 -- see the class
        from worker.drain import Result  # noqa: PLC0415
        from worker.outages import say_stash_is_away  # noqa: PLC0415

        self._alive_at = time.monotonic()
        try:
            settings = self._session.settings()
        except SettingsError as error:
            self._say(*error.problems)
            return Result(reason="refused", message="the settings are wrong")
        except StashDown as error:
            say_stash_is_away(self._session.db, error, self._session.clock())
            return Result(reason="stash_away", message=str(error), hint=error.hint)
        except OtherStash as error:
            self._say(f"{error}. {error.hint}")
            return Result(reason="not_ours", message=str(error), hint=error.hint)
        except StashError as error:
            self._say(f"{error}. {error.hint}")
            return Result(reason="refused", message=str(error), hint=error.hint)
        if settings.dry_run:
            self._session.forget_settings()  # the next look sees whether it is over
            if not self._has_work():
                return Result(reason="dry_run")
        if self._composition is None:
            from app.compose import Composition  # noqa: PLC0415 -- see the class

            self._composition = Composition(self._session, settings)
        result = self._composition.drain(
            settings,
            runner=self._runner,
            stop=self._stop,
            must_stop=lambda: "stopped" if self.is_obsolete() else "",
        )
        if result.reason in SETTINGS_MAY_BE_WRONG:
            self._session.forget_settings()
        return result

    def _has_work(self) -> bool:
        """Whether there is something that a dry run would look at."""
        session = self._session
        from worker.index_look import IndexLook  # noqa: PLC0415 -- see the class

        return (
            session.queue.has_due()
            or session.queue.has_in_flight()
            or IndexLook(session.db, session.queue, clock=session.clock).is_due()
            or everything_is_due(session.db)
        )

    def _say(self, *lines: str) -> None:
        """What the owner must know, unless it was said already."""
        if is_news(self._session.db, " ".join(lines), self._session.clock()):
            for line in lines:
                log.error("%s", line)

    def is_obsolete(self) -> bool:
        """The plugin was upgraded or removed, or its data folder was: this process has no business any more."""
        return self._replaced() or _file_id(self._queue_file) != self._queue_id

    def on_idle(self) -> None:
        """What is to be done between two looks into the queue."""
        self._session.take_from_spare_folder()
        self._keep_alive()

    def in_spare_time(self) -> bool:
        """Compare the library when that is due; whether that was done."""
        if not reconcile_is_due(self._session.db, self._session.clock()):
            return False
        from app.reconciling import in_spare_time  # noqa: PLC0415 -- see the class

        self._alive_at = time.monotonic()
        return in_spare_time(self._session, self._reason_to_stop)

    def _reason_to_stop(self) -> str:
        """Whatever is due comes first, and is drained before the comparison goes on."""
        if self._stop.asked() or self.is_obsolete():
            return "stopped"
        return (
            "overtaken"
            if self._session.queue.paused or self._session.queue.has_due(below_priority=RUN)
            else ""
        )

    def _keep_alive(self) -> None:
        """A cookie that is used stays good; one that is not is forgotten after an hour."""
        if time.monotonic() - self._alive_at < self._keep_alive_s:
            return
        self._alive_at = time.monotonic()
        try:
            self._session.stash.keep_alive()
        except StashError as error:
            log.debug("Stash did not answer the call that keeps the session alive: %s", error)

    def close(self) -> None:
        if self._composition is not None:
            self._composition.close()
