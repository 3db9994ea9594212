"""What every task, the watcher and the terminal need: the database, Stash, the settings, and secrets kept secret.

Everything is made when it is first asked for: "Show Status" must work while Stash or Plex is away, and the watcher
must stay small while it sleeps.
"""

from __future__ import annotations

import logging
import time
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.places import INDEX_FILE, PLUGIN_ID, data_dir, queue_file, spare_dir
from stash.redact import Secrets
from sync_queue import dry_run
from sync_queue.adopt import adopt
from sync_queue.database import DatabaseCorrupt, connect
from sync_queue.dead_letters import DeadLetterQueue
from sync_queue.jobs import SyncQueue
from sync_queue.journal import remember_bounds
from sync_queue.ledger import Ledger
from sync_queue.locks import drain_lock
from sync_queue.meta import get_meta, set_meta
from sync_queue.reconciling import remember_hours
from sync_queue.repair import is_marked, mark_damaged, set_aside

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from app.ahead import Ahead
    from app.settings import Settings
    from stash.client import StashClient
    from stash.runtime import Connection
    from sync_queue.repair import Rescued

log = logging.getLogger("plexsync.Queue")

LOG_FORMAT_KEY = "log_format"
SETTINGS_KEPT_S = 60.0
"""How long a watcher works with settings that it has read: an owner's change is in force within a minute."""

MENDING_S = 20.0
"""How long a damaged database waits for the drain that still works with it."""


