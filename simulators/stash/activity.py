"""What goes on in a Stash: jobs, scans, and people at their browsers."""

from __future__ import annotations

import json
import ssl
import threading
from http.client import HTTPConnection, HTTPSConnection
from typing import TYPE_CHECKING, Any

from simulators.stash.listener import CERTIFICATE, LOOPBACK

if TYPE_CHECKING:
    from simulators.stash.jobs import Job, JobQueue
    from simulators.stash.listener import Listener
    from simulators.stash.plugins import Plugins
    from simulators.stash.sessions import Sessions
    from simulators.stash.store import Store


class Activity:
    """The half of the simulator that sets things going."""

    store: Store
    jobs: JobQueue
    plugins: Plugins
    sessions: Sessions
    scheme: str
    _listener: Listener

    @property
    def port(self) -> int:
        """Where it listens; 0 before it ever did."""
        return self._listener.port

    # --- jobs ---

    def start_task(
        self,
        plugin_id: str,
        name: str | None,
        description: str | None = None,
        args: dict[str, Any] | None = None,
    ) -> Job:
        """Queue a task of a plugin."""
        return self.plugins.start_task(plugin_id, name, description, args or {})

    def add_blocking_job(
        self, seconds: float | threading.Event = 3600.0, description: str = "Generating..."
    ) -> Job:
        """Something long, such as a generate: until the time is over or the event set. ``stop_job`` ends it."""

        def wait(job: Job) -> None:
            if isinstance(seconds, threading.Event):
                while not seconds.wait(0.01) and not job.cancelled.is_set():
                    pass
            else:
                job.cancelled.wait(seconds)

        return self.jobs.add(description, wait)

    def stop_job(self, job_id: int) -> None:
        """Press Stop: a waiting job is taken away, a running plugin is killed with SIGKILL."""
        self.jobs.stop(job_id)

    def forget_jobs(self) -> None:
        """Empty the queue as a restart does, running plugins killed."""
        self.jobs.forget()

    # --- scans ---

    def scan_new(self, path: str, *, cover: bytes | None = None, in_job: bool = False, **scene: Any) -> int:
        """A scan finds a file: Scene.Create.Post fires with input null, before the cover is there; none fires for the
        cover, and ``updated_at`` does not move. With ``in_job`` the hook meets a Stash that is busy with the scan.
        """
        scene_id = self.store.add_scene(path=path, **scene)
        self._scan("Scene.Create.Post", scene_id, in_job=in_job)
        row = self.store.scenes.get(scene_id)
        if row is not None:
            row.cover = cover
        return scene_id

    def scan_changed(self, scene_id: int, path: str, *, in_job: bool = False, **file: Any) -> None:
        """A scan finds one more file of a scene: Scene.Update.Post fires with input null."""
        self.store.add_file(scene_id, path, **file)
        self._scan("Scene.Update.Post", scene_id, in_job=in_job)

    def _scan(self, event: str, scene_id: int, *, in_job: bool) -> None:
        if not in_job:
            self.plugins.fire(event, scene_id, None, None)
            return
        done = threading.Event()

        def scan(_job: Job) -> None:
            try:
                self.plugins.fire(event, scene_id, None, None)
            finally:
                done.set()

        self.jobs.add("Scanning...", scan)
        done.wait()

    # --- a user ---

    def graphql(
        self, query: str, variables: dict[str, Any] | None = None, *, timeout: float = 120.0
    ) -> dict[str, Any]:
        """Ask over HTTP, as a user's browser does. Raises RuntimeError for GraphQL errors and refusals."""
        status, answer = self.post({"query": query, "variables": variables or {}}, timeout=timeout)
        if answer.get("errors"):
            raise RuntimeError(answer["errors"][0]["message"])
        if status != 200:
            raise RuntimeError(f"status {status}")
        data: dict[str, Any] = answer["data"]
        return data

    def post(self, body: dict[str, Any], *, timeout: float = 120.0) -> tuple[int, dict[str, Any]]:
        """The same, with the status and the whole answer; {} when that is no JSON."""
        headers = {"Content-Type": "application/json"}
        if self.sessions.require_login:
            headers["Cookie"] = f"session={self.sessions.make()}"
        connection = (
            HTTPSConnection(LOOPBACK, self.port, timeout=timeout, context=_trusting())
            if self.scheme == "https"
            else HTTPConnection(LOOPBACK, self.port, timeout=timeout)
        )
        try:
            connection.request("POST", "/graphql", json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            is_json = answer.headers.get_content_type() == "application/json"
            return answer.status, json.loads(text) if is_json else {}
        finally:
            connection.close()


def _trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATE))
