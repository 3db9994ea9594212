"""A Stash over real HTTP on loopback, with the plugin runtime: what PlexSync meets in its tests, benchmarks and demo."""

from __future__ import annotations

import secrets
import socket
import struct
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from graphql import GraphQLInputObjectType, build_schema

from simulators.stash.hooks import Hooks
from simulators.stash.jobs import JobQueue
from simulators.stash.runtime import LogLine, Manifest, Runtime
from simulators.stash.store import Store
from simulators.stash.web import Handler

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulators.stash.jobs import Job

SCHEMA = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"


def jpeg(seed: str, size: int = 2000) -> bytes:
    """Bytes that anybody takes for a JPEG, different for each seed."""
    body = (seed.encode() * (size // max(1, len(seed)) + 1))[:size]
    return JPEG + body + b"\xff\xd9"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    stash: StashSimulator


class StashSimulator:
    """Use it as a context manager. ``plugin_dir`` is a folder with a manifest; without one there are no hooks and tasks.

    Without ``require_login`` nobody needs a cookie or key, as in a Stash without a password.
    """

    def __init__(
        self,
        *,
        plugin_dir: Path | None = None,
        api_key: str | None = None,
        require_login: bool = False,
        version: str = "v0.30.1",
        config_dir: Path | None = None,
        env: Mapping[str, str] | None = None,
        python: str = sys.executable,
        listen: str = "0.0.0.0",
        session_age_s: float = 3600.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.version = version
        self.api_key = api_key
        self.require_login = require_login
        self.clock = clock
        self.store = Store(clock)
        self.jobs = JobQueue()
        self.hooks = Hooks(self)
        self.runtime: Runtime | None = None
        self.errors: list[LogLine] = []
        self.requests: list[tuple[str, Any]] = []
        """(GraphQL text, variables), or ("GET /path", None) for pictures."""
        self.faults: list[tuple[str, float]] = []
        """(kind, value) for each of the next requests: ("status", 500), ("latency", seconds), ("reset", 0)."""
        self.session_age_s = session_age_s
        self._plugin_dir = plugin_dir
        self._config_dir = config_dir
        self._env = dict(env or {})
        self._python = python
        self._listen = listen
        self._sessions: dict[str, float] = {}
        self._server: _Server | None = None
        self.port = 0
        if plugin_dir is not None:
            self.load_plugin()

    # --- life ---

    def __enter__(self) -> Self:
        self.resume()
        return self

    def __exit__(self, *_: object) -> None:
        for process in list(self.runtime.running) if self.runtime else ():
            process.kill()
        self.jobs.close()
        self.refuse()

    def resume(self) -> None:
        """Listen, on the port of before if there was one."""
        self._server = _Server(("127.0.0.1", self.port), Handler)
        self._server.stash = self
        self.port = self._server.server_address[1]
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def refuse(self) -> None:
        """Stop listening: connections are refused."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def restart(self) -> None:
        """As when Stash is restarted: jobs are forgotten, sessions too."""
        self.jobs.forget()
        self._sessions.clear()

    def load_plugin(self) -> None:
        """Read the manifest anew. Raises ManifestError where Stash would not load the plugin."""
        if self._plugin_dir is not None:
            manifest = Manifest.load(self._plugin_dir)
            logs = self.runtime.logs if self.runtime else []
            self.runtime = Runtime(manifest, self._python, self._env, self._config_dir, logs)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def logs(self) -> list[LogLine]:
        """The plugin's lines, and Stash's own about it, by time."""
        theirs = self.runtime.logs if self.runtime else []
        return sorted([*theirs, *self.errors], key=lambda line: line.at)

    def log_error(self, message: str) -> None:
        """A line of Stash's own."""
        self.errors.append(LogLine(time.time(), "error", message, message))

    # --- sessions ---

    def new_session(self) -> str:
        """A cookie's value, good for ``session_age_s`` from now."""
        value = secrets.token_urlsafe(16)
        self._sessions[value] = self.clock()
        return value

    def admits(self, cookie: str | None, key: str | None) -> bool:
        """Whether a request with this cookie or key may pass."""
        if not self.require_login:
            return True
        if key is not None:
            return bool(self.api_key) and key == self.api_key
        made = self._sessions.get(cookie or "")
        return made is not None and self.clock() - made < self.session_age_s

    # --- the plugin ---

    def payload(self, args: dict[str, Any]) -> dict[str, Any]:
        """What the plugin gets on standard input."""
        folder = str(self._plugin_dir or "")
        cookie = {
            "Name": "session",
            "Value": self.new_session(),
            "Path": "/",
            "MaxAge": 3600,
            "Secure": False,
            "HttpOnly": False,
        }
        connection = {
            "Scheme": "http",
            "Host": self._listen,
            "Port": self.port,
            "SessionCookie": cookie if self.require_login else None,
            "Dir": str(self._config_dir or ""),
            "PluginDir": folder,
        }
        return {"server_connection": connection, "args": args}

    def start_task(
        self, plugin_id: str, name: str | None, description: str | None, args: dict[str, Any]
    ) -> Job:
        """Queue a task of the plugin."""
        runtime = self._runtime_of(plugin_id)
        task = runtime.manifest.task(name) if name else {}
        if task is None:
            raise ValueError(f"task {name} not found")
        arguments = {**(task.get("defaultArgs") or {}), **args}

        def run(job: Job) -> None:
            def started(process: Any) -> None:
                job.process = process
                if job.cancelled.is_set():
                    process.kill()

            def progress(done: float) -> None:
                job.progress = done

            answer = runtime.run(self.payload(arguments), on_progress=progress, on_start=started)
            if answer.error:  # the job ends FINISHED all the same
                self.log_error(f"plugin returned error: {answer.error}")

        return self.jobs.add(f"Running plugin task: {description or name}", run)

    def run_operation(self, plugin_id: str, args: dict[str, Any]) -> Any:
        """Run the plugin at once, outside the queue, and give its output back."""
        answer = self._runtime_of(plugin_id).run(self.payload(args))
        if answer.error:
            raise ValueError(answer.error)
        return answer.output

    def _runtime_of(self, plugin_id: str) -> Runtime:
        if self.runtime is None or self.runtime.manifest.id != plugin_id:
            raise ValueError("internal error")  # a nil dereference in Stash
        return self.runtime

    def add_blocking_job(self, seconds: float = 3600.0, description: str = "Generating...") -> Job:
        """Something long, such as a generate; ``jobs.stop`` ends it."""

        def wait(job: Job) -> None:
            job.cancelled.wait(seconds)

        return self.jobs.add(description, wait)

    def scan_new(self, path: str, *, cover: bytes | None = None, **scene: Any) -> int:
        """A scan finds a file: the hook fires before the cover is made, and none fires for the cover."""
        scene_id = self.store.add_scene(path=path, **scene)
        self.hooks.fire("Scene.Create.Post", scene_id, None, None)
        self.store.scenes[scene_id].cover = cover
        return scene_id

    # --- for tests ---

    def whole_input(self, name: str, sent: dict[str, Any]) -> dict[str, Any]:
        """As Stash hands it to hooks: every key of the input type, null where nothing was sent."""
        kind = SCHEMA.type_map[name]
        assert isinstance(kind, GraphQLInputObjectType)
        return {key: sent.get(key) for key in kind.fields}

    def generated_cover(self, seed: str) -> bytes:
        """A cover as Stash generates them."""
        return jpeg(seed)

    def graphql(
        self, query: str, variables: dict[str, Any] | None = None, *, timeout: float = 120.0
    ) -> dict[str, Any]:
        """Ask over HTTP, as a user's browser does. Raises RuntimeError for GraphQL errors."""
        import requests

        headers = {"ApiKey": self.api_key} if self.require_login and self.api_key else {}
        cookies = {"session": self.new_session()} if self.require_login and not self.api_key else {}
        with requests.Session() as session:
            session.trust_env = False
            body = {"query": query, "variables": variables or {}}
            answer = session.post(
                f"{self.url}/graphql", json=body, headers=headers, cookies=cookies, timeout=timeout
            ).json()
        if answer.get("errors"):
            raise RuntimeError(answer["errors"][0]["message"])
        data: dict[str, Any] = answer["data"]
        return data


def reset(connection: socket.socket) -> None:
    """End a connection with a reset instead of a close."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
