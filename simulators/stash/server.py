"""A Stash over real HTTP on loopback, with the plugin runtime: what PlexSync meets in its tests, benchmarks and demo."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from simulators.stash.activity import Activity
from simulators.stash.edits import Edits
from simulators.stash.faults import Faults
from simulators.stash.jobs import JobQueue
from simulators.stash.listener import Listener
from simulators.stash.loglines import Log
from simulators.stash.plugins import HookRun, Plugins
from simulators.stash.runtime import Runtime
from simulators.stash.schema import schema_of, version_numbers
from simulators.stash.sessions import Sessions
from simulators.stash.store import ONE_HOUR, Store

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping, Sequence

    from simulators.stash.caller import Visit
    from simulators.stash.loglines import LogLine
    from simulators.stash.manifest import Manifest
    from simulators.stash.web import Call

COOKIE_AGE_S = 3600.0
"""Stash's default."""

_schema = cache(schema_of)


class StashSimulator(Activity):
    """Use it as a context manager. ``plugin_dir`` is a plugin's folder, or several; without one nothing is run.

    Without ``require_login`` nobody needs a cookie or key, as in a Stash without a password. ``listen`` is the address
    that plugins are told, which is what Stash listens on; the simulator itself listens on 127.0.0.1 whatever it says.
    ``offset`` is the server's from UTC. ``cookie_fails`` gives plugins a null for a cookie, as Stash does after an error.
    """

    def __init__(
        self,
        *,
        plugin_dir: Path | Sequence[Path] | None = None,
        api_key: str | None = None,
        require_login: bool = False,
        version: str = "v0.30.1",
        config_dir: Path | None = None,
        env: Mapping[str, str] | None = None,
        python: str = sys.executable,
        listen: str = "0.0.0.0",
        session_age_s: float = COOKIE_AGE_S,
        clock: Callable[[], float] = time.time,
        offset: dt.timedelta = ONE_HOUR,
        https: bool = False,
        cookie_fails: bool = False,
    ) -> None:
        self.version = version
        self.schema = _schema(version)
        self.status = "OK"
        self.ffmpeg_path = ""
        self.seconds_for_each_scene = 0.0
        """How long Stash takes to read a scene by its id: it may be busy with a scan, or its disk slow."""
        self.python = python
        self.listen = listen
        self.cookie_fails = cookie_fails
        self.scheme = "https" if https else "http"
        self._temporary = (
            tempfile.TemporaryDirectory(prefix="stash-simulator-") if config_dir is None else None
        )
        self.config_dir = Path(self._temporary.name) if self._temporary else config_dir or Path()
        self.log = Log()
        self.store = Store(clock, offset)
        self.edits = Edits(self.store, partial_dates=version_numbers(version) >= (0, 30))
        self.sessions = Sessions(clock, max_age_s=session_age_s, api_key=api_key, require_login=require_login)
        self.faults = Faults()
        self.requests: list[tuple[str, Any]] = []
        """(GraphQL text, variables) of what was let in, and ("GET /path", the If-None-Match that came along or None) for pictures."""
        self.calls: list[Call] = []
        """Every HTTP request, refused and broken ones too."""
        self.jobs = JobQueue(lambda text: self.log.add("error", text))
        self.runtime = Runtime(self.log, python=python, env=env or {}, cwd=self.config_dir)
        self.plugins = Plugins(
            _folders(plugin_dir),
            runtime=self.runtime,
            jobs=self.jobs,
            log=self.log,
            connection=self._connection,
        )
        self._listener = Listener(self, https=https)

    # --- life ---

    def __enter__(self) -> Self:
        self.resume()
        return self

    def __exit__(self, *_: object) -> None:
        self.jobs.close()
        self.runtime.kill_all()
        self._listener.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    def resume(self) -> None:
        """Listen, on the port of before if there was one."""
        self._listener.start()

    def refuse(self) -> None:
        """Stop listening, and end the connections that there are: new ones are refused."""
        self._listener.stop()

    def restart(self, *, forget_sessions: bool = True) -> None:
        """As when Stash's container is restarted: jobs are forgotten, plugin processes killed, connections ended, and
        it listens again. Stash itself keeps its cookies good, for their key is in its config file; without it, not.
        """
        self.refuse()
        self.forget_jobs()
        self.runtime.kill_all()
        if forget_sessions:
            self.sessions.forget()
        self.resume()

    @property
    def url(self) -> str:
        """Where it listens, as an address."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    # --- who may pass ---

    @property
    def api_key(self) -> str | None:
        """The key, as in Stash's settings."""
        return self.sessions.api_key

    @api_key.setter
    def api_key(self, key: str | None) -> None:
        self.sessions.api_key = key

    @property
    def require_login(self) -> bool:
        """Whether there is a password."""
        return self.sessions.require_login

    @require_login.setter
    def require_login(self, required: bool) -> None:
        self.sessions.require_login = required

    @property
    def session_age_s(self) -> float:
        """How long a cookie is good, in seconds from its making."""
        return self.sessions.max_age_s

    @session_age_s.setter
    def session_age_s(self, seconds: float) -> None:
        self.sessions.max_age_s = seconds

    def new_session(self, visited: Sequence[Visit] = ()) -> str:
        """A cookie's value, as after a login; ``visited`` are hooks that led here."""
        return self.sessions.make(visited=visited)

    # --- what was heard ---

    @property
    def logs(self) -> list[LogLine]:
        """Stash's log: the plugins' lines and its own, in order."""
        return self.log.all()

    @property
    def hooks(self) -> Plugins:
        """What ran hooks, for ``hooks.runs``."""
        return self.plugins

    @property
    def hook_runs(self) -> list[HookRun]:
        """Every hook process, in order."""
        return self.plugins.runs

    # --- the plugin ---

    def payload(self, args: dict[str, Any], *, cookie: bool = True) -> dict[str, Any]:
        """What the first plugin gets on standard input, without one: what a plugin in the config folder would get."""
        manifest = next(iter(self.plugins.loaded.values()), None)
        return {"server_connection": self._connection(manifest, (), "admin", cookie=cookie), "args": args}

    def connection_json(self, *, cookie: bool = True, args: dict[str, Any] | None = None) -> str:
        """The same as the text of the standard input."""
        return json.dumps(self.payload(args or {}, cookie=cookie))

    def _connection(
        self, manifest: Manifest | None, visited: Sequence[Visit], user: str, *, cookie: bool = True
    ) -> dict[str, Any]:
        good = cookie and not self.cookie_fails
        return {
            "Scheme": self.scheme,
            "Host": self.listen,
            "Port": self.port,
            "SessionCookie": self.sessions.as_go(self.sessions.make(user, visited)) if good else None,
            "Dir": str(self.config_dir),
            "PluginDir": str(manifest.folder if manifest else self.config_dir),
        }


def _folders(given: Path | Sequence[Path] | None) -> list[Path]:
    if given is None:
        return []
    return [given] if isinstance(given, Path) else list(given)
