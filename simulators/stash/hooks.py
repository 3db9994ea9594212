"""Hooks: after the commit, one after another, and the save waits for each."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulators.stash.server import StashSimulator


@dataclass(frozen=True, slots=True)
class HookRun:
    """One hook process: what for, how long the save waited for it, and what became of it."""

    type: str
    scene_id: int
    seconds: float
    code: int
    error: str | None


class Hooks:
    """Fires the hooks that the manifest names."""

    def __init__(self, stash: StashSimulator) -> None:
        self._stash = stash
        self._lock = threading.Lock()
        self.runs: list[HookRun] = []

    def fire(self, event: str, object_id: int, sent: Any, fields: list[str] | None) -> None:
        """Start the plugin for every hook of its that this event triggers, and wait for each."""
        runtime = self._stash.runtime
        if runtime is None:
            return
        for hook in runtime.manifest.hooks_for(event):
            context: dict[str, Any] = {"id": object_id, "type": event, "input": sent}
            if fields:
                context["inputFields"] = fields
            arguments = {**hook.get("defaultArgs", {}), "hookContext": context}
            answer = runtime.run(self._stash.payload(arguments))
            with self._lock:
                self.runs.append(HookRun(event, object_id, answer.seconds, answer.code, answer.error))
            if answer.error:
                self._stash.log_error(f"error running hook {hook['name']}: {answer.error}")