class Session:
    """One process's view of PlexSync. ``close`` ends it."""

    clock = staticmethod(time.time)

    def __init__(self, connection: Connection, *, api_key: str = "", folder: str | None = None) -> None:
        self.connection = connection
        self.secrets = Secrets()
        self._api_key = api_key
        self._folder = folder
        self._settings: Settings | None = None
        self._settings_at = 0.0
        self._is_own_stash = False
        self._asked: Ahead[tuple[dict[str, Any], dict[int, float]]] | None = None
        self.ffmpeg = ""
        """Known once the settings were read."""
        self._spare_stamp: tuple[float, ...] = ()
        self.log_format = "text"
        self.last_word: Callable[[str], None] = lambda _text: None
        """Tells whoever waits for this process's answer why there will be none."""
        self.by_hand = True
        """A person has started this process and reads what it says; False where a hook or nobody did."""
        for secret in (connection.cookie, api_key):
            if secret:
                self.secrets.add(secret)

    @cached_property
    def folder(self) -> Path:
        """The data folder. Raises DatabaseError (through ``db``) where it cannot be used.

        Never the spare one: a drain there would have no ledger, and take our own values and locks for a person's.
        """
        return Path(self._folder or data_dir())

    @cached_property
    def db(self) -> sqlite3.Connection:
        """The one SQLite file, with what a hook had to leave in the spare folder taken over."""
        file = queue_file(str(self.folder))
        try:
            db, rescued = self._opened(file), None
        except DatabaseCorrupt as error:
            rescued = self._set_aside(file, error)
            db = connect(file)
        self._take_from_spare(db)
        if rescued is not None:
            self.__dict__["db"] = db  # the watcher keeps its lines in it
            log.error("%s", rescued.told())
        return db

    def _opened(self, file: str) -> sqlite3.Connection:
        if is_marked(file):
            raise DatabaseCorrupt(file, "something in it is malformed")
        return connect(file)

    def _set_aside(self, file: str, error: DatabaseCorrupt) -> Rescued | None:
        """Have a new file made, by this process or another one, once no drain works with the damaged one."""
        lock, deadline = drain_lock(self.folder), time.monotonic() + MENDING_S
        while not lock.try_acquire():
            if time.monotonic() > deadline:
                raise error
            time.sleep(0.1)
        with lock:
            return set_aside(file, self.clock())

    def mend(self) -> None:
        """Something in the database cannot be read: have it set aside when it is opened the next time, here or elsewhere."""
        mark_damaged(queue_file(str(self.folder)))
        for part in ("queue", "dead", "ledger", "db"):
            if part in self.__dict__:
                if part == "db":
                    self.db.close()
                del self.__dict__[part]

    def take_from_spare_folder(self) -> None:
        """Take over what hooks have left in the spare folder since the last look; costs a look at the file's date."""
        self._take_from_spare(self.db)

    def _take_from_spare(self, db: sqlite3.Connection) -> None:
        config_dir = self.connection.config_dir
        if not config_dir or Path(spare_dir(config_dir)) == self.folder:
            return
        file = Path(queue_file(spare_dir(config_dir)))
        stamp = tuple(_written_at(path) for path in (file, file.with_name(f"{file.name}-wal")))
        if any(stamp) and stamp != self._spare_stamp:
            adopt(db, file)
            self._spare_stamp = stamp

    @cached_property
    def queue(self) -> SyncQueue:
        """The durable queue."""
        return SyncQueue(self.db, clock=self.clock)

    @cached_property
    def dead(self) -> DeadLetterQueue:
        """The scenes that were given up."""
        return DeadLetterQueue(self.db, clock=self.clock)

    @cached_property
    def ledger(self) -> Ledger:
        """What was written to which Plex item."""
        return Ledger(self.db)

    @property
    def index_file(self) -> Path:
        """The disposable copy of Plex's listing."""
        return self.folder / INDEX_FILE

    @cached_property
    def stash(self) -> StashClient:
        """Stash, with its API key where it has one: a cookie ages, a key does not."""
        from stash.client import StashClient  # noqa: PLC0415 -- requests and stashapi take 200 ms, and a status may not need them

        return StashClient(self.connection, api_key=self._api_key or None, secrets=self.secrets)

    def raw_settings(self) -> dict[str, Any]:
        """The settings as Stash has them, unchecked; the Plex token and the API key are known as secrets from here on."""
        given, api_key = self.stash.plugin_settings(PLUGIN_ID)
        token = given.get("plex_token")
        for secret in (token, api_key):
            if isinstance(secret, str) and secret.strip():
                self.secrets.add(secret.strip())
        if api_key:
            self.stash.adopt_api_key(api_key)
        return given

    def ask_ahead(self) -> None:
        """Ask Stash now for the settings, and which Stash it is: a drain's imports take longer than its answers."""
        from app.ahead import Ahead  # noqa: PLC0415 -- the watcher has time

        _ = self.stash  # imported here: two threads that import only wait for one another
        self._asked = Ahead(lambda: (self.raw_settings(), self.stash.oldest_scenes()))

    def settings(self) -> Settings:
        """The checked settings, at most a minute old. Raises SettingsError and StashError."""
        from app.identity import check_stash  # noqa: PLC0415 -- as below
        from app.settings import Settings, check_login, log_format_of  # noqa: PLC0415 -- it brings the mapping and the path map with it

        if self._settings is None or time.monotonic() - self._settings_at > SETTINGS_KEPT_S:
            asked, self._asked = self._asked, None
            raw, first_scenes = asked.take() if asked is not None else (self.raw_settings(), None)
            self._use_log_format(log_format_of(raw))
            settings = Settings.from_stash(raw)
            if not self._is_own_stash:
                check_stash(self, first_scenes)
                self._is_own_stash = True
            check_login(settings, self.stash.wants_login)
            self.ffmpeg = self._find_ffmpeg(settings)
            remember_hours(self.db, settings.reconcile_hours)
            remember_bounds(self.db, changes=settings.journal_changes, days=settings.journal_days)
            dry_run.remember(self.db, settings.dry_run)
            self._settings = settings
            self._settings_at = time.monotonic()
        return self._settings

    def _find_ffmpeg(self, settings: Settings) -> str:
        """The ffmpeg that Stash names, if posters are to get a shape and it can be started; "" otherwise."""
        from worker.shaping import ORIGINAL, usable  # noqa: PLC0415 -- as above

        return "" if settings.field_poster_shape == ORIGINAL else usable(self.stash.ffmpeg_path())

    def forget_settings(self) -> None:
        """They led to a refusal, so they are read anew before the next drain: the owner may have corrected them."""
        self._settings = None

    def _use_log_format(self, log_format: str) -> None:
        """Remember it as well: the lines of the next process come before it has read the settings, if it reads them at all."""
        self.log_format = log_format
        if get_meta(self.db, LOG_FORMAT_KEY) != log_format:
            set_meta(self.db, LOG_FORMAT_KEY, log_format)

    def remembered_log_format(self) -> str:
        """The log format as the settings had it when they were read last, by whichever process."""
        self.log_format = "json" if get_meta(self.db, LOG_FORMAT_KEY) == "json" else "text"
        return self.log_format

    def close(self) -> None:
        """Give the database and the connections back."""
        if "stash" in self.__dict__:
            self.stash.close()
        if "db" in self.__dict__:
            self.db.close()


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
