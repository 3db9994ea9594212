"""The loaded plugins, and the three ways in which Stash runs them (pkg/plugin/plugins.go): hooks, tasks, operations."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from simulators.stash.caller import Caller
from simulators.stash.jobs import JobError
from simulators.stash.manifest import Manifest, ManifestError
from simulators.stash.runtime import StartError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from simulators.stash.caller import Visit
    from simulators.stash.jobs import Job, JobQueue
    from simulators.stash.loglines import Log
    from simulators.stash.manifest import Operation
    from simulators.stash.runtime import Answer, Runtime

JSON = dict[str, Any]
MOST_VISITS = 10
"""So often the same hook of the same plugin may stand in a request's history; then it is left out."""


@dataclass(frozen=True, slots=True)
class HookRun:
    """One hook process: what for, how long the save waited for it, and what became of it. ``code`` is 0, a positive
    exit status or a negative signal; a process that could not be started has 127.
    """

    type: str
    scene_id: int
    seconds: float
    code: int
    error: str | None
    plugin: str = ""
    output: Any = None


class Plugins:
    """``connection`` gives a plugin's ``server_connection`` for the hooks visited so far and the user."""

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        runtime: Runtime,
        jobs: JobQueue,
        log: Log,
        connection: Callable[[Manifest, Sequence[Visit], str], JSON],
    ) -> None:
        self.loaded: dict[str, Manifest] = {}
        self.runs: list[HookRun] = []
        self._folders = folders
        self._runtime = runtime
        self._jobs = jobs
        self._log = log
        self._connection = connection
        self._lock = threading.Lock()
        self.reload()

    def reload(self) -> None:
        """Read every yml at the top of the folders. One that is not as it must be is logged and left out."""
        loaded: dict[str, Manifest] = {}
        for path in sorted(path for folder in self._folders for path in folder.glob("*.yml")):
            try:
                found = Manifest.load(path)
            except ManifestError as error:
                self._log.add("error", f"Error loading plugin {path}: {error}")
                continue
            if found.id.lower() in {one.lower() for one in loaded}:
                self._log.add("error", f"Error loading plugin {path}: plugin ID {found.id} already exists")
                continue
            loaded[found.id] = found
        self.loaded = loaded

    def payload(self, manifest: Manifest, args: JSON, visited: Sequence[Visit] = (), user: str = "") -> JSON:
        """What the plugin gets on standard input."""
        return {"server_connection": self._connection(manifest, visited, user), "args": args}

    # --- hooks ---

    def fire(
        self,
        event: str,
        object_id: int,
        sent: Any,
        fields: Sequence[str] | None,
        caller: Caller | None = None,
    ) -> None:
        """Run every hook that this event triggers, one after another, and wait for each.

        The first that cannot be started, or whose caller goes away, ends it: the others are skipped.
        """
        caller = caller or Caller()
        context: JSON = {"id": object_id, "type": event, "input": sent}
        if not object_id:
            del context["id"]
        if fields:
            context["inputFields"] = list(fields)
        for manifest in list(self.loaded.values()):
            hooks = manifest.hooks_for(event)
            if hooks and caller.visited.count((manifest.id, event)) >= MOST_VISITS:
                self._log.add(
                    "debug",
                    f"cyclic loop detected: plugin ID '{manifest.id}' hook {event}, not re-triggering",
                )
                continue
            for hook in hooks:
                if not self._run_hook(manifest, hook, context, caller):
                    return

    def _run_hook(self, manifest: Manifest, hook: Operation, context: JSON, caller: Caller) -> bool:
        event, object_id = context["type"], context.get("id", 0)
        args = {**hook.default_args, "hookContext": context}
        payload = self.payload(manifest, args, (*caller.visited, (manifest.id, event)), caller.user)
        try:
            answer = self._runtime.run(manifest, payload, exec_args=hook.exec_args, cancelled=caller.gone)
        except StartError as error:
            self._note(HookRun(event, object_id, 0.0, 127, str(error), manifest.id))
            self._log.add("error", f"error executing post hooks: {error}")
            return False
        self._note(
            HookRun(event, object_id, answer.seconds, answer.code, answer.error, manifest.id, answer.output)
        )
        if answer.cancelled:
            self._log.add("error", f"error executing post hooks: {answer.error}")
            return False
        self._say(f"{event} [{manifest.name}]: returned", answer)
        return True

    def _note(self, run: HookRun) -> None:
        with self._lock:
            self.runs.append(run)

    # --- tasks ---

    def start_task(
        self,
        plugin_id: str,
        name: str | None,
        description: str | None,
        args: JSON,
        caller: Caller | None = None,
    ) -> Job:
        """Queue a task. An unknown plugin or task is found out only when the job's turn comes, and fails it."""
        caller = caller or Caller()

        def run(job: Job) -> None:
            manifest, task = self._task_of(plugin_id, name)
            arguments = {**(task.default_args if task else {}), **args}
            # The cookie is made now, and not when the job was queued.
            payload = self.payload(manifest, arguments, caller.visited, caller.user)

            def progress(done: float) -> None:
                job.progress = done

            try:
                answer = self._runtime.run(
                    manifest,
                    payload,
                    exec_args=task.exec_args if task else (),
                    on_progress=progress,
                    on_start=job.started_as,
                    cancelled=job.cancelled.is_set,
                )
            except StartError as error:
                raise JobError(f"Error running plugin task: {error}") from error
            if not answer.cancelled:
                self._say("Plugin returned", answer)  # with an error, too, the job ends FINISHED

        return self._jobs.add(f"Running plugin task: {description or name or plugin_id}", run)

    def _task_of(self, plugin_id: str, name: str | None) -> tuple[Manifest, Operation | None]:
        manifest = self.loaded.get(plugin_id)
        if manifest is None:
            raise JobError(f"Error creating plugin task: no plugin with ID {plugin_id}")
        if name is None:
            return manifest, None
        task = manifest.task(name)
        if task is None:
            raise JobError(f"Error creating plugin task: no task with name {name} in plugin {manifest.name}")
        return manifest, task

    # --- operations ---

    def run_operation(self, plugin_id: str, args: JSON, caller: Caller | None = None) -> Any:
        """Run the plugin at once, outside the queue, and give its output back. Raises GraphQLError with its error."""
        caller = caller or Caller()
        manifest = self.loaded.get(plugin_id)
        if manifest is None:
            raise GraphQLError("internal system error")  # Stash dereferences a null pointer
        payload = self.payload(manifest, args, caller.visited, caller.user)
        try:
            answer = self._runtime.run(manifest, payload, cancelled=caller.gone)
        except StartError as error:
            raise GraphQLError(str(error)) from error
        if answer.error is not None:
            raise GraphQLError(answer.error)
        return answer.output

    def _say(self, start: str, answer: Answer) -> None:
        if answer.error is not None:
            self._log.add("error", f"{start} error: {answer.error}")
        elif answer.output is not None:
            self._log.add("debug", f"{start}: {answer.output}")
